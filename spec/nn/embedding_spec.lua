local embedding = require "eimf.nn.embedding"
local rng = require "eimf.rng"

local function table_of (options) return embedding.new(options, rng.new(3)) end

-- Deviation and largest size of the rows of items.
local function spread (p)
  local squares, largest, n = 0, 0, 0
  for _, v in ipairs(p.data:rows(2, p.data:dim(1)):clone():reshape(-1):totable()) do
    squares, largest, n = squares + v * v, math.max(largest, math.abs(v)), n + 1
  end
  return math.sqrt(squares / n), largest
end

describe("eimf.nn.embedding", function ()
  it("has a row for each item and a row 0 of zeros", function ()
    for _, init in ipairs { "normal", "tf", "torch" } do
      local p = table_of { n = 5, dim = 3, init = init }
      assert.are.same({ 6, 3 }, p.data:shape())
      assert.are.same({ 0, 0, 0 }, p.data:totable()[1])
      for id = 1, 5 do assert.are_not.equal(0, p.data:get(id + 1, 1)) end
    end
  end)

  it("is sparse and is called items unless it is called something else", function ()
    assert.is_true(table_of { n = 5, dim = 3 }.sparse)
    assert.are.equal("items", table_of { n = 5, dim = 3 }.name)
    assert.are.equal("users", table_of { n = 5, dim = 3, name = "users" }.name)
  end)

  it("begins with N(0, 0.02^2), Glorot's uniform law over [N, D], or N(0, 1)", function ()
    local deviation, largest = spread(table_of { n = 500, dim = 40 })
    assert.is_true(math.abs(deviation - 0.02) < 0.0005 and largest > 0.06)
    deviation, largest = spread(table_of { n = 500, dim = 40, init = "torch" })
    assert.is_true(math.abs(deviation - 1) < 0.025 and largest > 3)
    local bound = math.sqrt(6 / (501 + 40))
    deviation, largest = spread(table_of { n = 500, dim = 40, init = "tf" })
    assert.is_true(math.abs(deviation - bound / math.sqrt(3)) < 0.001)
    assert.is_true(largest <= bound and largest > 0.99 * bound)
  end)

  it("is the same for the same seed", function ()
    local a, b = table_of { n = 5, dim = 3 }, table_of { n = 5, dim = 3 }
    assert.are.equal(a.data:tostring(), b.data:tostring())
    assert.are_not.equal(a.data:tostring(), embedding.new({ n = 5, dim = 3 }, rng.new(4)).data:tostring())
  end)

  it("raises for options that are none or make no sense", function ()
    for _, options in ipairs { { n = 5 }, { dim = 3 }, { n = 0, dim = 3 }, { n = 5, dim = -1 }, { n = 5, dim = 1.5 },
                               { n = 5, dim = 3, init = "zeros" }, { n = 5, dim = 3, size = 1 } } do
      assert.has_error(function () table_of(options) end)
    end
  end)
end)
