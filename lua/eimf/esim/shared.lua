--- Items with like texts learn together: an item's vector is its own plus what
-- it shares with items of like texts,
--   e_i = free_i + x_i W,    x_i (r) where item i's text lies, at length 1; W (r, D) learned
-- The item table holds the sum, so that models, losses, evaluation and snapshots
-- know nothing of it: W's gradient is x^T times the table's, and what a step
-- changes in W is spread over the table. Rare items move with the items that they
-- read like; an item without text moves alone.
-- Where only rows of the table are read while training, spreading can wait: the
-- table then lacks x times what W has changed by, which is added to the rows that
-- are looked up, and nothing of the size of the catalogue is touched in a step.
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
-- @tparam table opt `dim` r, at most, the leading directions (required); `every` 1: W moves at every so manieth step
--   only, by so many times as much: x is that much longer, and Adam's steps do not depend on the size of gradients;
--   `late` false: the table is looked up row by row (`tape:embedding`) and never read as a whole until `settle`
-- @treturn shared
function shared.new (items, texts, bank, opt)
  local where = start.coordinates(texts, bank, opt.dim)
  local N, r, D = where:dim(1), where:dim(2), items.data:dim(2)
  local x = core.new("float32", N + 1, r):fill_(0)
  x:rows(2, N + 1):copy_(plain:scale(plain:l2_normalise(plain:constant(where)), opt.every or 1).data)
  local self = setmetatable({
    items = items, x = x, late = opt.late or false,
    change = { name = "shared_change", data = core.new("float32", r, D):fill_(0) },
    map = param.new { data = core.new("float32", r, D):fill_(0), name = "shared_map" },
  }, Shared)
  if self.late then items.lacking = self end
  return self
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
  core.axpy(self.change.data, -1, self.map.data)
end

--- What the optimiser's step changed in W goes into the table, or waits.
-- @tparam tape t
function Shared:spread (t)
  core.axpy(self.change.data, 1, self.map.data)
  if not self.late then self:settle(t) end
end

--- Adds to rows that were looked up what the table lacks.
-- @tparam tape t
-- @tparam tensor rows (n, D) of the table
-- @tparam tensor ids (n)
function Shared:add (t, rows, ids)
  local x, change = self.x, self.change.data
  core.dense_spread(rows, x, change, ids, t:take("float32", core.dense_spread_scratch(x, change, ids)))
end

--- The table lacks nothing afterwards.
-- @tparam[opt] tape t for working memory
function Shared:settle (t)
  local x, change = self.x, self.change.data
  core.dense_spread(self.items.data, x, change, nil,
    (t or plain):take("float32", core.dense_spread_scratch(x, change)))
  change:fill_(0)
end

return shared
