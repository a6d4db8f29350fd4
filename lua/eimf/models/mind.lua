--- MIND (Li et al. 2019): K interests by dynamic routing of the history.
--   x_r = h_r S                               one map S (D, D) for all items and interests
--   w   = softmax of the logits b_rk          over interests; b begins with random numbers
--   v_k = squash(sum_r w_rk x_r),  b_rk += x_r . v_k,  `iterations` times
--   interest k = relu(v_k W1 + c1) W2 + c2    D -> 4D -> D: a squashed vector is shorter than 1
-- The first logits are N(0, routing_std^2), a function of (routing_seed, item, k): a history always has the same
-- interests, wherever and for whomever they are computed.
-- @module eimf.models.mind

local core = require "eimf.core"
local tensor = require "eimf.tensor"
local embedding = require "eimf.nn.embedding"
local linear = require "eimf.nn.linear"

local STREAM_ROUTING = 73                -- of csrc/base/eimf_base.h's numbers for users

local WIDER = 4                          -- hidden units for each dimension

local mind = {}

local Mind = {}
Mind.__index = Mind

-- First logits of every item, (N+1, K).
local function first_logits (opt, n_items)
  local logits = tensor.zeros(n_items + 1, opt.n_interests)
  core.random(logits, "normal", 0, opt.routing_std, opt.routing_seed, STREAM_ROUTING, 0)
  return logits
end

--- A model.
-- @tparam table opt `dim`, `n_interests`, `dropout`, `init`, `iterations`, `routing_axis`, `routing_std`,
--   `routing_seed`, `dynamic_k`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function mind.new (opt, n_items, rng)
  return setmetatable({
    opt = opt, logits = first_logits(opt, n_items),
    items = embedding.new({ n = n_items, dim = opt.dim, init = opt.init }, rng),
    map = linear.weight(rng, "map", opt.dim, opt.dim),
    hidden = linear.new(rng, "hidden", opt.dim, WIDER * opt.dim),
    out = linear.new(rng, "out", WIDER * opt.dim, opt.dim),
  }, Mind)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, K, D)
function Mind:interests (t, history)
  local opt = self.opt
  local h = t:dropout(t:embedding(self.items, history.ids), opt.dropout)      -- (R, D)
  local v = t:route(t:matmul(h, self.map), history.offsets, opt.n_interests, {
    logits = t:embedding(t:constant(self.logits), history.ids).data,
    iterations = opt.iterations, axis = opt.routing_axis, dynamic = opt.dynamic_k,
  })                                                                          -- (B, K, D)
  local B, K, D = v.data:dim(1), v.data:dim(2), v.data:dim(3)
  v = self.out:forward(t, t:relu(self.hidden:forward(t, t:reshape(v, B * K, D))))
  return t:reshape(v, B, K, D)
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Mind:params ()
  return { self.items, self.map, self.hidden.weight, self.hidden.bias, self.out.weight, self.out.bias }
end

return mind
