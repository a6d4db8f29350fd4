--- Reads a Python literal: what `repr` prints of dicts, lists, tuples, sets
-- of texts, numbers, True, False, None. Nothing is evaluated. Texts are taken
-- as UTF-8; \x, \u, \U and octal escapes name code points.
-- Neighbour: encoding.
-- @module eimf.data.python_literal
-- @usage
-- local row = assert(python_literal.parse("{'asin': 'B0001', 'price': 3.5, 'categories': [['Beauty', 'Hair']]}"))
local encoding = require "eimf.data.encoding"

local python_literal = {}

local find, sub, format = string.find, string.sub, string.format
local utf8_char = encoding.utf8_char

local MAX_DEPTH = 100

-- None inside a list keeps its place as this; in a dict its key is left out.
python_literal.none = setmetatable({}, { __tostring = function () return "None" end })

local WORDS = { None = python_literal.none, True = true, False = false }
local ESCAPES = {
  ["\\"] = "\\", ["'"] = "'", ['"'] = '"', a = "\a", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", v = "\v",
  ["\n"] = "",
}
local HEX_ESCAPES = { x = "^%x%x", u = "^%x%x%x%x", U = "^%x%x%x%x%x%x%x%x" }
local CLOSERS = { ["{"] = "}", ["["] = "]", ["("] = ")" }

-- Failures are raised as tables and caught in parse(): recursion stays plain.
local function fail (at, reason)
  error({ reason = format("%s at column %d", reason, at) }, 0)
end

local function skip_space (text, at)
  local _, stop = find(text, "^%s*", at)
  return stop + 1
end

-- A low surrogate behind a high one: Python 2 writes code points above
-- U+FFFF so. Returns the code point and where the pair ends.
local function join_surrogates (text, high, at)
  local digits = text:match("^\\u([dD][c-fC-F]%x%x)", at)
  if not digits then return nil end
  return 0x10000 + (high - 0xD800) * 0x400 + tonumber(digits, 16) - 0xDC00, at + 6
end

local function code_point (text, at, kind)
  local start, stop = find(text, HEX_ESCAPES[kind], at)
  if not start then fail(at, "bad \\" .. kind .. " escape") end
  local code = tonumber(sub(text, start, stop), 16)
  local after = stop + 1
  if code >= 0xD800 and code < 0xDC00 then code, after = join_surrogates(text, code, after) end
  if not code or code > 0x10FFFF or (code >= 0xDC00 and code < 0xE000) then fail(at, "no such character") end
  return utf8_char(code), after
end

-- `at` stands behind the backslash.
local function escape (text, at)
  local c = sub(text, at, at)
  if HEX_ESCAPES[c] then return code_point(text, at + 1, c) end
  if ESCAPES[c] then return ESCAPES[c], at + 1 end
  local octal = text:match("^[0-7][0-7]?[0-7]?", at)
  if octal then return utf8_char(tonumber(octal, 8)), at + #octal end
  return "\\" .. c, at + 1                -- as Python: an unknown escape stays
end

local function closed_text (text, at, quote, raw)
  local parts, stop_at = {}, "[\\" .. quote .. "]"
  local begin = at
  while true do
    local stop = find(text, stop_at, at)
    if not stop then fail(begin - 1, "text without an end") end
    parts[#parts + 1] = sub(text, at, stop - 1)
    if sub(text, stop, stop) == quote then return table.concat(parts), stop + 1 end
    if raw then parts[#parts + 1], at = sub(text, stop, stop + 1), stop + 2
    else parts[#parts + 1], at = escape(text, stop + 1) end
  end
end

-- One text, or several next to each other, which Python joins.
local function read_text (text, at)
  local whole
  while true do
    local _, stop, prefix, quote = find(text, "^([uUbBrR]?)(['\"])", at)
    if not stop then return whole, at end
    local part
    part, at = closed_text(text, stop + 1, quote, prefix == "r" or prefix == "R")
    whole = (whole or "") .. part
    local next_at = skip_space(text, at)
    if not find(text, "^[uUbBrR]?['\"]", next_at) then return whole, at end
    at = next_at
  end
end

local function read_number (text, at)
  local _, stop = find(text, "^[-+]?%.?%d[%d.]*[eE]?[-+]?%d*", at)
  local number = stop and tonumber(sub(text, at, stop))
  if not number or number - number ~= 0 then fail(at, "unexpected text") end
  if find(text, "^[lLjJ]", stop + 1) then stop = stop + 1 end      -- 12L
  return number, stop + 1
end

local read_value

local function key_of (value, at)
  if type(value) == "table" or value == nil then fail(at, "a dict's key must be a text or a number") end
  return value
end

-- Puts one element, or one key: value, into `out`.
local function read_element (text, at, out, depth)
  local value, after = read_value(text, at, depth)
  local colon = skip_space(text, after)
  if sub(text, colon, colon) ~= ":" then
    out[#out + 1] = value
    return after
  end
  local held
  held, after = read_value(text, skip_space(text, colon + 1), depth)
  if held ~= python_literal.none then out[key_of(value, at)] = held end
  return after
end

local function read_container (text, at, depth)
  local closer, out = CLOSERS[sub(text, at, at)], {}
  if depth > MAX_DEPTH then fail(at, "nested too deep") end
  at = skip_space(text, at + 1)
  while sub(text, at, at) ~= closer do
    at = skip_space(text, read_element(text, at, out, depth + 1))
    local c = sub(text, at, at)
    if c == "," then at = skip_space(text, at + 1)
    elseif c ~= closer then fail(at, "',' or '" .. closer .. "' expected") end
  end
  return out, at + 1
end

function read_value (text, at, depth)
  local c = sub(text, at, at)
  if CLOSERS[c] then return read_container(text, at, depth) end
  local whole, after = read_text(text, at)
  if whole then return whole, after end
  local word = text:match("^%a+", at)
  if word then
    if WORDS[word] == nil then fail(at, "unknown word '" .. word .. "'") end
    return WORDS[word], at + #word
  end
  return read_number(text, at)
end

--- Parses a text that is one literal.
-- @tparam string text
-- @treturn[1] table|string|number|boolean value; None inside a list is `python_literal.none`
-- @treturn[2] nil
-- @treturn[2] string reason, with the column
function python_literal.parse (text)
  local ok, value, after = pcall(read_value, text, skip_space(text, 1), 1)
  if not ok then
    if type(value) ~= "table" then error(value, 0) end
    return nil, value.reason
  end
  after = skip_space(text, after)
  if after <= #text then return nil, format("unexpected text at column %d", after) end
  return value
end

return python_literal
