local groups = require "eimf.esim.groups"
local tensor = require "eimf.tensor"
local vectors = require "eimf.esim.vectors"

describe("eimf.esim.groups", function ()
  local function of (rows, k) return groups.of(vectors.unit_(tensor.tensor(rows)), k) end

  it("finds what lies together, larger groups first, the most central first", function ()
    local found = of({ { 1, 0 }, { 0, 1 }, { 1, 0.3 }, { 0.1, 1 }, { 1, 0.1 } }, 2)
    assert.are.same({ { 5, 1, 3 }, { 4, 2 } }, { found[1], found[2] })
    assert.are.equal(2, #found)
  end)

  it("leaves zero rows out, and copies in one group", function ()
    assert.are.same({}, of({ { 0, 0 }, { 0, 0 } }, 3))
    assert.are.same({ { 3, 1 } }, of({ { 1, 0 }, { 0, 0 }, { 1, 0 } }, 3))
    assert.are.same({ { 1 } }, of({ { 0, 2 } }, 4))
  end)

  it("gives an odd item no group of its own while a larger one waits", function ()
    local rows = { { 0, 0, -1 } }
    for i = 1, 4 do
      rows[#rows + 1] = { 1, 0.01 * i, 0 }
      rows[#rows + 1] = { 0.01 * i, 1, 0 }
    end
    local found = of(rows, 2)
    assert.are.equal(2, #found)
    assert.is_true(#found[1] >= 4 and #found[2] >= 4)
  end)

  it("asks for two titles a group at least, and half as many groups again as interests at most", function ()
    assert.are.same({ 1, 1, 2, 3, 4, 6 }, { groups.number(1, 4), groups.number(2, 4), groups.number(3, 4),
      groups.number(5, 4), groups.number(8, 4), groups.number(50, 4) })
  end)
end)
