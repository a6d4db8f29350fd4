--- One call of `client:ask`: every request through cache, endpoint, check, repair and fallback.
-- Neighbours: eimf.llm.answer, eimf.llm.chat.
-- @module eimf.llm.asking

local answer = require "eimf.llm.answer"
local chat = require "eimf.llm.chat"

local Asking = {}
Asking.__index = Asking

local asking = {}

local OFFLINE = "offline rule"
local SHOWN = 300                      -- characters of a reason that a model is told
local SCHEMA_REFUSED = { HTTP_400 = true, HTTP_422 = true, HTTP_501 = true }
local OUT_OF_MONEY = { BUDGET = true, QUOTA = true, RATE_LIMITED = true }

--- Starts a call.
-- @tparam table client
-- @tparam {table,...} requests
-- @tparam table opt check, fallback, on_result, on_budget
-- @treturn asking
function asking.new (client, requests, opt)
  return setmetatable({ client = client, cache = client.cache, account = client.account, requests = requests,
    opt = opt, results = {}, open = #requests, queue = {}, first = 1, deferred = {}, asked = {}, flying = 0,
    reserved = 0, fallen = 0 }, Asking)
end

-- ---- results ----------------------------------------------------------------

local function finish (self, item, result)
  result.repairs = item.repairs
  self.results[item.i], self.open = result, self.open - 1
  if result.cached then self.account.cached = self.account.cached + 1 end
  if self.opt.on_result then self.opt.on_result(item.i, result) end
end

local function fall_back (self, item, reason)
  local request = self.requests[item.i]
  local value = self.opt.fallback and self.opt.fallback(request, reason)
  self.account.fallbacks, self.fallen = self.account.fallbacks + 1, self.fallen + 1
  finish(self, item, { value = value, source = OFFLINE, cached = false, reason = reason })
end

local function new_item (self, i, messages, repairs)
  local client, request = self.client, self.requests[i]
  return { i = i, messages = messages, repairs = repairs, key = chat.key(client, request, messages),
           tokens = chat.estimate(messages) + client.options.max_tokens }
end

-- The value in an answer, or nil and why there is none.
local function checked (self, item, entry)
  local value, text = answer.json(entry.text)
  local request = self.requests[item.i]
  local result, reason
  if self.opt.check then result, reason = self.opt.check(text, request, value)
  else result, reason = value, "it is not JSON" end
  if result ~= nil then return result end
  if entry.finish == "length" then
    return nil, ("it was cut after %d tokens; be shorter"):format(self.client.options.max_tokens)
  end
  return nil, tostring(reason or "it does not keep the contract"):sub(1, SHOWN)
end

local take

-- A text that could not be used is answered with the reason, once; then the fallback has its turn.
local function repair (self, item, entry, reason, cached)
  if item.repairs >= self.client.options.repairs then return fall_back(self, item, reason) end
  local again = new_item(self, item.i, chat.repair(item.messages, entry.text, reason), item.repairs + 1)
  again.paid = item.paid or not cached
  take(self, again)
end

local function accept (self, item, entry, cached)
  local value, reason = checked(self, item, entry)
  if value == nil then return repair(self, item, entry, reason, cached) end
  finish(self, item, { value = value, source = "llm:" .. self.client.model, cached = cached and not item.paid })
end

