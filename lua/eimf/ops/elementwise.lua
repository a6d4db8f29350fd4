--- Operations on each number, and with a vector spread over rows or columns.
-- Neighbour: shapes.lua.
-- @module eimf.ops.elementwise

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- y = alpha a + beta b
local function combined (t, op, alpha, a, beta, b)
  local y = t:like(a, b)
  core.combine(y.data, alpha, a.data, beta, b and b.data)
  return t:record(op, y, function ()
    if a.needs_grad then core.axpy(a:grad(), alpha, y:grad()) end
    if b and b.needs_grad then core.axpy(b:grad(), beta, y:grad()) end
  end)
end

--- Sum: y = a + b.
-- @tparam tape t
-- @tparam value a any shape
-- @tparam value b the same shape
-- @treturn value
function ops.add (t, a, b)
  shapes.value("add", 1, a)
  shapes.same("add", 2, b, a)
  return combined(t, "add", 1, a, 1, b)
end

--- Difference: y = a - b.
-- @tparam tape t
-- @tparam value a any shape
-- @tparam value b the same shape
-- @treturn value
function ops.sub (t, a, b)
  shapes.value("sub", 1, a)
  shapes.same("sub", 2, b, a)
  return combined(t, "sub", 1, a, -1, b)
end

--- Product with a number: y = factor x.
-- @tparam tape t
-- @tparam value x any shape
-- @tparam number factor
-- @treturn value
function ops.scale (t, x, factor)
  shapes.value("scale", 1, x)
  return combined(t, "scale", factor, x)
end

--- Negative: y = -x.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.neg (t, x)
  shapes.value("neg", 1, x)
  return combined(t, "neg", -1, x)
end

--- Product, element by element: y = a b.
-- @tparam tape t
-- @tparam value a any shape
-- @tparam value b the same shape
-- @treturn value
function ops.mul (t, a, b)
  shapes.value("mul", 1, a)
  shapes.same("mul", 2, b, a)
  local y = t:like(a, b)
  core.mul(y.data, a.data, b.data)
  return t:record("mul", y, function ()
    if a.needs_grad then core.mul(a:grad(), y:grad(), b.data, true) end
    if b.needs_grad then core.mul(b:grad(), y:grad(), a.data, true) end
  end)
end

--- Quotient, element by element: y = a / b.
-- @tparam tape t
-- @tparam value a any shape
-- @tparam value b the same shape
-- @treturn value
function ops.div (t, a, b)
  shapes.value("div", 1, a)
  shapes.same("div", 2, b, a)
  local y = t:like(a, b)
  core.div_fwd(y.data, a.data, b.data)
  return t:record("div", y, function ()
    core.div_bwd(a.needs_grad and a:grad() or nil, b.needs_grad and b:grad() or nil, b.data, y.data, y:grad())
  end)
end

--- A vector added to every row: y[r][c] = x[r][c] + v[c].
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam value v (C)
-- @treturn value (R, C)
function ops.add_rows (t, x, v)
  shapes.value("add_rows", 1, x, 2)
  shapes.vector("add_rows", 2, v, x.data:dim(2), x)
  local y = t:like(x, v)
  core.add_rows(y.data, x.data, v.data)
  return t:record("add_rows", y, function ()
    if x.needs_grad then core.axpy(x:grad(), 1, y:grad()) end
    if v.needs_grad then core.column_dot(v:grad(), y:grad(), nil, true) end
  end)
end

--- Every row times a vector: y[r][c] = x[r][c] v[c].
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam value v (C)
-- @treturn value (R, C)
function ops.mul_rows (t, x, v)
  shapes.value("mul_rows", 1, x, 2)
  shapes.vector("mul_rows", 2, v, x.data:dim(2), x)
  local y = t:like(x, v)
  core.mul_rows(y.data, x.data, v.data)
  return t:record("mul_rows", y, function ()
    if x.needs_grad then core.mul_rows(x:grad(), y:grad(), v.data, true) end
    if v.needs_grad then core.column_dot(v:grad(), y:grad(), x.data, true) end
  end)
end

--- A vector added to every column: y[r][c] = x[r][c] + v[r].
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam value v (R)
-- @treturn value (R, C)
function ops.add_columns (t, x, v)
  shapes.value("add_columns", 1, x, 2)
  shapes.vector("add_columns", 2, v, x.data:dim(1), x)
  local y = t:like(x, v)
  core.add_columns(y.data, x.data, v.data)
  return t:record("add_columns", y, function ()
    if x.needs_grad then core.axpy(x:grad(), 1, y:grad()) end
    if v.needs_grad then core.row_dot(v:grad(), y:grad(), nil, true) end
  end)
end

--- Every column times a vector: y[r][c] = x[r][c] v[r].
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam value v (R)
-- @treturn value (R, C)
function ops.mul_columns (t, x, v)
  shapes.value("mul_columns", 1, x, 2)
  shapes.vector("mul_columns", 2, v, x.data:dim(1), x)
  local y = t:like(x, v)
  core.mul_columns(y.data, x.data, v.data)
  return t:record("mul_columns", y, function ()
    if x.needs_grad then core.mul_columns(x:grad(), y:grad(), v.data, true) end
    if v.needs_grad then core.row_dot(v:grad(), y:grad(), x.data, true) end
  end)
end

--- y = f(x); backward wants y, or x where the slope is known from it alone.
local function mapped (t, op, x, from_input)
  shapes.value(op, 1, x)
  local y = t:like(x)
  core.map_fwd(op, y.data, x.data)
  local saved = from_input and x.data or y.data
  return t:record(op, y, function () core.map_bwd(op, x:grad(), saved, y:grad()) end)
end

--- Hyperbolic tangent.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.tanh (t, x) return (mapped(t, "tanh", x)) end

--- Logistic function: y = 1 / (1 + exp(-x)).
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.sigmoid (t, x) return (mapped(t, "sigmoid", x)) end

--- GELU, tanh form: y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.gelu (t, x) return (mapped(t, "gelu", x, true)) end

--- Exponential; clamped at exp(88).
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.exp (t, x) return (mapped(t, "exp", x)) end

--- Natural logarithm.
-- @tparam tape t
-- @tparam value x any shape, above 0
-- @treturn value
function ops.log (t, x)
  shapes.value("log", 1, x)
  local y = t:like(x)
  core.log_fwd(y.data, x.data)
  return t:record("log", y, function () core.log_bwd(x:grad(), x.data, y:grad()) end)
end

local function rectified (t, op, x, slope)
  shapes.value(op, 1, x)
  local y = t:like(x)
  core.leaky_relu_fwd(y.data, x.data, slope)
  return t:record(op, y, function () core.leaky_relu_bwd(x:grad(), x.data, y:grad(), slope) end)
end

--- ReLU: y = max(x, 0).
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.relu (t, x) return (rectified(t, "relu", x, 0)) end

--- Leaky ReLU: y = x where x > 0, else slope x.
-- @tparam tape t
-- @tparam value x any shape
-- @tparam[opt=0.01] number slope
-- @treturn value
function ops.leaky_relu (t, x, slope) return (rectified(t, "leaky_relu", x, slope or 0.01)) end

--- Where x is above 0: y = 1 there, else 0; the slope of ReLU. No gradient flows through.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.positive (t, x)
  shapes.value("positive", 1, x)
  local y = t:view(t:take_like(x.data):fill_(0))
  core.leaky_relu_bwd(y.data, x.data, t:take_like(x.data):fill_(1), 0)
  return t:record("positive", y)
end

return ops
