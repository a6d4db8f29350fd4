--- Interests of clusters: by an LLM's answers, or by the offline rule. Neighbours: answer, naming, offline.
-- @module eimf.esim.ask

local answer = require "eimf.esim.answer"
local core = require "eimf.core"
local naming = require "eimf.esim.naming"
local offline = require "eimf.esim.offline"

local ask = {}

-- An interest of item ids, from one of positions in `ids`, or of numbers shown where `order` has their positions.
local function placed (interest, ids, order, by)
  local items = {}
  for i, number in ipairs(interest.items) do items[i] = ids[order and order[number] or number] end
  return { name = interest.name, description = interest.description, items = items, by = by }
end

-- Up to the plan's number of interests for titles that have none yet, by the offline rule.
local function add_by_rule (self, cluster, ids, by)
  local room = self.opt.interests - #cluster.interests
  if #ids == 0 or room <= 0 then return end
  local found = self.rule:interests(ids)
  for j = 1, math.min(room, #found) do
    table.insert(cluster.interests, placed(found[j], ids, nil, by))
  end
end

-- Titles of the exemplar that no interest names.
local function left_out (cluster)
  local named, rest = {}, {}
  for _, interest in ipairs(cluster.interests) do
    for _, id in ipairs(interest.items) do named[id] = true end
  end
  for _, id in ipairs(cluster.ids) do
    if not named[id] then rest[#rest + 1] = id end
  end
  return rest
end

local function all_by_rule (self, cluster)
  cluster.interests, cluster.source = {}, offline.SOURCE
  add_by_rule(self, cluster, cluster.ids)
end

-- Interests of one name, as answers about groups may be, are one.
local function insert (list, by_name, interest)
  local same = by_name[interest.name:lower()]
  if not same then
    by_name[interest.name:lower()], list[#list + 1] = interest, interest
    return
  end
  for _, id in ipairs(interest.items) do same.items[#same.items + 1] = id end
end

-- A cluster has what its answers say; where none could be used, what the rule says.
local function take (self, cluster, results)
  local by_name = {}
  cluster.interests = {}
  for i, result in ipairs(results) do
    cluster.reason = cluster.reason or result.reason
    for _, interest in ipairs(result.value or {}) do
      insert(cluster.interests, by_name, placed(interest, cluster.ids, cluster.requests[i].order))
      cluster.source = result.source
    end
    self.incomplete = self.incomplete or not result.value
  end
  if #cluster.interests == 0 then return all_by_rule(self, cluster) end
  if self.opt.complete then add_by_rule(self, cluster, left_out(cluster), offline.SOURCE) end
end

-- The hash of a cluster's questions.
local function hash_of (requests)
  local texts = {}
  for i, request in ipairs(requests) do texts[i] = request.system .. "\0" .. request.user end
  return core.hash(table.concat(texts, "\0"))
end

--- Every cluster by the offline rule.
-- @tparam table self plan; its clusters get `interests`, `source`
-- @treturn table account of no request
function ask.offline (self)
  for _, cluster in ipairs(self.clusters) do all_by_rule(self, cluster) end
  return { requests = 0 }
end

--- The requests of a plan, in the order of clusters.
-- @tparam table self plan
-- @treturn {table,...}
function ask.requests (self)
  local list = {}
  for _, cluster in ipairs(self.clusters) do
    for _, request in ipairs(cluster.requests or {}) do list[#list + 1] = request end
  end
  return list
end

local function reporter (progress, n)
  local done, n_by_rule = 0, 0
  return progress and function (_, result)
    done = done + 1
    if result.source == offline.SOURCE then n_by_rule = n_by_rule + 1 end
    progress { stage = "asked", done = done, of = n, by_rule = n_by_rule }
  end
end

--- Every cluster by an LLM; where its answers do not keep the contract, by the offline rule. With the option
-- `complete` what answers leave out is the rule's too: such an interest says so in `by`.
-- @tparam table self plan; its clusters get `interests`, `source`, `reason`, `prompt`
-- @treturn table the client's account
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "AUTH", "BUDGET", "INTERRUPTED" ...: what was paid for is in the client's cache
function ask.llm (self)
  local opt, requests = self.opt, ask.requests(self)
  local results, account, code = opt.llm:ask(requests, {
    check = function (text, request, value)
      if request.items then return naming.check(value or text, request.items) end
      return answer.check(value or text, request.n, opt.interests)
    end,
    salvage = function (_, request, value)
      if not request.items then return answer.usable(value, request.n, opt.interests) end
    end,
    on_result = reporter(opt.progress, #requests),
  })
  if not results then return nil, account, code end
  local at = 1                                           -- results are in the order of clusters, as requests are
  for _, cluster in ipairs(self.clusters) do
    cluster.prompt = hash_of(cluster.requests)
    take(self, cluster, { (table.unpack or unpack)(results, at, at + #cluster.requests - 1) })
    at = at + #cluster.requests
  end
  return account
end

return ask
