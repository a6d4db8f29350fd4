--- Operations along the time of histories. Neighbour: shapes.lua.
-- @module eimf.ops.recurrent

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- Checked sizes R and H of gru.
local function gru_sizes (x, offsets, wx, wh, bx, bh)
  local rows, gates = shapes.value("gru", 1, x, 2), shapes.value("gru", 3, wx, 2)
  local hidden = shapes.value("gru", 4, wh, 2)
  shapes.offsets("gru", 2, offsets, x)
  shapes.agree("gru", 3, x, wx, "widths", rows:dim(2), gates:dim(1))
  shapes.agree("gru", 4, wx, wh, "columns", gates:dim(2), hidden:dim(2))
  shapes.agree("gru", 4, wx, wh, "columns of three gates", gates:dim(2), 3 * hidden:dim(1))
  shapes.vector("gru", 5, bx, gates:dim(2), wx)
  shapes.vector("gru", 6, bh, gates:dim(2), wh)
  return rows:dim(1), hidden:dim(1)
end

--- GRU over the rows of each segment, oldest first, fused (Cho et al. 2014). Columns of weights and biases: r, z, n.
--   r, z = sigmoid(x Wx + bx + h' Wh + bh)           h' the state before, zero at first
--   n = tanh(x Wx + bx + r (h' Wh + bh))             reset "after" the product: cuDNN and torch
--   n = tanh(x Wx + bx + (r h') Wh + bh)             reset "before" it: as published
--   h = (1 - z) n + z h'
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32
-- @tparam value wx (D, 3H)
-- @tparam value wh (H, 3H)
-- @tparam value bx (3H)
-- @tparam value bh (3H)
-- @tparam string reset "after" or "before"
-- @treturn value (R, H) the state after each row
function ops.gru (t, x, offsets, wx, wh, bx, bh, reset)
  local R, H = gru_sizes(x, offsets, wx, wh, bx, bh)
  local h, gates = t:value({ R, H }, x, wx, wh, bx, bh), t:take("float32", R, 4 * H)
  local forward, back = core.gru_scratch(x.data, wx.data, wh.data, bx.data, bh.data, offsets, reset)
  core.gru_fwd(h.data, gates, x.data, wx.data, wh.data, bx.data, bh.data, offsets, reset, t:take("float32", forward))
  return t:record("gru", h, function ()
    core.gru_bwd(x.needs_grad and x:grad() or nil, wx:grad(), wh:grad(), bx:grad(), bh:grad(), h:grad(), h.data, gates,
      x.data, wx.data, wh.data, bx.data, bh.data, offsets, reset, t:take("float32", back))
  end)
end

return ops
