--- Interests of clusters: by an LLM's answers, or by the offline rule. Neighbours: answer, offline.
-- @module eimf.esim.ask

local answer = require "eimf.esim.answer"
local core = require "eimf.core"
local offline = require "eimf.esim.offline"

local ask = {}

-- An interest of item ids, from one of positions in `ids`, or of numbers shown where `order` has their positions.
local function placed (interest, ids, order, by)
  local items = {}
  for i, number in ipairs(interest.items) do items[i] = ids[order and order[number] or number] end
  return { name = interest.name, description = interest.description, items = items, by = by }
end

-- Answers of the rule are positions in the cluster's ids; those of an LLM numbers shown.
local function take (cluster, interests, source, reason)
  local out, order = {}, source ~= offline.SOURCE and cluster.order or nil
  for j, interest in ipairs(interests) do out[j] = placed(interest, cluster.ids, order) end
  cluster.interests, cluster.source, cluster.reason = out, source, reason
  cluster.prompt = cluster.request and core.hash(cluster.request.system .. "\0" .. cluster.request.user) or nil
end

-- Items of a user that no interest of an answer names have theirs by the rule, as many as are left of `most`.
local function complete (self, cluster)
  local named, rest = {}, {}
  for _, interest in ipairs(cluster.interests) do
    for _, id in ipairs(interest.items) do named[id] = true end
  end
  for _, id in ipairs(cluster.ids) do
    if not named[id] then rest[#rest + 1] = id end
  end
  local room = self.opt.interests - #cluster.interests
  if #rest == 0 or room <= 0 then return end
  local more = self.rule:interests(rest)
  for j = 1, math.min(room, #more) do
    table.insert(cluster.interests, placed(more[j], rest, nil, offline.SOURCE))
  end
end

--- Every cluster by the offline rule.
-- @tparam table self plan; its clusters get `interests`, `source`
-- @treturn table account of no request
function ask.offline (self)
  for _, cluster in ipairs(self.clusters) do
    take(cluster, self.rule:interests(cluster.ids), offline.SOURCE)
  end
  return { requests = 0 }
end

--- The requests of a plan, in the order of clusters.
-- @tparam table self plan
-- @treturn {table,...}
function ask.requests (self)
  local list = {}
  for g, cluster in ipairs(self.clusters) do list[g] = cluster.request end
  return list
end

--- Every cluster by an LLM; where its answers do not keep the contract, by the offline rule. With the option
-- `complete` what an answer leaves out is the rule's too: such an interest says so in `by`.
-- @tparam table self plan; its clusters get `interests`, `source`, `reason`
-- @treturn table the client's account
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "AUTH", "BUDGET", "INTERRUPTED" ...: what was paid for is in the client's cache
function ask.llm (self)
  local opt, of, done, n_by_rule = self.opt, {}, 0, 0
  local requests = ask.requests(self)
  for g, request in ipairs(requests) do of[request] = self.clusters[g] end
  local results, account, code = opt.llm:ask(requests, {
    check = function (text, request, value) return answer.check(value or text, request.n, opt.interests) end,
    salvage = function (_, request, value) return answer.usable(value, request.n, opt.interests) end,
    fallback = function (request) return self.rule:interests(of[request].ids) end,
    on_result = opt.progress and function (_, result)
      done = done + 1
      if result.source == offline.SOURCE then n_by_rule = n_by_rule + 1 end
      opt.progress { stage = "asked", done = done, of = #requests, by_rule = n_by_rule }
    end,
  })
  if not results then return nil, account, code end
  for g, result in ipairs(results) do
    local cluster, by_rule = self.clusters[g], result.source == offline.SOURCE
    take(cluster, result.value, result.source, result.reason)
    if opt.complete and not by_rule then complete(self, cluster) end
    self.incomplete = self.incomplete or by_rule
  end
  return account
end

return ask
