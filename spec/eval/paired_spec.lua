local paired = require "eimf.eval.paired"

-- a - b given; values of b do not matter.
local function of (differences)
  local a, b = {}, {}
  for i, d in ipairs(differences) do b[i] = (i % 3) * 0.25; a[i] = b[i] + d end
  return paired(a, b)
end

describe("eimf.eval.paired", function ()
  it("gives scipy's t and p", function ()              -- scipy.stats.ttest_1samp(differences, 0)
    local test = of { 1, 2, 3, 4 }
    assert.near(3.872983346207417, test.t, 1e-9)
    assert.near(0.030466291662170977, test.p, 1e-10)
    test = of { -1, 2, 0.5, -0.25, 0.75, 0 }
    assert.near(0.8, test.t, 1e-9)
    assert.near(0.46001406690373736, test.p, 1e-9)
  end)

  it("is two-sided", function ()
    assert.near(of { 1, 2, 3, 4 }.p, of { -1, -2, -3, -4 }.p, 1e-12)
  end)

  it("nears the normal distribution for many users", function ()
    local differences = {}
    for i = 1, 20000 do differences[i] = (i % 2 == 0) and 1 or -1 end
    for i = 1, 277 do differences[2 * i - 1] = 1 end              -- t about 3.9 -> p about 9e-5
    local test = of(differences)
    assert.near(3.918777340093057, test.t, 1e-8)
    assert.near(8.929544924845693e-05, test.p, 1e-12)
  end)

  it("has no chance where nobody differs", function ()
    assert.are.equal(1, of { 0, 0, 0 }.p)
    assert.are.equal(0, of { 0, 0, 0 }.t)
  end)

  it("needs the same users", function ()
    assert.error_matches(function () paired({ 1, 2 }, { 1 }) end, "2 values against 1")
    assert.error_matches(function () paired({ 1 }, { 1 }) end, "at least 2")
  end)
end)
