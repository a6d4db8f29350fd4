--- Items of one user in groups of like text: spherical k-means on the matrix of their dot products.
-- It starts from the items that together are most like all (each next one adds most), so that the same items give
-- the same groups, and a single odd item makes no group of its own while there are better ones. Neighbour: vectors.
-- @module eimf.esim.groups

local vectors = require "eimf.esim.vectors"

local groups = {}

local ITERATIONS = 30
local ASIDE = 1.5                        -- groups for each interest that there may be
local LEAST_GAIN = 1e-3                -- a centre that adds less is a copy of one that is there

-- What item c as a centre adds to the sum of similarities with the nearest centre.
local function gain_of (row, nearest)
  local gain = 0
  for i, s in ipairs(row) do gain = gain + math.max(0, s - nearest[i]) end
  return gain
end

-- Up to k items that stand for all, each the one that adds most; fewer where nothing is added.
local function centres_of (gram, k)
  local nearest, centres = {}, {}
  for i = 1, #gram do nearest[i] = -1 end
  while #centres < k do
    local best, most = nil, LEAST_GAIN
    for c, row in ipairs(gram) do
      local gain = gain_of(row, nearest)
      if gain > most then best, most = c, gain end
    end
    if not best then break end
    centres[#centres + 1] = best
    for i = 1, #gram do nearest[i] = math.max(nearest[i], gram[best][i]) end
  end
  return centres
end

local function argmax (n, score)
  local best, most = 1, -math.huge
  for j = 1, n do
    local s = score(j)
    if s > most then best, most = j, s end
  end
  return best
end

-- sums[j][i]: item i with the sum of group j; norms[j]: length of that sum.
local function sums_of (gram, label, k)
  local sums, norms = {}, {}
  for j = 1, k do
    sums[j], norms[j] = {}, 0
    for i = 1, #gram do
      local s = 0
      for m = 1, #gram do
        if label[m] == j then s = s + gram[i][m] end
      end
      sums[j][i] = s
      if label[i] == j then norms[j] = norms[j] + s end
    end
    norms[j] = math.sqrt(math.max(norms[j], 1e-12))
  end
  return sums, norms
end

local function assign (gram, centres)
  local label = {}
  for i = 1, #gram do label[i] = argmax(#centres, function (j) return gram[i][centres[j]] end) end
  for _ = 1, ITERATIONS do
    local sums, norms = sums_of(gram, label, #centres)
    local changed = false
    for i = 1, #gram do
      local j = argmax(#centres, function (c) return sums[c][i] / norms[c] end)
      if j ~= label[i] then label[i], changed = j, true end
    end
    if not changed then break end
  end
  return label, sums_of(gram, label, #centres)
end

--- Groups of rows.
-- @tparam tensor x (n, D) unit rows; zero rows belong to no group
-- @tparam integer k at most
-- @treturn {{integer,...},...} positions from 1, most central first; larger groups first, none empty
function groups.of (x, k)
  local present = vectors.present(x)
  if #present == 0 then return {} end
  local gram = vectors.gram(vectors.gather(x, present))
  local centres = centres_of(gram, math.min(k, #present))
  local label, sums = assign(gram, centres)
  local out = {}
  for j = 1, #centres do
    local members = {}
    for i in ipairs(present) do
      if label[i] == j then members[#members + 1] = i end
    end
    table.sort(members, function (a, b)
      if sums[j][a] ~= sums[j][b] then return sums[j][a] > sums[j][b] end
      return a > b                                               -- the newer one
    end)
    for i, m in ipairs(members) do members[i] = present[m] end
    if #members > 0 then out[#out + 1] = members end
  end
  table.sort(out, function (a, b) return #a > #b or #a == #b and a[1] < b[1] end)
  return out
end

--- All of `n` titles as one group.
-- @tparam integer n
-- @treturn {integer,...} positions from 1
function groups.whole (n)
  local all = {}
  for p = 1, n do all[p] = p end
  return all
end

--- How many groups `n` titles are parted into: half as many again as there may be interests, so that titles which
-- fit nothing stand aside; at least two titles a group.
-- @tparam integer n
-- @tparam integer most interests
-- @treturn integer at least 1
function groups.number (n, most)
  return math.max(1, math.min(math.floor(ASIDE * most), math.ceil(n / 2)))
end

return groups
