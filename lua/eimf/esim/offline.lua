--- The offline rule: interests of a user without an LLM. The user's titles fall into groups of like text;
-- the largest groups are interests, named by their rare, frequent words and described by their most central titles;
-- groups of one name become one. Every report calls it "offline rule". Neighbours: groups, titles, vectors, words.
-- @module eimf.esim.offline

local groups = require "eimf.esim.groups"
local titles = require "eimf.esim.titles"
local vectors = require "eimf.esim.vectors"
local words = require "eimf.esim.words"

local offline = { SOURCE = "offline rule", VERSION = "rule/2" }   -- raised when its answers change

local DESCRIBED = 3                      -- titles of a description
local WORDS = 30                         -- of a description, at most
local TITLE_WORDS = 9                    -- of each title in it

local Offline = {}
Offline.__index = Offline

--- The rule over a catalogue.
-- @tparam {string,...} texts by item id; "": none
-- @tparam tensor items (N, Dt) text vectors, row i = item i
-- @tparam integer most interests of a user
-- @treturn table rule
function offline.new (texts, items, most)
  return setmetatable({ texts = texts, items = items, most = most, words = words.new(texts) }, Offline)
end

local function texts_at (self, ids, positions)
  local out = {}
  for i, p in ipairs(positions) do out[i] = self.texts[ids[p]] end
  return out
end

local function first_words (text, most)
  local out = {}
  for word in text:gmatch("%S+") do
    if #out == most then break end
    out[#out + 1] = word
  end
  return (table.concat(out, " "):gsub("[%s,;|(-]+$", "")), #out
end

local function description_of (list)
  local parts, n = {}, 0
  for i = 1, math.min(DESCRIBED, #list) do
    local part, count = first_words(titles.cut(list[i]), TITLE_WORDS)
    if n + count > WORDS then break end
    parts[#parts + 1], n = part, n + count
  end
  return table.concat(parts, "; ")
end

-- Positions that are in no other group: all but the group's.
local function others_of (n, group)
  local inside, out = {}, {}
  for _, p in ipairs(group) do inside[p] = true end
  for p = 1, n do
    if not inside[p] then out[#out + 1] = p end
  end
  return out
end

--- Groups of a user's items by their text vectors.
-- @tparam {integer,...} ids item ids, oldest first
-- @treturn {{integer,...},...} positions in ids, largest group first; items without a vector are in none. There may be
-- more groups than interests
function Offline:groups (ids)
  return groups.of(vectors.gather(self.items, ids), groups.number(#ids, self.most))
end

-- Names of groups; groups that would have one name become one.
local function named (self, ids, found)
  local out, by_name = {}, {}
  for j = 1, math.min(self.most, #found) do
    local group = found[j]
    local name = self.words:name(texts_at(self, ids, group), texts_at(self, ids, others_of(#ids, group)))
    local same = by_name[name]
    if same then
      for _, p in ipairs(group) do same.items[#same.items + 1] = p end
    else
      by_name[name] = { name = name, items = group }
      out[#out + 1] = by_name[name]
    end
  end
  return out
end

--- Interests of one user's items.
-- @tparam {integer,...} ids item ids with a text, oldest first; at least one
-- @treturn {table,...} { name, description, items = positions in ids }, the largest group first
function Offline:interests (ids)
  local found = self:groups(ids)
  if #found == 0 then found[1] = groups.whole(#ids) end
  local out = named(self, ids, found)
  for _, interest in ipairs(out) do interest.description = description_of(texts_at(self, ids, interest.items)) end
  return out
end

return offline
