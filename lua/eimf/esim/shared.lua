--- Items with like texts learn together: an item's vector is its own plus what
-- it shares with items of like texts,
--   e_i = free_i + x_i W,    x_i (r) where item i's text lies, at length 1; W (r, D) learned
-- The item table holds the sum at all times, so that models, losses, evaluation
-- and snapshots know nothing of it: W's gradient is x^T times the table's, and
-- what a step changes in W is spread over the table. Rare items move with the
-- items that they read like; an item without text moves alone.
-- Neighbour: start.lua.
-- @module eimf.esim.shared

local core = require "eimf.core"
local param = require "eimf.param"
local plain = require("eimf.tape").plain
local start = require "eimf.esim.start"

local shared = {}

local Shared = {}
Shared.__index = Shared

--- What items share.
-- @tparam param items (N+1, D)
-- @tparam tensor texts (N, Dt) about their mean, zero rows without text
-- @tparam ?tensor bank (J, Dt) interests about their mean: items lie by their cosines with them; nil: by their texts
-- @tparam integer dim r, at most; the leading directions
-- @tparam[opt=1] integer every W moves at every so manieth step only, by so many times as much: x is that much longer,
--   and Adam's steps do not depend on the size of gradients
-- @treturn shared
function shared.new (items, texts, bank, dim, every)
  local where = start.coordinates(texts, bank, dim)
  local N, r, D = where:dim(1), where:dim(2), items.data:dim(2)
  local x = core.new("float32", N + 1, r):fill_(0)
  x:rows(2, N + 1):copy_(plain:scale(plain:l2_normalise(plain:constant(where)), every or 1).data)
  return setmetatable({
    items = items, x = x, change = core.new("float32", r, D),
    map = param.new { data = core.new("float32", r, D):fill_(0), name = "shared_map" },
  }, Shared)
end

--- W's gradient, from the gradients that the table has got in this step.
-- @tparam tape t
function Shared:gather (t)
  local items, g = self.items, self.map:grad()
  for _, part in ipairs(items.parts) do
    core.dense_gather(g, self.x, part.ids, part.values,
      t:take("float32", core.dense_gather_scratch(self.x, part.ids, part.values)))
  end
  if items.touched then core.gemm(g, self.x, items:grad(), true, false, 1, 1) end
  self.change:fill_(0)
  core.axpy(self.change, -1, self.map.data)
end

--- Spreads over the table what the optimiser's step changed in W.
-- @tparam tape t
function Shared:spread (t)
  core.axpy(self.change, 1, self.map.data)
  core.dense_spread(self.items.data, self.x, self.change,
    t:take("float32", (core.dense_scratch(self.x, self.change))))
end

return shared
