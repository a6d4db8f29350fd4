--- Holm's correction (1979): of many tests some are below 0.05 by chance alone. Adjusted, the chance that any true
-- "no difference" is below a limit is at most that limit, whatever the tests have to do with each other.
-- @module eimf.eval.holm

--- Adjusts p-values: the i-th smallest of m times (m - i + 1), not below those before it, at most 1.
-- @tparam {number,...} p
-- @treturn {number,...} in the order of p
-- @usage local adjusted = eimf.eval.holm { 0.01, 0.04, 0.03 }          -- 0.03, 0.06, 0.06
local function holm (p)
  local order, adjusted, least = {}, {}, 0
  for i in ipairs(p) do order[i] = i end
  table.sort(order, function (i, j)
    if p[i] ~= p[j] then return p[i] < p[j] end
    return i < j
  end)
  for rank, i in ipairs(order) do
    least = math.max(least, math.min(1, p[i] * (#p - rank + 1)))
    adjusted[i] = least
  end
  return adjusted
end

return holm
