--- Sums of metrics over batches of users. Neighbours: groups.
-- @module eimf.eval.accumulator

local core = require "eimf.core"
local groups = require "eimf.eval.groups"

local accumulator = {}

local Accumulator = {}
Accumulator.__index = Accumulator

local MEASURES = { "recall", "ndcg", "hit", "mrr" }
local NEVER = 2147483647                           -- the rank of an item that nobody got

local function zeros (n)
  local sums = {}
  for i = 1, n do sums[i] = 0 end
  return sums
end


local function add (sums, more)
  for i = 1, #more do sums[i] = (sums[i] or 0) + more[i] end
end


-- Names of the columns of `per_user`, in order: recall@5, ndcg@5, hit@5, mrr@5, recall@10 ...
local function column_names (cuts)
  local names = {}
  for _, n in ipairs(cuts) do
    for _, measure in ipairs(MEASURES) do names[#names + 1] = measure .. "@" .. n end
  end
  return names
end


--- Sums at zero.
-- @tparam table how
-- @tparam {integer,...} how.n cut-offs
-- @tparam string how.ndcg "standard", "hits" or "target_index"
-- @tparam integer how.users U in all
-- @tparam[opt] integer how.n_items N, for coverage
-- @tparam[opt] tensor how.categories (N+1) int32, for diversity
-- @tparam[opt] tensor how.counts (N+1) int32, for groups by popularity
-- @tparam[opt] boolean how.by_history groups by length of history
-- @tparam[opt] boolean how.per_user keep every user's values
-- @treturn accumulator
function accumulator.new (how)
  local self = setmetatable({ names = column_names(how.n), at = 0, nan = 0, diverse = {} }, Accumulator)
  for name, value in pairs(how) do self[name] = value end
  self.cuts = core.from_table("int32", how.n)
  self.sums = zeros(1 + #self.names)
  if how.per_user then self.values = core.new("float32", how.users, #self.names) end
  if how.n_items then
    self.first = core.new("int32", how.n_items + 1):fill_(NEVER)
  end
  if how.counts then
    self.item_group, self.popularity = groups.by_popularity(how.counts), {}
    for g = 1, #groups.popularity_names do self.popularity[g] = zeros(1 + #self.names) end
  end
  if how.by_history then self.history = zeros(#groups.history_names * (1 + #self.names)) end
  return self
end


local function add_groups (self, values, ranked, targets, history)
  if self.history then
    add(self.history, core.metrics(values, ranked, targets.ids, targets.offsets, self.cuts, self.ndcg,
                                   groups.by_history(history), #groups.history_names))
  end
  for g, sums in ipairs(self.popularity or {}) do
    add(sums, core.metrics(values, ranked, targets.ids, targets.offsets, self.cuts, self.ndcg, nil, 1,
                           self.item_group, g - 1))
  end
end


--- Adds a batch of users.
-- @tparam tensor ranked (B, n) int32
-- @tparam table targets `{ ids, offsets = (B+1) }`
-- @tparam[opt] tensor history offsets (B+1) of histories, for groups by length
-- @treturn accumulator itself
function Accumulator:add (ranked, targets, history)
  local B = ranked:dim(1)
  if B == 0 then return self end
  local values = core.new("float32", B, #self.names)
  add_groups(self, values, ranked, targets, history)
  add(self.sums, core.metrics(values, ranked, targets.ids, targets.offsets, self.cuts, self.ndcg, nil, 1))
  if self.values then self.values:rows(self.at + 1, self.at + B):copy_(values) end
  if self.first then core.first_ranks(self.first, ranked) end
  if self.categories then add(self.diverse, core.diversity(ranked, self.categories, self.cuts)) end
  self.at = self.at + B
  return self
end


-- Means of one group, sums from position `at` on; zeros where it has nobody.
local function means (self, sums, at)
  local users = sums[at]
  local out = { users = users }
  for i, name in ipairs(self.names) do out[name] = users > 0 and sums[at + i] / users or 0 end
  return out
end


local function add_coverage (self, out)
  local first, seen = self.first:totable(), {}
  for id = 2, #first do
    for _, n in ipairs(self.n) do
      if first[id] <= n then seen[n] = (seen[n] or 0) + 1 end
    end
  end
  for _, n in ipairs(self.n) do out["coverage@" .. n] = (seen[n] or 0) / math.max(1, self.n_items) end
end


local function add_diversity (self, out)
  for c, n in ipairs(self.n) do
    local users = self.diverse[#self.n + c] or 0
    if users > 0 then out["diversity@" .. n] = self.diverse[c] / users end
  end
end


local function group_results (self)
  local out = {}
  if self.history then
    out.history = {}
    for g, name in ipairs(groups.history_names) do
      out.history[name] = means(self, self.history, (g - 1) * (1 + #self.names) + 1)
    end
  end
  if self.popularity then
    out.popularity = {}
    for g, name in ipairs(groups.popularity_names) do out.popularity[name] = means(self, self.popularity[g], 1) end
  end
  return next(out) and out
end


--- The means so far.
-- @treturn table `{ ["recall@10"] = number, ..., users = with targets, nan = , groups = , per_user = }`
function Accumulator:result ()
  local out = means(self, self.sums, 1)
  if self.first then add_coverage(self, out) end
  if self.categories then add_diversity(self, out) end
  if self.values then out.per_user = { names = self.names, values = self.values } end
  out.nan, out.groups = self.nan, group_results(self) or nil
  return out
end


return accumulator
