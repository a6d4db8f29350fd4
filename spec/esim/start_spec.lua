local gradcheck = require "spec.gradcheck"
local joint = require "spec.esim.joint"
local start = require "eimf.esim.start"
local tensor = require "eimf.tensor"

describe("eimf.esim.start", function ()
  -- Items (N, Dt) unit rows, the third without text; a bank (J, Dt).
  local function made (N, J, Dt)
    local items, bank = gradcheck.random({ N, Dt }, 1), gradcheck.random({ J, Dt }, 2)
    items:rows(3, 3):fill_(0)
    return joint.rows_of(items, joint.unit), joint.rows_of(bank, joint.unit)
  end

  local function gram (rows)
    local out = {}
    for i, a in ipairs(rows) do
      out[i] = {}
      for j, b in ipairs(rows) do out[i][j] = joint.dot(a, b) end
    end
    return out
  end

  -- Products of rows agree, but for one factor.
  local function alike (want, got)
    local a, b = gram(want), gram(got)
    local factor = b[1][1] / a[1][1]
    for i in ipairs(a) do
      for j in ipairs(a) do assert.is_true(math.abs(a[i][j] * factor - b[i][j]) < 1e-5) end
    end
  end

  local function through (items, bank)
    local rows, out = bank:totable(), {}
    for i, t in ipairs(items:totable()) do
      out[i] = {}
      for j, s in ipairs(rows) do out[i][j] = joint.dot(t, s) end
    end
    return out
  end

  it("keeps how items lie to the bank, or to each other, in full width", function ()
    local items, bank = made(20, 4, 6)
    alike(through(items, bank), start.coordinates(items, bank, 9):totable())
    alike(items:totable(), start.coordinates(items, nil, 9):totable())
    items, bank = made(20, 11, 6)                                    -- more interests than directions
    alike(through(items, bank), start.coordinates(items, bank, 9):totable())
    items, bank = made(5, 9, 7)                                      -- fewer items than directions
    alike(through(items, bank), start.coordinates(items, bank, 9):totable())
    alike(items:totable(), start.coordinates(items, nil, 9):totable())
  end)

  it("takes the leading directions, at right angles, the largest first", function ()
    local items, bank = made(20, 11, 6)
    local full, some = start.coordinates(items, bank, 6):totable(), start.coordinates(items, bank, 3)
    assert.are.same({ 20, 3 }, some:shape())
    local columns, factor = {}, nil
    for d = 1, 3 do
      columns[d] = {}
      for i, row in ipairs(some:totable()) do
        columns[d][i] = row[d]
        factor = factor or row[d] / full[i][d]
        assert.is_true(math.abs(full[i][d] * factor - row[d]) < 1e-5)
      end
    end
    local g = gram(columns)
    assert.is_true(g[1][1] > g[2][2] and g[2][2] > g[3][3])
    assert.is_true(math.abs(g[1][2]) + math.abs(g[1][3]) + math.abs(g[2][3]) < 1e-5)
  end)

  it("has a deviation of 0.1 over the items that have text, and rows of zeros for the others", function ()
    local items = made(20, 4, 6)
    local y, sum = start.coordinates(items, nil, 5), 0
    for i, row in ipairs(y:totable()) do
      sum = sum + joint.dot(row, row)
      assert.are.equal(i == 3, joint.dot(row, row) == 0)
    end
    assert.is_true(math.abs(math.sqrt(sum / (19 * 5)) - 0.1) < 1e-5)
    assert.are.same({ { 0 }, { 0 } }, start.coordinates(tensor.zeros(2, 1), nil, 3):totable())
  end)

  it("fills a table, and leaves the rows of items without text, and row 0, as they are", function ()
    local data = tensor.zeros(4, 3):fill_(7)
    start.fill(data, tensor.tensor { { 1, 2 }, { 0, 0 }, { 0, 3 } })
    assert.are.same({ { 7, 7, 7 }, { 1, 2, 0 }, { 7, 7, 7 }, { 0, 3, 0 } }, data:totable())
  end)
end)
