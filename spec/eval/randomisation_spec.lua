local core = require "eimf.core"
local numbers = require("spec.scratch").numbers
local paired = require "eimf.eval.paired"
local randomisation = require "eimf.eval.randomisation"

local function zeros (n)
  local out = {}
  for i = 1, n do out[i] = 0 end
  return out
end

-- p over all signs.
local function exact (d)
  local n, sum, far = #d, 0, 0
  for _, x in ipairs(d) do sum = sum + x end
  for mask = 0, 2 ^ n - 1 do
    local s = 0
    for i, x in ipairs(d) do s = s + (mask >> (i - 1) & 1 == 1 and x or -x) end
    if math.abs(s) >= math.abs(sum) - 1e-12 then far = far + 1 end
  end
  return far / 2 ^ n
end

describe("eimf.eval.randomisation", function ()
  it("nears the exact test over all signs", function ()
    for _, d in ipairs { { 1, 2, 3, 4, 5 }, { 1, -2, 3, 0.5, 0, 2, 2.5, -1, 1 },
                         { 0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1 }, { 1, -1 }, { 0.5 } } do
      local got = randomisation(d, zeros(#d), { draws = 100000 })
      assert.near(exact(d), got.p, 0.006)
    end
  end)

  it("says what the t-test says of many users", function ()
    local a, b, draw = {}, {}, numbers(3)
    for u = 1, 3000 do
      b[u] = draw(5) == 1 and 1 or 0
      a[u] = draw(8) == 1 and (draw(20) > 9 and 1 or 0) or b[u]
    end
    local got, t = randomisation(a, b, { draws = 50000 }), paired(a, b)
    assert.near(t.p, got.p, 0.01 + 0.1 * t.p)
    assert.near(t.mean, got.mean, 1e-12)
  end)

  it("is uniform where there is no difference", function ()
    local below = 0
    for trial = 1, 200 do
      local a, b, draw = {}, {}, numbers(trial * 104729)
      for u = 1, 100 do a[u], b[u] = draw(1000), draw(1000) end
      if randomisation(a, b, { draws = 999, seed = trial }).p <= 0.1 then below = below + 1 end
    end
    assert.is_true(below >= 8 and below <= 34, tostring(below))
  end)

  it("does not depend on users who do not differ, nor on threads, but on the seed", function ()
    local d, draw = {}, numbers(9)
    for u = 1, 60 do d[u] = draw(7) - 3.5 end
    local one = randomisation(d, zeros(60))
    local more = zeros(200)
    for u = 1, 60 do more[3 * u] = d[u] end
    assert.are.equal(one.p, randomisation(more, zeros(200)).p)
    core.threads(2)
    assert.are.equal(one.p, randomisation(d, zeros(60)).p)
    core.threads(1)
    assert.are_not.equal(one.p, randomisation(d, zeros(60), { seed = 2 }).p)
  end)

  it("is never 0, and 1 where nobody differs", function ()
    local ones = {}
    for u = 1, 200 do ones[u] = 1 end
    assert.near(1 / 1001, randomisation(ones, zeros(200), { draws = 1000 }).p, 1e-12)
    assert.are.equal(1, randomisation(zeros(5), zeros(5)).p)
  end)

  it("needs the same users", function ()
    assert.error_matches(function () randomisation({ 1, 2 }, { 1 }) end, "2 values against 1")
    assert.error_matches(function () randomisation({}, {}) end, "no users")
  end)
end)
