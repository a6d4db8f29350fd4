--- What is known of items (title, categories), put into a set: shared by the
-- readers, and the reader of items.jsonl. Neighbours: lines, rows.
-- @module eimf.data.items
local lines = require "eimf.data.lines"
local rows = require "eimf.data.rows"

local items = {}

--- A JSON decoder of our own settings: no NaN, no infinity.
-- @treturn function text -> value | nil, reason
function items.json_decoder ()
  local json = require("cjson").new()
  json.decode_invalid_numbers(false)
  return function (text)
    local ok, value = pcall(json.decode, text)
    if not ok then return nil, "bad JSON: " .. tostring(value) end
    if type(value) ~= "table" then return nil, "bad JSON: an object is expected" end
    return value
  end
end

--- An id as text: a number loses nothing and gains no ".0".
-- @param value string or number
-- @treturn string|nil
function items.raw_id (value)
  if type(value) == "number" and value == math.floor(value) then return string.format("%.0f", value) end
  if type(value) == "string" and value ~= "" then return value end
end

local function text_or_nil (value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function texts_or_nil (value)
  if type(value) ~= "table" or #value == 0 then return nil end
  for i = 1, #value do
    if type(value[i]) ~= "string" then return nil end
  end
  return value
end

--- Keeps title and categories of one item; the first of several lines counts.
-- @tparam table set
-- @tparam integer id 1..N
-- @param title string, or anything else for unknown
-- @param categories list of strings, or anything else for unknown
function items.describe (set, id, title, categories)
  set.titles[id] = set.titles[id] or text_or_nil(title)
  set.categories[id] = set.categories[id] or texts_or_nil(categories)
end

--- Reads items.jsonl: one object a line, { item, title, categories, ... }.
-- Items that the set does not hold are passed over.
-- @tparam string path
-- @tparam table set
-- @tparam table ids raw item id -> id
-- @tparam table policy for bad lines
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function items.read_jsonl (path, set, ids, policy)
  local text, message, code = lines.open(path)
  if not text then return nil, message, code end
  local decode = items.json_decoder()
  return rows.feed(text, policy, function (line)
    local object, reason = decode(line)
    if not object then return nil, reason end
    local raw = items.raw_id(object.item)
    if not raw then return nil, "no 'item' in the object" end
    if ids[raw] then items.describe(set, ids[raw], object.title, object.categories) end
    return true
  end)
end

return items
