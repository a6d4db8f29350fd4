--- Text encodings of data files: is it UTF-8, and Latin-1 made UTF-8.
-- @module eimf.data.encoding
local encoding = {}

local find = string.find

local UNUSUAL = "[^\1-\127]"              -- NUL or a byte above ASCII

-- Well-formed sequences of more than one byte (Unicode, table 3-7): no
-- overlong forms, no surrogates, nothing above U+10FFFF.
local SEQUENCES = {
  "^[\194-\223][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function sequence_end (text, at)
  for i = 1, #SEQUENCES do
    local _, stop = find(text, SEQUENCES[i], at)
    if stop then return stop end
  end
end

--- Checks that a text is UTF-8 and holds no NUL.
-- @tparam string text
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string reason, naming the byte's position
function encoding.check_utf8 (text)
  local at = find(text, UNUSUAL)
  while at do
    local stop = sequence_end(text, at)
    if not stop then
      local byte = text:byte(at)
      local what = byte == 0 and "a NUL byte: not text" or "not UTF-8"
      return nil, string.format("%s (byte 0x%02X at column %d)", what, byte, at)
    end
    at = find(text, UNUSUAL, stop + 1)
  end
  return true
end

--- Bytes of one code point.
-- @tparam integer code 0..0x10FFFF
-- @treturn string UTF-8
function encoding.utf8_char (code)
  local floor, char = math.floor, string.char
  local function trail (shift) return 128 + floor(code / shift) % 64 end
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(192 + floor(code / 64), trail(1)) end
  if code < 0x10000 then return char(224 + floor(code / 4096), trail(64), trail(1)) end
  return char(240 + floor(code / 262144), trail(4096), trail(64), trail(1))
end

local latin1 = {}
for code = 128, 255 do latin1[string.char(code)] = encoding.utf8_char(code) end

--- UTF-8 of a Latin-1 (ISO 8859-1) text.
-- @tparam string text
-- @treturn string
function encoding.from_latin1 (text)
  return (text:gsub("[\128-\255]", latin1))
end

return encoding
