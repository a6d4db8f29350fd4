--- Losses over items: cross-entropy of a softmax over candidates, fused.
-- Neighbour: shapes.lua.
-- @module eimf.ops.losses

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local function gradient (x) return x and x.needs_grad and x:grad() or nil end

--- Both forms: the loss of each row, and its backward.
local function cross_entropy (t, op, u, pos, c, extra)
  local B, S = shapes.value(op, 1, u, 2):dim(1), shapes.value(op, pos and 3 or 2, c, 2):dim(1)
  shapes.agree(op, pos and 3 or 2, u, c, "widths", u.data:dim(2), c.data:dim(2))
  if S == 0 then error(("bad argument #%d to '%s' (no candidates)"):format(pos and 3 or 2, op), 3) end
  if pos then shapes.same(op, 2, pos, u) end
  local columns, stats, floats = core.ce_plan(B, S, u.data:dim(2))
  local loss = t:value({ B }, u, pos, c)
  local p, stat, scratch = t:take("float32", B, columns), t:take("float32", B, stats), t:take("float32", floats)
  local target_vectors = pos and pos.data
  core.ce_fwd(loss.data, p, stat, u.data, target_vectors, c.data, extra.pos_bias, extra.bias, extra.ids,
    extra.target, scratch)
  return t:record(op, loss, function ()
    core.ce_bwd(gradient(u), gradient(pos), gradient(c), loss:grad(), p, stat, u.data, target_vectors, c.data,
      extra.pos_bias, extra.bias, extra.ids, extra.target, scratch)
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
  return (cross_entropy(t, "sampled_softmax", u, pos, c, extra or {}))
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
  return (cross_entropy(t, "full_softmax", u, nil, c, { target = target, bias = bias }))
end

return ops
