--- An HTTP endpoint that is asked many questions: several at once, JSON both ways, with retries where a retry can
-- help and an immediate stop where it cannot. Chat and embeddings are both asked through it.
--
-- The key goes into one header and nowhere else: no field of the object, message, redirect or counter shows it.
-- Neighbours: eimf.json, eimf.system.
-- @module eimf.endpoint
-- @usage
-- local ep = assert(endpoint.open { url = "http://127.0.0.1:8092/v1/embeddings", concurrency = 4 })
-- assert(ep:run(next_request, function (request, reply, message) ... end))

local json = require "eimf.json"
local options = require "eimf.options"
local reply = require "eimf.endpoint.reply"
local system = require "eimf.system"
local url = require "eimf.endpoint.url"

local endpoint = { join = url.join }

local Endpoint = {}
Endpoint.__index = Endpoint

local POLL_MS = 100                -- how late a Ctrl-C is seen
local LONGEST_WAIT = 60            -- seconds between two tries, where the server asks for nothing
local MOST_ASKED_WAIT = 300        -- a server that asks for more is as good as gone
local EARLY_RETRIES = 2            -- of a connection, while nothing was ever answered
local SLOW_RETRIES = 2             -- of a request that ran out of time
local FAILURES_IN_A_ROW = 8        -- requests, or twice those in flight: then the endpoint is given up
local HIDDEN = "[key]"

local OPTIONS = {
  url = { "string", required = true }, key = { "string" }, timeout = { "number", above = 0, default = 120 },
  connect_timeout = { "number", above = 0, default = 10 }, concurrency = { "integer", min = 1, max = 256, default = 4 },
  max_retries = { "integer", min = 0, max = 100, default = 6 }, max_bytes = { "integer", min = 1, default = 8388608 },
  backoff = { "number", above = 0, default = 1 }, seed = { "integer", min = 0 },
  max_requests = { "integer", min = 0 }, ca_file = { "string" }, notice = { "function" },
  interrupted = { "function", default = system.caught },
}

local keys = setmetatable({}, { __mode = "k" })          -- endpoint -> key: out of reach of whoever prints the object

--- Opens an endpoint; nothing is sent yet.
-- @tparam table opt `url` (whole address of the task, see `join`), `key` (sent as a bearer token), `timeout` and
-- `connect_timeout` (120 and 10 seconds), `concurrency` (4 requests at once), `max_retries` (6 for each request),
-- `max_bytes` (8 MiB an answer), `backoff` (1 second before the first retry, doubled for each more, jittered),
-- `seed` of the jitter, `max_requests` (that may be sent in all, retries included), `ca_file` (certificates to
-- trust), `notice` (a function that is told of long waits), `interrupted` (a function; default: was there a Ctrl-C)
-- @treturn endpoint with counters `requests`, `retries`, `answers`, `failures`, `bytes`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "BAD_URL", "BAD_KEY", "NO_HTTP"
function endpoint.open (opt)
  opt = options.check("eimf.endpoint", opt, OPTIONS)
  local good, message, code = url.check(opt.url)
  if not good then return nil, message, code end
  local key
  key, message, code = url.key(opt.key)
  if key == nil then return nil, message, code end
  local found, http = pcall(require, "eimf.http")
  if not found then return nil, "eimf.http is not built: " .. tostring(http):match("[^\n]*"), "NO_HTTP" end
  local self = setmetatable({ options = opt, url = url.shown(opt.url), client = http.client(), requests = 0,
    retries = 0, answers = 0, failures = 0, bytes = 0, resume_at = 0 }, Endpoint)
  self.random = (opt.seed or math.floor(system.now() * 1e6)) % 2147483646 + 1
  opt.key = nil
  keys[self] = key or nil
  if key and opt.notice and not url.private(opt.url) then
    opt.notice(self.url .. ": no https, so the key travels readable for everybody on the way")
  end
  return self
end

--- A text with every occurrence of the key hidden; what servers send may echo it.
-- @tparam string text
-- @treturn string
function Endpoint:clean (text)
  local key = keys[self]
  if not key or not text:find(key, 1, true) then return text end
  return (text:gsub(key:gsub("%p", "%%%0"), HIDDEN))
end

-- Even in (0, 1]; only the jitter asks for it.
local function draw (self)
  self.random = self.random * 16807 % 2147483647
  return self.random / 2147483647
end

local function headers (self)
  local list = { "Content-Type: application/json", "Accept: application/json", "Expect:" }
  if keys[self] then list[4] = "Authorization: Bearer " .. keys[self] end
  return list
end

local function send (self, st, job)
  local opt = self.options
  job.body = job.body or (type(job.request.body) == "string" and job.request.body or json.encode(job.request.body))
  local transfer, message, code = self.client:start {
    url = opt.url, body = job.body, headers = headers(self), timeout = opt.timeout, redirects = 0, stall = 0,
    connect_timeout = opt.connect_timeout, max_bytes = opt.max_bytes, ca_file = opt.ca_file,
  }
  if not transfer then error(message .. " (" .. code .. ")", 0) end
  self.requests, self.bytes = self.requests + 1, self.bytes + #job.body
  st.flying[transfer], st.n = job, st.n + 1
end

-- A job whose time has come, from those that wait for their retry.
local function waiting_job (st, now)
  for i, job in ipairs(st.waiting) do
    if job.at <= now then return table.remove(st.waiting, i) end
  end
end

-- Starts what may start. true: the source has nothing now, and asks to be asked again.
local function fill (self, st)
  local known = self.answers + self.failures > 0           -- else one at a time: a wrong key costs one request
  while st.n < (known and self.options.concurrency or 1) and not st.spent do
    local now = system.now()
    if now < self.resume_at then return true end
    local job = waiting_job(st, now)
    if not job and not known and #st.waiting > 0 then return true end
    if not job then
      local request = st.next()
      if not request then return request == false end
      job = { request = request, tries = 0 }
    end
    if self.options.max_requests and self.requests >= self.options.max_requests then
      st.spent = true
    else
      send(self, st, job)
    end
  end
  return false
