--- Items that training never saw stand where items of like titles stand:
--   e_i = mean of e_j over the k items j nearest to i by text, of those that training saw
-- Left to themselves they keep what they began with, and nobody gets them in a list. As negatives they would be pushed
-- away from everybody besides: `unseen` = "spared" of eimf.nn.item_loss goes with this.
-- Neighbour: vectors.
-- @module eimf.esim.unseen

local core = require "eimf.core"
local cluster_vectors = require "eimf.cluster.vectors"
local vectors = require "eimf.esim.vectors"

local unseen = {}

local Unseen = {}
Unseen.__index = Unseen

--- Who stands by whom.
-- @tparam param items (N+1, D)
-- @tparam tensor texts (N, Dt) at length 1, zero rows without text
-- @tparam tensor counts (N+1) int32: how often each item occurs in training
-- @tparam integer k fewer where fewer have a text
-- @treturn unseen
function unseen.new (items, texts, counts, k)
  local without, with = {}, {}
  for _, i in ipairs(vectors.present(texts)) do
    local list = counts:get(i + 1) == 0 and without or with
    list[#list + 1] = i
  end
  local self = setmetatable({ items = items, ids = without, near = {} }, Unseen)
  local ids = cluster_vectors.nearest(cluster_vectors.rows(texts, without), cluster_vectors.rows(texts, with),
    math.min(k, #with))
  for n in ipairs(without) do
    self.near[n] = {}
    for j = 1, ids:dim(2) do self.near[n][j] = with[ids:get(n, j)] end
  end
  return self
end

--- How many items training never saw that have a text.
-- @treturn integer
function Unseen:count () return #self.ids end

--- Gives them their vectors, from the table as it is.
function Unseen:settle ()
  local table_ = self.items.data
  for n, i in ipairs(self.ids) do
    local near, row = self.near[n], table_:rows(i + 1, i + 1)
    if near[1] then row:fill_(0) end
    for _, j in ipairs(near) do core.axpy(row, 1 / #near, table_:rows(j + 1, j + 1)) end
  end
end

return unseen
