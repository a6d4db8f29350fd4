local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local cases = require "spec.ops.cases.rows"

describe("eimf.ops.rows", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function value (list) return t:constant(tensor.tensor(list)) end

  local function near (expected, y, tolerance)
    for i, v in ipairs(gradcheck.flat(y.data)) do
      assert.is_true(math.abs(expected[i] - v) <= (tolerance or 1e-6), ("%d: %.9g, expected %.9g"):format(i, v,
        expected[i]))
    end
  end

  it("softmax and its logarithm", function ()
    local x = value { { 0, math.log(3) }, { 5, 5 } }
    near({ 0.25, 0.75, 0.5, 0.5 }, t:softmax(x))
    near({ math.log(0.25), math.log(0.75), math.log(0.5), math.log(0.5) }, t:log_softmax(x))
    near({ math.log(4), 5 + math.log(2) }, t:log_sum_exp(x))
  end)

  it("softmax of a row that is -inf throughout gives zeros", function ()
    local x = value { { -math.huge, -math.huge }, { -math.huge, 1 } }
    assert.same({ { 0, 0 }, { 0, 1 } }, t:softmax(x).data:totable())
    assert.same({ { -math.huge, -math.huge }, { -math.huge, 0 } }, t:log_softmax(x).data:totable())
  end)

  it("softmax does not overflow", function ()
    assert.same({ { 1, 0 } }, t:softmax(value { { 1e30, -1e30 } }).data:totable())
    near({ 1000 + math.log(2) }, t:log_sum_exp(value { { 1000, 1000 } }), 1e-4)
  end)

  it("layer norm", function ()
    local y = t:layer_norm(value { { 1, 2, 3, 4 } }, value { 1, 1, 2, 2 }, value { 0, 0, 0, 10 })
    near({ -1.3416355, -0.4472118, 0.8944236, 12.683271 }, y, 1e-5)
    assert.same({ { 5, 5 } }, t:layer_norm(value { { 3, 3 } }, value { 1, 1 }, value { 5, 5 }).data:totable())
  end)

  it("rows of unit length; a zero row stays zero and gets no gradient", function ()
    local p = require "eimf.param".new { data = tensor.tensor { { 3, 4 }, { 0, 0 } }, name = "p" }
    local y = t:l2_normalise(p)
    near({ 0.6, 0.8, 0, 0 }, y)
    t:backward(t:sum(t:mul(y, value { { 1, 0 }, { 1, 1 } })))
    near({ 0.128, -0.096, 0, 0 }, { data = p:grad() })
  end)

  it("squashes rows to a length below 1, and leaves zero rows alone", function ()
    local p = require "eimf.param".new { data = tensor.tensor { { 3, 4 }, { 0, 0 } }, name = "p" }
    local y = t:squash(p)
    near({ 3 * 5 / 26, 4 * 5 / 26, 0, 0 }, y)
    t:backward(t:sum(y))
    assert.same({ 0, 0 }, p:grad():totable()[2])
  end)

  it("products and sums", function ()
    local x, y = value { { 1, 2, 3 }, { 4, 5, 6 } }, value { { 1, 0, -1 }, { 2, 2, 2 } }
    assert.same({ -2, 30 }, t:row_dot(x, y).data:totable())
    assert.same({ 21 }, t:sum(x).data:totable())
    assert.same({ 3.5 }, t:mean(x).data:totable())
    assert.same({ 5, 7, 9 }, t:sum_rows(x).data:totable())
    assert.same({ 6, 15 }, t:sum_columns(x).data:totable())
  end)

  it("sums in double", function ()
    local x = tensor.zeros(20000):fill_(1)
    x:set(1, 2 ^ 27)
    assert.equal(2 ^ 27 + 20000, t:sum(t:constant(x)).data:get(1))     -- in float32 every 1 would be lost
  end)

  it("works without rows or columns", function ()
    for name, list in pairs(cases) do
      for _, shape in ipairs { { 0, 4 }, { 4, 0 } } do
        local inputs = name == "layer_norm" and { shape, { shape[2] }, { shape[2] } } or { shape, shape }
        assert.has_no.errors(function ()
          gradcheck.bytes(list[1], { table.unpack(inputs, 1, #list[1].inputs) })
        end, name)
      end
    end
    assert.same({ 0 }, t:mean(t:constant(tensor.zeros(0))).data:totable())
    assert.same({ 0, 0 }, t:sum_rows(t:constant(tensor.zeros(0, 2))).data:totable())
  end)

  it("names itself and shapes", function ()
    local x, v = value { { 1, 2 }, { 3, 4 } }, value { 1, 2, 3 }
    for _, name in ipairs { "softmax", "log_softmax", "l2_normalise", "squash" } do
      assert.has_error(function () t[name](t, v) end,
        "bad argument #1 to '" .. name .. "' (shape (3), wanted rank 2 or more)")
    end
    assert.has_error(function () t:layer_norm(x, v, v) end,
      "bad argument #2 to 'layer_norm' (shape (3) against (2, 2): wanted (2))")
    assert.has_error(function () t:layer_norm(x, value { 1, 2 }, v) end,
      "bad argument #3 to 'layer_norm' (shape (3) against (2, 2): wanted (2))")
    assert.has_error(function () t:row_dot(x, v) end, "bad argument #2 to 'row_dot' (shape (3) against (2, 2))")
    assert.has_error(function () t:sum_rows(v) end, "bad argument #1 to 'sum_rows' (shape (3), wanted rank 2)")
  end)
end)
