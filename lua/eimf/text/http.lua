--- The encoder behind an OpenAI-compatible server of embeddings: texts in batches, several requests at once, and a
-- cache of vectors, so that nothing is asked twice. Neighbours: cache; endpoint.
-- @module eimf.text.http

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local cache = require "eimf.text.cache"
local endpoint = require "eimf.endpoint"

local http = {}

local Http = {}
Http.__index = Http

local VERSION = "http/1"
local KEY = "EIMF_LLM_KEY"
local LEAST = 1e-6                      -- shorter vectors are none
local MIB = 1048576

--- Options of `text.open` for this encoder.
http.options = {
  url = { "string", required = true }, model = { "string", required = true }, dim = { "integer", min = 1 },
  key = { "string" }, key_env = { "string", default = KEY }, batch = { "integer", min = 1, default = 64 },
  cache = { "string" }, concurrency = { "integer", min = 1, max = 256, default = 4 },
  timeout = { "number", above = 0, default = 120 }, connect_timeout = { "number", above = 0, default = 10 },
  max_retries = { "integer", min = 0, max = 100, default = 6 }, backoff = { "number", above = 0, default = 1 },
  max_bytes = { "integer", min = 1, default = 32 * MIB }, seed = { "integer", min = 0 }, ca_file = { "string" },
  on_progress = { "function" }, notice = { "function" }, interrupted = { "function" },
}
-- Those that the endpoint takes as they are.
local PASSED = { "concurrency", "timeout", "connect_timeout", "max_retries", "backoff", "max_bytes", "seed", "ca_file",
                 "notice", "interrupted" }

local function open_endpoint (opt)
  local given = { url = endpoint.join(opt.url, "embeddings"), key = opt.key or os.getenv(opt.key_env) }
  for _, name in ipairs(PASSED) do given[name] = opt[name] end
  return endpoint.open(given)
end


local function describe (self)
  self.dim = self.cache.dim
  local width = self.dim and self.dim .. " wide" or "not asked yet"
  self.name = ("%s at %s, %s"):format(self.model, self.endpoint.url, width)
end


--- Opens the encoder; nothing is asked yet.
-- @tparam table opt `url` ("http://127.0.0.1:8092": see `eimf.endpoint.join`), `model`; `dim` = width wanted; `key`, or
-- `key_env` = variable that holds it ("EIMF_LLM_KEY"); `batch` = 64 texts a request; `concurrency` = 4; `cache` = path;
-- `timeout`, `connect_timeout`, `max_retries`, `backoff`, `max_bytes` (32 MiB), `seed`, `ca_file`, `notice`,
-- `interrupted` as of `eimf.endpoint`; `on_progress(done, total)` after each batch
-- @treturn encoder with `dim` (nil until a vector is known), `account` { requests, texts, cached }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function http.open (opt)
  local self = setmetatable({ model = opt.model, batch = opt.batch, on_progress = opt.on_progress }, Http)
  self.account = { requests = 0, texts = 0, cached = 0 }
  local message, code
  self.endpoint, message, code = open_endpoint(opt)
  if not self.endpoint then return nil, message, code end
  self.cache, message, code = cache.open(opt.cache, opt.model, opt.dim)
  if not self.cache then return nil, message, code end
  describe(self)
  return self
end


-- One embedding: numbers, or base64 of float32. nil, reason where it is neither.
local function bytes_of (embedding)
  if type(embedding) == "string" then
    local bytes = core.base64_decode(embedding)
    return bytes and #bytes % 4 == 0 and bytes or nil, "is no base64 of float32"
  end
  if type(embedding) ~= "table" or #embedding == 0 then return nil, "is no list of numbers" end
  for _, x in ipairs(embedding) do
    if type(x) ~= "number" then return nil, "holds something that is no number" end
  end
  return core.from_table("float32", embedding):tostring()
end


