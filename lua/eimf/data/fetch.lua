--- Fetches a file: to `path.part`, resumed where it was cut, its size and
-- checksum verified, then renamed. The C module only moves bytes; this loop
-- drives it. Checksums are computed by md5sum and sha256sum (coreutils).
-- Neighbour: eimf.files.
-- @module eimf.data.fetch
-- @usage
-- assert(fetch.file { url = url, path = "data/ml-1m/ml-1m.zip", md5 = "c4d9...", progress = fetch.printer("ml-1m") })
local files = require "eimf.files"

local fetch = {}

local STEP_MS = 200
local ATTEMPTS = 5
local MAX_BYTES = 16 * 1024 ^ 3
local LINE_SECONDS = 10                    -- between progress lines where there is no terminal

local OPTIONS = { url = true, path = true, size = true, md5 = true, sha256 = true, progress = true, timeout = true,
                  connect_timeout = true, max_bytes = true, attempts = true }

-- Codes after which the part that came is good and the rest may come later.
local CUT = { PARTIAL_FILE = true, RECV_ERROR = true, TIMEDOUT = true, GOT_NOTHING = true, SEND_ERROR = true,
              HTTP2 = true, HTTP2_STREAM = true }
-- Codes that tell that there is no way to the server at all.
local NO_NETWORK = { COULDNT_RESOLVE_HOST = true, COULDNT_RESOLVE_PROXY = true, COULDNT_CONNECT = true,
                     NO_ANSWER = true, NO_HTTP = true }

--- Does this code mean that there is no network?
-- @tparam string code
-- @treturn boolean
function fetch.no_network (code)
  return NO_NETWORK[code] or false
end

