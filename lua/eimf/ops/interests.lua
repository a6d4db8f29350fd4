--- Operations on interests (B, K, D): extracting them, reading one out.
-- @module eimf.ops.interests

local core = require "eimf.core"

local ops = {}

--- Self-attentive interest extraction, fused:
--   u_r = tanh((h_r + p_r) W1),  a_rk = softmax over a segment's rows of (u_r W2)_k,  v_k = sum_r a_rk h_r
-- (Lin et al. 2017; ComiRec-SA, Cen et al. 2020). An empty history gives zero interests.
-- @tparam tape t
-- @tparam value h (R, D) rows of histories, oldest first
-- @tparam tensor offsets (B+1) int32
-- @tparam ?value p (T, D) position vectors, row 1 for the newest; rows older than T share the last
-- @tparam value w1 (D, H)
-- @tparam value w2 (H, K)
-- @treturn value (B, K, D)
function ops.self_attentive (t, h, offsets, p, w1, w2)
  local R, D, H, K = h.data:dim(1), h.data:dim(2), w1.data:dim(2), w2.data:dim(2)
  local pos = p and p.data
  local v = t:value({ offsets:size() - 1, K, D }, h, p, w1, w2)
  local a, u = t:take("float32", R, K), t:take("float32", R, H)
  local scratch = t:take("float32", core.sa_scratch(h.data, pos, w1.data, w2.data, offsets))
  core.sa_fwd(v.data, a, u, h.data, pos, w1.data, w2.data, offsets, scratch)
  return t:record("self_attentive", v, function ()
    core.sa_bwd(h.needs_grad and h:grad() or nil, p and p.needs_grad and p:grad() or nil, w1:grad(), w2:grad(),
      v:grad(), a, u, h.data, pos, w1.data, w2.data, offsets, scratch)
  end)
end

--- One of K rows for each b: y[b] = v[b][choice[b]].
-- @tparam tape t
-- @tparam value v (B, K, D)
-- @tparam tensor choice (B) int32, from 0
-- @treturn value (B, D)
function ops.pick (t, v, choice)
  local y = t:value({ v.data:dim(1), v.data:dim(3) }, v)
  core.pick_fwd(y.data, v.data, choice)
  return t:record("pick", y, function () core.pick_bwd(v:grad(), y:grad(), choice) end)
end

--- Read-out in training: the interest that answers for the target.
-- hard: the one with the largest v_k . e; soft: one drawn from softmax_k(v_k . e / temperature).
-- Only the chosen one gets a gradient.
-- @tparam tape t
-- @tparam value v (B, K, D)
-- @tparam value e (B, D) vectors of the targets; no gradient flows to them from the choice
-- @tparam[opt] number temperature given: soft
-- @treturn value (B, D)
-- @treturn tensor (B) int32 which interest, from 0
function ops.readout (t, v, e, temperature)
  local choice = t:take("int32", v.data:dim(1))
  core.readout(choice, v.data, e.data, temperature, t.seed, t.step)
  return t:pick(v, choice), choice
end

return ops
