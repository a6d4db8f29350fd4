--- Lists of ids, one for each user, as they come to evaluation: Lua tables or jagged tensors.
-- @module eimf.eval.lists

local core = require "eimf.core"

local lists = {}

local MOST = 2147483647

local function is_jagged (value)
  return core.is_tensor(value.ids) and core.is_tensor(value.offsets)
end


-- Raises where the lists are not what `where` promised; `where` is as in "eimf.eval.rank: exclude".
local function refuse (where, level, ...)
  error(where .. " " .. string.format(...), level + 1)
end


local function flatten (value, users, where, level)
  local flat, starts, n = {}, { 0 }, 0
  for u = 1, users do
    local list = value[u]
    if type(list) ~= "table" then
      refuse(where, level + 1, "has %s for user %d; expected a list of ids", type(list), u)
    end
    for i = 1, #list do
      local id = list[i]
      if type(id) ~= "number" or id < 0 or id > MOST or math.floor(id) ~= id then
        refuse(where, level + 1, "of user %d holds %s at place %d, which is no id", u, tostring(id), i)
      end
      n = n + 1
      flat[n] = id
    end
    starts[u + 1] = n
  end
  return flat, starts
end


-- A table that is empty makes no tensor of its own.
local function ids_of (values)
  return #values > 0 and core.from_table("int32", values) or core.new("int32", 0)
end


--- Lists as jagged tensors.
-- @tparam table value `{ {ids of user 1}, {ids of user 2}, ... }` or `{ ids = (n) int32, offsets = (U+1) int32 }`
-- @tparam integer users U: raises where there are more or fewer lists
-- @tparam string where what to say in errors: "eimf.eval.rank: exclude"
-- @tparam integer level of the caller to blame, as for `error`
-- @treturn table `{ ids = (n) int32, offsets = (U+1) int32 }`
function lists.jagged (value, users, where, level)
  if type(value) ~= "table" then
    refuse(where, level, "is a %s; expected a list of id lists or { ids =, offsets = }", type(value))
  end
  local jagged = is_jagged(value)
  local given = jagged and value.offsets:size() - 1 or #value
  if given ~= users then refuse(where, level, "has %d lists for %d users", given, users) end
  if jagged then return { ids = value.ids, offsets = value.offsets } end
  local flat, starts = flatten(value, users, where, level + 1)
  return { ids = ids_of(flat), offsets = ids_of(starts) }
end


--- Lists lo .. lo+B-1, each sorted, without id 0 and repetitions: what ranking leaves out.
-- @tparam table list `{ ids, offsets }`
-- @tparam integer lo from 1
-- @tparam integer B how many lists
-- @tparam integer n_items N: raises at an id beyond it
-- @treturn tensor ids (m) int32
-- @treturn tensor offsets (B+1) int32
function lists.distinct (list, lo, B, n_items)
  local room = list.offsets:get(lo + B) - list.offsets:get(lo)
  local ids, offsets = core.new("int32", room), core.new("int32", B + 1)
  core.distinct_segments(ids, offsets, list.ids, list.offsets, lo, n_items)
  return ids, offsets
end


--- Lists lo .. lo+B-1 as they stand.
-- @tparam table list `{ ids, offsets }`
-- @tparam integer lo from 1
-- @tparam integer B how many lists
-- @treturn table `{ ids, offsets }`, offsets from 0
function lists.slice (list, lo, B)
  local first, last = list.offsets:get(lo), list.offsets:get(lo + B)
  local starts = {}
  for b = 0, B do starts[b + 1] = list.offsets:get(lo + b) - first end
  local ids = last > first and list.ids:rows(first + 1, last) or core.new("int32", 0)
  return { ids = ids, offsets = ids_of(starts) }
end


return lists