local function size_of (path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local size = file:seek("end")
  file:close()
  return size
end

local function quoted (text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Hexadecimal digest by a tool of coreutils; nil where there is none.
local function digest (tool, path)
  local pipe = io.popen(tool .. " < " .. quoted(path) .. " 2>/dev/null")
  local line = pipe and pipe:read("*l")
  if pipe then pipe:close() end
  return line and line:match("^%x+")
end

--- Verifies a file against what is known of it.
-- @tparam string path
-- @tparam table known size, sha256, md5, each optional
-- @treturn[1] string what was verified: "sha256 verified", "checksum unknown, not verified", ...
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "BAD_SIZE", "BAD_CHECKSUM"
function fetch.verify (path, known)
  local size = size_of(path)
  if not size then return nil, path .. ": cannot be read", "ENOENT" end
  if known.size and size ~= known.size then
    return nil, string.format("%s: %.0f bytes, wanted %.0f", path, size, known.size), "BAD_SIZE"
  end
  local kind = known.sha256 and "sha256" or known.md5 and "md5"
  if not kind then return "checksum unknown, not verified" end
  local got = digest(kind .. "sum", path)
  if not got then return "not verified: no " .. kind .. "sum on this machine" end
  if got ~= known[kind] then
    return nil, string.format("%s: %s is %s, wanted %s", path, kind, got, known[kind]), "BAD_CHECKSUM"
  end
  return kind .. " verified"
end

-- One request, to its end.
local function transfer (http, opt, part)
  local t, message, code = http.start {
    url = opt.url, file = part, resume = true, timeout = opt.timeout, connect_timeout = opt.connect_timeout,
    max_bytes = opt.max_bytes or opt.size or MAX_BYTES,
  }
  if not t then return nil, message, code end
  local state
  repeat
    state, message, code = t:step(STEP_MS)
    if state and opt.progress then opt.progress(state) end
  until not state or state.done
  t:close()
  return state, message, code
end

-- 416 and RANGE_ERROR: what is there cannot be continued. It is whole when it
-- has the size that is known; else it is fetched anew.
local function whole (opt, part)
  if opt.size and size_of(part) == opt.size then return true end
  os.remove(part)
  return false
end

local function bring (http, opt, part)
  local state, message, code
  for _ = 1, opt.attempts or ATTEMPTS do
    local before = size_of(part) or 0
    state, message, code = transfer(http, opt, part)
    if state then return true end
    if code == "HTTP_416" or code == "RANGE_ERROR" then
      if whole(opt, part) then return true end
    elseif not CUT[code] or (size_of(part) or 0) == before then
      break
    end
  end
  if (size_of(part) or 0) == 0 then
    os.remove(part)
    if CUT[code] then code = "NO_ANSWER" end
  end
  return nil, opt.url .. ": " .. message, code
end

local function check (opt)
  for name in pairs(opt) do
    if not OPTIONS[name] then error("fetch.file: unknown option '" .. tostring(name) .. "'", 3) end
  end
  for _, name in ipairs { "url", "path" } do
    if type(opt[name]) ~= "string" then error("fetch.file: " .. name .. " must be a string", 3) end
  end
end

-- Makes the folder of a path; the second result is the folder, where it was not there.
local function make_folder_of (path)
  local folder = path:match("^(.*)/[^/]*$")
  if not folder or folder == "" or files.kind(folder) == "folder" then return true end
  local ok, message, code = files.mkdirs(folder)
  if not ok then return nil, message, code end
  return true, folder
end

-- Verifies what came and gives it its name; what is wrong is not kept.
local function accept (opt, part)
  local verified, message, code = fetch.verify(part, opt)
  if not verified then
    os.remove(part)
    return nil, message, code
  end
  local renamed, why = os.rename(part, opt.path)
  if not renamed then return nil, why, "EIO" end
  return verified
end

--- Fetches one file; does nothing where it is there already.
-- @tparam table opt url; path (its folder is made); size, md5, sha256: what is known of it;
-- progress = function (state) with state.received and state.total; timeout, connect_timeout (seconds); max_bytes;
-- attempts = 5, while each brings bytes
-- @treturn[1] string "there already" or what was verified (see `fetch.verify`)
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code as of eimf.http, or "NO_ANSWER", "BAD_SIZE", "BAD_CHECKSUM"; "NO_HTTP" without eimf.http
function fetch.file (opt)
  check(opt)
  if size_of(opt.path) then return "there already" end
  local found, http = pcall(require, "eimf.http")
  if not found then return nil, "eimf.http is not there: build it with libcurl", "NO_HTTP" end
  local part = opt.path .. ".part"
  local ok, message, code = make_folder_of(opt.path)
  if not ok then return nil, message, code end
  local made = message
  ok, message, code = bring(http, opt, part)
  if ok then ok, message, code = accept(opt, part) end
  if not ok and made then files.remove(made) end       -- only where nothing is in it
  return ok, message, code
end

--- Is this file descriptor a terminal?
-- @tparam integer descriptor 0 (input), 1, 2
-- @treturn boolean
function fetch.terminal (descriptor)
  local result = os.execute(string.format("test -t %d", descriptor))
  return result == true or result == 0
end

local function line_of (name, state, seconds)
  local mb, rate = state.received / 2 ^ 20, (state.received - state.resumed_from) / 2 ^ 20 / math.max(seconds, 1)
  if not state.total then return string.format("%s: %.1f MiB, %.1f MiB/s", name, mb, rate) end
  return string.format("%s: %.1f of %.1f MiB (%.0f %%), %.1f MiB/s", name, mb, state.total / 2 ^ 20,
                       100 * state.received / math.max(state.total, 1), rate)
end

--- A progress function that prints: one line that changes on a terminal, else a line each ten seconds and at the end.
-- @tparam string name what is fetched
-- @tparam[opt=io.stderr] file out
-- @tparam[opt] boolean terminal default: whether standard error is one
-- @treturn function for `fetch.file`'s progress
function fetch.printer (name, out, terminal)
  out = out or io.stderr
  if terminal == nil then terminal = fetch.terminal(2) end
  local began, said = os.time(), nil
  return function (state)
    local now = os.time()
    if not state.done and said and now - said < (terminal and 1 or LINE_SECONDS) then return end
    if not state.done and not terminal and not said then said = now return end
    said = now
    local line = line_of(name, state, now - began)
    out:write(terminal and "\r" or "", line, (terminal and not state.done) and "" or "\n")
    out:flush()
  end
end

return fetch
