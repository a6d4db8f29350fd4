--- Paired bootstrap over users (Efron 1979): how far the difference of two models, and the percent that one has over
-- the other, would move if other users like these had been asked. Percentile intervals.
-- @module eimf.eval.bootstrap

local core = require "eimf.core"
local check = require "eimf.options".check

local RULES = {
  draws = { "integer", min = 100, max = 10000000, default = 10000 },
  level = { "number", above = 0, below = 1, default = 0.95 },
  seed = { "integer", min = 0, default = 1 },
}

local function percent (a, b) return b ~= 0 and (a / b - 1) * 100 or a ~= 0 and math.huge or 0 end

-- The value below which a share q of a sorted list lies, between two elements where it falls there.
local function quantile (sorted, q)
  local at = 1 + q * (#sorted - 1)
  local low = math.floor(at)
  local x, y = sorted[low], sorted[math.min(low + 1, #sorted)]
  return x == y and x or x + (y - x) * (at - low)
end

local function interval (list, level)
  table.sort(list)
  return quantile(list, (1 - level) / 2), quantile(list, (1 + level) / 2)
end

-- Values of the two models side by side, (U, 2).
local function columns (a, b)
  local flat = {}
  for u = 1, #a do flat[2 * u - 1], flat[2 * u] = a[u], b[u] end
  return core.from_table("float32", flat):reshape(#a, 2)
end

local function mean (list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum / #list
end

--- Intervals of a - b, and of a over b in percent.
-- @tparam {number,...} a one value for each user
-- @tparam {number,...} b the other model's, for the same users in the same order
-- @tparam[opt] table opts `draws` = 10000, `level` = 0.95, `seed` = 1: the same seed gives the same numbers with any
--   number of threads
-- @treturn table { n, mean = mean of a - b, low, high, percent = of mean a over mean b, percent_low, percent_high }
-- @usage local b = eimf.eval.bootstrap(values_of_a, values_of_b, { level = 0.99 })
local function bootstrap (a, b, opts)
  local opt = check("eimf.eval.bootstrap", opts, RULES)
  local n = #a
  if n ~= #b then error(("eimf.eval.bootstrap: %d values against %d; the users must be the same"):format(n, #b), 2) end
  if n < 1 then error("eimf.eval.bootstrap: no users", 2) end
  local means = core.new("float32", opt.draws, 2)
  core.bootstrap(means, columns(a, b), opt.seed)
  local differences, percents = {}, {}
  for r, row in ipairs(means:totable()) do
    differences[r], percents[r] = row[1] - row[2], percent(row[1], row[2])
  end
  local x, y = mean(a), mean(b)
  local out = { n = n, mean = x - y, percent = percent(x, y) }
  out.low, out.high = interval(differences, opt.level)
  out.percent_low, out.percent_high = interval(percents, opt.level)
  return out
end

return bootstrap
