--- Answers: the contract that an LLM's text must keep, and the schema that says it to a server.
-- Neighbour: json. Beside it: naming, the contract of templates that part the titles themselves.
-- @module eimf.esim.answer

local json = require "eimf.json"

local answer = {}

local NAME_WORDS = { 2, 5 }
local DESCRIPTION_WORDS = 30

local function words_of (text)
  local _, n = text:gsub("[^%s]+", "")
  return n
end

local function check_name (what, name, seen)
  if type(name) ~= "string" then return what .. " has no name" end
  local n = words_of(name)
  if n < NAME_WORDS[1] or n > NAME_WORDS[2] then
    return ("the name of %s, '%s', has %d words; 2 to 5 are asked for"):format(what, name:sub(1, 60), n)
  end
  if seen[name:lower()] then return ("the name '%s' is given twice"):format(name) end
  seen[name:lower()] = true
end

local function check_description (what, text)
  if type(text) ~= "string" or not text:find("%S") then return what .. " has no description" end
  local n = words_of(text)
  if n > DESCRIPTION_WORDS then
    return ("the description of %s has %d words; at most 30 are asked for"):format(what, n)
  end
end

-- The numbers of an interest, each once; or nil, reason.
local function numbers_of (j, list, n)
  if type(list) ~= "table" or #list == 0 then return nil, ("interest %d has no item numbers"):format(j) end
  local out, seen = {}, {}
  for _, value in ipairs(list) do
    local number = tonumber(value)
    if not number or number ~= math.floor(number) then
      return nil, ("interest %d: '%s' is no item number"):format(j, tostring(value):sub(1, 40))
    end
    if number < 1 or number > n then
      return nil, ("interest %d: there is no item %.0f, the last is %d"):format(j, number, n)
    end
    number = math.floor(number)
    if not seen[number] then out[#out + 1], seen[number] = number, true end
  end
  return out
end

-- Length of the UTF-8 letter that begins with this byte, and how its following bytes look.
local function following (byte)
  if byte >= 194 and byte <= 223 then return 1 end
  if byte >= 224 and byte <= 239 then return 2 end
  if byte >= 240 and byte <= 244 then return 3 end
end

-- Text with every byte that belongs to no UTF-8 letter as "?": a model may end in the middle of one.
local function in_utf8 (text)
  if not text:find("[\128-\255]") then return text end
  local out, at = {}, 1
  while at <= #text do
    local byte = text:byte(at)
    local n = byte < 128 and 0 or following(byte)
    local letter = n and text:match("^[\128-\191]*", at + 1):sub(1, n)
    if n and #letter == n then out[#out + 1], at = text:sub(at, at + n), at + n + 1
    else out[#out + 1], at = "?", at + 1 end
  end
  return table.concat(out)
end

local function trimmed (text) return in_utf8(text:gsub("%s+", " "):match("^ ?(.-) ?$")) end

--- An interest in words as the contract wants it.
-- @tparam string what it is called when something is wrong: "interest 2"
-- @param entry what should be { name, description }
-- @tparam table seen names so far, in small letters; gets this one
-- @treturn table { name, description }
-- @treturn[2] nil
-- @treturn[2] string reason
function answer.words (what, entry, seen)
  if type(entry) ~= "table" then return nil, what .. " is no object" end
  local reason = check_name(what, entry.name, seen) or check_description(what, entry.description)
  if reason then return nil, reason end
  return { name = trimmed(entry.name), description = trimmed(entry.description) }
end

-- One interest with the numbers of its titles; or nil, reason.
local function checked (j, entry, n, seen)
  local interest, reason = answer.words(("interest %d"):format(j), entry, seen)
  if not interest then return nil, reason end
  interest.items, reason = numbers_of(j, entry.items, n)
  if not interest.items then return nil, reason end
  return interest
end

--- What decoded JSON has under "interests", or itself where there is no such key.
-- @param value
-- @return value
function answer.unwrapped (value)
  return type(value) == "table" and type(value.interests) == "table" and value.interests or value
end

-- The list in decoded JSON; or nil, reason.
local function list_in (value)
  value = answer.unwrapped(value)
  if type(value) ~= "table" or #value == 0 then return nil, "there are no interests in the answer" end
  return value
end

--- Interests as the contract wants them, from decoded JSON.
-- @param value what should be a list of { name, description, items }, or { interests = list }
-- @tparam integer n titles shown
-- @tparam integer most interests
-- @treturn {table,...} { name, description, items = {number,...} }
-- @treturn[2] nil
-- @treturn[2] string reason, a sentence that can be shown to who answered
function answer.check_list (value, n, most)
  local list, reason = list_in(value)
  if not list then return nil, reason end
  if #list > most then return nil, ("there are %d interests; at most %d are asked for"):format(#list, most) end
  local out, seen = {}, {}
  for j, entry in ipairs(list) do
    out[j], reason = checked(j, entry, n, seen)
    if not out[j] then return nil, reason end
  end
  return out
end

--- What an answer that breaks the contract is still good for: those of its interests that keep it.
-- @param value as of `answer.check_list`
-- @tparam integer n titles shown
-- @tparam integer most interests
-- @treturn {table,...} at least one; or nil
function answer.usable (value, n, most)
  local out, seen = {}, {}
  for j, entry in ipairs(list_in(value) or {}) do
    if #out < most then out[#out + 1] = checked(j, entry, n, seen) end
  end
  return #out > 0 and out or nil
end

-- A text without the fence of a code block around it.
local function unfenced (text)
  return text:match("^%s*```%w*%s*\n(.-)\n%s*```%s*$") or text
end

--- What an answer's text says.
-- @tparam string|table text JSON, in a fence or not; or decoded already
-- @return value
-- @treturn[2] nil
-- @treturn[2] string reason
function answer.decode (text)
  if type(text) ~= "string" then return text end
  local value, message = json.decode(unfenced(text))
  if value == nil then return nil, "the answer is not JSON: " .. tostring(message) end
  return value
end

--- Interests from an answer's text.
-- @tparam string|table text as of `answer.decode`
-- @tparam integer n titles shown
-- @tparam integer most interests
-- @treturn {table,...} as `answer.check_list`
-- @treturn[2] nil
-- @treturn[2] string reason
function answer.check (text, n, most)
  local value, reason = answer.decode(text)
  if value == nil then return nil, reason end
  return answer.check_list(value, n, most)
end

--- The contract as a JSON schema.
-- @tparam integer n titles shown
-- @tparam integer most interests
-- @treturn table
function answer.schema (n, most)
  local interest = {
    type = "object", additionalProperties = false, required = { "name", "description", "items" },
    properties = {
      name = { type = "string" }, description = { type = "string" },
      items = { type = "array", minItems = 1, maxItems = n, items = { type = "integer", minimum = 1, maximum = n } },
    },
  }
  return {
    type = "object", additionalProperties = false, required = { "interests" },
    properties = { interests = { type = "array", minItems = 1, maxItems = most, items = interest } },
  }
end

return answer
