--- YouTube-DNN (Covington et al. 2016), in the form multi-interest papers use:
-- the mean of the history's item vectors, and one linear layer. K = 1.
--   v = W' mean_r h_r + b
-- @module eimf.models.dnn

local embedding = require "eimf.nn.embedding"
local linear = require "eimf.nn.linear"

local dnn = {}

local Dnn = {}
Dnn.__index = Dnn

--- A model.
-- @tparam table opt `dim`, `dropout`, `init`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function dnn.new (opt, n_items, rng)
  return setmetatable({
    dropout = opt.dropout,
    items = embedding.new({ n = n_items, dim = opt.dim, init = opt.init }, rng),
    out = linear.new(rng, "out", opt.dim, opt.dim),
  }, Dnn)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, 1, D)
function Dnn:interests (t, history)
  local h = t:dropout(t:embedding(self.items, history.ids), self.dropout)      -- (R, D)
  local v = self.out:forward(t, t:segment_mean(h, history.offsets))             -- (B, D)
  return t:reshape(v, v.data:dim(1), 1, v.data:dim(2))
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Dnn:params () return { self.items, self.out.weight, self.out.bias } end

return dnn
