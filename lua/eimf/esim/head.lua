--- The semantic head: what the joint loss adds to the recommendation loss, and
-- only while training. Terms by options, each one switch:
--   semantics = "profile" | "matching"    see eimf.esim.profile, eimf.esim.matching
--   lambda_text > 0                       see eimf.esim.plain_text
--   start = "bank" | "text"               the item table begins from texts: see eimf.esim.start
--   share = "bank" | "text"               items with like texts learn together: see eimf.esim.shared
--   unseen_near > 0                       items that training never saw: see eimf.esim.unseen
-- Neighbours: those six, vectors.
-- @module eimf.esim.head

local core = require "eimf.core"
local options = require "eimf.options"
local plain_text = require "eimf.esim.plain_text"
local shared = require "eimf.esim.shared"
local start = require "eimf.esim.start"
local unseen = require "eimf.esim.unseen"
local vectors = require "eimf.esim.vectors"

local TERMS = { profile = require "eimf.esim.profile", matching = require "eimf.esim.matching" }

local head = {}

local Head = {}
Head.__index = Head

local RULES = {
  semantics = { one_of = { "none", "profile", "matching" }, default = "profile" },
  start = { one_of = { "none", "bank", "text" }, default = "none" },
  share = { one_of = { "none", "bank", "text" }, default = "none" }, share_dim = { "integer", min = 1, default = 64 },
  every = { "integer", min = 1, default = 1 }, dim = { "integer", min = 1, required = true },
  lambda_align = { "number", min = 0, default = 0.3 }, lambda_semantic = { "number", min = 0, default = 0.3 },
  lambda_text = { "number", min = 0, default = 0 },
  adapter = { one_of = { "mlp", "linear" }, default = "mlp" },
  semantic_temperature = { "number", above = 0, default = 0.1 },
  matching_temperature = { "number", above = 0, default = 0.2 },
  text_temperature = { "number", above = 0, default = 0.1 }, step_items = { "integer", min = 2, default = 1024 },
  profile_temperature = { "number", above = 0, default = 0.05 }, profile_top = { "integer", min = 1, default = 64 },
  own = { "number", min = 0, default = 0 },
  scope = { one_of = { "cluster", "exemplar", "knn" }, default = "cluster" },
  scope_users = { "integer", min = 1, default = 10 },
  unseen_near = { "integer", min = 0, default = 0 },
}

-- Rows minus their mean, at length 1; rows of zeros stay.
local function about_mean (x)
  local y = core.new("float32", x:dim(1), x:dim(2))
  core.centre_rows(y, x)
  return y
end

