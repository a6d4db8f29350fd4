--- What the specs of eimf.llm share: prompts, a contract to check answers by, a client with short waits.
local llm = require "eimf.llm"

local toy = {}

toy.schema = { type = "object", properties = { interests = { type = "array", items = { type = "object" } } } }

--- n prompts, all different; `salt` makes others.
function toy.requests (n, salt)
  local list = {}
  for i = 1, n do
    list[i] = { system = "What does this person like?", user = (salt or "titles ") .. i, template = "toy/1",
                schema = toy.schema }
  end
  return list
end


--- The contract: at least one interest, item numbers from 1 to 5.
function toy.check (_, _, value)
  if not value then return nil, "it is not JSON" end
  local list = value.interests
  if type(list) ~= "table" or #list == 0 then return nil, "there is no interest in it" end
  for _, n in ipairs(list[1].items) do
    if n > 5 then return nil, ("item number %d is out of range"):format(n) end
  end
  return list
end


toy.ask = { check = toy.check, fallback = function () return "by rule" end }

--- A client of the test server.
function toy.open (url, changes)
  local opt = { url = url, model = "toy", backoff = 0.02, max_retries = 2, timeout = 5, seed = 1 }
  for name, value in pairs(changes or {}) do opt[name] = value end
  return assert(llm.open(opt))
end


--- How many results there are of each source.
function toy.sources (results)
  local n = {}
  for _, result in ipairs(results) do n[result.source] = (n[result.source] or 0) + 1 end
  return n
end


return toy
