--- Losses that hold interests against the items of the history that they came from (Re4, Zhang et al. 2022).
-- @module eimf.nn.look_back

local tensor = require "eimf.tensor"

local TEMPERATURE = 0.1       -- tau
local TINY = 1e-12            -- an attention that has run out of float32 has a logarithm too

local look_back = {}

--- Which items represent an interest: those with more attention than 1 / n, n items in the history.
-- @tparam tape t
-- @tparam value a (R, K) attention
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, K) 1 for those, else 0; a constant
function look_back.representative (t, a, offsets)
  return t:positive(t:sub(a, t:repeat_segments(t:segment_mean(a, offsets), offsets)))
end

--- exp(cos / tau) of each item of a history with the interests of a user, (R, K), and its logarithm.
local function likeness (t, x, v, offsets)
  local l = t:scale(t:segment_dot(x, v, offsets), 1 / TEMPERATURE)
  return t:exp(l), l
end

--- Rows b + by of a matrix (B, C), beginning again at the end.
local function turned (t, x, by)
  local list, B = {}, x.data:dim(1)
  for b = 1, B do list[b] = (b - 1 + by) % B end
  return t:gather(x, tensor.ids(list))
end

--- Likeness of each interest to the user's other ones, added up: (B, K).
local function to_others (t, v)
  local B, K = v.data:dim(1), v.data:dim(2)
  local other = t:take("float32", K * K):fill_(1)
  for k = 0, K - 1 do other:set(k * K + k + 1, 0) end
  local l = t:exp(t:scale(t:bmm(v, v, { tb = true }), 1 / TEMPERATURE))                    -- (B, K, K)
  l = t:mul_rows(t:reshape(l, B, K * K), t:constant(other))
  return t:reshape(t:sum_columns(t:reshape(l, B * K, K)), B, K)
end

--- Re-contrast: the mean, over items that represent an interest, of -ln( exp(cos(v_k, x_r) / tau) / Z_k ), where Z_k
-- sums that over the history, the user's other interests, and the history of the batch's user before.
-- @tparam tape t
-- @tparam value v (B, K, D) interests
-- @tparam value x (R, D) items
-- @tparam value chosen (R, K) as `representative` gives it
-- @tparam integer n_chosen how many those are
-- @tparam tensor offsets (B+1) int32
-- @treturn value one number
function look_back.contrast (t, v, x, chosen, n_chosen, offsets)
  x, v = t:l2_normalise(x), t:l2_normalise(v)
  local B, K, D = v.data:dim(1), v.data:dim(2), v.data:dim(3)
  local own, l = likeness(t, x, v, offsets)
  local next_v = t:reshape(turned(t, t:reshape(v, B, K * D), 1), B, K, D)
  local foreign = turned(t, t:segment_sum(likeness(t, x, next_v, offsets), offsets), -1)
  local z = t:add(t:add(t:segment_sum(own, offsets), foreign), to_others(t, v))            -- (B, K)
  local loss = t:sub(t:repeat_segments(t:log(z), offsets), l)
  return t:scale(t:sum(t:mul(loss, chosen)), 1 / n_chosen)
end

--- Re-attend: the mean, over users and interests, of -sum_r b_rk ln a_rk, b_k = softmax over the history of v_k . x_r:
-- attention as the products that rank items see it.
-- @tparam tape t
-- @tparam value v (B, K, D) interests
-- @tparam value x (R, D) items
-- @tparam value a (R, K) attention
-- @tparam tensor offsets (B+1) int32
-- @treturn value one number
function look_back.attend (t, v, x, a, offsets)
  local B, K = v.data:dim(1), v.data:dim(2)
  local again = t:segment_softmax(t:segment_dot(x, v, offsets), offsets)
  local log_a = t:log(t:add_rows(a, t:constant(t:take("float32", K):fill_(TINY))))
  return t:scale(t:sum(t:mul(again, log_a)), -1 / (B * K))
end

return look_back