-- The vector to unit norm, as bytes of the known width.
local function unit (embedding, dim)
  local bytes, reason = bytes_of(embedding)
  if not bytes then return nil, reason end
  if dim and #bytes ~= 4 * dim then return nil, ("is %.0f wide, wanted %d"):format(#bytes / 4, dim), "WRONG_WIDTH" end
  local x = core.new("float32", 1, math.floor(#bytes / 4)):read_(bytes)
  if not core.text_unit(x, LEAST) then return nil, "holds NaN or infinity", "NOT_FINITE" end
  return x:tostring()
end


-- The embeddings of a reply in the order of the texts.
local function in_order (reply, n)
  local data, list = reply.data, {}
  if type(data) ~= "table" or #data ~= n then
    return nil, ("%s vectors for %d texts"):format(type(data) == "table" and #data or "no", n)
  end
  for i, entry in ipairs(data) do
    local at = type(entry) == "table" and (entry.index or i - 1)
    if type(at) ~= "number" or at < 0 or at >= n or at % 1 ~= 0 or list[at + 1] then
      return nil, "its indexes are no 0 .. n - 1"
    end
    list[at + 1] = entry.embedding
  end
  for i = 1, n do
    if list[i] == nil then return nil, "a vector is missing" end
  end
  return list
end


-- Keeps the vectors of a reply; nil, message, code where it cannot be used.
local function take (self, request, reply)
  local list, reason = in_order(reply, #request.texts)
  if not list then return nil, ("%s: bad reply: %s"):format(self.endpoint.url, reason), "BAD_REPLY" end
  for i, text in ipairs(request.texts) do
    local bytes, what, code = unit(list[i], self.cache.dim)
    if not bytes then
      return nil, ("%s: the vector of '%s' %s"):format(self.endpoint.url, text:sub(1, 60), what), code or "BAD_REPLY"
    end
    local kept, message, why = self.cache:put(text, bytes)
    if not kept then return nil, message, why end
  end
  self.account.texts = self.account.texts + #request.texts
  return true
end


-- Different texts whose vectors are not known.
local function unknown (self, texts)
  local list, seen = {}, {}
  for _, text in ipairs(texts) do
    if text ~= "" and not seen[text] then
      seen[text] = true
      if not self.cache:get(text) then list[#list + 1] = text else self.account.cached = self.account.cached + 1 end
    end
  end
  return list
end


-- A source of requests for texts, `batch` at a time.
local function requests (self, texts)
  local at = 1
  return function ()
    if at > #texts then return nil end
    local part = {}
    for i = at, math.min(at + self.batch - 1, #texts) do part[#part + 1] = texts[i] end
    at = at + #part
    return { texts = part, body = { model = self.model, input = part, encoding_format = "float" } }
  end
end


-- Asks for texts; what came before a failure is kept.
local function ask (self, texts)
  local ep, done, before = self.endpoint, 0, self.endpoint.requests
  local fine, message, code = ep:run(requests(self, texts), function (request, reply, why, what)
    if not reply then return ep:stop(why, what) end
    local kept, reason, kind = take(self, request, reply)
    if not kept then return ep:stop(reason, kind) end
    done = done + #request.texts
    if self.on_progress then self.on_progress(done, #texts) end
  end)
  self.account.requests = self.account.requests + ep.requests - before
  describe(self)
  return fine, message, code
end


local function gathered (self, texts)
  local pieces, zeros = {}, ("\0"):rep(4 * self.dim)
  for i, text in ipairs(texts) do pieces[i] = text ~= "" and self.cache:get(text) or zeros end
  return core.new("float32", #texts, self.dim):read_(table.concat(pieces))
end


--- Vectors of texts: from the cache, else from the server.
-- @tparam {string,...} texts
-- @treturn tensor (n, dim) float32, unit rows, zeros for empty texts
-- @treturn[2] nil what was answered before the failure is in the cache
-- @treturn[2] string message
-- @treturn[2] string code "AUTH", "UNREACHABLE" ... as of `eimf.endpoint`; "BAD_REPLY", "WRONG_WIDTH", "NOT_FINITE";
-- "ENOSPC" ... of the cache; "NO_TEXT" where all texts are empty and the width is not known
function Http:encode (texts)
  local fine, message, code = self.cache:refresh()
  if not fine then return nil, message, code end
  local missing = unknown(self, texts)
  if #missing > 0 then
    fine, message, code = ask(self, missing)
    if not fine then return nil, message, code end
  end
  describe(self)
  if not self.dim then return nil, "no text to encode: all are empty", "NO_TEXT" end
  return gathered(self, texts)
end


--- Everything that changes the vectors, as one string for hashes: the model, not where it is asked.
-- @treturn string
function Http:key ()
  return VERSION .. " model=" .. self.model
end


return http
