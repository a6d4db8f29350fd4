local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local tape = require "eimf.tape"
local cases = require "spec.ops.cases.elementwise"

describe("eimf.ops.elementwise", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function value (list) return t:constant(tensor.tensor(list)) end

  local function near (expected, y)
    local got = gradcheck.flat(y.data)
    assert.equal(#expected, #got)
    for i, v in ipairs(expected) do
      assert.is_true(math.abs(got[i] - v) <= 1e-6 * (1 + math.abs(v)), ("%d: %.9g, expected %.9g"):format(i, got[i], v))
    end
  end

  it("adds, subtracts, multiplies, divides", function ()
    local a, b = value { { 1, -2 }, { 3, 8 } }, value { { 4, 5 }, { -6, 2 } }
    near({ 5, 3, -3, 10 }, t:add(a, b))
    near({ -3, -7, 9, 6 }, t:sub(a, b))
    near({ 4, -10, -18, 16 }, t:mul(a, b))
    near({ 0.25, -0.4, -0.5, 4 }, t:div(a, b))
    near({ -1, 2, -3, -8 }, t:neg(a))
    near({ 0.5, -1, 1.5, 4 }, t:scale(a, 0.5))
  end)

  it("spreads a vector over rows or columns", function ()
    local x, rows, columns = value { { 1, 2, 3 }, { 4, 5, 6 } }, value { 10, 20, 30 }, value { 2, -1 }
    near({ 11, 22, 33, 14, 25, 36 }, t:add_rows(x, rows))
    near({ 10, 40, 90, 40, 100, 180 }, t:mul_rows(x, rows))
    near({ 3, 4, 5, 3, 4, 5 }, t:add_columns(x, columns))
    near({ 2, 4, 6, -4, -5, -6 }, t:mul_columns(x, columns))
  end)

  it("applies functions to each number", function ()
    local x = value { -2, -0.5, 0, 1, 3 }
    near({ -0.96402758, -0.46211716, 0, 0.76159416, 0.99505475 }, t:tanh(x))
    near({ 0.11920292, 0.37754067, 0.5, 0.73105858, 0.95257413 }, t:sigmoid(x))
    near({ -0.04540231, -0.15428599, 0, 0.84119199, 2.9963627 }, t:gelu(x))
    near({ 0.13533528, 0.60653066, 1, 2.7182818, 20.085537 }, t:exp(x))
    near({ 0, 0, 0, 1, 3 }, t:relu(x))
    near({ -0.02, -0.005, 0, 1, 3 }, t:leaky_relu(x))
    near({ -0.4, -0.1, 0, 1, 3 }, t:leaky_relu(x, 0.2))
    near({ -0.69314718, 0, 2.3025851 }, t:log(value { 0.5, 1, 10 }))
  end)

  it("lets NaN through", function ()
    local nan = value { 0 / 0 }
    for _, name in ipairs { "tanh", "sigmoid", "gelu", "exp", "relu", "leaky_relu", "log", "neg" } do
      local y = t[name](t, nan).data:get(1)
      assert.is_true(y ~= y, name)
    end
  end)

  it("works without elements", function ()
    for name, list in pairs(cases) do
      local inputs = list[1].inputs or {}
      local spread = #inputs == 2 and #inputs[2] == 1
      for _, shape in ipairs { { 0, 3 }, { 3, 0 } } do
        local second = spread and { name:find("columns") and shape[1] or shape[2] } or shape
        assert.has_no.errors(function ()
          if #inputs == 0 then t[name](t, t:constant(tensor.zeros(shape[1], shape[2])))
          else gradcheck.bytes(list[1], #inputs == 2 and { shape, second } or { shape }) end
        end, name)
      end
    end
  end)

  it("names itself, shapes and sizes where they do not go together", function ()
    local a, b, v = value { { 1, 2 }, { 3, 4 } }, value { { 1, 2, 3 } }, value { 1, 2, 3 }
    for _, name in ipairs { "add", "sub", "mul", "div" } do
      assert.has_error(function () t[name](t, a, b) end,
        "bad argument #2 to '" .. name .. "' (shape (1, 3) against (2, 2))")
    end
    assert.has_error(function () t:add(v, b) end, "bad argument #2 to 'add' (shape (1, 3) against (3))")
    for _, name in ipairs { "add_rows", "mul_rows", "add_columns", "mul_columns" } do
      assert.has_error(function () t[name](t, a, v) end,
        "bad argument #2 to '" .. name .. "' (shape (3) against (2, 2): wanted (2))")
      assert.has_error(function () t[name](t, v, v) end,
        "bad argument #1 to '" .. name .. "' (shape (3), wanted rank 2)")
    end
  end)

  it("wants values, and says how to make one of a tensor", function ()
    assert.has_error(function () t:add(tensor.zeros(2), value { 1, 2 }) end,
      "bad argument #1 to 'add' (value or param expected, got a tensor: t:constant(x) makes a value of it)")
    assert.has_error(function () t:add(value { 1, 2 }, nil) end,
      "bad argument #2 to 'add' (value or param expected, got nil)")
    assert.has_error(function () t:scale("x", 2) end,
      "bad argument #1 to 'scale' (value or param expected, got string)")
  end)

  it("computes the same on the plain tape, and records nothing", function ()
    local x = tape.plain:constant(tensor.tensor { -1, 2 })
    local y = tape.plain:tanh(x)
    assert.is_false(y.needs_grad)
    assert.equal(t:tanh(t:constant(x.data)).data:tostring(), y.data:tostring())
  end)
end)
