local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local cases = require "spec.ops.cases.segments"

describe("eimf.ops.segments", function ()
  local t, x, offsets
  before_each(function ()
    t = gradcheck.tape()
    x = t:constant(tensor.tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } })
    offsets = tensor.ids { 0, 2, 2, 3 }                -- two rows, none, one
  end)

  local function value (list) return t:constant(tensor.tensor(list)) end

  it("sums, means, newest rows; empty segments give zeros", function ()
    assert.same({ { 4, 6 }, { 0, 0 }, { 5, 6 } }, t:segment_sum(x, offsets).data:totable())
    assert.same({ { 2, 3 }, { 0, 0 }, { 5, 6 } }, t:segment_mean(x, offsets).data:totable())
    assert.same({ { 3, 4 }, { 0, 0 }, { 5, 6 } }, t:segment_last(x, offsets).data:totable())
  end)

  it("repeats a row for each row of its segment", function ()
    assert.same({ { 1, 2 }, { 1, 2 }, { 5, 6 } }, t:repeat_segments(x, offsets).data:totable())
  end)

  it("softmax of each column of a segment", function ()
    local y = t:segment_softmax(value { { 0, 7 }, { math.log(3), 7 }, { 9, -math.huge } }, offsets).data:totable()
    for i, expected in ipairs { { 0.25, 0.5 }, { 0.75, 0.5 }, { 1, 0 } } do
      assert.is_true(math.abs(y[i][1] - expected[1]) < 1e-6 and math.abs(y[i][2] - expected[2]) < 1e-6)
    end
  end)

  it("weighted sums, dot products, mixtures", function ()
    local w = value { { 1, 0 }, { 0.5, 2 }, { 1, -1 } }
    local v = t:segment_weighted_sum(w, x, offsets)
    assert.same({ { { 2.5, 4 }, { 6, 8 } }, { { 0, 0 }, { 0, 0 } }, { { 5, 6 }, { -5, -6 } } }, v.data:totable())
    assert.same({ { 10.5, 22 }, { 23.5, 50 }, { 61, -61 } }, t:segment_dot(x, v, offsets).data:totable())
    assert.same({ { 2.5, 4 }, { 13.25, 18 }, { 10, 12 } }, t:segment_mix(w, v, offsets).data:totable())
  end)

  it("works without rows, and without segments", function ()
    local none, empty = tensor.ids { 0 }, t:constant(tensor.zeros(0, 2))
    assert.same({ 0, 2 }, t:segment_sum(empty, none).data:shape())
    assert.same({ 0, 2 }, t:segment_softmax(empty, none).data:shape())
    assert.same({ 0, 2 }, t:repeat_segments(empty, none).data:shape())
    assert.same({ { 0, 0 } }, t:segment_mean(empty, tensor.ids { 0, 0 }).data:totable())
    for name, list in pairs(cases) do
      local shapes = ({
        repeat_segments = { { 1, 5 } }, segment_weighted_sum = { { 0, 3 }, { 0, 5 } },
        segment_dot = { { 0, 5 }, { 1, 3, 5 } }, segment_mix = { { 0, 3 }, { 1, 3, 5 } },
      })[name] or { { 0, 5 } }
      local case = name ~= "repeat_segments" and list[1] or
        { name, run = function (tape, v) return tape:repeat_segments(v, tensor.ids { 0, 0 }) end }
      assert.has_no.errors(function () gradcheck.bytes(case, shapes) end, name)
    end
  end)

  it("names itself, offsets and shapes", function ()
    for _, name in ipairs { "segment_sum", "segment_mean", "segment_last", "segment_softmax" } do
      assert.error_matches(function () t[name](t, x, tensor.ids { 0, 4 }) end,
        "bad argument #2 to '" .. name .. "' %(offsets end at 4 against shape %(3, 2%): 3 rows%)")
      assert.error_matches(function () t[name](t, x, nil) end,
        "bad argument #2 to '" .. name .. "' %(offsets %(B%+1%) expected, got nil%)")
      assert.error_matches(function () t[name](t, x, tensor.zeros(4)) end,
        "bad argument #2 to '" .. name .. "' %(offsets %(B%+1%) expected, got tensor float32 %(4%)%)")
    end
    assert.error_matches(function () t:segment_sum(x, tensor.ids { 0, 4, 3 }) end, "offsets must not fall")
    assert.error_matches(function () t:segment_sum(x, tensor.ids { 1, 3 }) end, "offsets must begin with 0")
    assert.error_matches(function () t:repeat_segments(x, tensor.ids { 0, 1 }) end,
      "bad argument #2 to 'repeat_segments' %(shape %(3, 2%) against %(2%): rows and segments 3 and 1 differ%)")
    assert.error_matches(function () t:segment_weighted_sum(value { { 1 } }, x, offsets) end,
      "bad argument #2 to 'segment_weighted_sum' %(shape %(1, 1%) against %(3, 2%): rows 1 and 3 differ%)")
    assert.error_matches(function () t:segment_dot(x, value { { { 1 } } }, offsets) end,
      "bad argument #2 to 'segment_dot' %(shape %(3, 2%) against %(1, 1, 1%): widths 2 and 1 differ%)")
    assert.error_matches(function () t:segment_mix(x, value { { { 1 } } }, offsets) end,
      "bad argument #2 to 'segment_mix' %(shape %(3, 2%) against %(1, 1, 1%): numbers of weights and vectors 2 and 1")
  end)
end)