-- An item finds its answer in the cache, joins others that ask the same, or queues.
function take (self, item)
  local entry = self.cache:get(item.key)
  if entry then return accept(self, item, entry, true) end
  local same = self.asked[item.key]
  if same then same[#same + 1] = item return end
  self.asked[item.key] = { item }
  self.queue[#self.queue + 1] = item
end

-- Whoever waited for this conversation gets it.
local function deliver (self, key, entry, cached)
  local items = self.asked[key]
  self.asked[key] = nil
  for n, item in ipairs(items) do accept(self, item, entry, cached or n > 1) end
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

-- Answered by another process meanwhile, being asked by one, or ours to ask: "done", "later", "ours".
local function fate (self, item)
  if not self.cache:get(item.key) and not self.cache:claim(item.key) then return "later" end
  local good, message, code = self.cache:refresh()         -- after the claim: nobody can ask it any more
  if not good then halt(self, message, code) return "later" end
  local entry = self.cache:get(item.key)
  if not entry then return "ours" end
  self.cache:release(item.key)
  deliver(self, item.key, entry, true)
  return "done"
end

local function sent (self, item)
  local client, request = self.client, self.requests[item.i]
  local schema = request.schema ~= nil and client.schema and not item.plain
  self.flying, self.reserved = self.flying + 1, self.reserved + item.tokens
  return { item = item, schema = schema, body = chat.body(client, request, item.messages, schema) }
end

-- Those that other processes were asking have their turn again when nothing else is left.
local function refill (self)
  if self.first <= #self.queue then return true end
  self.queue, self.first, self.deferred = self.deferred, 1, {}
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
  return #self.deferred > 0 and false or nil
end

-- ---- done: what came ------------------------------------------------------------

local function paid (self, item, entry)
  if not entry.prompt_tokens then self.account.estimated = self.account.estimated + 1 end
  entry.prompt_tokens = entry.prompt_tokens or chat.estimate(item.messages)
  entry.completion_tokens = entry.completion_tokens or math.ceil(#entry.text / 4)
  self.account:pay(entry.prompt_tokens, entry.completion_tokens)
  if item.repairs > 0 then self.account.repairs = self.account.repairs + 1 end
end

local function keep (self, item, entry)
  entry.key, entry.model, entry.template = item.key, self.client.model, self.requests[item.i].template
  entry.text = self.client.endpoint:clean(entry.text)
  paid(self, item, entry)
  local good, message, code = self.cache:put(entry)
  self.cache:release(item.key)
  if not good then return halt(self, message, code) end
  item.paid = true
  deliver(self, item.key, entry, false)
end

local function give_up (self, item, reason)
  local items = self.asked[item.key]
  self.asked[item.key] = nil
  self.cache:release(item.key)
  self.account.failures = self.account.failures + 1
  for _, one in ipairs(items) do fall_back(self, one, reason) end
end

-- A server that refuses response_format is asked without it, when that is what helps.
local function without_schema (self, job)
  job.item.plain = true
  self.cache:release(job.item.key)
  table.insert(self.queue, self.first, job.item)
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
    if auto and SCHEMA_REFUSED[code] then return without_schema(self, job) end
    return give_up(self, item, message)
  end
  if item.plain and not job.schema then self.client.schema = false end
  local entry, why = chat.read(value)
  if not entry then return give_up(self, item, self.client.endpoint:clean(why)) end
  keep(self, item, entry)
end

-- ---- the whole call --------------------------------------------------------------

local function rest_by_fallback (self, reason)
  for i in ipairs(self.requests) do
    if not self.results[i] then fall_back(self, { i = i, repairs = 0 }, reason) end
  end
  return self.results, self.account
end

local function ended (self, message, code)
  local answered = #self.requests - self.open - self.fallen
  local where = self.cache.path and (", kept in %s"):format(self.cache.path) or ""
  local on_budget = self.opt.on_budget or self.client.options.on_budget
  if OUT_OF_MONEY[code] and on_budget == "fallback" then return rest_by_fallback(self, message) end
  return nil, ("%s; %d of %d prompts have their answer%s"):format(message, answered, #self.requests, where), code
end

local function run (self)
  local client = self.client
  local good, message, code = client:ready()
  if not good then return nil, message, code end
  local ep, before = client.endpoint, client.endpoint.requests
  local retried = ep.retries
  good, message, code = ep:run(function () return self:next() end, function (...) return self:done(...) end)
  self.account.requests = self.account.requests + ep.requests - before
  self.account.retries = self.account.retries + ep.retries - retried
  for _, items in pairs(self.asked) do self.cache:release(items[1].key) end
  local synced, why, why_code = self.cache:sync()
  if good and not synced then return nil, why, why_code end
  if good and self.open > 0 then
    return nil, ("the budget of %d tokens is used up"):format(client.options.budget_tokens or 0), "BUDGET"
  end
  return good, message, code
end

--- Does it all.
-- @treturn {table,...} results in the order of the requests
-- @treturn account
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function Asking:run ()
  self.account.prompts = self.account.prompts + #self.requests
  for i, request in ipairs(self.requests) do take(self, new_item(self, i, chat.messages(request), 0)) end
  if self.open > 0 then
    local good, message, code = run(self)
    if not good then return ended(self, message, code) end
  end
  return self.results, self.account
end

return asking
