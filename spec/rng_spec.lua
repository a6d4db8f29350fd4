local core = require "eimf.core"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"

local N = 100003                         -- odd, and more than a block

-- Mean, deviation, smallest and largest of a tensor.
local function statistics (x)
  local sum, squares, low, high = 0, 0, math.huge, -math.huge
  for _, v in ipairs(x:reshape(-1):totable()) do
    sum, squares = sum + v, squares + v * v
    low, high = math.min(low, v), math.max(high, v)
  end
  local mean = sum / x:size()
  return mean, math.sqrt(squares / x:size() - mean * mean), low, high
end

describe("eimf.rng", function ()
  it("draws from a normal law", function ()
    local mean, deviation, low, high = statistics(rng.new(7):normal(tensor.zeros(N), 3, 2))
    assert.is_true(math.abs(mean - 3) < 5 * 2 / math.sqrt(N), tostring(mean))
    assert.is_true(math.abs(deviation - 2) < 0.02, tostring(deviation))
    assert.is_true(low < 3 - 2 * 3.5 and high > 3 + 2 * 3.5)                -- it has tails
    assert.is_true(low > 3 - 2 * 7 and high < 3 + 2 * 7)
  end)

  it("draws a third of a normal law outside one deviation", function ()
    local outside = 0
    for _, v in ipairs(rng.new(3):normal(tensor.zeros(N), 0, 1):totable()) do
      if math.abs(v) > 1 then outside = outside + 1 end
    end
    assert.is_true(math.abs(outside / N - 0.3173) < 0.008, tostring(outside / N))
  end)

  it("draws evenly, the low end included and the high end not", function ()
    local mean, deviation, low, high = statistics(rng.new(7):uniform(tensor.zeros(N), -1, 3))
    assert.is_true(math.abs(mean - 1) < 0.02, tostring(mean))
    assert.is_true(math.abs(deviation - 4 / math.sqrt(12)) < 0.02, tostring(deviation))
    assert.is_true(low >= -1 and low < -0.999 and high < 3 and high > 2.999)
  end)

  it("gives the same numbers for the same seed, in the same order of asking", function ()
    local function drawn (seed)
      local source = rng.new(seed)
      return source:normal(tensor.zeros(3, 5), 0, 1):tostring() .. source:uniform(tensor.zeros(7), 0, 1):tostring()
    end
    assert.are.equal(drawn(11), drawn(11))
    assert.are_not.equal(drawn(11), drawn(12))
    assert.are_not.equal(drawn(0), drawn(2 ^ 53))
  end)

  it("gives other numbers each time", function ()
    local source = rng.new(1)
    local a, b = source:uniform(tensor.zeros(50), 0, 1):totable(), source:uniform(tensor.zeros(50), 0, 1):totable()
    for i = 1, 50 do assert.are_not.equal(a[i], b[i]) end
  end)

  it("has no state but its counter", function ()
    local source, later = rng.new(4), rng.new(4)
    source:uniform(tensor.zeros(2), 0, 1)
    later.drawn = 1
    assert.are.same(source:uniform(tensor.zeros(9), 0, 1):totable(), later:uniform(tensor.zeros(9), 0, 1):totable())
  end)

  it("gives the same numbers with one thread and with two", function ()
    local function drawn (threads)
      local before = core.threads()
      core.threads(threads)
      local x = rng.new(9):normal(tensor.zeros(N), 0, 1)
      core.threads(before)
      return x:tostring()
    end
    assert.is_true(drawn(1) == drawn(2))
  end)

  it("returns the tensor, and fills none of ids", function ()
    local x = tensor.zeros(2)
    assert.are.equal(x, rng.new(1):normal(x, 0, 1))
    assert.has_error(function () rng.new(1):normal(tensor.zeros_ids(2), 0, 1) end)
  end)
end)
