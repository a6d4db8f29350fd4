--- One call of `client:ask`: what the ladder queues goes to the endpoint, within the budget and under a claim, so
-- that no other process pays for it too; what comes is kept in the cache before it is used.
-- Neighbours: eimf.llm.chat, eimf.llm.ladder, eimf.system.
-- @module eimf.llm.asking

local chat = require "eimf.llm.chat"
local ladder = require "eimf.llm.ladder"
local system = require "eimf.system"

local Asking = {}
Asking.__index = Asking

local asking = {}

local SCHEMA_REFUSED = { HTTP_400 = true, HTTP_422 = true, HTTP_501 = true }
local OUT_OF_MONEY = { BUDGET = true, QUOTA = true, RATE_LIMITED = true }
local PATIENCE = 2                     -- time-outs that another process's claim is waited for
local BYTES_A_TOKEN = 4                -- of an answer whose tokens the server did not count

--- Starts a call.
-- @tparam table client
-- @tparam {table,...} requests
-- @tparam table opt check, salvage, fallback, on_result, on_budget
-- @treturn asking
function asking.new (client, requests, opt)
  local l = ladder.new(client, requests, opt)
  return setmetatable({ client = client, cache = client.cache, account = client.account, ladder = l,
    queue = l.queue, first = 1, deferred = {}, flying = 0, reserved = 0, opt = opt, n = #requests }, Asking)
end

-- ---- next: what to send -------------------------------------------------------

local function within_budget (self, item)
  local budget = self.client.options.budget_tokens
  local spent = self.account.prompt_tokens + self.account.completion_tokens
  return not budget or spent + self.reserved + item.tokens <= budget
end

local function halt (self, message, code)
  self.client.endpoint:stop(message, code)
end

-- Another process is asking it; one that hangs is not waited for for ever.
local function elsewhere (self, item)
  if self.cache:get(item.key) or self.cache:claim(item.key) then return false end
  item.since = item.since or system.now()
  return system.now() - item.since < PATIENCE * self.client.options.timeout
end

-- What to do with an item: "later", "done" (another process had it answered), "ours" to ask.
local function fate (self, item)
  local later = elsewhere(self, item)
  local good, message, code = self.cache:refresh()         -- after the claim: from now on nobody else can ask it
  if not good then
    halt(self, message, code)
    return "later"
  end
  local entry = self.cache:get(item.key)
  if not entry then return later and "later" or "ours" end
  self.cache:release(item.key)
  self.ladder:deliver(item.key, entry, true)
  return "done"
end

local function sent (self, item)
  local client, request = self.client, self.ladder.requests[item.i]
  local schema = request.schema ~= nil and client.schema and not item.plain
  self.flying, self.reserved = self.flying + 1, self.reserved + item.tokens
  return { item = item, schema = schema, body = chat.body(client, request, item.messages, schema) }
end

-- Those that other processes were asking have their turn again when nothing else is left.
local function refill (self)
  if self.first <= #self.queue then return true end
  for i = #self.queue, 1, -1 do self.queue[i] = nil end
  for i, item in ipairs(self.deferred) do self.queue[i] = item end
  self.first, self.deferred = 1, {}
  return #self.queue > 0
end

--- The next request for the endpoint.
-- @treturn table|nil|false as `endpoint:run` wants it
function Asking:next ()
  if not refill(self) then return nil end
  while self.first <= #self.queue do
    local item = self.queue[self.first]
    if not within_budget(self, item) then return nil end
    self.first = self.first + 1
    local what = fate(self, item)
    if what == "ours" then return sent(self, item) end
    if what == "later" then self.deferred[#self.deferred + 1] = item end
  end
  if #self.deferred > 0 then return false end
  return nil
end

-- ---- done: what came ------------------------------------------------------------

local function pay (self, item, entry)
  if not entry.prompt_tokens then self.account.estimated = self.account.estimated + 1 end
  entry.prompt_tokens = entry.prompt_tokens or chat.estimate(item.messages)
  entry.completion_tokens = entry.completion_tokens or math.ceil(#entry.text / BYTES_A_TOKEN)
  self.account:pay(entry.prompt_tokens, entry.completion_tokens)
  if item.repairs > 0 then self.account.repairs = self.account.repairs + 1 end
end

local function keep (self, item, entry)
  entry.key, entry.model, entry.template = item.key, self.client.model, self.ladder.requests[item.i].template
  entry.text = self.client.endpoint:clean(entry.text)
  pay(self, item, entry)
  local good, message, code = self.cache:put(entry)
  self.cache:release(item.key)
  if not good then return halt(self, message, code) end
  self.ladder:deliver(item.key, entry, false)
end

local function give_up (self, item, reason)
  self.cache:release(item.key)
  self.account.failures = self.account.failures + 1
  self.ladder:give_up(item.key, reason)
end

-- A server that refuses response_format is asked without it; if that helps, it is not sent it again.
local function without_schema (self, item)
  item.plain = true
  self.cache:release(item.key)
  table.insert(self.queue, self.first, item)
  return true
end

--- Takes what the endpoint brings.
-- @tparam table job as `next` gave it
-- @tparam ?table value
-- @tparam ?string message
-- @tparam ?string code
-- @treturn boolean|nil true: a failure was taken care of
function Asking:done (job, value, message, code)
  local item = job.item
  self.flying, self.reserved = self.flying - 1, self.reserved - item.tokens
  if not value then
    local auto = job.schema and self.client.options.json_schema == "auto"
    if auto and SCHEMA_REFUSED[code] then return without_schema(self, item) end
    return give_up(self, item, message)
  end
  if item.plain then self.client.schema = false end
  local entry, why = chat.read(value)
  if not entry then return give_up(self, item, self.client.endpoint:clean(why)) end
  keep(self, item, entry)
end

-- ---- the whole call --------------------------------------------------------------

local function settle_account (self, ep, requests, retries)
  self.account.requests = self.account.requests + ep.requests - requests
  self.account.retries = self.account.retries + ep.retries - retries
  self.account.bad_lines = self.cache.bad
  for key in pairs(self.ladder.asked) do self.cache:release(key) end
end

local function ask_all (self)
  local good, message, code = self.client:ready()
  if not good then return nil, message, code end
  local ep = self.client.endpoint
  local requests, retries = ep.requests, ep.retries
  local fine
  fine, good, message, code = pcall(ep.run, ep, function () return self:next() end,
    function (...) return self:done(...) end)
  settle_account(self, ep, requests, retries)
  local synced, why, why_code = self.cache:sync()
  if not fine then error(good, 0) end
  if good and not synced then return nil, why, why_code end
  if good and self.ladder.open > 0 then
    return nil, ("the budget of %d tokens is used up"):format(self.client.options.budget_tokens or 0), "BUDGET"
  end
  return good, message, code
end

local function ended (self, message, code)
  local on_budget = self.opt.on_budget or self.client.options.on_budget
  if OUT_OF_MONEY[code] and on_budget == "fallback" then
    self.ladder:rest_by_fallback(message)
    return self.ladder.results, self.account
  end
  local where = self.cache.path and ", kept in " .. self.cache.path or ""
  local answered = self.n - self.ladder.open - self.ladder.fallen
  return nil, ("%s; %d of %d prompts have their answer%s"):format(message, answered, self.n, where), code
end

--- Does it all.
-- @treturn {table,...} results in the order of the requests
-- @treturn account
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Asking:run ()
  self.account.prompts, self.account.bad_lines = self.account.prompts + self.n, self.cache.bad
  self.ladder:begin()
  if self.ladder.open > 0 then
    local good, message, code = ask_all(self)
    if not good then return ended(self, message, code) end
  end
  return self.ladder.results, self.account
end

return asking