-- The users of each cluster that lie nearest to their exemplar, an exemplar first.
local function nearest_users (semantics, n)
  local members, taught, near, is_exemplar = {}, {}, semantics.nearness, {}
  for _, cluster in ipairs(semantics.clusters) do is_exemplar[cluster.exemplar] = true end
  for g = 1, #semantics.clusters do members[g] = {} end
  for u = 1, semantics.labels:size() do
    local g = semantics.labels:get(u)
    if g > 0 then table.insert(members[g], u) end
  end
  for g, users in ipairs(members) do
    table.sort(users, function (a, b)
      local x, y = near:get(a), near:get(b)
      if is_exemplar[a] ~= is_exemplar[b] then return is_exemplar[a] or false end
      if x ~= y then return x > y end
      return a < b
    end)
    for i = 1, math.min(n, #users) do taught[users[i]] = g end
  end
  return taught
end

-- Cluster of each user that is taught, by `scope`; 0 for the others.
local function taught_users (opt, semantics)
  if opt.scope == "cluster" then return semantics.labels end
  local taught = {}
  if opt.scope == "exemplar" then
    for _, cluster in ipairs(semantics.clusters) do
      taught[cluster.exemplar] = semantics.labels:get(cluster.exemplar)              -- another one where shuffled
    end
  else
    taught = nearest_users(semantics, opt.scope_users)
  end
  local out = core.new("int32", semantics.labels:size()):fill_(0)
  for u, g in pairs(taught) do out:set(u, g) end
  return out
end

-- Nothing is taught without texts or without interests; says why.
local function nothing (self, why)
  self.note = why
  return self
end

-- Do the options ask for interests? Plain text does without.
local function needs_interests (opt)
  return opt.semantics ~= "none" or opt.start == "bank" or opt.share == "bank"
end

local function add_terms (self, opt, semantics, rng)
  local interests = needs_interests(opt) and semantics.interests or nil
  local about = {
    items = about_mean(semantics.items), bank = interests and about_mean(interests), interests = interests,
    owner = semantics.owner, offsets = semantics.offsets,
  }
  if opt.semantics ~= "none" then
    self.terms[1] = TERMS[opt.semantics].new(opt, about, rng)
  end
  if opt.lambda_text > 0 then
    self.terms[#self.terms + 1] = plain_text.new(opt, about, rng)
  end
  return about
end

-- A marker for core.distinct and core.taught that leaves items without text out.
local function mark_textless (self, items)
  local N, with_text = items:dim(1), vectors.present(items)
  self.marker, self.distinct = core.new("int32", N + 1):fill_(-1), core.new("int32", N)
  self.n_with_text = #with_text
  for _, i in ipairs(with_text) do self.marker:set(i + 1, 0) end
end

--- A head. Without `semantics` it adds nothing.
-- @tparam table given `semantics` = "profile" | "matching" | "none"; `dim` D (required); `lambda_align`,
--   `lambda_semantic` (0.3), `lambda_text` (0): weights; `adapter` = "mlp" | "linear"; `start` = "none" | "bank" |
--   "text"; `share` the same, over `share_dim` 64 directions; temperatures `semantic_temperature` 0.1 (profile),
--   `matching_temperature` 0.2, `text_temperature` 0.1, `profile_temperature` 0.05; `profile_top` 64 entries of a
--   profile; `own` 0: by how much more the bank entries of the user's own cluster weigh; `scope` = "cluster" |
--   "exemplar" | "knn": which users are taught, all, the exemplars, or the `scope_users` nearest to each exemplar;
--   `step_items` 1024 distinct items of a step, at most, that L_align and L_text go over; `every` 1: it
--   teaches at every so manieth step, so many times as much; `unseen_near` 0: items that training never saw get the
--   mean vector of so many that are near by text
-- @tparam ?table semantics as `eimf.esim.build` gives it, or `eimf.esim.texts` where no option asks for interests
-- @tparam rng rng
-- @treturn head
function head.new (given, semantics, rng)
  local opt = options.check("eimf.esim.head", given, RULES)
  local self = setmetatable({ opt = opt, terms = {} }, Head)
  if not semantics then return self end
  mark_textless(self, semantics.items)
  if self.n_with_text == 0 then return nothing(self, "no item has a text: nothing is taught") end
  if needs_interests(opt) and semantics.interests:dim(1) == 0 then
    return nothing(self, "no interests were found: nothing is taught")
  end
  self.users = opt.semantics ~= "none" and taught_users(opt, semantics) or nil
  self.about = add_terms(self, opt, semantics, rng)
  return self
end

local function bank_for (self, how) return how == "bank" and self.about.bank or nil end

--- Gets an item table ready, by options: `start` lets it begin from texts, `share` lets items with like texts learn
-- together. Items without text keep what they had, and learn alone.
-- @tparam param items (N+1, D)
-- @tparam ?boolean by_rows the table is only looked up row by row between one `settle` and the next, so that what
--   items share can wait until then
-- @tparam ?tensor counts (N+1) int32: how often each item occurs in training; `unseen_near` wants it
function Head:begin (items, by_rows, counts)
  local opt, about = self.opt, self.about
  if not about then return end
  if opt.start ~= "none" then
    start.fill(items.data, start.coordinates(about.items, bank_for(self, opt.start), opt.dim))
  end
  if opt.share ~= "none" then
    self.shared = shared.new(items, about.items, bank_for(self, opt.share),
      { dim = opt.share_dim, every = opt.every, late = by_rows })
  end
  if opt.unseen_near > 0 then
    if not counts then error("head:begin: unseen_near wants 'counts'", 2) end
    self.unseen = unseen.new(items, about.items, counts, opt.unseen_near)
  end
end

-- Targets that teach (0: the user is not taught, or the item has no text), how many do, and clusters of the users.
local function taught_targets (self, t, batch)
  local taught, clusters = t:take("int32", batch.size), t:take("int32", batch.size)
  return taught, core.taught(taught, clusters, batch.users, self.users, batch.targets, self.marker), clusters
end

-- Is this one of the steps that teach?
local function teaches (self, t) return t.step % self.opt.every == 0 end

-- A term that comes at some steps only counts for the others too.
local function often (self, t, term) return self.opt.every == 1 and term or t:scale(term, self.opt.every) end

--- The joint loss: adds the head's terms to the recommendation loss.
-- @tparam tape t
-- @tparam value loss one number
-- @tparam table step `items` (N+1, D) param; `interests` (B, K, D); `chosen` (B, D) the interest read out for each
--   target; `batch` as of eimf.data.examples; `item_loss`
-- @treturn value one number
function Head:add (t, loss, step)
  if #self.terms == 0 or not teaches(self, t) then return loss end
  local batch = step.batch
  local n = math.min(core.distinct(self.distinct, self.marker, batch.targets, batch.history.ids), self.opt.step_items)
  step.targets, step.distinct = batch.targets, self.distinct:rows(1, n)
  if self.users then step.taught, step.n_taught, step.clusters = taught_targets(self, t, batch) end
  for _, term in ipairs(self.terms) do
    for _, more in ipairs(term:losses(t, step)) do loss = t:add(loss, often(self, t, more)) end
  end
  return loss
end

--- The optimiser's step, and what items share of it.
-- @tparam tape t
-- @tparam adam optim
function Head:step (t, optim)
  local shared_too = self.shared and teaches(self, t)
  if shared_too then self.shared:gather(t) end
  optim:step()
  if shared_too then self.shared:spread(t) end
end

--- The item table is whole afterwards: before it is evaluated, or saved as a model.
function Head:settle ()
  if self.shared then self.shared:settle() end
  if self.unseen then self.unseen:settle() end
end

--- What a checkpoint has to hold besides parameters: { { name, data = tensor },... }
-- @treturn table
function Head:kept () return { self.shared and self.shared.change } end

--- What the head trains: adapters, and what items share; after `begin`.
-- @treturn {param,...}
function Head:params ()
  local out = { self.shared and self.shared.map }
  for _, term in ipairs(self.terms) do
    for _, p in ipairs(term:params()) do out[#out + 1] = p end
  end
  return out
end

return head
