--- GRU4Rec (Hidasi et al. 2016): a GRU reads the history, its last state is the interest. K = 1.
--   h_r = GRU(e_r, h_{r-1})          one or several layers of width D
--   v   = h_n                        scored with the item table that was read (tied, as in the authors' code)
-- @module eimf.models.gru4rec

local embedding = require "eimf.nn.embedding"
local gru = require "eimf.nn.gru"

local gru4rec = {}

local Gru4rec = {}
Gru4rec.__index = Gru4rec

--- A model.
-- @tparam table opt `dim`, `layers`, `reset`, `dropout`, `init`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function gru4rec.new (opt, n_items, rng)
  local self = setmetatable({
    dropout = opt.dropout, layers = {},
    items = embedding.new({ n = n_items, dim = opt.dim, init = opt.init }, rng),
  }, Gru4rec)
  for i = 1, opt.layers do self.layers[i] = gru.new(rng, "gru" .. i, opt.dim, opt.dim, opt.reset) end
  return self
end

--- State of the last layer after each row.
local function states (self, t, history)
  local h = t:embedding(self.items, history.ids)                               -- (R, D)
  for _, layer in ipairs(self.layers) do
    h = layer:forward(t, t:dropout(h, self.dropout), history.offsets)
  end
  return h
end

--- Interests of histories. An empty history gives zeros.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, 1, D)
function Gru4rec:interests (t, history)
  local v = t:segment_last(states(self, t, history), history.offsets)          -- (B, D)
  return t:reshape(v, v.data:dim(1), 1, v.data:dim(2))
end

--- Interest after each row of the histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (R, 1, D)
function Gru4rec:every (t, history)
  local h = states(self, t, history)
  return t:reshape(h, h.data:dim(1), 1, h.data:dim(2))
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Gru4rec:params ()
  local list = { self.items }
  for _, layer in ipairs(self.layers) do
    for _, p in ipairs(layer:params()) do list[#list + 1] = p end
  end
  return list
end

return gru4rec
