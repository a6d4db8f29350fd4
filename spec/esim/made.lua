-- What specs of esim are about: a small set with titles, an encoder that any text has a vector by, clients that
-- answer from a table.
local core = require "eimf.core"
local tensor = require "eimf.tensor"
local new_set = require("eimf.data.set").new

local made = {}

local DIM = 32

--- A set of sequences { {id, ...}, ... } and titles { [id] = string }.
function made.set (sequences, titles, more)
  local items, offsets, users, counts, item_ids, most = {}, { 0 }, {}, { 0 }, {}, 0
  for u, list in ipairs(sequences) do
    users[u] = "u" .. u
    for _, id in ipairs(list) do items[#items + 1], most = id, math.max(most, id) end
    offsets[u + 1] = #items
  end
  for id = 1, most do counts[id + 1], item_ids[id] = 0, "i" .. id end
  for _, id in ipairs(items) do counts[id + 1] = counts[id + 1] + 1 end
  local fields = {
    name = "made", provenance = "made", n_users = #users, n_items = most, n_interactions = #items, users = users,
    item_ids = item_ids, offsets = tensor.ids(offsets), items = tensor.ids(items), counts = tensor.ids(counts),
    titles = titles,
  }
  for key, value in pairs(more or {}) do fields[key] = value end
  return new_set(fields)
end


local KINDS = { "coffee kettle grinder", "camping tent lantern", "guitar strings amplifier" }

--- Titles of n items of three kinds: item i is of kind (i - 1) % 3 + 1.
function made.titles (n)
  local out = {}
  for i = 1, n do out[i] = KINDS[(i - 1) % 3 + 1] .. " number" .. i end
  return out
end


--- 30 users in three groups: those of group g take items of kind g; 45 items.
function made.three_groups ()
  local sequences = {}
  for u = 1, 30 do
    local list = {}
    for i = 1, 6 do list[i] = (u - 1) % 3 + 1 + 3 * ((u * 7 + i * 4) % 15) end
    sequences[u] = list
  end
  sequences[1][1] = 45
  return made.set(sequences, made.titles(45))
end


local Encoder = {}
Encoder.__index = Encoder

-- The vector of a word: a function of its bytes.
local function add_word (row, word)
  local h = 7
  for i = 1, #word do h = (h * 31 + word:byte(i)) % 1000003 end
  for d = 1, DIM do
    h = (h * 16807 + d) % 2147483647
    row[d] = row[d] + h / 2147483647 - 0.5
  end
end

function Encoder:encode (list)
  self.encoded = list
  local rows = {}
  for i, text in ipairs(list) do
    rows[i] = {}
    for d = 1, DIM do rows[i][d] = 0 end
    for word in text:lower():gmatch("%w+") do add_word(rows[i], word) end
  end
  local x = tensor.tensor(rows)
  core.l2_normalise_fwd(x, core.new("float32", #list), x, 1e-12)
  return x
end

function Encoder:key () return "bag of words " .. (self.version or 1) end

--- An encoder; texts without words get zero rows.
function made.encoder (fields)
  local encoder = { dim = DIM, name = "bag of words, 32 wide" }
  for key, value in pairs(fields or {}) do encoder[key] = value end
  return setmetatable(encoder, Encoder)
end


--- A template with these fields changed.
function made.template (fields)
  local t = { name = "toy", version = 2, title = "{number}. {title}", system = "At most {max}.\n{example}",
              user = "{n} titles:\n{titles}\nAnswer:" }
  for key, value in pairs(fields or {}) do t[key] = value end
  return t
end


--- A client that answers with reply(request, i), a text; texts that break the contract go to the fallback.
function made.client (reply)
  local client = { model = "toy", asked = {} }
  function client.ask (self, requests, opt)
    local results = {}
    for i, request in ipairs(requests) do
      self.asked[#self.asked + 1] = request
      local value, reason = opt.check(reply(request, i), request)
      results[i] = value and { value = value, source = "llm:toy", repairs = 0 }
        or { source = "offline rule", reason = reason, repairs = 1 }
    end
    return results, setmetatable({ requests = #requests }, { __tostring = function () return "toy: asked" end })
  end
  return client
end


return made
