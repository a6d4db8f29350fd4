--- Addresses of endpoints, joined to a task's path and shown without what may be secret; and keys.
-- @module eimf.endpoint.url

local url = {}

local API = "/v1"                  -- where OpenAI-compatible servers answer, when only a host was given

--- Is it an address that can be asked, and holds no name and password?
-- @tparam string text
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message, without the address where it holds a password
-- @treturn[2] string "BAD_URL"
function url.check (text)
  local rest = text:match("^[hH][tT][tT][pP][sS]?://(.+)$")
  if not rest or text:find("[%c ]") then
    local safe = text:gsub("%c", "?"):gsub("//.*@", "//...@")
    return nil, ("'%s' is not an http or https address"):format(safe), "BAD_URL"
  end
  if rest:match("^[^/?#]*"):find("@", 1, true) then
    return nil, "an address with a name and a password in it is not taken: give the password as key", "BAD_URL"
  end
  return true
end

--- An address as messages show it: no query, for that is where some servers want their key.
-- @tparam string text
-- @treturn string
function url.shown (text)
  return (text:gsub("[?#].*$", ""):gsub("//[^/]*@", "//"):gsub("%c", "?"))
end

--- Does what is sent stay unread on its way: https, or this very machine?
-- @tparam string text
-- @treturn boolean
function url.private (text)
  local scheme, host = text:lower():match("^(https?)://(%[?[^/?#%]]*%]?)")
  host = host:gsub(":%d+$", "")
  return scheme == "https" or host == "localhost" or host == "[::1]" or host:find("^127%.") ~= nil
end

--- The address of a task on a server: `http://host` gets `/v1/` and the task, `http://host/path` the
-- task, an address that ends with the task stays as it is. A query stays at the end.
-- @tparam string base
-- @tparam string task "chat/completions", "embeddings"
-- @treturn string
-- @usage url.join("http://127.0.0.1:8091", "chat/completions") --> "http://127.0.0.1:8091/v1/chat/completions"
function url.join (base, task)
  local place, query = base:match("^([^?#]*)(.*)$")
  place = place:gsub("/+$", "")
  if place:sub(-#task - 1) == "/" .. task then return place .. query end
  if place:match("^%w+://[^/]+$") then place = place .. API end
  return place .. "/" .. task .. query
end

--- A key as a header takes it; what is wrong with one is said without showing it.
-- @tparam ?string key spaces around it are dropped
-- @treturn string|false false where there is none
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string "BAD_KEY"
function url.key (key)
  key = key and key:gsub("^%s+", ""):gsub("%s+$", "")
  if not key or key == "" then return false end
  if key:find("[^\33-\126]") then
    return nil, "the key holds spaces, control characters or letters that are not ASCII", "BAD_KEY"
  end
  return key
end

return url
