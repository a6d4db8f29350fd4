--- Products of matrices, linear layers. Neighbour: shapes.lua.
-- @module eimf.ops.linear

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- Which operands are transposed.
local function transposes (op, options)
  for key in pairs(options or {}) do
    if key ~= "ta" and key ~= "tb" then error(("unknown option '%s' of %s"):format(tostring(key), op), 3) end
  end
  return options and options.ta or false, options and options.tb or false
end

--- C = op(A) op(B) by `product`; the gradients are products of the same kind.
local function recorded (t, op, product, c, a, b, ta, tb)
  product(c.data, a.data, b.data, ta, tb, 1, 0)
  return t:record(op, c, function ()
    local dc = c:grad()
    if a.needs_grad and ta then product(a:grad(), b.data, dc, tb, true, 1, 1)
    elseif a.needs_grad then product(a:grad(), dc, b.data, false, not tb, 1, 1) end
    if b.needs_grad and tb then product(b:grad(), dc, a.data, true, ta, 1, 1)
    elseif b.needs_grad then product(b:grad(), a.data, dc, not ta, false, 1, 1) end
  end)
end

--- Product of matrices: y = op(a) op(b), op the transpose where asked for.
-- @tparam tape t
-- @tparam value a (M, K), or (K, M) with ta
-- @tparam value b (K, N), or (N, K) with tb
-- @tparam[opt] table options `ta`, `tb` booleans
-- @treturn value (M, N)
function ops.matmul (t, a, b, options)
  local ta, tb = transposes("matmul", options)
  local x, w = shapes.value("matmul", 1, a, 2), shapes.value("matmul", 2, b, 2)
  shapes.agree("matmul", 2, a, b, "inner sizes", x:dim(ta and 1 or 2), w:dim(tb and 2 or 1))
  local c = t:value({ x:dim(ta and 2 or 1), w:dim(tb and 1 or 2) }, a, b)
  return recorded(t, "matmul", core.gemm, c, a, b, ta, tb)
end

--- A linear layer: y = f(x W + b).
-- @tparam tape t
-- @tparam value x (R, n)
-- @tparam value w (n, m)
-- @tparam ?value b (m)
-- @tparam[opt="none"] string activation f: "none" or "relu"
-- @treturn value (R, m)
function ops.linear (t, x, w, b, activation)
  local data, weight = shapes.value("linear", 1, x, 2), shapes.value("linear", 2, w, 2)
  shapes.agree("linear", 2, x, w, "inner sizes", data:dim(2), weight:dim(1))
  local bias = b and shapes.vector("linear", 3, b, weight:dim(2), w)
  local y = t:value({ data:dim(1), weight:dim(2) }, x, w, b)
  local forward, backward = core.dense_scratch(data, weight, bias, activation)
  core.dense_fwd(y.data, data, weight, bias, activation, t:take("float32", forward))
  return t:record("linear", y, function ()
    local dx, add
    if x.needs_grad then dx, add = x:room() end
    core.dense_bwd(dx, add, w.needs_grad and w:grad() or nil,
      b and b.needs_grad and b:grad() or nil, y:grad(), y.data, data, weight, bias, activation,
      t:take("float32", backward))
  end)
end

--- Products of n pairs of matrices.
-- @tparam tape t
-- @tparam value a (n, M, K), or (n, K, M) with ta
-- @tparam value b (n, K, N), or (n, N, K) with tb
-- @tparam[opt] table options `ta`, `tb` booleans
-- @treturn value (n, M, N)
function ops.bmm (t, a, b, options)
  local ta, tb = transposes("bmm", options)
  local x, w = shapes.value("bmm", 1, a, 3), shapes.value("bmm", 2, b, 3)
  shapes.agree("bmm", 2, a, b, "numbers of matrices", x:dim(1), w:dim(1))
  shapes.agree("bmm", 2, a, b, "inner sizes", x:dim(ta and 2 or 3), w:dim(tb and 3 or 2))
  local c = t:value({ x:dim(1), x:dim(ta and 3 or 2), w:dim(tb and 2 or 3) }, a, b)
  return recorded(t, "bmm", core.gemm_batched, c, a, b, ta, tb)
end

return ops
