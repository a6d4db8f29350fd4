--- Vectors that were paid for: one JSON object a line, `{"key", "model", "dim", "vector"}`, the vector as base64 of its
-- float32, added before it is used and never changed. Several processes may add to one file; lines that were cut or
-- spoilt are skipped and counted. Neighbour: json.
-- @module eimf.text.cache

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local json = require "eimf.json"

local cache = {}

local Cache = {}
Cache.__index = Cache

-- Two hashes of 64 bits: texts are many.
local function hash_of (model, text)
  return core.hash(model, "\n", text) .. core.hash(text, "\n", model)
end


local function width_of (bytes) return math.floor(#bytes / 4) end


-- Are these `entry.dim` numbers, as wide as the others?
local function is_good (self, entry, bytes)
  local dim = bytes and width_of(bytes)
  if not dim or dim == 0 or #bytes ~= 4 * dim or entry.dim ~= dim or dim ~= (self.dim or dim) then return false end
  return core.text_unit(core.new("float32", 1, dim):read_(bytes), 0) ~= nil
end


-- A line of another model is none of ours, and no bad one.
local function take_line (self, line)
  if not line:find("%S") then return end
  local entry = json.decode(line)
  if type(entry) ~= "table" or type(entry.key) ~= "string" or type(entry.vector) ~= "string" then
    self.bad = self.bad + 1
    return
  end
  if entry.model ~= self.model then return end
  local bytes = core.base64_decode(entry.vector)
  if is_good(self, entry, bytes) then
    self.dim, self.vectors[entry.key] = width_of(bytes), bytes
  else
    self.bad = self.bad + 1
  end
end


--- Takes what was added to the file since, by whomever.
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Cache:refresh ()
  if not self.journal then return true end
  while true do
    local bytes, message, code = self.journal:read()
    if not bytes then return nil, self.path .. message:gsub("^journal", ""), code end
    if bytes == "" then return true end
    local text, at = self.rest .. bytes, 1
    for line, next_at in text:gmatch("([^\n]*)\n()") do
      take_line(self, line)
      at = next_at
    end
    self.rest = text:sub(at)
  end
end


--- Opens a cache; the file is made where it is missing.
-- @tparam ?string path nil: vectors are kept in memory only
-- @tparam string model whose vectors
-- @tparam ?integer dim their width, where it is known; else that of the first vector is it
-- @treturn cache with `dim`, `bad` (lines that could not be read), `path`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function cache.open (path, model, dim)
  local self = setmetatable({ path = path, model = model, dim = dim, vectors = {}, bad = 0, rest = "" }, Cache)
  local message, code
  if path then
    self.journal, message, code = core.journal_open(path)
    if not self.journal then return nil, message, code end
  end
  local done
  done, message, code = self:refresh()
  if not done then return nil, message, code end
  return self
end


--- The vector of a text.
-- @tparam string text
-- @treturn string|nil 4 dim bytes
function Cache:get (text)
  return self.vectors[hash_of(self.model, text)]
end


--- Keeps the vector of a text: it is in the file when this returns.
-- @tparam string text
-- @tparam string bytes 4 dim bytes
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOSPC" ...
function Cache:put (text, bytes)
  local key = hash_of(self.model, text)
  self.dim, self.vectors[key] = width_of(bytes), bytes
  if not self.journal then return true end
  local done, message, code = self.journal:append(json.encode {
    key = key, model = self.model, dim = self.dim, vector = core.base64_encode(bytes),
  })
  if not done then return nil, self.path .. message:gsub("^journal", ""), code end
  return true
end


return cache
