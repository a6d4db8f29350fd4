--- Groups that metrics are also given by: length of the history, popularity of the target.
-- @module eimf.eval.groups

local core = require "eimf.core"

local groups = {}

-- Least length of each group but the first.
local LENGTHS = { 5, 10, 20 }
local HEAD_SHARE, MIDDLE_SHARE = 0.5, 0.3

--- Names of the groups by history length, in order.
groups.history_names = { "<5", "5-9", "10-19", "20+" }

--- Names of the groups by popularity of the target, in order.
groups.popularity_names = { "head", "middle", "tail", "cold" }

local HEAD, MIDDLE, TAIL, COLD = 0, 1, 2, 3

--- Groups of users by the lengths of their histories.
-- @tparam tensor offsets (U+1) int32
-- @treturn tensor groups (U) int32 from 0, as in `history_names`
function groups.by_history (offsets)
  local starts, of = offsets:totable(), {}
  for u = 1, #starts - 1 do
    local length, group = starts[u + 1] - starts[u], 0
    for g, least in ipairs(LENGTHS) do
      if length >= least then group = g end
    end
    of[u] = group
  end
  return #of > 0 and core.from_table("int32", of) or core.new("int32", 0)
end


-- Items with a count, most popular first, ties by id.
local function by_popularity (count)
  local ids = {}
  for id = 1, #count - 1 do
    if count[id + 1] > 0 then ids[#ids + 1] = id end
  end
  table.sort(ids, function (a, b)
    local x, y = count[a + 1], count[b + 1]
    if x ~= y then return x > y end
    return a < b
  end)
  return ids
end


--- Groups of items by popularity: walking from the most popular item down, those that begin within the first 50 % of
-- all training interactions are the head, within the next 30 % the middle, the rest the tail; an item that training
-- never saw is cold.
-- @tparam tensor counts (N+1) int32, training interactions of each item
-- @treturn tensor groups (N+1) int32 from 0, as in `popularity_names`
function groups.by_popularity (counts)
  local count, total, before = counts:totable(), 0, 0
  for id = 2, #count do total = total + count[id] end
  local of = {}
  for i = 1, #count do of[i] = COLD end
  for _, id in ipairs(by_popularity(count)) do
    local share = before / total
    of[id + 1] = share < HEAD_SHARE and HEAD or share < HEAD_SHARE + MIDDLE_SHARE and MIDDLE or TAIL
    before = before + count[id + 1]
  end
  return core.from_table("int32", of)
end


--- How often each item occurs.
-- @tparam tensor ids (n) int32 within 0..N, say `split.train.items`
-- @tparam integer n_items N
-- @treturn tensor (N+1) int32
function groups.counts (ids, n_items)
  local count = core.new("int32", n_items + 1)
  core.count_ids(count, ids)
  return count
end


--- One category for each item, as a number: its last, which catalogues make the most specific.
-- @tparam table categories `{[id] = list of names}`, as in a set
-- @tparam integer n_items N
-- @treturn tensor (N+1) int32, 0 where an item has none
-- @treturn integer how many different ones
function groups.categories (categories, n_items)
  local number, of, known = {}, { 0 }, 0
  for id = 1, n_items do
    local list = categories[id]
    local name = list and list[#list]
    if name and not number[name] then
      known = known + 1
      number[name] = known
    end
    of[id + 1] = name and number[name] or 0
  end
  return core.from_table("int32", of), known
end


return groups
