--- What becomes of a prompt: an answer from the cache or the endpoint, checked; asked again with the error where it
-- cannot be used; left to the fallback where that does not help. An item is a prompt at one rung of this ladder.
-- Neighbours: eimf.llm.answer, eimf.llm.chat.
-- @module eimf.llm.ladder

local answer = require "eimf.llm.answer"
local chat = require "eimf.llm.chat"

local Ladder = {}
Ladder.__index = Ladder

local ladder = {}

local OFFLINE = "offline rule"
local SHOWN = 300                      -- characters of a reason that a model is told

--- The ladder of one call of `client:ask`.
-- @tparam table client
-- @tparam {table,...} requests
-- @tparam table opt check, salvage, fallback, on_result
-- @treturn ladder results, open (prompts without a result), fallen (by the fallback), queue (items to ask), asked
-- (key -> the items that wait for that conversation)
function ladder.new (client, requests, opt)
  return setmetatable({ client = client, cache = client.cache, account = client.account, requests = requests,
    opt = opt, results = {}, open = #requests, fallen = 0, queue = {}, asked = {} }, Ladder)
end

local function finish (self, item, result)
  result.repairs = item.repairs
  self.results[item.i], self.open = result, self.open - 1
  if result.cached then self.account.cached = self.account.cached + 1 end
  if self.opt.on_result then self.opt.on_result(item.i, result) end
end

local function fall_back (self, item, reason)
  local value = self.opt.fallback and self.opt.fallback(self.requests[item.i], reason)
  self.account.fallbacks, self.fallen = self.account.fallbacks + 1, self.fallen + 1
  finish(self, item, { value = value, source = OFFLINE, cached = false, reason = reason })
end

local function new_item (self, i, messages, repairs)
  return { i = i, messages = messages, repairs = repairs, key = chat.key(self.client, self.requests[i], messages),
           tokens = chat.estimate(messages) + self.client.options.max_tokens }
end

-- The value in an answer, or nil and why there is none.
local function checked (self, item, entry)
  local value, text = answer.json(entry.text)
  local result, reason = value, "it is not JSON"
  if self.opt.check then result, reason = self.opt.check(text, self.requests[item.i], value) end
  if result ~= nil then return result end
  if entry.finish == "length" then
    return nil, ("it was cut after %d tokens; be shorter"):format(self.client.options.max_tokens)
  end
  return nil, tostring(reason or "it does not keep the contract"):sub(1, SHOWN)
end

-- What an answer that breaks the contract is still good for, where the caller knows; it counts as the model's.
local function salvaged (self, item, entry, reason, cached)
  if not self.opt.salvage then return false end
  local value, text = answer.json(entry.text)
  local rest = self.opt.salvage(text, self.requests[item.i], value)
  if rest == nil then return false end
  self.account.salvaged = self.account.salvaged + 1
  finish(self, item, { value = rest, source = "llm:" .. self.client.model, cached = cached and not item.paid,
                       salvaged = true, reason = reason })
  return true
end

-- An item finds its answer in the cache, joins others that ask the same, or queues.
local function take (self, item)
  local entry = self.cache:get(item.key)
  if entry then return self:accept(item, entry, true) end
  local same = self.asked[item.key]
  if same then same[#same + 1] = item return end
  self.asked[item.key] = { item }
  self.queue[#self.queue + 1] = item
end

-- A text that could not be used is answered with the reason, once; then what can be used of it is, and at last the
-- fallback has its turn.
local function repair (self, item, entry, reason, cached)
  if item.repairs >= self.client.options.repairs then
    return salvaged(self, item, entry, reason, cached) or fall_back(self, item, reason)
  end
  local again = new_item(self, item.i, chat.repair(item.messages, entry.text, reason), item.repairs + 1)
  again.paid = item.paid or not cached
  take(self, again)
end

--- Puts every request at the foot of the ladder.
function Ladder:begin ()
  for i, request in ipairs(self.requests) do take(self, new_item(self, i, chat.messages(request), 0)) end
end

--- An item has an answer.
-- @tparam table item
-- @tparam table entry text, finish
-- @tparam boolean cached nobody paid for it now
function Ladder:accept (item, entry, cached)
  local value, reason = checked(self, item, entry)
  if value == nil then return repair(self, item, entry, reason, cached) end
  finish(self, item, { value = value, source = "llm:" .. self.client.model, cached = cached and not item.paid })
end

--- A conversation has an answer: whoever waits for it gets it.
-- @tparam string key
-- @tparam table entry
-- @tparam boolean cached
function Ladder:deliver (key, entry, cached)
  local items = self.asked[key]
  self.asked[key] = nil
  for n, item in ipairs(items) do
    item.paid = item.paid or not cached and n == 1
    self:accept(item, entry, cached or n > 1)
  end
end

--- A conversation will have no answer.
-- @tparam string key
-- @tparam string reason
function Ladder:give_up (key, reason)
  local items = self.asked[key]
  self.asked[key] = nil
  for _, item in ipairs(items) do fall_back(self, item, reason) end
end

--- Whatever has no result gets the fallback's.
-- @tparam string reason
function Ladder:rest_by_fallback (reason)
  for i in ipairs(self.requests) do
    if not self.results[i] then fall_back(self, { i = i, repairs = 0 }, reason) end
  end
end

return ladder
