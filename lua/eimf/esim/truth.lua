--- How well clusters, interests and lists of items meet the truth of a generated catalogue. Neighbours:
-- eimf.cluster.quality, text_table.
-- @module eimf.esim.truth

local core = require "eimf.core"
local quality = require "eimf.cluster.quality"
local text_table = require "eimf.text_table"

local truth = {}

-- Labels of the clustered users and their true groups.
local function groups_of (semantics, set)
  local labels, group = semantics.labels:totable(), set.truth.user_group:totable()
  local a, b = {}, {}
  for u, label in ipairs(labels) do
    if label > 0 then a[#a + 1], b[#b + 1] = label, group[u] end
  end
  return a, b
end

-- Over the supporting items of every interest: the interest, and the item's true interest.
local function supports_of (semantics, set)
  local a, b, j = {}, {}, 0
  for _, cluster in ipairs(semantics.clusters) do
    for _, interest in ipairs(cluster.interests) do
      j = j + 1
      for _, id in ipairs(interest.items) do
        a[#a + 1], b[#b + 1] = j, set.truth.item_interest:get(id + 1)
      end
    end
  end
  return a, b
end

-- The nearest interest of every item with a vector, and the item's true interest.
local function nearest_of (semantics, set)
  local scores = core.new("float32", set.n_items, semantics.interests:dim(1))
  core.gemm(scores, semantics.items, semantics.interests, false, true, 1, 0)
  local a, b = {}, {}
  for i = 1, set.n_items do
    local best, most = 0, 0
    for j, s in ipairs(scores:rows(i, i):totable()[1]) do
      if s > most then best, most = j, s end
    end
    if best > 0 then a[#a + 1], b[#b + 1] = best, set.truth.item_interest:get(i + 1) end
  end
  return a, b
end

-- The true interest that most supporting items of an interest have.
local function majority (items, set)
  local count, best = {}, nil
  for _, id in ipairs(items) do
    local t = set.truth.item_interest:get(id + 1)
    count[t] = (count[t] or 0) + 1
    if not best or count[t] > count[best] then best = t end
  end
  return best
end

local function held_by (set, user)
  local held, of = {}, set.truth.user_interests
  for i = of.offsets:get(user) + 1, of.offsets:get(user + 1) do held[of.ids:get(i)] = true end
  return held
end

-- Interests whose majority the exemplar truly holds, all interests; held interests that were found, all held.
local function recovered (semantics, set)
  local right, all, found, held_number = 0, 0, 0, 0
  for _, cluster in ipairs(semantics.clusters) do
    local held, seen = held_by(set, cluster.exemplar), {}
    for _, interest in ipairs(cluster.interests) do
      local t = majority(interest.items, set)
      all = all + 1
      if t and held[t] then right, seen[t] = right + 1, true end
    end
    for t in pairs(held) do
      held_number = held_number + 1
      if seen[t] then found = found + 1 end
    end
  end
  return right / math.max(all, 1), found / math.max(held_number, 1)
end

--- Measures.
-- @tparam table semantics
-- @tparam table set with `truth`
-- @treturn table { clusters_ami, interests_ami (over supporting items), items_ami (every item by its nearest interest),
-- precision (interests that the exemplar truly holds), recall (held interests that were found) }
function truth.measure (semantics, set)
  local precision, recall = recovered(semantics, set)
  return {
    clusters_ami = quality.ami(groups_of(semantics, set)), interests_ami = quality.ami(supports_of(semantics, set)),
    items_ami = quality.ami(nearest_of(semantics, set)), precision = precision, recall = recall,
  }
end

--- How many of the interests that users truly hold stand in their lists: covered is one that an item there belongs to.
-- @tparam tensor ranked (V, n) int32, as `eimf.eval.rank` gives it
-- @tparam tensor users (V) int32, their numbers
-- @tparam table set with `truth`
-- @treturn {number,...} covered interests of each user
-- @treturn {number,...} held interests of each user
function truth.covered (ranked, users, set)
  local covered, held = {}, {}
  for v, ids in ipairs(ranked:totable()) do
    local left = held_by(set, users:get(v))
    covered[v], held[v] = 0, 0
    for _ in pairs(left) do held[v] = held[v] + 1 end
    for _, id in ipairs(ids) do
      local interest = set.truth.item_interest:get(id + 1)
      if left[interest] then covered[v], left[interest] = covered[v] + 1, nil end
    end
  end
  return covered, held
end

--- The measures as lines.
-- @tparam table semantics
-- @tparam table set
-- @treturn string
function truth.text (semantics, set)
  local m = truth.measure(semantics, set)
  return text_table.format {
    { "AMI of clusters with true groups of users", m.clusters_ami },
    { "AMI of inferred interests with true interests, over supporting titles", m.interests_ami },
    { "AMI of the nearest inferred interest with the true one, over all items", m.items_ami },
    { "inferred interests that the exemplar truly holds", m.precision },
    { "true interests of exemplars that were inferred", m.recall },
  }
end

return truth
