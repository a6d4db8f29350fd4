--- Streams of bytes: a plain file, or a gzip file inflated on the way.
-- A source is a table { name, read = function, close = function }; `read()`
-- gives the next block, nil at the end, or nil, message, code.
-- Nothing larger than a block and what it inflates to is held.
-- @module eimf.data.source
local source = {}

local BLOCK = 32768                       -- bytes read at once
local GZIP_MAGIC = "\31\139"
local CODES = { [2] = "ENOENT", [13] = "EACCES", [21] = "EISDIR" }

local function no_op () end

--- Opens a file for reading, with a code where it fails.
-- @tparam string path
-- @treturn[1] file
-- @treturn[2] nil
-- @treturn[2] string message naming the file
-- @treturn[2] string code "ENOENT", "EACCES" or "EIO"
function source.open_file (path)
  local file, message, errno = io.open(path, "rb")
  if not file then return nil, message, CODES[errno] or "EIO" end
  return file
end

--- What stands at a path.
-- @tparam string path
-- @treturn[1] string "file" or "folder"
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function source.kind (path)
  local file, message, code = source.open_file(path)
  if not file then return nil, message, code end
  local _, _, errno = file:read(0)
  file:close()
  return CODES[errno] == "EISDIR" and "folder" or "file"
end

--- Source of a file's bytes as they are.
-- @tparam string path
-- @treturn[1] table source
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function source.file (path)
  local file, message, code = source.open_file(path)
  if not file then return nil, message, code end
  local function read ()
    local block, why, errno = file:read(BLOCK)
    if why then return nil, path .. ": " .. why, CODES[errno] or "EIO" end
    return block
  end
  local function close ()
    if file then file:close() end
    file, close = nil, no_op
  end
  return { name = path, read = read, close = function () close() end }
end

--- One step of a lua-zlib stream without its raise.
-- @tparam function stream of `zlib.inflate`
-- @tparam string block
-- @treturn[1] string inflated bytes
-- @treturn[1] boolean true when the stream has ended
-- @treturn[1] integer bytes taken so far
-- @treturn[2] nil
function source.inflate (stream, block)
  local ok, bytes, ended, taken = pcall(stream, block)
  if not ok then return nil end
  return bytes, ended, taken
end

-- State of one gzip file: `fed` counts the bytes given to the present member.
local function next_block (g)
  if g.rest then
    local rest = g.rest
    g.rest = nil
    return rest
  end
  return g.from.read()
end

-- What follows a member: another member, zero padding, or nothing.
local function after_member (g, rest)
  g.stream = nil
  if rest:find("^%z*$") then return true end
  if rest == GZIP_MAGIC:sub(1, 1) then
    local more, message, code = g.from.read()
    if message then return nil, message, code end
    rest = rest .. (more or "")
  end
  if rest:sub(1, 2) ~= GZIP_MAGIC then
    return nil, g.from.name .. ": bytes that are not gzip follow the gzip data", "BAD_GZIP"
  end
  g.rest = rest
  return true
end

local function inflate_block (g, zlib, block)
  if not g.stream then
    local ok, message, code = after_member(g, block)
    if not ok or not g.rest then return ok and "", message, code end
    g.stream, g.fed, block, g.rest = zlib.inflate(), 0, g.rest, nil
  end
  g.fed = g.fed + #block
  local bytes, ended, taken = source.inflate(g.stream, block)
  if not bytes then return nil, g.from.name .. ": damaged gzip data", "BAD_GZIP" end
  if ended then
    local ok, message, code = after_member(g, block:sub(#block - (g.fed - taken) + 1))
    if not ok then return nil, message, code end
  end
  return bytes
end

--- Source of the inflated bytes of a gzip source; members laid end to end
-- are read as one text, as `gzip -d` does.
-- @tparam table from source of gzip bytes
-- @treturn table source
function source.gunzip (from)
  local zlib = require "zlib"
  local g = { from = from, stream = zlib.inflate(), fed = 0 }
  local function read ()
    while true do
      local block, message, code = next_block(g)
      if message then return nil, message, code end
      if not block then
        if g.stream then return nil, from.name .. ": gzip data is cut off", "BAD_GZIP" end
        return nil
      end
      local bytes
      bytes, message, code = inflate_block(g, zlib, block)
      if not bytes then return nil, message, code end
      if bytes ~= "" then return bytes end
    end
  end
  return { name = from.name, read = read, close = from.close }
end

-- The same source with its first block put back.
local function with_first (from, first)
  local function read ()
    if first then
      local block = first
      first = nil
      return block
    end
    return from.read()
  end
  return { name = from.name, read = read, close = from.close }
end

--- Opens a file, plain or gzip: its first bytes decide, and a name that ends
-- in .gz promises gzip.
-- @tparam string path
-- @treturn[1] table source
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "EACCES", "EISDIR", "EMPTY", "BAD_GZIP"
function source.open (path)
  local from, message, code = source.file(path)
  if not from then return nil, message, code end
  local first
  first, message, code = from.read()
  local packed = first and first:sub(1, 2) == GZIP_MAGIC
  if not first then
    message, code = message or path .. ": empty file", code or "EMPTY"
  elseif not packed and path:find("%.gz$") then
    message, code = path .. ": not gzip data", "BAD_GZIP"
  end
  if message then
    from.close()
    return nil, message, code
  end
  from = with_first(from, first)
  return packed and source.gunzip(from) or from
end

return source
