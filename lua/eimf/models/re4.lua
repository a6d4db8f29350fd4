--- Re4 (Zhang et al. 2022): ComiRec-SA, and in training three looks back from the interests v_k to the items x_r that
-- they came from, above all to those that represent them, P_k: items with attention above 1/n, n in the history.
--   re-contrast   likeness to P_k against the rest of the history, other interests, another user (eimf.nn.look_back)
--   re-attend     attention as it is against attention by v_k . x_r (the same)
--   re-construct  mean over P_k of |y_rk - x_r|^2 / D,  y_k = A_k C_k W5: a vector c_p = v_k U_p for each place p of
--                 the history, mixed by self-attention, A_k = softmax over places of tanh(C_k W3) W4
-- Neighbour: comirec_sa.lua.
-- @module eimf.models.re4

local core = require "eimf.core"
local tensor = require "eimf.tensor"
local param = require "eimf.param"
local comirec_sa = require "eimf.models.comirec_sa"
local linear = require "eimf.nn.linear"
local look_back = require "eimf.nn.look_back"

local re4 = {}

local Re4 = {}
Re4.__index = Re4

--- A model.
-- @tparam table opt `dim`, `n_interests`, `max_len`, `dropout`, `dropout_of`, `init`, `lambda_contrast`,
--   `lambda_attend`, `lambda_construct`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function re4.new (opt, n_items, rng)
  local D, T, backbone = opt.dim, opt.max_len, comirec_sa.new(opt, n_items, rng)
  local bound = 1 / math.sqrt(D)
  return setmetatable({
    opt = opt, backbone = backbone, items = backbone.items,
    places = param.new { data = rng:uniform(tensor.zeros(T, D, D), -bound, bound), name = "places" },
    w3 = linear.weight(rng, "w3", D, D), w4 = linear.weight(rng, "w4", D, T), w5 = linear.weight(rng, "w5", D, D),
  }, Re4)
end

--- Interests of histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, K, D)
-- @treturn value (R, K) attention
function Re4:interests (t, history) return self.backbone:interests(t, history) end

--- Row of each item in (B * T, D): place p of user b, 0 for the newest.
local function rows_of_places (offsets, T)
  local list, at = {}, offsets:totable()
  for b = 1, #at - 1 do
    for r = at[b], at[b + 1] - 1 do list[r + 1] = (b - 1) * T + at[b + 1] - 1 - r end
  end
  return tensor.ids(list)
end

--- Re-construct.
local function construct (self, t, v, x, chosen, n_chosen, offsets)
  local B, K, D, T = v.data:dim(1), v.data:dim(2), v.data:dim(3), self.opt.max_len
  local flat, rows, total = t:reshape(v, B, K * D), rows_of_places(offsets, T), nil
  for k = 1, K do
    local z = t:repeat_segments(t:slice(flat, 2, (k - 1) * D + 1, k * D), offsets)         -- (R, D)
    local c = t:position_linear(z, offsets, self.places)
    local mixed = t:reshape(t:self_attentive(c, offsets, nil, self.w3, self.w4), B * T, D)
    local apart = t:sub(t:matmul(t:gather(mixed, rows), self.w5), x)
    local mine = t:reshape(t:slice(chosen, 2, k, k), rows:size())
    local loss = t:sum(t:mul_columns(t:mul(apart, apart), mine))
    total = total and t:add(total, loss) or loss
  end
  return t:scale(total, 1 / (D * n_chosen))
end

--- The three losses; one whose weight is 0 is not computed.
-- @tparam tape t
-- @tparam table step `interests` (B, K, D), `aux` attention (R, K), `batch`
-- @treturn {value,...}
function Re4:extra (t, step)
  local v, a, history, opt, out = step.interests, step.aux, step.batch.history, self.opt, {}
  local x, chosen = t:embedding(self.items, history.ids), look_back.representative(t, a, history.offsets)
  local n = math.max(1, core.sum(chosen.data))
  local function add (weight, loss, ...)
    if weight > 0 then out[#out + 1] = t:scale(loss(...), weight) end
  end
  add(opt.lambda_contrast, look_back.contrast, t, v, x, chosen, n, history.offsets)
  add(opt.lambda_attend, look_back.attend, t, v, x, a, history.offsets)
  add(opt.lambda_construct, construct, self, t, v, x, chosen, n, history.offsets)
  return out
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Re4:params ()
  local list = self.backbone:params()
  for _, p in ipairs { self.places, self.w3, self.w4, self.w5 } do list[#list + 1] = p end
  return list
end

return re4
