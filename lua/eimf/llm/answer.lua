--- The JSON within what a model wrote: bare, fenced, after its thoughts, or in the middle of prose.
-- Neighbour: eimf.json.
-- @module eimf.llm.answer

local json = require "eimf.json"

local answer = {}

local MOST_STARTS = 16                 -- places where an object is looked for: prose may hold many braces
local MOST_BYTES = 262144              -- of a text in which one is looked for

local function decoded (text)
  local value = json.decode(text)
  if type(value) == "table" then return value end
end

-- Where the object or list that starts at `from` ends; nil where it does not.
local function end_of (text, from)
  local depth, at = 0, from
  while true do
    local i = text:find("[%[%]{}\"]", at)
    if not i then return nil end
    local c = text:sub(i, i)
    if c == '"' then
      repeat
        i = text:find('["\\]', i + 1)
        local escaped = i and text:sub(i, i) == "\\"
        if escaped then i = i + 1 end
      until not i or not escaped
      if not i then return nil end
    else
      depth = depth + ((c == "{" or c == "[") and 1 or -1)
      if depth == 0 then return i end
    end
    at = i + 1
  end
end

local function within_prose (text)
  local at = 1
  if #text > MOST_BYTES then return nil end
  for _ = 1, MOST_STARTS do
    local from = text:find("[%[{]", at)
    if not from then return nil end
    local to = end_of(text, from)
    local part = to and text:sub(from, to)
    local value = part and decoded(part)
    if value and next(value) ~= nil then return value, part end
    at = from + 1
  end
end

--- Looks for JSON in an answer: the whole text, a fenced block, the first object or list within prose.
-- @tparam string text
-- @treturn table|nil value
-- @treturn string its JSON; the text as it came where there is none
function answer.json (text)
  local body = text:gsub("^%s*<think>.-</think>%s*", "")
  local value = decoded(body)
  if value then return value, body end
  local fenced = body:match("```%w*%s*\n(.-)```") or body:match("```%w*(.-)```")
  value = fenced and decoded(fenced)
  if value then return value, fenced end
  local part
  value, part = within_prose(body)
  return value, part or text
end

return answer
