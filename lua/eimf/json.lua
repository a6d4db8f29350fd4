--- JSON texts whose bytes depend on the content alone: keys in order, for files
-- that are compared. Values are encoded by lua-cjson.
-- @module eimf.json

local cjson = require("cjson").new()

local json = {}

local function is_list (t)
  return #t > 0 or next(t) == nil
end

local encode

local function encode_list (t, indent)
  local parts = {}
  for i, x in ipairs(t) do parts[i] = encode(x, indent) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function encode_object (t, indent)
  local keys, parts = {}, {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys)
  local inner = indent and indent .. "  "
  for i, k in ipairs(keys) do
    parts[i] = (inner or "") .. cjson.encode(k) .. ": " .. encode(t[k], inner)
  end
  if not indent then return "{" .. table.concat(parts, ", ") .. "}" end
  return "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

function encode (x, indent)
  if type(x) == "number" and (x ~= x or x == math.huge or x == -math.huge) then return "null" end
  if type(x) ~= "table" then return cjson.encode(x) end
  if is_list(x) then return encode_list(x, indent) end
  return encode_object(x, indent)
end

--- A value as JSON; numbers that are not finite become null, an empty table a list.
-- @param x string, number, boolean or table of them
-- @tparam[opt] boolean pretty one key a line
-- @treturn string
function json.encode (x, pretty)
  return encode(x, pretty and "" or nil)
end

--- A value from JSON.
-- @tparam string text
-- @return the value; or nil, message, "BAD_FORMAT"
function json.decode (text)
  local ok, value = pcall(cjson.decode, text)
  if ok then return value end
  return nil, tostring(value), "BAD_FORMAT"
end

return json
