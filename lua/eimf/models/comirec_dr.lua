--- ComiRec-DR (Cen et al. 2020): K interests by dynamic routing, with a map for each position and interest.
--   x_rk = h_r W_pk                           p the row's position from the newest, W (T, K, D, D)
--   w    = softmax of the logits b_rk         over interests; b begins with 0
--   v_k  = squash(sum_r w_rk x_rk),  b_rk += x_rk . v_k,  `iterations` times
-- The K maps of a position lie side by side in one matrix, D -> K D.
-- @module eimf.models.comirec_dr

local tensor = require "eimf.tensor"
local param = require "eimf.param"
local embedding = require "eimf.nn.embedding"

local comirec_dr = {}

local ComirecDr = {}
ComirecDr.__index = ComirecDr

--- A model.
-- @tparam table opt `dim`, `n_interests`, `max_len`, `dropout`, `init`, `iterations`, `routing_axis`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function comirec_dr.new (opt, n_items, rng)
  local D, bound = opt.dim, 1 / math.sqrt(opt.dim)
  local maps = rng:uniform(tensor.zeros(opt.max_len, D, opt.n_interests * D), -bound, bound)
  return setmetatable({
    opt = opt,
    items = embedding.new({ n = n_items, dim = D, init = opt.init }, rng),
    maps = param.new { data = maps, name = "maps" },
  }, ComirecDr)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, K, D)
function ComirecDr:interests (t, history)
  local opt = self.opt
  local h = t:dropout(t:embedding(self.items, history.ids), opt.dropout)      -- (R, D)
  local x = t:position_linear(h, history.offsets, self.maps)                  -- (R, K D)
  return t:route(x, history.offsets, opt.n_interests,
    { iterations = opt.iterations, axis = opt.routing_axis, own = true })
end

--- Parameters, the item table first.
-- @treturn {param,...}
function ComirecDr:params () return { self.items, self.maps } end

return comirec_dr
