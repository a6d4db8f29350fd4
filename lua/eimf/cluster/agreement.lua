--- Agreement of two labellings of the same points.
-- @module eimf.cluster.agreement

local agreement = {}

-- Numbers the values of a list 1..K; returns numbers and how often each occurs.
local function numbered (list)
  local number, sizes, out = {}, {}, {}
  for i, value in ipairs(list) do
    if not number[value] then
      sizes[#sizes + 1] = 0
      number[value] = #sizes
    end
    out[i] = number[value]
    sizes[out[i]] = sizes[out[i]] + 1
  end
  return out, sizes
end


-- Sizes of both labellings, and how many points have each pair: pairs[i][j].
local function table_of (a, b)
  if #a ~= #b then error(("eimf.cluster.quality: %d labels against %d"):format(#a, #b), 3) end
  local left, rows = numbered(a)
  local right, columns = numbered(b)
  local pairs_of = {}
  for i = 1, #rows do pairs_of[i] = {} end
  for i, l in ipairs(left) do pairs_of[l][right[i]] = (pairs_of[l][right[i]] or 0) + 1 end
  return rows, columns, pairs_of, #a
end


local function entropy (sizes, N)
  local sum = 0
  for _, n in ipairs(sizes) do sum = sum - n / N * math.log(n / N) end
  return sum
end


local function mutual (rows, columns, cells, N)
  local sum = 0
  for i, row in ipairs(cells) do
    for j, n in pairs(row) do sum = sum + n / N * math.log(n * N / (rows[i] * columns[j])) end
  end
  return sum
end


-- ln n! for n = 0..N, from f[0] on.
local function log_factorials (N)
  local f = { [0] = 0 }
  for n = 1, N do f[n] = f[n - 1] + math.log(n) end
  return f
end


-- How often each size occurs: clusters of one size have the same expectation.
local function counted (sizes)
  local count = {}
  for _, n in ipairs(sizes) do count[n] = (count[n] or 0) + 1 end
  return count
end


-- Expected contribution of a pair of clusters of a and b points under the hypergeometric law.
local function expected_pair (a, b, N, f)
  local sum = 0
  local constant = f[a] + f[b] + f[N - a] + f[N - b] - f[N]
  for n = math.max(1, a + b - N), math.min(a, b) do
    local p = math.exp(constant - f[n] - f[a - n] - f[b - n] - f[N - a - b + n])
    sum = sum + n / N * math.log(n * N / (a * b)) * p
  end
  return sum
end


local function expected (rows, columns, N)
  local f, sum = log_factorials(N), 0
  local some = counted(columns)
  for a, times in pairs(counted(rows)) do
    for b, often in pairs(some) do sum = sum + times * often * expected_pair(a, b, N, f) end
  end
  return sum
end


--- Adjusted mutual information, arithmetic mean.
-- @tparam table a
-- @tparam table b
-- @treturn number
function agreement.ami (a, b)
  local rows, columns, cells, N = table_of(a, b)
  if #rows == #columns and (#rows <= 1 or #rows == N) then return 1 end
  local chance = expected(rows, columns, N)
  local mean = (entropy(rows, N) + entropy(columns, N)) / 2
  local below = mean - chance
  if math.abs(below) < 1e-15 then below = below < 0 and -1e-15 or 1e-15 end
  return (mutual(rows, columns, cells, N) - chance) / below
end


local function pairs_in (sizes)
  local sum = 0
  for _, n in ipairs(sizes) do sum = sum + n * (n - 1) / 2 end
  return sum
end


--- Adjusted Rand index.
-- @tparam table a
-- @tparam table b
-- @treturn number
function agreement.ari (a, b)
  local rows, columns, cells, N = table_of(a, b)
  local both = 0
  for _, row in ipairs(cells) do
    for _, n in pairs(row) do both = both + n * (n - 1) / 2 end
  end
  local left, right, all = pairs_in(rows), pairs_in(columns), N * (N - 1) / 2
  local chance, most = left * right / math.max(all, 1), (left + right) / 2
  if most == chance then return 1 end
  return (both - chance) / (most - chance)
end


return agreement
