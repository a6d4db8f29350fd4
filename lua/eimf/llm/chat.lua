--- A chat request as OpenAI-compatible servers take it, its key in the cache, and the text of a reply.
-- Neighbours: eimf.json, eimf.endpoint (its words for a server's errors).
-- @module eimf.llm.chat

local core = require "eimf.core"
local json = require "eimf.json"
local reply = require "eimf.endpoint.reply"

local chat = {}

local BYTES_A_TOKEN = 2.5              -- of titles full of sizes and numbers; rather too many tokens than too few
local TOKENS_A_MESSAGE = 16            -- what a chat template adds
local REPLACEMENT = "\239\191\189"     -- U+FFFD

-- A well-formed UTF-8 character, by its first byte: bytes that follow, and the range of the next one.
local function tail_of (c, d)
  if c >= 0xC2 and c <= 0xDF then return 1 end
  if c >= 0xE0 and c <= 0xEF then return (c ~= 0xE0 or d >= 0xA0) and (c ~= 0xED or d <= 0x9F) and 2 end
  if c >= 0xF0 and c <= 0xF4 then return (c ~= 0xF0 or d >= 0x90) and (c ~= 0xF4 or d <= 0x8F) and 3 end
end

-- One byte of 128 or more and those that follow it: the characters that are sound, a mark for each other byte.
local function mended (bytes)
  local parts, at = {}, 1
  while at <= #bytes do
    local c, d = bytes:byte(at, at + 1)
    local n = d and d <= 0xBF and tail_of(c, d)
    local whole = n and bytes:sub(at + 1, at + n):match("^[\128-\191]*$") and at + n <= #bytes
    parts[#parts + 1] = whole and bytes:sub(at, at + n) or REPLACEMENT
    at = at + (whole and n or 0) + 1
  end
  return table.concat(parts)
end

--- A text as servers take it: bytes that are no UTF-8 become U+FFFD.
-- @tparam string text
-- @treturn string
function chat.utf8 (text)
  if core.is_plain(text) or not text:find("[\128-\255]") then return text end
  return (text:gsub("[\128-\255]+", mended))
end

--- The conversation that a request opens.
-- @tparam table request system (optional), user
-- @treturn {table,...} messages
function chat.messages (request)
  local list = {}
  if request.system then list[1] = { role = "system", content = chat.utf8(request.system) } end
  list[#list + 1] = { role = "user", content = chat.utf8(request.user) }
  return list
end

--- The conversation after an answer that could not be used.
-- @tparam {table,...} messages
-- @tparam string text the answer
-- @tparam string reason
-- @treturn {table,...} messages
function chat.repair (messages, text, reason)
  local list = {}
  for i, m in ipairs(messages) do list[i] = m end
  list[#list + 1] = { role = "assistant", content = chat.utf8(text) }
  list[#list + 1] = { role = "user", content = chat.utf8(("That answer cannot be used: %s. Answer the same question "
    .. "again, as the rules above ask, with JSON only."):format(reason)) }
  return list
end

--- Key of a conversation in the cache: model, template, messages, parameters, schema.
-- @tparam table client with `model` and `options`
-- @tparam table request `template`, `schema`
-- @tparam {table,...} messages
-- @treturn string 32 hexadecimal digits
function chat.key (client, request, messages)
  local opt = client.options
  local parts = { client.model, request.template or "", ("%g"):format(opt.temperature), tostring(opt.max_tokens),
                  request.schema and opt.json_schema ~= false and json.encode(request.schema) or "",
                  opt.extra and json.encode(opt.extra) or "" }
  for _, m in ipairs(messages) do parts[#parts + 1] = m.role .. "\30" .. m.content end
  local text = table.concat(parts, "\31")
  return core.hash(text) .. core.hash(text:reverse())
end

--- The body of a request.
-- @tparam table client
-- @tparam table request `schema` (without empty tables)
-- @tparam {table,...} messages
-- @tparam boolean with_schema
-- @treturn table
function chat.body (client, request, messages, with_schema)
  local opt = client.options
  local body = { model = client.model, messages = messages, temperature = opt.temperature,
                 max_tokens = opt.max_tokens, stream = false }
  for name, value in pairs(opt.extra or {}) do body[name] = value end
  if with_schema then
    body.response_format = { type = "json_schema",
                             json_schema = { name = "answer", strict = true, schema = request.schema } }
  end
  return body
end

--- What a conversation will cost in tokens, roughly.
-- @tparam {table,...} messages
-- @treturn integer
function chat.estimate (messages)
  local n = 0
  for _, m in ipairs(messages) do
    local wide, following, _ = 0, 0
    if not core.is_plain(m.content) then
      _, wide = m.content:gsub("[\194-\244]", "")
      _, following = m.content:gsub("[\128-\191]", "")
    end
    n = n + TOKENS_A_MESSAGE + (#m.content - wide - following) / BYTES_A_TOKEN + wide
  end
  return math.ceil(n)
end

local function count (usage, name)
  local n = type(usage) == "table" and usage[name]
  return type(n) == "number" and n >= 0 and n < 1e9 and math.floor(n) or nil
end

--- The text of a reply, and what it cost.
-- @tparam table value the reply's JSON
-- @treturn table text, finish, prompt_tokens, completion_tokens (nil where the server did not count)
-- @treturn[2] nil
-- @treturn[2] string message
function chat.read (value)
  local choice = type(value.choices) == "table" and value.choices[1]
  local message = type(choice) == "table" and choice.message
  if type(message) ~= "table" then
    local words = value.error ~= nil and reply.words(json.encode { error = value.error }) or ""
    return nil, words ~= "" and "the server says: " .. words or "the reply is not that of a chat"
  end
  local text = type(message.content) == "string" and message.content or ""
  return { text = text, finish = type(choice.finish_reason) == "string" and choice.finish_reason or nil,
           prompt_tokens = count(value.usage, "prompt_tokens"),
           completion_tokens = count(value.usage, "completion_tokens") }
end

return chat
