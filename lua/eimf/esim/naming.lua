--- Answers about one group of titles: the contract of templates with `ask = "group"`. What is like was parted before,
-- so that an answer is { description, name } and the titles of the group support it. The schema's keys rise with the
-- alphabet, the order in which a server writes them: the words before their name. Neighbour: answer.
-- @module eimf.esim.naming

local answer = require "eimf.esim.answer"

local naming = {}

--- The interest in an answer's text.
-- @tparam string|table text JSON, in a fence or not; or decoded already
-- @tparam {integer,...} items positions of the group's titles
-- @treturn {table} one { name, description, items }
-- @treturn[2] nil
-- @treturn[2] string reason, a sentence that can be shown to who answered
function naming.check (text, items)
  local value, reason = answer.decode(text)
  if value == nil then return nil, reason end
  value = answer.unwrapped(value)
  if type(value) == "table" and #value == 1 then value = value[1] end
  local interest
  interest, reason = answer.words("the interest", value, {})
  if not interest then return nil, reason end
  interest.items = items
  return { interest }
end

--- The contract as a JSON schema.
-- @treturn table
function naming.schema ()
  return { type = "object", additionalProperties = false, required = { "description", "name" },
           properties = { name = { type = "string" }, description = { type = "string" } } }
end

return naming
