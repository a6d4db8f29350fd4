--- Answers that were paid for: one JSON object a line, added before an answer is used, never changed. Several
-- processes may share the file; who is about to ask claims the question, so that nobody else pays for it too.
-- Lines that were cut or spoilt are skipped and counted.
-- Neighbours: eimf.files, eimf.json.
-- @module eimf.llm.cache

local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local system = require "eimf.system"

local cache = {}

local Cache = {}
Cache.__index = Cache

local HEADER = { eimf = "answers of a language model", version = 1 }
local SYNC_SECONDS = 1                 -- a power cut costs no more answers than come in this time

-- ---- reading ----------------------------------------------------------------

-- A last line without its end was counted when the file was opened; what follows it shows what it was.
local function take_line (self, line)
  local counted = self.cut
  self.cut = false
  if not line:find("%S") then return end
  local entry = json.decode(line)
  local good = type(entry) == "table" and (entry.eimf or type(entry.key) == "string" and type(entry.text) == "string")
  if good and entry.key then self.answers[entry.key] = entry end
  if not good then self.bad = self.bad + 1 end
  if counted then self.bad = self.bad - 1 end
end

-- A line may come in pieces; the last one may have lost its end.
local function take_all (self)
  while true do
    local bytes, message, code = self.journal:read()
    if not bytes then return nil, self.path .. message:gsub("^journal", ""), code end
    if bytes == "" then return true end
    local text = self.rest .. bytes
    local at = 1
    for line, next_at in text:gmatch("([^\n]*)\n()") do
      take_line(self, line)
      at = next_at
    end
    self.rest = text:sub(at)
  end
end

-- Does the file end within a line, as a killed process leaves it?
local function torn (path)
  local f = files.kind(path) == "file" and io.open(path, "rb")
  if not f then return false end
  local size = f:seek("end")
  local last = size > 0 and f:seek("set", size - 1) and f:read(1)
  f:close()
  return last and last ~= "\n" or false
end

local function open_journal (self)
  local message, code
  self.journal, message, code = core.journal_open(self.path)
  if not self.journal then return nil, message, code end
  self.rest, self.bad, self.cut = "", 0, false
  local good
  good, message, code = take_all(self)
  if not good then return nil, message, code end
  self.cut = torn(self.path)
  if self.cut then self.bad = self.bad + 1 end
  return true
end

--- Opens a cache. A file that is not there is made when the first answer comes.
-- @tparam ?string path nil: answers are kept in memory only
-- @treturn cache with `answers`, `bad` (lines that could not be read)
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function cache.open (path)
  local self = setmetatable({ path = path, answers = {}, rest = "", bad = 0, synced = system.now() }, Cache)
  if path and files.exists(path) then
    if files.kind(path) == "folder" then return nil, path .. ": is a folder", "EISDIR" end
    local good, message, code = open_journal(self)
    if not good then return nil, message, code end
  end
  return self
end

--- Takes in what other processes added; reads all anew where an editor replaced the file.
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Cache:refresh ()
  if not self.journal then return true end
  if not self.journal:replaced(self.path) then return take_all(self) end
  self.journal:close()
  return open_journal(self)
end

--- The answer to a conversation.
-- @tparam string key
-- @treturn table|nil text, finish, prompt_tokens, completion_tokens
function Cache:get (key) return self.answers[key] end

-- ---- adding -----------------------------------------------------------------

local function append (self, entry)
  local good, message, code = self.journal:append(json.encode(entry))
  if good then return true end
  return nil, self.path .. message:gsub("^journal", ""), code
end

--- Gets ready for answers, before any is paid for: makes the file, sees that it can be written.
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Cache:prepare ()
  if not self.path or self.prepared then return true end
  if not self.journal then
    local good, message, code = open_journal(self)
    if not good then return nil, message, code end
  end
  if next(self.answers) == nil then
    local good, message, code = append(self, HEADER)
    if not good then return nil, message, code end
  end
  self.prepared = true
  return true
end

--- Keeps an answer: when this returns, a kill loses it no more.
-- @tparam table entry key, text and what else is to be kept
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Cache:put (entry)
  self.answers[entry.key] = entry
  if not self.path then return true end
  if self.journal:replaced(self.path) then
    local good, message, code = self:refresh()
    if not good then return nil, message, code end
  end
  local good, message, code = append(self, entry)
  if not good then return nil, message, code end
  if system.now() - self.synced < SYNC_SECONDS then return true end
  return self:sync()
end

--- Puts the answers on the disk, against a power cut.
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Cache:sync ()
  self.synced = system.now()
  if not self.journal then return true end
  local good, message, code = self.journal:sync()
  if good then return true end
  return nil, self.path .. message:gsub("^journal", ""), code
end

-- ---- claims -----------------------------------------------------------------

--- Claims a question; false: another process is asking it.
-- @tparam string key
-- @treturn boolean
function Cache:claim (key) return not self.journal or self.journal:claim(key:sub(1, 16)) end

--- Lets go of a claim.
-- @tparam string key
function Cache:release (key)
  if self.journal then self.journal:release(key:sub(1, 16)) end
end

--- Closes the file. Closing twice does nothing.
function Cache:close ()
  if self.journal then self.journal:close() end
  self.journal, self.path = nil, nil
end

return cache
