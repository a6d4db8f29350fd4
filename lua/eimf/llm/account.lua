--- What was asked and what it cost.
-- @module eimf.llm.account

local account = {}

local Account = {}
Account.__index = Account

local PRICE_UNIT = 1e6                 -- prices are for a million tokens

--- An empty account.
-- @tparam string model
-- @tparam ?number price_in for a million tokens of prompts
-- @tparam ?number price_out for a million tokens of answers
-- @treturn account prompts, cached, requests, retries, repairs, salvaged, fallbacks, failures, prompt_tokens,
-- completion_tokens, estimated (answers whose tokens the server did not count), bad_lines (of the cache), cost (nil
-- without prices)
function account.new (model, price_in, price_out)
  local priced = price_in or price_out
  return setmetatable({ model = model, prompts = 0, cached = 0, requests = 0, retries = 0, repairs = 0,
    salvaged = 0, fallbacks = 0, failures = 0, prompt_tokens = 0, completion_tokens = 0, estimated = 0, bad_lines = 0,
    cost = priced and 0 or nil,
    price_in = price_in or 0, price_out = price_out or 0 }, Account)
end

--- Price of tokens; nil without prices.
-- @tparam number tokens_in
-- @tparam number tokens_out
-- @treturn number|nil
function Account:price (tokens_in, tokens_out)
  return self.cost and (tokens_in * self.price_in + tokens_out * self.price_out) / PRICE_UNIT
end

--- Adds a paid answer.
-- @tparam number tokens_in
-- @tparam number tokens_out
function Account:pay (tokens_in, tokens_out)
  self.prompt_tokens, self.completion_tokens = self.prompt_tokens + tokens_in, self.completion_tokens + tokens_out
  if self.cost then self.cost = self.cost + self:price(tokens_in, tokens_out) end
end

-- 1234567 -> "1,234,567"
local function grouped (n)
  local text = ("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

function Account:__tostring ()
  local parts = { ("%s: %s prompts"):format(self.model, grouped(self.prompts)),
    ("%s from the cache"):format(grouped(self.cached)),
    ("%s requests (%d retries, %d repairs)"):format(grouped(self.requests), self.retries, self.repairs),
    ("%s + %s tokens%s"):format(grouped(self.prompt_tokens), grouped(self.completion_tokens),
      self.estimated > 0 and " (partly estimated)" or "") }
  if self.cost then parts[#parts + 1] = ("cost %.4f"):format(self.cost) end
  if self.salvaged > 0 then parts[#parts + 1] = ("%d used in part"):format(self.salvaged) end
  if self.fallbacks > 0 then parts[#parts + 1] = ("%d by the offline rule"):format(self.fallbacks) end
  if self.bad_lines > 0 then parts[#parts + 1] = ("%d unreadable lines in the cache"):format(self.bad_lines) end
  return table.concat(parts, ", ")
end

return account
