local bootstrap = require "eimf.eval.bootstrap"
local core = require "eimf.core"
local numbers = require("spec.scratch").numbers

-- n users: b is 0 or 1, a is b with some turned.
local function users (n)
  local a, b, draw = {}, {}, numbers(5)
  for u = 1, n do
    b[u] = draw(4) == 1 and 1 or 0
    a[u] = draw(10) == 1 and 1 - b[u] or b[u]
  end
  return a, b
end

describe("eimf.eval.bootstrap", function ()
  it("gives about the interval of the normal distribution for many users", function ()
    local a, b = users(4000)
    local got = bootstrap(a, b)
    local sum, squares = 0, 0
    for u = 1, #a do sum = sum + (a[u] - b[u]) end
    for u = 1, #a do squares = squares + (a[u] - b[u] - sum / #a) ^ 2 end
    local error_of_mean = math.sqrt(squares / #a) / math.sqrt(#a)
    assert.near(sum / #a, got.mean, 1e-12)
    assert.near(got.mean - 1.96 * error_of_mean, got.low, 0.05 * error_of_mean)
    assert.near(got.mean + 1.96 * error_of_mean, got.high, 0.05 * error_of_mean)
    assert.is_true(got.percent_low < got.percent and got.percent < got.percent_high)
    local wider = bootstrap(a, b, { level = 0.99 })
    assert.is_true(wider.low < got.low and wider.high > got.high)
  end)

  it("covers the truth as often as it says", function ()
    local covered = 0
    for trial = 1, 200 do
      local a, b, draw = {}, {}, numbers(trial * 7919)
      for u = 1, 200 do a[u], b[u] = draw(1000) / 1000, 0.4 end       -- true difference 0.1005
      local got = bootstrap(a, b, { draws = 400, level = 0.9, seed = trial })
      if got.low <= 0.1005 and 0.1005 <= got.high then covered = covered + 1 end
    end
    assert.is_true(covered >= 165 and covered <= 195, tostring(covered))
  end)

  it("is a function of the seed, with any number of threads", function ()
    local a, b = users(500)
    local one = bootstrap(a, b, { draws = 500 })
    core.threads(2)
    local two = bootstrap(a, b, { draws = 500 })
    core.threads(1)
    assert.are.same(one, two)
    assert.are_not.equal(one.low, bootstrap(a, b, { draws = 500, seed = 2 }).low)
  end)

  it("has no width where all users are alike, and no percent of nothing", function ()
    local got = bootstrap({ 1, 1, 1 }, { 0.5, 0.5, 0.5 })
    assert.are.same({ 0.5, 0.5, 100, 100 }, { got.low, got.high, got.percent_low, got.percent_high })
    assert.are.equal(math.huge, bootstrap({ 1, 1 }, { 0, 0 }).percent)
    assert.are.equal(0, bootstrap({ 0, 0 }, { 0, 0 }).percent)
  end)

  it("needs the same users and known options", function ()
    assert.error_matches(function () bootstrap({ 1, 2 }, { 1 }) end, "2 values against 1")
    assert.error_matches(function () bootstrap({}, {}) end, "no users")
    assert.error_matches(function () bootstrap({ 1 }, { 1 }, { draw = 100 }) end, "unknown option 'draw'")
  end)
end)
