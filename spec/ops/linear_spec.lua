local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local cases = require "spec.ops.cases.linear"

describe("eimf.ops.linear", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function value (list) return t:constant(tensor.tensor(list)) end

  it("multiplies matrices, either one transposed", function ()
    local a, b = value { { 1, 2, 3 }, { 4, 5, 6 } }, value { { 1, 0 }, { 2, 1 }, { 0, -1 } }
    local expected = { { 5, -1 }, { 14, -1 } }
    assert.same(expected, t:matmul(a, b).data:totable())
    local at, bt = value { { 1, 4 }, { 2, 5 }, { 3, 6 } }, value { { 1, 2, 0 }, { 0, 1, -1 } }
    assert.same(expected, t:matmul(at, b, { ta = true }).data:totable())
    assert.same(expected, t:matmul(a, bt, { tb = true }).data:totable())
    assert.same(expected, t:matmul(at, bt, { ta = true, tb = true }).data:totable())
  end)

  it("multiplies batches of matrices", function ()
    local a, b = value { { { 1, 2 } }, { { 3, 4 } } }, value { { { 1 }, { 1 } }, { { 10 }, { 100 } } }
    assert.same({ { { 3 } }, { { 430 } } }, t:bmm(a, b).data:totable())
    assert.same({ { { 1, 2 }, { 1, 2 } }, { { 30, 40 }, { 300, 400 } } }, t:bmm(b, a).data:totable())
  end)

  it("works without rows, columns or an inner size", function ()
    for _, sizes in ipairs { { 0, 3, 2 }, { 3, 0, 2 }, { 3, 2, 0 } } do
      local M, N, K = table.unpack(sizes)
      local y = t:matmul(t:constant(tensor.zeros(M, K)), t:constant(tensor.zeros(K, N)))
      assert.same({ M, N }, y.data:shape())
      for _, v in ipairs(gradcheck.flat(y.data)) do assert.equal(0, v) end       -- not what the pool held
      gradcheck.bytes(cases.matmul[1], { { M, K }, { K, N } })
      gradcheck.bytes(cases.bmm[1], { { 2, M, K }, { 2, K, N } })
    end
    gradcheck.bytes(cases.bmm[1], { { 0, 2, 3 }, { 0, 3, 2 } })
  end)

  it("names itself, shapes and sizes", function ()
    local a, cube = value { { 1, 2, 3 } }, t:constant(tensor.zeros(2, 3, 4))
    assert.has_error(function () t:matmul(a, a) end,
      "bad argument #2 to 'matmul' (shape (1, 3) against (1, 3): inner sizes 3 and 1 differ)")
    assert.has_error(function () t:matmul(a, a, { ta = true, tb = true }) end,
      "bad argument #2 to 'matmul' (shape (1, 3) against (1, 3): inner sizes 1 and 3 differ)")
    assert.has_error(function () t:matmul(cube, a) end, "bad argument #1 to 'matmul' (shape (2, 3, 4), wanted rank 2)")
    assert.has_error(function () t:bmm(cube, a) end, "bad argument #2 to 'bmm' (shape (1, 3), wanted rank 3)")
    assert.has_error(function () t:bmm(cube, cube) end,
      "bad argument #2 to 'bmm' (shape (2, 3, 4) against (2, 3, 4): inner sizes 4 and 3 differ)")
    assert.has_error(function () t:bmm(cube, t:constant(tensor.zeros(3, 4, 1))) end,
      "bad argument #2 to 'bmm' (shape (2, 3, 4) against (3, 4, 1): numbers of matrices 2 and 3 differ)")
    assert.has_error(function () t:matmul(a, a, { transpose = true }) end, "unknown option 'transpose' of matmul")
  end)
end)
