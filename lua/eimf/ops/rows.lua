--- Operations on whole rows: softmax, norms, sums. "Rows" are those of the last
-- dimension, whatever stands before it. Neighbour: shapes.lua.
-- @module eimf.ops.rows

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local rows = shapes.rows

--- Both softmaxes: y from x, backward from y alone.
local function normalised (t, op, forward, backward, x)
  shapes.value(op, 1, x, nil, 2)
  local y = t:like(x)
  forward(rows(y.data), rows(x.data))
  return t:record(op, y, function () backward(rows(x:grad()), rows(y.data), rows(y:grad())) end)
end

--- Softmax of each row: y[r] = exp(x[r]) / sum(exp(x[r])). A row that is -inf throughout gives zeros.
-- @tparam tape t
-- @tparam value x (..., C)
-- @treturn value shaped like x
function ops.softmax (t, x) return (normalised(t, "softmax", core.softmax_fwd, core.softmax_bwd, x)) end

--- Logarithm of the softmax of each row: y[r] = x[r] - ln sum(exp(x[r])).
-- @tparam tape t
-- @tparam value x (..., C)
-- @treturn value shaped like x
function ops.log_softmax (t, x)
  return (normalised(t, "log_softmax", core.log_softmax_fwd, core.log_softmax_bwd, x))
end

--- y[r] = ln sum(exp(x[r])).
-- @tparam tape t
-- @tparam value x (R, C)
-- @treturn value (R)
function ops.log_sum_exp (t, x)
  shapes.value("log_sum_exp", 1, x, 2)
  local y = t:value({ x.data:dim(1) }, x)
  core.log_sum_exp_fwd(y.data, x.data)
  return t:record("log_sum_exp", y, function () core.log_sum_exp_bwd(x:grad(), x.data, y.data, y:grad()) end)
end

--- Layer norm (Ba et al. 2016) of each row: y = (x - mean) / sqrt(variance + eps) gain + bias.
-- @tparam tape t
-- @tparam value x (..., D)
-- @tparam value gain (D)
-- @tparam value bias (D)
-- @tparam[opt=1e-5] number eps
-- @treturn value shaped like x
function ops.layer_norm (t, x, gain, bias, eps)
  local data = rows(shapes.value("layer_norm", 1, x, nil, 2))
  shapes.vector("layer_norm", 2, gain, data:dim(2), x)
  shapes.vector("layer_norm", 3, bias, data:dim(2), x)
  local y, stat = t:like(x, gain, bias), t:take("float32", data:dim(1), 2)
  core.layer_norm_fwd(rows(y.data), stat, data, gain.data, bias.data, eps or 1e-5)
  return t:record("layer_norm", y, function ()
    core.layer_norm_bwd(x.needs_grad and x:grad() or nil, gain.needs_grad and gain:grad() or nil,
      bias.needs_grad and bias:grad() or nil, data, gain.data, stat, rows(y:grad()))
  end)
end

--- Rows of length 1: y[r] = x[r] / max(|x[r]|, eps). A row no longer than eps gets no gradient.
-- @tparam tape t
-- @tparam value x (..., D)
-- @tparam[opt=1e-12] number eps
-- @treturn value shaped like x
function ops.l2_normalise (t, x, eps)
  local data = rows(shapes.value("l2_normalise", 1, x, nil, 2))
  local y, inv = t:like(x), t:take("float32", data:dim(1))
  core.l2_normalise_fwd(rows(y.data), inv, data, eps or 1e-12)
  return t:record("l2_normalise", y, function ()
    core.l2_normalise_bwd(rows(x:grad()), rows(y.data), inv, rows(y:grad()), eps or 1e-12)
  end)
end

--- Squash (Sabour et al. 2017): y[r] = x[r] |x[r]| / (1 + |x[r]|^2), rows of a length within [0, 1).
-- @tparam tape t
-- @tparam value x (..., D)
-- @treturn value shaped like x
function ops.squash (t, x)
  local data = rows(shapes.value("squash", 1, x, nil, 2))
  local y = t:like(x)
  core.squash_fwd(rows(y.data), data)
  return t:record("squash", y, function () core.squash_bwd(rows(x:grad()), data, rows(y:grad())) end)
end

--- Dot product of each pair of rows: y[r] = a[r] . b[r].
-- @tparam tape t
-- @tparam value a (R, D)
-- @tparam value b (R, D)
-- @treturn value (R)
function ops.row_dot (t, a, b)
  shapes.value("row_dot", 1, a, 2)
  shapes.same("row_dot", 2, b, a)
  local y = t:value({ a.data:dim(1) }, a, b)
  core.row_dot(y.data, a.data, b.data)
  return t:record("row_dot", y, function ()
    if a.needs_grad then core.mul_columns(a:grad(), b.data, y:grad(), true) end
    if b.needs_grad then core.mul_columns(b:grad(), a.data, y:grad(), true) end
  end)
end

--- Sum of all elements, times a factor.
local function total (t, op, x, factor)
  local y = t:value({ 1 }, x)
  y.data:fill_(core.sum(x.data) * factor)
  return t:record(op, y, function () core.add_number(x:grad(), y:grad():get(1) * factor) end)
end

--- Sum of all elements.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value (1)
function ops.sum (t, x)
  shapes.value("sum", 1, x)
  return total(t, "sum", x, 1)
end

--- Mean of all elements; 0 where there are none.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value (1)
function ops.mean (t, x)
  local n = shapes.value("mean", 1, x):size()
  return total(t, "mean", x, n > 0 and 1 / n or 0)
end

--- Sum over rows: y[c] = sum_r x[r][c].
-- @tparam tape t
-- @tparam value x (R, C)
-- @treturn value (C)
function ops.sum_rows (t, x)
  shapes.value("sum_rows", 1, x, 2)
  local y = t:value({ x.data:dim(2) }, x)
  core.column_dot(y.data, x.data)
  return t:record("sum_rows", y, function () core.add_rows(x:grad(), x:grad(), y:grad()) end)
end

--- Sum over columns: y[r] = sum_c x[r][c].
-- @tparam tape t
-- @tparam value x (R, C)
-- @treturn value (R)
function ops.sum_columns (t, x)
  shapes.value("sum_columns", 1, x, 2)
  local y = t:value({ x.data:dim(1) }, x)
  core.row_dot(y.data, x.data)
  return t:record("sum_columns", y, function () core.add_columns(x:grad(), x:grad(), y:grad()) end)
end

return ops
