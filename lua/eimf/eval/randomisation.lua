--- Paired randomisation test (Fisher 1935): where two models do not differ, each user's difference could as well have
-- the other sign. Asks nothing of how differences are distributed.
-- @module eimf.eval.randomisation

local core = require "eimf.core"
local check = require "eimf.options".check

local RULES = {
  draws = { "integer", min = 1, max = 2147483647, default = 10000 },
  seed = { "integer", min = 0, default = 1 },
}

--- Tests a - b against 0.
-- @tparam {number,...} a one value for each user
-- @tparam {number,...} b the other model's, for the same users in the same order
-- @tparam[opt] table opts `draws` = 10000 of random signs, `seed` = 1: the same seed gives the same p with any number
--   of threads
-- @treturn table { n, mean = mean of a - b, differing = users who differ, p = two-sided chance of a mean as far from 0:
--   (draws as far + 1) / (draws + 1), so never 0 }
-- @usage local p = eimf.eval.randomisation(values_of_a, values_of_b).p
local function randomisation (a, b, opts)
  local opt = check("eimf.eval.randomisation", opts, RULES)
  local n = #a
  if n ~= #b then
    error(("eimf.eval.randomisation: %d values against %d; the users must be the same"):format(n, #b), 2)
  end
  if n < 1 then error("eimf.eval.randomisation: no users", 2) end
  local differing, sum = {}, 0
  for u = 1, n do
    local d = a[u] - b[u]
    if d ~= 0 then differing[#differing + 1] = d end         -- a sign of 0 moves nothing
    sum = sum + d
  end
  local out = { n = n, mean = sum / n, differing = #differing, p = 1 }
  if #differing > 0 then
    local far = core.sign_flips(core.from_table("float32", differing), opt.draws, opt.seed)
    out.p = (far + 1) / (opt.draws + 1)
  end
  return out
end

return randomisation
