--- Losses over items: a target against candidates, fused.
-- Neighbour: shapes.lua.
-- @module eimf.ops.losses

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local function gradient (x) return x and x.needs_grad and x:grad() or nil end

--- All forms: the loss of each row, and its backward.
local function against (t, op, u, pos, c, extra, form, beta)
  local B, S = shapes.value(op, 1, u, 2):dim(1), shapes.value(op, pos and 3 or 2, c, 2):dim(1)
  shapes.agree(op, pos and 3 or 2, u, c, "widths", u.data:dim(2), c.data:dim(2))
  if S == 0 then error(("bad argument #%d to '%s' (no candidates)"):format(pos and 3 or 2, op), 3) end
  if pos then shapes.same(op, 2, pos, u) end
  local columns, stats, floats = core.ce_plan(B, S, u.data:dim(2), form)
  local loss = t:value({ B }, u, pos, c)
  local p, stat, scratch = t:take("float32", B, columns), t:take("float32", B, stats), t:take("float32", floats)
  local target_vectors = pos and pos.data
  core.ce_fwd(loss.data, p, stat, u.data, target_vectors, c.data, extra.pos_bias, extra.bias, extra.ids,
    extra.target, form, beta, scratch)
  return t:record(op, loss, function ()
    local dc, add
    if c.needs_grad then dc, add = c:room() end
    core.ce_bwd(gradient(u), gradient(pos), dc, add, loss:grad(), p, stat, u.data, target_vectors, c.data,
      extra.pos_bias, extra.bias, extra.ids, extra.target, form, beta, scratch)
  end)
end

--- Sampled softmax: -log of the target's share among itself and S candidates,
--   loss_b = lse(u_b . e_b + pos_bias_b, u_b . c_s + bias_s ...) - u_b . e_b - pos_bias_b.
-- A candidate equal to the row's target is left out.
-- @tparam tape t
-- @tparam value u (B, D) the interests read out
-- @tparam value pos (B, D) vectors of the targets
-- @tparam value c (S, D) vectors of the candidates
-- @tparam table extra `target` (B) and `ids` (S) int32 ids, both or neither; `bias` (S) and `pos_bias` (B) tensors
--   added to the logits, for instance minus the logarithm of the chance of being drawn
-- @treturn value (B) loss of each row
function ops.sampled_softmax (t, u, pos, c, extra)
  shapes.value("sampled_softmax", 2, pos, 2)
  return (against(t, "sampled_softmax", u, pos, c, extra or {}))
end

--- Sampled softmax that looks at the hard candidates (Robinson et al. 2021; interest-aware hard negatives of REMI, Xie
-- et al. 2023): their sum is S times the mean of exp(u . c_s), each weighted by exp(beta u . c_s),
--   loss_b = ln(exp(y) + n) - y,  y = u_b . e_b + pos_bias_b,
--   ln n = ln sum_s exp(bias_s) + lse((beta + 1) u_b . c_s + bias_s ...) - lse(beta u_b . c_s + bias_s ...).
-- The gradient flows through the weights too. beta = 0 is sampled softmax.
-- @tparam tape t
-- @tparam value u (B, D) the interests read out
-- @tparam value pos (B, D) vectors of the targets
-- @tparam value c (S, D) vectors of the candidates
-- @tparam number beta at least 0
-- @tparam[opt] table extra as of `sampled_softmax`; a bias of minus infinity leaves a candidate out
-- @treturn value (B) loss of each row
function ops.hard_softmax (t, u, pos, c, beta, extra)
  shapes.value("hard_softmax", 2, pos, 2)
  return (against(t, "hard_softmax", u, pos, c, extra or {}, "hard", beta))
end

--- Binary cross-entropy of the target against S candidates, each logit by itself:
--   loss_b = -beta ln sigmoid(u_b . e_b) - sum_s ln(1 - sigmoid(u_b . c_s)).
-- beta = 1: SASRec's (Kang and McAuley 2018); less: gBCE (Petrov and Macdonald 2023).
-- @tparam tape t
-- @tparam value u (B, D) the interests read out
-- @tparam value pos (B, D) vectors of the targets
-- @tparam value c (S, D) vectors of the candidates
-- @tparam number beta weight of the target's term
-- @tparam[opt] table extra as of `sampled_softmax`; a bias of minus infinity leaves a candidate out
-- @treturn value (B) loss of each row, a sum over the candidates
function ops.binary_cross_entropy (t, u, pos, c, beta, extra)
  shapes.value("binary_cross_entropy", 2, pos, 2)
  return (against(t, "binary_cross_entropy", u, pos, c, extra or {}, "binary", beta))
end

--- Full softmax: -log of the target's share among all candidates.
-- @tparam tape t
-- @tparam value u (B, D)
-- @tparam value c (S, D)
-- @tparam tensor target (B) int32: position of each row's target in c, from 0
-- @tparam[opt] tensor bias (S) added to the logits
-- @treturn value (B) loss of each row
function ops.full_softmax (t, u, c, target, bias)
  shapes.ids("full_softmax", 3, target)
  return (against(t, "full_softmax", u, nil, c, { target = target, bias = bias }))
end

return ops
