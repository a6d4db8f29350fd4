--- Operations on interests (B, K, D): extracting them, reading one out.
-- Neighbour: shapes.lua.
-- @module eimf.ops.interests

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local REPEATED = 0.75        -- of rows, distinct vectors: above it, to work them through once each gains nothing

--- Checked sizes R, D, H, K, B of self_attentive, and the position vectors' tensor.
local function attention_sizes (h, offsets, p, w1, w2, rows)
  local op = "self_attentive"
  local x, hidden, out = shapes.value(op, 1, h, 2), shapes.value(op, 4, w1, 2), shapes.value(op, 5, w2, 2)
  local B, R = shapes.offsets(op, 2, offsets, rows or h)
  shapes.agree(op, 4, h, w1, "widths", x:dim(2), hidden:dim(1))
  shapes.agree(op, 5, w1, w2, "hidden sizes", hidden:dim(2), out:dim(1))
  if p then
    shapes.value(op, 3, p, 2)
    shapes.agree(op, 3, h, p, "widths", x:dim(2), p.data:dim(2))
  end
  return R, x:dim(2), hidden:dim(2), out:dim(2), B, p and p.data
end

--- Self-attentive interest extraction, fused:
--   u_r = tanh((h_r + p_r) W1),  a_rk = softmax over a segment's rows of (u_r W2)_k,  v_k = sum_r a_rk h_r
-- (Lin et al. 2017; ComiRec-SA, Cen et al. 2020). An empty history gives zero interests.
-- @tparam tape t
-- @tparam value h (R, D) rows of histories, oldest first; with `rows` (n, D), what they are made of
-- @tparam tensor offsets (B+1) int32
-- @tparam ?value p (T, D) position vectors, row 1 for the newest; rows older than T share the last
-- @tparam value w1 (D, H)
-- @tparam value w2 (H, K)
-- @tparam[opt] tensor rows (R) int32 from 0: which row of h each one is (`t:distinct`); what repeats meets W1 once
-- @treturn value v (B, K, D)
-- @treturn value a (R, K): the attention
function ops.self_attentive (t, h, offsets, p, w1, w2, rows)
  if rows and h.data:dim(1) > REPEATED * shapes.ids("self_attentive", 6, rows) then
    h, rows = t:embedding(h, rows), nil
  end
  local R, D, H, K, B, pos = attention_sizes(h, offsets, p, w1, w2, rows)
  local v, a = t:value({ B, K, D }, h, p, w1, w2), t:value({ R, K }, h, p, w1, w2)
  local u = not rows and t:take("float32", R, H) or nil
  local scratch = t:take("float32", core.sa_scratch(h.data, pos, w1.data, w2.data, offsets, rows))
  core.sa_fwd(v.data, a.data, u, h.data, pos, w1.data, w2.data, offsets, rows, scratch)
  t:record("self_attentive", v, function ()
    local dh, add
    if h.needs_grad then dh, add = h:room() end
    core.sa_bwd(dh, add, p and p.needs_grad and p:grad() or nil, w1:grad(), w2:grad(),
      v:grad(), a.gradient, a.data, u, h.data, pos, w1.data, w2.data, offsets, rows, scratch)
  end)
  return v, t:record("self_attentive", a, function () v:grad() end)     -- comes first, so that the one above runs
end

--- One of K rows for each b: y[b] = v[b][choice[b]].
-- @tparam tape t
-- @tparam value v (B, K, D)
-- @tparam tensor choice (B) int32, from 0
-- @treturn value (B, D)
function ops.pick (t, v, choice)
  local data, n = shapes.value("pick", 1, v, 3), shapes.ids("pick", 2, choice)
  shapes.agree("pick", 2, v, choice, "sizes", data:dim(1), n)
  local y = t:value({ n, data:dim(3) }, v)
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
  local data, target = shapes.value("readout", 1, v, 3), shapes.value("readout", 2, e, 2)
  shapes.agree("readout", 2, v, e, "sizes", data:dim(1), target:dim(1))
  shapes.agree("readout", 2, v, e, "widths", data:dim(3), target:dim(2))
  local choice = t:take("int32", data:dim(1))
  core.readout(choice, v.data, e.data, temperature, t.seed, t.step)
  return t:pick(v, choice), choice
end

return ops
