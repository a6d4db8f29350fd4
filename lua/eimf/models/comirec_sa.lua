--- ComiRec-SA (Cen et al. 2020): K interests by self-attention over the history.
--   u_r = tanh((h_r + p_r) W1)         h item vectors, p by position from the newest
--   a   = softmax over the history of u W2
--   v_k = sum_r a_rk h_r               values are the item vectors without positions
-- W1 is D -> 4D and W2 4D -> K, without biases, as in the published code.
-- @module eimf.models.comirec_sa

local tensor = require "eimf.tensor"
local param = require "eimf.param"
local embedding = require "eimf.nn.embedding"
local linear = require "eimf.nn.linear"

local WIDER = 4              -- hidden units for each dimension
local POSITION_STD = 0.1

local comirec_sa = {}

local ComirecSa = {}
ComirecSa.__index = ComirecSa

--- A model.
-- @tparam table opt `dim`, `n_interests`, `max_len`, `dropout`, `dropout_of`, `init`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function comirec_sa.new (opt, n_items, rng)
  local D, K, H = opt.dim, opt.n_interests, WIDER * opt.dim
  return setmetatable({
    dropout = opt.dropout, by_place = opt.dropout > 0 and opt.dropout_of == "place",
    items = embedding.new({ n = n_items, dim = D, init = opt.init }, rng),
    positions = param.new { data = rng:normal(tensor.zeros(opt.max_len, D), 0, POSITION_STD), name = "positions" },
    w1 = linear.weight(rng, "w1", D, H),
    w2 = linear.weight(rng, "w2", H, K),
  }, ComirecSa)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, K, D)
-- @treturn value (R, K) attention
function ComirecSa:interests (t, history)
  local h, rows
  if self.by_place and t.recording then h = t:embedding(self.items, history.ids)               -- (R, D)
  else h, rows = t:distinct(self.items, history.ids) end                                       -- (n, D)
  return t:self_attentive(t:dropout(h, self.dropout), history.offsets, self.positions, self.w1, self.w2, rows)
end

--- Parameters, the item table first.
-- @treturn {param,...}
function ComirecSa:params () return { self.items, self.positions, self.w1, self.w2 } end

return comirec_sa