end

local function retries_of (self, o)
  local most = self.options.max_retries
  if o.finally == "UNREACHABLE" and self.answers == 0 then return math.min(most, EARLY_RETRIES) end
  if o.code == "TIMEDOUT" then return math.min(most, SLOW_RETRIES) end
  return most
end

-- Puts the job among those that wait; false: it was tried often enough.
local function try_again (self, st, job, o)
  if job.tries >= retries_of(self, o) or (o.wait or 0) > MOST_ASKED_WAIT then return false end
  job.tries, self.retries = job.tries + 1, self.retries + 1
  local wait = math.min(LONGEST_WAIT, self.options.backoff * 2 ^ (job.tries - 1)) * (0.5 + 0.5 * draw(self))
  wait = math.max(wait, o.wait or 0)
  job.at = system.now() + wait
  if o.everybody and o.wait then self.resume_at = math.max(self.resume_at, job.at) end
  st.waiting[#st.waiting + 1] = job
  if wait >= 5 and self.options.notice then
    self.options.notice(self:clean(("%s: %s; next try in %.0f s"):format(self.url, o.message, wait)))
  end
  return true
end

local function failed (self, st, job, o, message)
  self.failures, st.failures = self.failures + 1, st.failures + 1
  if st.done(job.request, nil, message, o.code, o.status) then st.failures = 0 end
  if st.failures >= math.max(FAILURES_IN_A_ROW, 2 * self.options.concurrency) then
    return { message = ("%s (%d requests in a row failed)"):format(message, st.failures), code = o.code }
  end
end

-- Gives an outcome to whom it belongs; a table: stop, for this reason.
local function settle (self, st, job, o)
  if o.kind == "answer" then
    self.answers, st.failures = self.answers + 1, 0
    st.done(job.request, o.value)
    return
  end
  if o.kind == "retry" and try_again(self, st, job, o) then return end
  local tries = job.tries > 0 and (", tried %d times"):format(job.tries + 1) or ""
  local asked = (o.wait or 0) > MOST_ASKED_WAIT and (", asks to wait %d s"):format(o.wait) or ""
  local message = self:clean(("%s: %s%s%s"):format(self.url, o.message, tries, asked))
  if o.kind == "stop" or o.finally then return { message = message, code = o.finally or o.code } end
  return failed(self, st, job, o, message)
end

-- A transfer that is over.
local function finished (st)
  for transfer in pairs(st.flying) do
    local state, message, code, body = transfer:state()
    if not state or state.done then return transfer, state, message, code, body end
  end
end

-- One answer, and the next request, after another: what came together does not wait for all of it to be dealt with.
local function collect (self, st)
  while true do
    local transfer, state, message, code, body = finished(st)
    if not transfer then return st.stop end
    local job, outcome = st.flying[transfer], reply.judge(state, message, code, body, transfer:answer())
    st.flying[transfer], st.n = nil, st.n - 1
    transfer:close()
    self.bytes = self.bytes + #(state and state.body or body or "")
    local stop = settle(self, st, job, outcome) or st.stop
    if stop then return stop end
    fill(self, st)
    self.client:step(0)
  end
end

local function loop (self, st)
  while true do
    if self.options.interrupted() then return nil, self.url .. ": interrupted", "INTERRUPTED" end
    local again = fill(self, st)
    if st.stop then return nil, st.stop.message, st.stop.code end
    if st.n == 0 and (st.spent or not again and #st.waiting == 0) then break end
    if st.n > 0 then self.client:step(POLL_MS) else self.client:wait(POLL_MS) end
    local stop = collect(self, st)
    if stop then return nil, stop.message, stop.code end
  end
  if not st.spent then return true end
  return nil, ("%s: all %d requests that the budget allows were sent"):format(self.url, self.requests), "BUDGET"
end

--- Asks until there is nothing left to ask. `next` and `done` may be called in any order; `next` is asked again
-- after every answer, so that `done` may make new requests.
-- @tparam function next returns a request, a table with `body` (table or JSON text) and what else the caller wants
-- in it; or nil: nothing now, or false: nothing now, ask again soon even if no answer comes
-- @tparam function done called with (request, reply table) or (request, nil, message, code, status); what it returns
-- for a failure tells whether it took care of it (true: not counted among the failures in a row)
-- @treturn boolean true
-- @treturn[2] nil what was in flight is dropped; nothing is retried
-- @treturn[2] string message
-- @treturn[2] string code "AUTH" (401, 403), "NOT_FOUND" (404), "QUOTA" (402, or the server's words), "RATE_LIMITED"
-- (429 to the end), "UNREACHABLE", "TLS", "REDIRECT", "BUDGET" (max_requests), "INTERRUPTED"; or that of the last
-- of many failures in a row
function Endpoint:run (next, done)
  local st = { next = next, done = done, flying = {}, n = 0, waiting = {}, failures = 0 }
  self.running = st
  local good, result, message, code = pcall(loop, self, st)
  self.running = nil
  for transfer in pairs(st.flying) do transfer:close() end
  if not good then error(result, 0) end
  return result, message, code
end

--- Ends a `run` from within its `next` or `done`: it returns nil, message, code, and drops what is in flight.
-- @tparam string message
-- @tparam string code
function Endpoint:stop (message, code)
  if self.running then self.running.stop = { message = message, code = code } end
end

--- Closes its connections. Closing twice does nothing.
function Endpoint:close () self.client:close() end

return endpoint
