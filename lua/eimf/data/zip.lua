--- Reads members of a zip archive as sources of bytes. The central directory
-- is parsed here, the data inflated by lua-zlib as a raw stream; size and
-- CRC-32 are checked at the end. No zip64, no encryption, no split archives.
-- Neighbour: source.
-- @module eimf.data.zip
-- @usage
-- local archive = assert(zip.open("ml-1m.zip"))
-- local from = assert(archive:member("ratings.dat"))
local source = require "eimf.data.source"

local zip = {}

local Archive = {}
Archive.__index = Archive

local END_SIZE, ENTRY_SIZE, LOCAL_SIZE = 22, 46, 30
local MAX_COMMENT = 65535
local BLOCK = 32768
local STORED, DEFLATED = 0, 8
local RAW_DEFLATE = -15                   -- zlib's window bits: no header
local ENCRYPTED = 1                       -- lowest flag bit

local function uint (text, at, size)
  local value = 0
  for i = size - 1, 0, -1 do value = value * 256 + text:byte(at + i) end
  return value
end

-- The record at the end of the archive, behind an optional comment.
local function find_end (file)
  local size = file:seek("end")
  local tail_size = math.min(size, END_SIZE + MAX_COMMENT)
  file:seek("set", size - tail_size)
  local tail = file:read(tail_size) or ""
  for at = #tail - END_SIZE + 1, 1, -1 do
    if tail:sub(at, at + 3) == "PK\5\6" then
      return { count = uint(tail, at + 10, 2), size = uint(tail, at + 12, 4), start = uint(tail, at + 16, 4) }
    end
  end
end

local function parse_entry (directory, at)
  if directory:sub(at, at + 3) ~= "PK\1\2" or #directory < at + ENTRY_SIZE - 1 then return nil end
  local name_size = uint(directory, at + 28, 2)
  local skip = uint(directory, at + 30, 2) + uint(directory, at + 32, 2)
  local entry = {
    flags = uint(directory, at + 8, 2), method = uint(directory, at + 10, 2), crc = uint(directory, at + 16, 4),
    packed = uint(directory, at + 20, 4), size = uint(directory, at + 24, 4), start = uint(directory, at + 42, 4),
    name = directory:sub(at + ENTRY_SIZE, at + ENTRY_SIZE + name_size - 1),
  }
  return entry, at + ENTRY_SIZE + name_size + skip
end

local function read_directory (file)
  local last = find_end(file)
  if not last then return nil end
  file:seek("set", last.start)
  local directory = file:read(last.size) or ""
  local entries, at = {}, 1
  for i = 1, last.count do
    entries[i], at = parse_entry(directory, at)
    if not entries[i] then return nil end
  end
  return entries
end

--- Opens an archive and reads its directory.
-- @tparam string path
-- @treturn[1] table archive { name, entries }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "EACCES", "BAD_ZIP"
function zip.open (path)
  local file, message, code = source.open_file(path)
  if not file then return nil, message, code end
  local entries = read_directory(file)
  file:close()
  if not entries then return nil, path .. ": not a zip archive, or cut off", "BAD_ZIP" end
  return setmetatable({ name = path, entries = entries }, Archive)
end

--- The entry whose name is `ending`, or ends in "/" .. ending.
-- @tparam string ending
-- @treturn[1] table entry
-- @treturn[2] nil
function Archive:find (ending)
  for _, entry in ipairs(self.entries) do
    if entry.name == ending or entry.name:sub(-#ending - 1) == "/" .. ending then return entry end
  end
end

-- Puts the file at the member's first byte: the local header repeats the
-- name and has an extra field of its own length.
local function seek_data (file, entry)
  file:seek("set", entry.start)
  local head = file:read(LOCAL_SIZE)
  if not head or #head < LOCAL_SIZE or head:sub(1, 4) ~= "PK\3\4" then return nil end
  return file:seek("cur", uint(head, 27, 2) + uint(head, 29, 2))
end

-- State of one member: bytes left in the archive, bytes and CRC given out.
local function read_member (m)
  local block = m.left > 0 and m.file:read(math.min(BLOCK, m.left))
  if not block then
    if not m.ended or m.given ~= m.entry.size then return nil, "cut off" end
    if m.sum and m.sum ~= m.entry.crc then return nil, "checksum does not match" end
    return nil
  end
  m.left = m.left - #block
  local bytes = block
  if m.stream then bytes, m.ended = source.inflate(m.stream, block)
  else m.ended = m.left == 0 end
  if not bytes then return nil, "damaged data" end
  m.given, m.sum = m.given + #bytes, m.crc(bytes)
  if m.ended then m.left = 0 end
  return bytes
end

-- Blocks of a member, empty ones left out.
local function member_source (name, m)
  local function read ()
    local bytes, reason
    repeat bytes, reason = read_member(m) until bytes ~= ""
    if reason then return nil, name .. ": " .. reason, "BAD_ZIP" end
    return bytes
  end
  return { name = name, read = read, close = function ()
    if m.file then m.file:close() end
    m.file = nil
  end }
end

--- Source of a member's bytes.
-- @tparam string ending name of the member, or its last part
-- @treturn[1] table source
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "BAD_ZIP"
function Archive:member (ending)
  local zlib = require "zlib"
  local entry = self:find(ending)
  if not entry then return nil, self.name .. ": holds no " .. ending, "ENOENT" end
  local name = self.name .. "/" .. entry.name
  if entry.flags % 2 == ENCRYPTED or (entry.method ~= STORED and entry.method ~= DEFLATED) then
    return nil, name .. ": packed in a way that is not supported", "BAD_ZIP"
  end
  local file, message, code = source.open_file(self.name)
  if not file then return nil, message, code end
  if not seek_data(file, entry) then
    file:close()
    return nil, name .. ": no such data in the archive", "BAD_ZIP"
  end
  return member_source(name, {
    file = file, entry = entry, left = entry.packed, given = 0, crc = zlib.crc32(), ended = entry.packed == 0,
    stream = entry.method == DEFLATED and zlib.inflate(RAW_DEFLATE) or nil,
  })
end

return zip
