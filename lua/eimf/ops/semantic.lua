--- Losses on semantic interests, fused. Neighbour: shapes.lua.
-- @module eimf.ops.semantic

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local function gradient (x) return x and x.needs_grad and x:grad() or nil end

--- Cross-entropy of a softmax over a bank of vectors to sparse distributions P:
--   loss_b = w_b ln sum_j exp(scale x_b . z_j) - sum_j P_bj scale x_b . z_j,  w_b = sum_j P_bj.
-- Streamed over the bank: nothing of (B, J) is kept. A row whose distribution is empty has loss 0 and no gradient.
-- @tparam tape t
-- @tparam value x (B, D); for cosines x and z are made unit rows before (`l2_normalise`)
-- @tparam value z (J, D)
-- @tparam table profile distributions in CSR form: `offsets` (M+1) int32, `columns` int32 from 0, rising within a row,
--   `weights`; `rows` (B) int32: which of the M rows (from 0) each row of x gets, nil: row b. As made by
--   `core.profile`, rows are item ids. Optional, all three: `own` (B) and `owner` (J) int32 group numbers,
--   `bonus`: entries whose owner is the row's own weigh (1 + bonus); the row keeps its sum
-- @tparam[opt=1] number scale one over the temperature
-- @treturn value (B) loss of each row
function ops.profile_softmax (t, x, z, profile, scale)
  local op = "profile_softmax"
  local data, bank = shapes.value(op, 1, x, 2), shapes.value(op, 2, z, 2)
  shapes.agree(op, 2, x, z, "widths", data:dim(2), bank:dim(2))
  local B, J, D = data:dim(1), bank:dim(1), data:dim(2)
  local floats, scratch = core.pairs_plan(B, J, D)
  local loss, stat, packed = t:value({ B }, x, z), t:take("float32", B, 3), t:take("float32", floats)
  local p = profile
  core.profile_fwd(loss.data, stat, packed, data, bank, p.offsets, p.columns, p.weights, p.rows, scale or 1,
    p.own, p.owner, p.bonus)
  return t:record(op, loss, function ()
    core.profile_bwd(gradient(x), gradient(z), loss:grad(), t:take("float32", scratch), stat, packed, data, bank,
      p.offsets, p.columns, p.weights, p.rows, scale or 1, p.own, p.owner, p.bonus)
  end)
end

--- Symmetric InfoNCE of M pairs: half the cross-entropy of each row of a among the rows of b, and half that of each
-- row of b among those of a (van den Oord et al. 2018). Pairs of the same group are no negatives of each other.
-- Streamed: nothing of (M, M) is kept.
-- @tparam tape t
-- @tparam value a (M, D); for cosines a and b are made unit rows before
-- @tparam value b (M, D)
-- @tparam ?tensor groups (M) int32; nil: every other pair is a negative
-- @tparam[opt=1] number temperature
-- @treturn value (M) loss of each pair
function ops.info_nce (t, a, b, groups, temperature)
  local op = "info_nce"
  local left = shapes.value(op, 1, a, 2)
  local right, M = shapes.same(op, 2, b, a), left:dim(1)
  if groups then shapes.agree(op, 3, a, groups, "rows and groups", M, shapes.ids(op, 3, groups)) end
  local floats, scratch = core.pairs_plan(M, M, left:dim(2))
  local loss, stat, packed = t:value({ M }, a, b), t:take("float32", 2, M), t:take("float32", floats)
  local scale = 1 / (temperature or 1)
  core.nce_fwd(loss.data, stat, packed, left, right, groups, scale)
  return t:record(op, loss, function ()
    core.nce_bwd(gradient(a), gradient(b), loss:grad(), t:take("float32", scratch), stat, packed, left, right,
      groups, scale)
  end)
end

--- Target-aware attention over the K vectors of a row's group:
--   y_b = sum_k a_bk z_k,  a_b = softmax over k of scale z_k . e_b.
-- A row without a group, or of a group without vectors, gets zeros.
-- @tparam tape t
-- @tparam value z (G, K, D)
-- @tparam value e (B, D) vectors of the targets
-- @tparam[opt=1] number scale
-- @tparam[opt] table extra `counts` (G) int32: how many vectors of each group count (the first ones; nil: all);
--   `rows` (B) int32: group of each row from 1, 0 for none (nil: row b has group b, and G = B)
-- @treturn value (B, D)
function ops.target_attention (t, z, e, scale, extra)
  local op = "target_attention"
  local bank, target = shapes.value(op, 1, z, 3), shapes.value(op, 2, e, 2)
  shapes.agree(op, 2, z, e, "widths", bank:dim(3), target:dim(2))
  local counts, rows = extra and extra.counts, extra and extra.rows
  local y, a = t:value({ target:dim(1), target:dim(2) }, z, e), t:take("float32", target:dim(1), bank:dim(2))
  core.attend_fwd(y.data, a, bank, target, counts, rows, scale or 1)
  return t:record(op, y, function ()
    core.attend_bwd(gradient(z), gradient(e), y:grad(), t:take("float32", a:dim(1), a:dim(2)), a, bank, target,
      counts, rows, scale or 1)
  end)
end

--- Pairs of matched interests: each row's K interests against the vectors of its group, the min(K, count) pairs with
-- the largest sum of cosines. The choice has no gradient, the pairs have.
-- @tparam tape t
-- @tparam value v (B, K, D) at most 64 interests
-- @tparam value z (G, Ks, D) at most 64 vectors
-- @tparam tensor rows (B) int32: group of each row from 1, 0 for none
-- @tparam[opt] tensor counts (G) int32: how many vectors of each group count; nil: all
-- @treturn value (M, D) interests
-- @treturn value (M, D) their partners
-- @treturn tensor (M) int32 groups of the pairs
function ops.match (t, v, z, rows, counts)
  local op = "match"
  local data, bank = shapes.value(op, 1, v, 3), shapes.value(op, 2, z, 3)
  shapes.agree(op, 2, v, z, "widths", data:dim(3), bank:dim(3))
  shapes.agree(op, 3, v, rows, "sizes", data:dim(1), shapes.ids(op, 3, rows))
  local B, K, G, Ks, D = data:dim(1), data:dim(2), bank:dim(1), bank:dim(2), data:dim(3)
  local room = B * math.min(K, Ks)
  local left, right, groups = t:take("int32", room), t:take("int32", room), t:take("int32", room)
  local M = core.match(left, right, groups, data, bank, counts, rows)
  return t:gather(t:reshape(v, B * K, D), left:resize_(M)), t:gather(t:reshape(z, G * Ks, D), right:resize_(M)),
    groups:resize_(M)
end

return ops
