--- Paired test over users: is one model's measure larger than another's for the
-- same users, beyond what chance gives? Student's t of the differences.
-- @module eimf.eval.paired

local LARGEST_STEPS = 300           -- of the continued fraction; it needs about sqrt(n)
local CLOSE = 1e-12
local TINY = 1e-300                 -- in place of a zero that would divide

-- Logarithm of the gamma function for x > 0: Stirling's series after x has been moved above 8.
local function log_gamma (x)
  local shift = 0
  while x < 8 do
    shift = shift - math.log(x)
    x = x + 1
  end
  local r = 1 / (x * x)
  return shift + (x - 0.5) * math.log(x) - x + 0.5 * math.log(2 * math.pi)
    + (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x
end

local function not_zero (x) return math.abs(x) < TINY and TINY or x end

-- The continued fraction of the incomplete beta function, by Lentz's method.
local function beta_fraction (x, a, b)
  local c, d = 1, 1 / not_zero(1 - (a + b) * x / (a + 1))
  local h = d
  for m = 1, LARGEST_STEPS do
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d, c = 1 / not_zero(1 + even * d), not_zero(1 + even / c)
    h = h * d * c
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d, c = 1 / not_zero(1 + odd * d), not_zero(1 + odd / c)
    h = h * d * c
    if math.abs(d * c - 1) < CLOSE then break end
  end
  return h
end

--- Regularised incomplete beta function I_x(a, b).
local function incomplete_beta (x, a, b)
  if x <= 0 then return 0 elseif x >= 1 then return 1 end
  local front = math.exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * math.log(x) + b * math.log(1 - x))
  if x < (a + 1) / (a + b + 2) then return front * beta_fraction(x, a, b) / a end
  return 1 - front * beta_fraction(1 - x, b, a) / b
end

--- Tests a - b against 0.
-- @tparam {number,...} a one value for each user
-- @tparam {number,...} b the other model's, for the same users in the same order
-- @treturn table { n, mean = mean of a - b, sd = its deviation over users, t, p = two-sided chance of a t as far from
--   0 where there is no difference; 1 where no user differs }
-- @usage local test = eimf.eval.paired(values_of_a, values_of_b)
local function paired (a, b)
  local n = #a
  if n ~= #b then error(("eimf.eval.paired: %d values against %d; the users must be the same"):format(n, #b), 2) end
  if n < 2 then error(("eimf.eval.paired: %d users; a test needs at least 2"):format(n), 2) end
  local sum, squares = 0, 0
  for i = 1, n do sum = sum + (a[i] - b[i]) end
  local mean = sum / n
  for i = 1, n do squares = squares + (a[i] - b[i] - mean) ^ 2 end
  local sd = math.sqrt(squares / (n - 1))
  if sd == 0 then
    local same = mean == 0
    return { n = n, mean = mean, sd = 0, t = same and 0 or mean * math.huge, p = same and 1 or 0 }
  end
  local t = mean / (sd / math.sqrt(n))
  return { n = n, mean = mean, sd = sd, t = t, p = incomplete_beta((n - 1) / (n - 1 + t * t), (n - 1) / 2, 0.5) }
end

return paired
