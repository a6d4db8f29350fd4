--- Lines of a text file (plain, gzip, or any source of bytes), as a stream.
-- A line's length is bounded, and its text is checked: UTF-8, or Latin-1
-- that is turned into UTF-8. Neighbours: source, encoding.
-- @module eimf.data.lines
-- @usage
-- local text = assert(lines.open("a.tsv.gz"))
-- for number, line, reason in text:each() do print(number, line or reason) end
-- assert(text:close())     -- nil, message, code where the file failed on the way
local core = require "eimf.core"
local encoding = require "eimf.data.encoding"
local source = require "eimf.data.source"

local lines = {}

local Lines = {}
Lines.__index = Lines

local MAX_LINE = 8 * 1024 * 1024          -- bytes
local BOM = "\239\187\191"
local CARRIAGE_RETURN = 13

--- Lines of a source.
-- @tparam table from source (see `eimf.data.source`)
-- @tparam[opt] table opts encoding = "utf8" | "latin1", max_line = bytes
-- @treturn table lines
function lines.from (from, opts)
  opts = opts or {}
  local self = { source = from, name = from.name, encoding = opts.encoding or "utf8" }
  self.max_line = opts.max_line or MAX_LINE
  return setmetatable(self, Lines)
end

--- Lines of a file.
-- @tparam string path
-- @tparam[opt] table opts encoding = "utf8" | "latin1", max_line = bytes
-- @treturn[1] table lines
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function lines.open (path, opts)
  local from, message, code = source.open(path)
  if not from then return nil, message, code end
  return lines.from(from, opts)
end

-- The next block behind what is left of the last one; nil at the end or
-- after a failure, which close() tells.
local function refill (self, rest, number)
  if #rest > self.max_line then
    self.failure = { string.format("%s:%d: line longer than %d bytes", self.name, number + 1, self.max_line),
                     "BAD_FORMAT" }
    return nil
  end
  local block, message, code = self.source.read()
  if message then self.failure = { message, code } end
  if not block then return nil end
  return block, rest .. block
end

-- The text of a line: checked or recoded where it may need it.
local function decode (self, line)
  if self.encoding == "latin1" and not line:find("%z") then return encoding.from_latin1(line) end
  local ok, reason = encoding.check_utf8(line)
  if ok then return line end
  return nil, reason
end

--- Iterates: number, line; or number, nil, reason for a line that is no text.
-- The line comes without its end (\n or \r\n). Lines behind the first may be
-- taken many at once, where the text is UTF-8: the iterator goes on behind them.
-- @tparam[opt] function take (text, at, mixed) -> where the next line begins, lines taken; all of them whole ones from
-- `at` on; mixed = the text may hold bytes that are not ASCII, or NUL
-- @treturn function iterator
function Lines:each (take)
  local find, sub, byte, max = string.find, string.sub, string.byte, math.max
  local buffer, at, number, unusual, ended = "", 1, 0, false, false

  local function cut (stop)
    local from, last = at, stop - 1
    at, number = stop + 1, number + 1
    if last >= from and byte(buffer, last) == CARRIAGE_RETURN then last = last - 1 end
    if number == 1 and sub(buffer, 1, #BOM) == BOM then from = from + #BOM end
    local line = sub(buffer, from, last)
    if unusual then return number, decode(self, line) end
    return number, line
  end

  return function ()
    local scan = at
    while not ended do
      if take and number > 0 then
        local more
        at, more = take(buffer, at, unusual)
        number, scan = number + more, max(scan, at)
      end
      local stop = find(buffer, "\n", scan, true)
      if stop then return cut(stop) end
      local rest = sub(buffer, at)
      local block, joined = refill(self, rest, number)
      if block then
        unusual = not core.is_plain(block) or (unusual and not core.is_plain(rest))
        buffer, at, scan = joined, 1, #rest + 1
      else
        ended = true
        if rest ~= "" and not self.failure then return cut(#buffer + 1) end
      end
    end
  end
end

--- Closes the file and tells how reading went.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Lines:close ()
  self.source.close()
  if self.failure then return nil, self.failure[1], self.failure[2] end
  return true
end

return lines
