local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local param = require "eimf.param"
local tape = require "eimf.tape"

describe("eimf.ops.table", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  it("looks rows up by id", function ()
    local items = param.new { data = tensor.tensor { { 0, 0 }, { 1, 2 }, { 3, 4 } }, name = "items", sparse = true }
    local y = t:embedding(items, tensor.ids { 2, 0, 1, 2 })
    assert.same({ { 3, 4 }, { 0, 0 }, { 1, 2 }, { 3, 4 } }, y.data:totable())
    assert.error_matches(function () t:embedding(items, tensor.ids { 1, 3 }) end,
      "id 3 at position 2 is outside 0%.%.2")
    assert.error_matches(function () t:embedding(items, tensor.ids { -1 }) end, "id %-1 at position 1")
  end)

  it("gives each row once, and says which one an id has", function ()
    local items = param.new { data = tensor.tensor { { 0, 0 }, { 1, 2 }, { 3, 4 } }, name = "items", sparse = true }
    for _ = 1, 2 do                                                        -- the marks are clean again
      local h, rows = t:distinct(items, tensor.ids { 2, 0, 1, 2, 0 })
      assert.same({ { 3, 4 }, { 0, 0 }, { 1, 2 } }, h.data:totable())
      assert.same({ 0, 1, 2, 0, 1 }, rows:totable())
      assert.same({ { 0, 2 }, { 0 } }, { t:distinct(items, tensor.zeros_ids(0)).data:shape(),
        { select(2, t:distinct(items, tensor.zeros_ids(0))):size() } })
    end
    assert.error_matches(function () t:distinct(items, tensor.ids { 1, 3 }) end, "id 3 at position 2 is outside 0%.%.2")
    assert.same({ 0, 1 }, (select(2, t:distinct(items, tensor.ids { 2, 1 }))):totable())
  end)

  it("gives a sparse parameter parts (ids, values), not a tensor of the table's size", function ()
    local items = param.new { data = tensor.zeros(4, 2), name = "items", sparse = true }
    local ids = tensor.ids { 3, 0, 3 }
    local y = t:embedding(items, ids)
    t:backward(t:sum(y))
    assert.is_nil(items.gradient)
    assert.equal(1, #items.parts)
    assert.same({ 3, 0, 3 }, items.parts[1].ids:totable())
    assert.same({ { 1, 1 }, { 1, 1 }, { 1, 1 } }, items.parts[1].values:totable())
  end)

  it("adds up a row's gradient in a dense parameter", function ()
    local w = param.new { data = tensor.zeros(3, 2), name = "w" }
    t:backward(t:sum(t:embedding(w, tensor.ids { 2, 1, 2 })))
    assert.same({ { 0, 0 }, { 1, 1 }, { 2, 2 } }, w:grad():totable())
  end)

  it("works without ids", function ()
    local w = param.new { data = tensor.zeros(3, 2), name = "w" }
    local y = t:embedding(w, tensor.zeros_ids(0))
    assert.same({ 0, 2 }, y.data:shape())
    t:backward(t:sum(t:dropout(y, 0.5)))
    assert.same({ { 0, 0 }, { 0, 0 }, { 0, 0 } }, w:grad():totable())
  end)

  it("drops out a share, scales the rest, and draws anew each time", function ()
    local x = t:constant(tensor.zeros(10000):fill_(1))
    local a, b = t:dropout(x, 0.25), t:dropout(x, 0.25)
    local dropped, expected = 0, string.unpack("<f", string.pack("<f", 1 / 0.75))
    for _, v in ipairs(a.data:totable()) do
      assert.is_true(v == 0 or v == expected)
      if v == 0 then dropped = dropped + 1 end
    end
    assert.is_true(math.abs(dropped / 10000 - 0.25) < 0.02)
    assert.is_false(a.data:tostring() == b.data:tostring())
  end)

  it("drops out the same elements when a step is repeated, others in another step or with another seed", function ()
    local x = tensor.zeros(100):fill_(1)
    local function mask (seed, step)
      local other = tape.new { seed = seed }
      other:reset(step)
      return other:dropout(other:constant(x), 0.5).data:tostring()
    end
    assert.equal(mask(1, 7), mask(1, 7))
    assert.is_false(mask(1, 7) == mask(1, 8))
    assert.is_false(mask(1, 7) == mask(2, 7))
  end)

  it("does nothing with p = 0, and nothing on the plain tape", function ()
    local x = t:constant(tensor.zeros(3))
    assert.equal(x, t:dropout(x, 0))
    assert.equal(x, tape.plain:dropout(x, 0.9))
    assert.error_matches(function () t:dropout(x, 1) end, "p within %[0, 1%), got 1")
    assert.error_matches(function () t:dropout(x, -0.1) end, "got %-0%.1")
  end)
end)
