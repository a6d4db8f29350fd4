--- The titles of users, as they are shown to a reader: numbered, newest last, none twice.
-- @module eimf.esim.titles

local titles = {}

local WIDTH = 120                        -- letters of a title that are shown
local SCAN = 4                           -- times max_titles: how far back repeated items are looked over

--- A text cut to a number of letters, never within one.
-- @tparam string text UTF-8, malformed bytes tolerated
-- @tparam[opt=120] integer width
-- @treturn string
function titles.cut (text, width)
  width = width or WIDTH
  text = text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  local letters = 0
  for at in text:gmatch("()[^\128-\191]") do
    letters = letters + 1
    if letters > width then return (text:sub(1, at - 1):gsub("[%s,;|(-]+$", "")) .. "..." end
  end
  return text
end

--- The newest items of a user that have a text, each once, oldest first.
-- @tparam table train part { offsets, items }
-- @tparam {string,...} texts by id; "": none
-- @tparam integer user
-- @tparam integer most
-- @treturn {integer,...} item ids
function titles.of_user (train, texts, user, most)
  local lo, hi = train.offsets:get(user) + 1, train.offsets:get(user + 1)
  local newest, seen = {}, {}
  for i = hi, math.max(lo, hi - SCAN * most + 1), -1 do
    local id = train.items:get(i)
    if texts[id] ~= "" and not seen[id] then newest[#newest + 1], seen[id] = id, true end
    if #newest == most then break end
  end
  local out = {}
  for i = #newest, 1, -1 do out[#out + 1] = newest[i] end
  return out
end

--- The newest items of several users taken in turns, the first user's newest last.
-- @tparam table train part
-- @tparam {string,...} texts by id
-- @tparam {integer,...} users most typical first
-- @tparam integer most
-- @treturn {integer,...} item ids
function titles.of_users (train, texts, users, most)
  if #users == 1 then return titles.of_user(train, texts, users[1], most) end
  local lists, taken, seen = {}, {}, {}
  for i, u in ipairs(users) do lists[i] = titles.of_user(train, texts, u, most) end
  for back = 0, most - 1 do
    for _, list in ipairs(lists) do
      local id = list[#list - back]
      if id and not seen[id] and #taken < most then taken[#taken + 1], seen[id] = id, true end
    end
  end
  local out = {}
  for i = #taken, 1, -1 do out[#out + 1] = taken[i] end
  return out
end

return titles
