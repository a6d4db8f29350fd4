--- What an answer, or the lack of one, means to an endpoint: it is good, worth another try, this request's own
-- failure, or a reason to stop asking altogether.
-- Neighbours: eimf.json, eimf.endpoint.url.
-- @module eimf.endpoint.reply

local json = require "eimf.json"
local url = require "eimf.endpoint.url"

local reply = {}

local SHOWN = 200                  -- characters of a server's own words in a message

-- The connection broke or never came to be; the same request may do better.
local BROKEN = {
  COULDNT_CONNECT = true, COULDNT_RESOLVE_HOST = true, COULDNT_RESOLVE_PROXY = true, PARTIAL_FILE = true,
  RECV_ERROR = true, SEND_ERROR = true, GOT_NOTHING = true, TIMEDOUT = true, HTTP2 = true, HTTP2_STREAM = true,
  SSL_CONNECT_ERROR = true,
}
local NOWHERE = { COULDNT_CONNECT = true, COULDNT_RESOLVE_HOST = true, COULDNT_RESOLVE_PROXY = true,
                  SSL_CONNECT_ERROR = true }
-- No request to this address can do better.
local HOPELESS = { PEER_FAILED_VERIFICATION = "TLS", CURL_77 = "TLS", URL_MALFORMAT = "BAD_URL",
                   UNSUPPORTED_PROTOCOL = "BAD_URL" }       -- 77: the file of certificates
local RETRIED = { [408] = true, [425] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true,
                  [520] = true, [522] = true, [524] = true, [529] = true }
local STOPS = { [401] = "AUTH", [403] = "AUTH", [402] = "QUOTA", [404] = "NOT_FOUND", [405] = "NOT_FOUND",
                [410] = "NOT_FOUND" }
local WORDS = { AUTH = "the key was refused", QUOTA = "the quota is used up", NOT_FOUND = "no such address or model",
                RATE_LIMITED = "too many requests" }
-- Words of a 429 or 400 by which servers say that no waiting helps.
local USED_UP = { "insufficient_quota", "exceeded your current quota", "Arrearage", "AllocationQuota",
                  "billing_hard_limit" }

local function first_text (x, ...)
  for i = 1, select("#", ...) do
    local value = x[(select(i, ...))]
    if type(value) == "string" and value ~= "" then return value end
    if type(value) == "table" then return first_text(value, "message", "detail", "error", "code") end
  end
end

--- A server's own words on what is wrong: the message of its JSON, or its first text; short, on one line.
-- @tparam ?string body
-- @treturn string "" where it said nothing
function reply.words (body)
  if not body or body == "" then return "" end
  local value = json.decode(body)
  local text = type(value) == "table" and first_text(value, "error", "message", "detail") or body
  text = text:gsub("%s+", " "):gsub("%c", "?"):gsub("^ ", ""):gsub(" $", "")
  return #text > SHOWN and text:sub(1, SHOWN) .. "..." or text
end

local function used_up (body)
  for _, words in ipairs(USED_UP) do
    if body:find(words, 1, true) then return true end
  end
  return false
end

local function outcome (kind, message, code, more)
  local o = more or {}
  o.kind, o.message, o.code = kind, message, code
  return o
end

local function refused (status, body, answer)
  local said = reply.words(body)
  local function say (words)
    return ("%s(status %d%s)"):format(words and words .. " " or "", status, said ~= "" and ": " .. said or "")
  end
  local code = STOPS[status] or ((status == 429 or status == 400) and used_up(body) and "QUOTA")
  local more = { status = status, wait = answer.retry_after }
  if code then return outcome("stop", say(WORDS[code]), code, more) end
  if not RETRIED[status] then return outcome("fail", say("refused"), "HTTP_" .. status, more) end
  if status == 429 then more.everybody, more.finally = true, "RATE_LIMITED" end
  return outcome("retry", say(status == 429 and WORDS.RATE_LIMITED or "server trouble"), "HTTP_" .. status, more)
end

local function sent_on (status, answer)
  local to = answer.location and url.shown(answer.location) or "?"
  return outcome("stop", ("sends on to %s (status %d); requests are not sent on, as they carry the key: "
    .. "give the right address as url"):format(to, status), "REDIRECT", { status = status })
end

local function decoded (state, answer)
  local kind = answer.content_type
  if kind and not kind:lower():find("json", 1, true) then
    return outcome("fail", ("answered with %s, not with JSON"):format(kind:sub(1, 60):gsub("%c", "?")), "BAD_TYPE")
  end
  local value = json.decode(state.body or "")
  if type(value) ~= "table" then return outcome("fail", "the answer is not JSON", "BAD_FORMAT") end
  return { kind = "answer", value = value }
end

--- Judges a transfer that is over.
-- @tparam ?table state as `transfer:state` gave it, or nil, then
-- @tparam ?string message
-- @tparam ?string code
-- @tparam ?string body of an error answer
-- @tparam table answer as `transfer:answer` gave it
-- @treturn table kind = "answer" with value; else "retry", "fail" or "stop" with message, code, status,
-- wait (seconds that the server asks for), finally (the code with which the last retry stops everything)
function reply.judge (state, message, code, body, answer)
  if state then
    if state.status >= 300 then return sent_on(state.status, answer) end
    return decoded(state, answer)
  end
  local status = tonumber(code:match("^HTTP_(%d+)$"))
  if status then return refused(status, body or "", answer) end
  if HOPELESS[code] then return outcome("stop", message, HOPELESS[code]) end
  if not BROKEN[code] then return outcome("fail", message, code) end
  local nowhere = NOWHERE[code] or code == "TIMEDOUT" and not answer.connected
  return outcome("retry", message, code, { finally = nowhere and "UNREACHABLE" or nil })
end

return reply
