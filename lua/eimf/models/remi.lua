--- REMI (Xie et al. 2023): ComiRec-SA, trained so that interests stay apart. Its loss over items looks at hard
-- negatives (`loss = "ihn"`, see eimf.nn.item_loss), and routing is kept from collapsing to single items:
--   L = lambda_routing mean over users of sum_k (1/n sum_r (a_rk - 1/n)^2)^2
-- the squared diagonal of the attention's covariance over a history of n items.
-- Neighbour: comirec_sa.lua.
-- @module eimf.models.remi

local comirec_sa = require "eimf.models.comirec_sa"

local remi = {}

local Remi = { loss = "ihn" }
Remi.__index = Remi

--- A model.
-- @tparam table opt `dim`, `n_interests`, `max_len`, `dropout`, `init`, `lambda_routing`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function remi.new (opt, n_items, rng)
  local backbone = comirec_sa.new(opt, n_items, rng)
  return setmetatable({ backbone = backbone, items = backbone.items, lambda = opt.lambda_routing }, Remi)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, K, D)
-- @treturn value (R, K) attention
function Remi:interests (t, history) return self.backbone:interests(t, history) end

--- The routing regulariser.
-- @tparam tape t
-- @tparam table step `aux` attention (R, K), `batch`
-- @treturn {value,...}
function Remi:extra (t, step)
  local a, offsets = step.aux, step.batch.history.offsets
  local centred = t:sub(a, t:repeat_segments(t:segment_mean(a, offsets), offsets))       -- (R, K)
  local variance = t:segment_mean(t:mul(centred, centred), offsets)                      -- (B, K)
  return { t:scale(t:mean(t:mul(variance, variance)), self.lambda * a.data:dim(2)) }
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Remi:params () return self.backbone:params() end

return remi
