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

return ops
