--- The first half of building: texts, user vectors, clusters, typical users, and the questions about them.
-- Nothing is asked yet. Composes eimf.text and eimf.cluster (affinity, kmedoids, random).
-- Neighbours: groups, offline, prompt, titles, vectors; files, json, safetensors for clusters that are kept.
-- @module eimf.esim.plan

local affinity = require "eimf.cluster.affinity"
local core = require "eimf.core"
local json = require "eimf.json"
local offline = require "eimf.esim.offline"
local prompt = require "eimf.esim.prompt"
local safetensors = require "eimf.safetensors"
local text = require "eimf.text"
local titles = require "eimf.esim.titles"
local vectors = require "eimf.esim.vectors"

local plan = {}

local DENSE_BYTES = 6.5e9                -- what exact clustering may take
local CONTROLS = {
  kmedoids = function () return require "eimf.cluster.kmedoids" end,
  random = function () return require "eimf.cluster.random" end,
}

local function permuted (list, seed)
  local order = {}
  for i in ipairs(list) do order[i] = i end
  if #list == 0 then return list end
  local ids = core.from_table("int32", order)
  core.permute(ids, seed, "shuffle", 0)
  local out = {}
  for i, p in ipairs(ids:totable()) do out[i] = list[p] end
  return out
end

-- Texts and vectors change places among the items that have a text.
local function shuffle_titles (self, n)
  local with, from = {}, {}
  for i = 1, n do
    from[i] = i
    if self.texts[i] ~= "" then with[#with + 1] = i end
  end
  for i, p in ipairs(permuted(with, self.opt.seed)) do from[with[i]] = p end
  local moved = {}
  for i = 1, n do moved[i] = self.texts[from[i]] end
  self.texts, self.items = moved, vectors.gather(self.items, from)
end

--- What is said where nothing is known of any item.
-- @tparam set set
-- @tparam integer n_without items without title and category
-- @tparam string encoder its name
-- @treturn nil
-- @treturn string message
-- @treturn string code
function plan.no_text (set, n_without, encoder)
  return nil, ("%s: no item has a text vector (%d of %d items without title and category; %s); what users like cannot"
    .. " be read. Titles belong into items.jsonl, or give vectors of items (encoder=file)"):format(set.name, n_without,
    set.n_items, encoder), "NO_TEXT"
end

--- Texts and vectors of items.
-- @tparam table self plan: `opt`
-- @treturn boolean true; or nil, message, code
function plan.read_items (self)
  local set, encoder = self.opt.set, self.opt.encoder
  self.texts, self.n_without_text = text.item_texts(set, { category = self.opt.category })
  local items, message, code = text.item_vectors(encoder, self.texts, set.n_items, set.item_ids)
  if not items then return nil, message, code end
  if items:dim(1) ~= set.n_items then
    return nil, ("%s: %d vectors for %d items"):format(encoder.name, items:dim(1), set.n_items), "BAD_FORMAT"
  end
  self.items = items
  local n = #vectors.present(items)
  if n == 0 then return plan.no_text(set, self.n_without_text, encoder.name) end
  if n < set.n_items - self.n_without_text then
    self.notes[#self.notes + 1] = ("%d items with a text have no vector"):format(set.n_items - self.n_without_text - n)
  end
  if self.opt.shuffle == "titles" then shuffle_titles(self, set.n_items) end
  return true
end

-- Users in the order of rows that are clustered, and their vectors.
local function user_rows (self)
  local opt = self.opt
  local all = text.user_vectors(opt.train, self.items, { last = opt.last, recency = opt.recency, centre = opt.centre })
  self.users = vectors.present(all)
  if #self.users == 0 then return plan.no_text(self.opt.set, self.n_without_text, self.opt.encoder.name) end
  self.n_users_without_text = opt.set.n_users - #self.users
  return vectors.gather(all, self.users)
end

-- Exact while two or three matrices of all users fit; else on the graph of nearest neighbours, and that is said.
local function fit_auto (self, options, n)
  local form = "sparse"
  if affinity.memory(n, "dense") <= DENSE_BYTES then
    options.form = "dense"
    local fit, message, code = affinity.fit(options)
    if fit or code ~= "NO_MEMORY" then return fit, message, code end
  end
  options.form = form
  self.notes[#self.notes + 1] = ("%d users are too many for exact clustering here: %s form"):format(n, form)
  return affinity.fit(options)
end

-- Exemplars by affinity propagation, at the preference or as many as wanted.
local function by_affinity (self, x)
  local cluster, progress = self.opt.cluster, self.opt.progress
  local options = { x = x, seed = self.opt.seed, damping = cluster.damping, form = cluster.form }
  if cluster.n > 0 then options.target_k = math.min(cluster.n, x:dim(1))
  else options.preference = cluster.preference end
  options.progress = progress and function (state)
    state.stage = "clusters"
    return progress(state)
  end
  local fit, message, code
  if cluster.form == "auto" then fit, message, code = fit_auto(self, options, x:dim(1))
  else fit, message, code = affinity.fit(options) end
  if fit and fit.stopped then return nil, "stopped while clustering", "INTERRUPTED" end
  return fit, message, code
end

-- Controls: as many clusters as asked for, or as affinity propagation finds.
local function control (self, x, kind)
  local k = math.min(self.opt.cluster.n, x:dim(1))
  if k == 0 then
    local fit, message, code = by_affinity(self, x)
    if not fit then return nil, message, code end
    k = #fit.exemplars
  end
  return CONTROLS[kind]().fit { x = x, k = k, seed = self.opt.seed }
end

local function clustering_text (self, fit)
  if self.opt.exemplars ~= "affinity" then return self.opt.exemplars .. " exemplars, a control" end
  return ("affinity propagation, %s form, %s %g, %d iterations%s"):format(fit.form or self.opt.cluster.form,
    self.opt.cluster.n > 0 and "target" or "preference",
    self.opt.cluster.n > 0 and self.opt.cluster.n or self.opt.cluster.preference, fit.iterations or 0,
    fit.converged == false and ", NOT converged" or "")
end

local function kept_path (self, x)
  local opt = self.opt
  if not opt.cache then return nil end
  return ("%s/clusters-%s.safetensors"):format(opt.cache,
    core.hash(x, json.encode { opt.cluster, opt.exemplars, opt.seed }))
end

local function read_kept (path, n)
  local found = path and safetensors.load(path)
  local labels = found and found.tensors.labels
  if not labels or labels:size() ~= n or not found.tensors.exemplars then return nil end
  return { exemplars = found.tensors.exemplars:totable(), labels = labels:totable(), text = found.metadata.text }
end

-- Clusters of the rows: fit = { exemplars = rows, labels = numbers of exemplars by row, text }. What takes minutes is
-- kept by the hash of what went in; a cache that cannot be written is no reason to stop here.
local function fit_rows (self, x)
  local path = kept_path(self, x)
  local kept = read_kept(path, x:dim(1))
  if kept then return kept end
  local fit, message, code
  if self.opt.exemplars == "affinity" then fit, message, code = by_affinity(self, x)
  else fit, message, code = control(self, x, self.opt.exemplars) end
  if not fit then return nil, message, code end
  fit.text = clustering_text(self, fit)
  if path then
    safetensors.save(path, { labels = core.from_table("int32", fit.labels),
      exemplars = core.from_table("int32", fit.exemplars) }, { text = fit.text })
  end
  return fit
end

-- Members of each cluster, by falling similarity to its exemplar.
local function members_of (self, fit, x)
  local of = {}
  for row, g in ipairs(fit.labels) do of[row] = fit.exemplars[g] end
  local alike = vectors.similarity(x, x, of)
  local members = {}
  for g in ipairs(fit.exemplars) do members[g] = {} end
  for row, g in ipairs(fit.labels) do table.insert(members[g], row) end
  for g, rows in ipairs(members) do
    local e = fit.exemplars[g]
    table.sort(rows, function (a, b)
      if (a == e) ~= (b == e) then return a == e end
      return alike[a] > alike[b] or alike[a] == alike[b] and a < b
    end)
  end
  self.alike = alike
  return members
end

-- Similarity of each user to the exemplar; 0 for users without text.
local function set_nearness (self)
  local near = core.new("float32", self.opt.set.n_users):fill_(0)
  for row, u in ipairs(self.users) do near:set(u, self.alike[row]) end
  self.nearness = near
end

-- Mean similarity to the exemplar, to four digits.
local function confidence_of (rows, alike)
  local sum = 0
  for _, row in ipairs(rows) do sum = sum + alike[row] end
  return math.floor(sum / #rows * 1e4 + 0.5) / 1e4
end

local function set_labels (self, fit)
  local labels, list = {}, fit.labels
  if self.opt.shuffle == "clusters" then list = permuted(list, self.opt.seed) end
  for u = 1, self.opt.set.n_users do labels[u] = 0 end
  for row, u in ipairs(self.users) do labels[u] = list[row] end
  self.labels = core.from_table("int32", labels)
end

local function describe (self, fit, x)
  self.clusters = {}
  for g, rows in ipairs(members_of(self, fit, x)) do
    local users = {}
    for i = 1, math.min(self.opt.typical, #rows) do users[i] = self.users[rows[i]] end
    local ids = titles.of_users(self.opt.train, self.texts, users, self.opt.max_titles)
    local shown = {}
    for i, id in ipairs(ids) do shown[i] = titles.cut(self.texts[id]) end
    self.clusters[g] = { exemplar = self.users[fit.exemplars[g]], size = #rows, ids = ids, titles = shown,
                         confidence = confidence_of(rows, self.alike) }
  end
  set_nearness(self)
end

--- Clusters of users: each with its exemplar, size, the exemplar's items and titles.
-- @tparam table self plan after read_items
-- @treturn boolean true; or nil, message, code
function plan.cluster_users (self)
  local x, message, code = user_rows(self)
  if not x then return nil, message, code end
  local fit
  fit, message, code = fit_rows(self, x)
  if not fit then return nil, message, code end
  collectgarbage()           -- matrices of gigabytes: Lua would wait for as much again, all through training
  self.clustering = fit.text
  set_labels(self, fit)
  describe(self, fit, x)
  return true
end

--- The questions about each cluster: `cluster.requests`, as `prompt.requests` writes them.
-- @tparam table self plan after cluster_users
function plan.write_requests (self)
  self.rule = offline.new(self.texts, self.items, self.opt.interests)
  for _, cluster in ipairs(self.clusters) do
    if self.opt.prompt then
      local groups = self.opt.prompt.order == "time" and {} or self.rule:groups(cluster.ids)
      cluster.requests = prompt.requests(self.opt.prompt, cluster.titles, groups, self.opt.interests)
    end
  end
end

return plan
