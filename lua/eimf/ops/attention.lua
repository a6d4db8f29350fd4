--- Attention within the segments of a jagged batch, and where in its segment a row stands. Neighbour: shapes.lua.
-- @module eimf.ops.attention

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- Causal self-attention (Vaswani et al. 2017) of H heads, fused: row r of a segment looks at its rows j <= r.
--   a_rj = softmax over j of q_r . k_j / sqrt(d),  y_r = sum_j a_rj v_j, for each head
-- Dropout of the weights is a function of (seed of the tape, step, draw), and happens only on a tape that records.
-- @tparam tape t
-- @tparam value x (R, 3 H d): queries, keys and values side by side, within each the heads side by side
-- @tparam tensor offsets (B+1) int32; must keep its content until backward
-- @tparam integer heads H
-- @tparam[opt=0] number p of dropout on the weights, within [0, 1)
-- @treturn value (R, H d)
function ops.causal_attention (t, x, offsets, heads, p)
  local data = shapes.value("causal_attention", 1, x, 2)
  shapes.offsets("causal_attention", 2, offsets, x)
  if not (heads >= 1 and data:dim(2) % (3 * heads) == 0) then
    error(("bad argument #3 to 'causal_attention' (%s heads against shape %s: wanted width 3 H d)")
      :format(tostring(heads), shapes.text(x)), 2)
  end
  p = t.recording and p or 0
  local step, draw = t.step, p > 0 and t:draw() or 0
  local R = data:dim(1)
  local y, lse = t:value({ R, data:dim(2) / 3 }, x), t:take("float32", R, heads)
  local scratch = t:take("float32", core.attention_scratch(data, offsets, heads, p, t.seed, step, draw))
  core.attention_fwd(y.data, lse, data, offsets, heads, p, t.seed, step, draw, scratch)
  return t:record("causal_attention", y, function ()
    core.attention_bwd(x:grad(), y:grad(), y.data, lse, data, offsets, heads, p, t.seed, step, draw, scratch)
  end)
end

--- Vectors of positions added to rows: y_r = scale x_r + p_back, back counted from the newest row of the segment.
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32; must keep its content until backward
-- @tparam value p (T, D), row 1 for the newest; rows older than T share the last
-- @tparam[opt=1] number scale
-- @treturn value (R, D)
function ops.add_positions (t, x, offsets, p, scale)
  local data = shapes.value("add_positions", 1, x, 2)
  shapes.offsets("add_positions", 2, offsets, x)
  shapes.agree("add_positions", 3, x, p, "widths", data:dim(2), shapes.value("add_positions", 3, p, 2):dim(2))
  local y = t:like(x, p)
  scale = scale or 1
  core.positions_fwd(y.data, data, p.data, offsets, scale)
  return t:record("add_positions", y, function ()
    if x.needs_grad then core.axpy(x:grad(), scale, y:grad()) end
    if p.needs_grad then core.positions_bwd(p:grad(), y:grad(), offsets) end
  end)
end

return ops
