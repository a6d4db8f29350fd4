local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local cases = require "spec.ops.cases.shape"

describe("eimf.ops.shape", function ()
  local t, x
  before_each(function ()
    t = gradcheck.tape()
    x = t:constant(tensor.tensor { { 1, 2, 3 }, { 4, 5, 6 } })
  end)

  it("gathers rows by position from 0", function ()
    assert.same({ { 4, 5, 6 }, { 1, 2, 3 }, { 4, 5, 6 } }, t:gather(x, tensor.ids { 1, 0, 1 }).data:totable())
    assert.error_matches(function () t:gather(x, tensor.ids { 2 }) end, "id 2 at position 1 is outside 0%.%.1")
    assert.error_matches(function () t:gather(x, tensor.ids { -1 }) end, "id %-1 at position 1 is outside 0%.%.1")
    assert.error_matches(function () t:gather(x, { 1 }) end,
      "bad argument #2 to 'gather' %(int32 vector expected, got table%)")
  end)

  it("joins along rows and columns", function ()
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 }, { 1, 2, 3 }, { 4, 5, 6 } }, t:concat({ x, x }).data:totable())
    assert.same({ { 1, 2, 3, 9 }, { 4, 5, 6, 8 } },
      t:concat({ x, t:constant(tensor.tensor { { 9 }, { 8 } }) }, 2).data:totable())
  end)

  it("refuses to join what does not fit", function ()
    local narrow = t:constant(tensor.zeros(2, 2))
    assert.error_matches(function () t:concat { x, narrow } end,
      "'concat' %(shape %(2, 3%) against %(2, 2%): sizes of dimension 2 %(matrix 2%) 3 and 2 differ%)")
    assert.error_matches(function () t:concat {} end, "list of values expected")
    assert.error_matches(function () t:concat({ x }, 3) end, "1 or 2 expected, got 3")
  end)

  it("cuts rows and columns, positions from 1", function ()
    assert.same({ { 4, 5, 6 } }, t:slice(x, 1, 2, 2).data:totable())
    assert.same({ { 2, 3 }, { 5, 6 } }, t:slice(x, 2, 2, 3).data:totable())
    assert.same({ 0, 3 }, t:slice(x, 1, 3, 2).data:shape())
    for _, range in ipairs { { 0, 1 }, { 1, 3 }, { 2, 0 } } do
      assert.has_error(function () t:slice(x, 1, range[1], range[2]) end,
        ("bad argument #3 to 'slice' (positions %d..%d of dimension 1 of shape (2, 3))"):format(range[1], range[2]))
    end
    assert.error_matches(function () t:slice(x, 3, 1, 1) end, "1 or 2 expected, got 3")
  end)

  it("reshapes without copying", function ()
    local y = t:reshape(x, 3, -1)
    assert.same({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, y.data:totable())
    x.data:set(1, 1, 7)
    assert.equal(7, y.data:get(1, 1))
    assert.error_matches(function () t:reshape(x, 4, 2) end, "other number of elements")
  end)

  it("works without rows", function ()
    gradcheck.bytes({ "gather", run = function (tape, v) return tape:gather(v, tensor.zeros_ids(0)) end }, { { 3, 2 } })
    gradcheck.bytes(cases.concat[1], { { 0, 3 }, { 0, 3 }, { 0, 3 } })
    gradcheck.bytes(cases.concat[2], { { 0, 3 }, { 0, 1 }, { 0, 2 } })
    gradcheck.bytes({ "slice", run = function (tape, v) return tape:slice(v, 2, 1, 2) end }, { { 0, 2 } })
    gradcheck.bytes({ "reshape", run = function (tape, v) return tape:reshape(v, 2, 0) end }, { { 0, 2 } })
  end)
end)
