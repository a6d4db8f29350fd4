--- Builds what users like, in words and vectors, from training interactions and titles:
-- titles -> user vectors -> clusters -> typical users -> an LLM or the offline rule -> interests -> vectors.
-- Composes eimf.text, eimf.cluster and eimf.llm. Neighbours: artifact,
-- ask, bank, guard, offline, plan, template; json, files.
-- @module eimf.esim.build

local artifact = require "eimf.esim.artifact"
local ask = require "eimf.esim.ask"
local bank = require "eimf.esim.bank"
local files = require "eimf.files"
local guard = require "eimf.esim.guard"
local json = require "eimf.json"
local offline = require "eimf.esim.offline"
local options = require "eimf.options"
local plan = require "eimf.esim.plan"
local system = require "eimf.system"
local template = require "eimf.esim.template"

local build = {}

local RULES = {
  set = { "table", required = true }, train = { "table", required = true }, held_out = { "table" },
  encoder = { "table|userdata", required = true }, cluster = { "table", default = {} },
  llm = { "any", default = "offline" }, prompt = { "any" },
  max_titles = { "integer", min = 1, max = 1000, default = 50 }, last = { "integer", min = 1, default = 50 },
  interests = { "integer", min = 1, max = 64, default = 4 }, typical = { "integer", min = 1, max = 1000, default = 1 },
  support = { "number", min = 0, max = 1, default = 0.5 }, recency = { "number", min = 0, below = 1, default = 0 },
  centre = { "boolean", default = false }, category = { "boolean", default = true },
  exemplars = { one_of = { "affinity", "kmedoids", "random" }, default = "affinity" },
  shuffle = { one_of = { "none", "titles", "clusters" }, default = "none" },
  complete = { "boolean", default = true },
  out = { "string" }, cache = { "string" }, seed = { "integer", min = 0, default = 1 },
  progress = { "function" },
}
local CLUSTER = {
  preference = { "number", default = -10 }, damping = { "number", min = 0.5, below = 1, default = 0.9 },
  form = { "string", default = "auto" }, n = { "integer", min = 0, default = 0 },
}
-- Options that are part of the artifact's hash.
local HASHED = { "max_titles", "last", "interests", "typical", "support", "recency", "centre", "category", "exemplars",
                 "shuffle", "complete", "seed" }

local function checked (given)
  local opt = options.check("eimf.esim.build", given, RULES)
  opt.cluster = options.check("eimf.esim.build, cluster", opt.cluster, CLUSTER)
  if opt.llm == "offline" then opt.llm = nil end
  if opt.llm and type(opt.llm.ask) ~= "function" then
    error("eimf.esim.build: option 'llm' is neither a client nor \"offline\"", 3)
  end
  if opt.llm and not opt.prompt then error("eimf.esim.build: an LLM needs the option 'prompt'", 3) end
  guard.check(opt.set, opt.train, opt.held_out)
  return opt
end

local function load_prompt (opt)
  if not opt.prompt then return true end
  local loaded, message, code = template.load(opt.prompt)
  opt.prompt = loaded
  return loaded, message, code
end

local function hash_of (self)
  local opt, values = self.opt, {}
  for i, name in ipairs(HASHED) do values[i] = name .. "=" .. tostring(opt[name]) end
  return artifact.hash(opt.train, self.texts, {
    artifact.FORM, offline.VERSION, opt.encoder:key(), json.encode(opt.cluster), table.concat(values, "\n"),
    opt.llm and template.key(opt.prompt) .. "\0" .. tostring(opt.llm.model) or "offline",
  })
end

--- Texts, vectors and the hash of everything that goes in.
local function begin (given)
  local self = { opt = checked(given), started = system.now(), notes = {} }
  local done, message, code = load_prompt(self.opt)
  if not done then return nil, message, code end
  done, message, code = plan.read_items(self)
  if not done then return nil, message, code end
  self.hash = hash_of(self)
  return self
end

local function prepare (self)
  local done, message, code = plan.cluster_users(self)
  if not done then return nil, message, code end
  plan.write_requests(self)
  return self
end

--- Everything that is known before anybody is asked: for a dry run.
-- @tparam table given options, as of `build.build`
-- @treturn table plan: `clusters` with exemplar, size, titles; `requests`, `labels`, `items`, `texts`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function build.plan (given)
  local self, message, code = begin(given)
  if not self then return nil, message, code end
  self, message, code = prepare(self)
  if not self then return nil, message, code end
  self.requests = ask.requests(self)
  return self
end

local function semantics_of (self, account)
  local clusters = {}
  for g, c in ipairs(self.clusters) do
    clusters[g] = { exemplar = c.exemplar, size = c.size, titles = c.titles, interests = c.interests, source = c.source,
                    confidence = c.confidence, reason = c.reason, prompt = c.prompt }
  end
  return {
    items = self.items, interests = self.bank, owner = self.owner, offsets = self.offsets, labels = self.labels,
    nearness = self.nearness,
    clusters = clusters, account = account, asked = self.opt.llm and tostring(account) or nil, notes = self.notes,
    hash = self.hash, encoder = self.opt.encoder.name, clustering = self.clustering,
    n_without_text = self.n_without_text, n_users_without_text = self.n_users_without_text,
    incomplete = self.incomplete or false, llm_calls = account.requests or 0,
  }
end

--- Texts of items as vectors, and nothing else: no user is clustered, nobody is asked. For what needs no interests.
-- @tparam table given options, as of `build.build`
-- @treturn table semantics { items (N, Dt), clusters = {}, hash, seconds, encoder, n_without_text, notes,
-- llm_calls = 0 }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function build.texts (given)
  local self, message, code = begin(given)
  if not self then return nil, message, code end
  return { items = self.items, clusters = {}, hash = self.hash, seconds = system.now() - self.started,
           encoder = self.opt.encoder.name, n_without_text = self.n_without_text, notes = self.notes, llm_calls = 0 }
end

local function cache_path (self)
  return self.opt.cache and ("%s/semantics-%s.safetensors"):format(self.opt.cache, self.hash)
end

-- A finished artifact of the same inputs, in `out` or in the cache.
local function found (self)
  local in_out = self.opt.out and self.opt.out .. "/semantics.safetensors"
  for _, path in ipairs { in_out or false, cache_path(self) or false } do
    local semantics = path and artifact.load(path, self.hash)
    if semantics and not semantics.incomplete then
      semantics.read_from, semantics.llm_calls, semantics.account = path, 0, { requests = 0 }
      return semantics
    end
  end
end

local function make (self)
  local done, message, code = prepare(self)
  if not done then return nil, message, code end
  local account
  account, message, code = ask[self.opt.llm and "llm" or "offline"](self)
  if not account then return nil, message, code end
  done, message, code = bank.make(self)
  if not done then return nil, message, code end
  return semantics_of(self, account)
end

local function save (self, semantics)
  local opt = self.opt
  semantics.seconds = system.now() - self.started
  if not opt.out then return semantics end
  local done, message, code = artifact.save(opt.out, semantics, opt.set, cache_path(self))
  if not done then return nil, message, code end
  return semantics
end

--- Builds what users like; or reads it back, where it was built from the same inputs before.
-- @tparam table given
-- `set`, `train` (the training part of a split), `held_out` = { valid, test }: parts that must not be in it (checked);
-- `encoder` (eimf.text), `cluster` = { preference = -10, damping = 0.9, form = "auto", n = 0: number wanted },
-- `llm` = client (eimf.llm) or "offline", `prompt` = template or path, `max_titles` = 50 shown of a cluster,
-- `typical` = 1 users of a cluster whose titles are shown, `interests` = 4 at most of a cluster,
-- `complete` = true: titles that no interest of an LLM's answer names get interests by the offline rule,
-- `support` = 0.5 (0: vectors of interests from words alone, 1: from supporting titles alone),
-- `last` = 50, `recency` = 0, `centre` = false: of user vectors; `category` = true: texts with it,
-- `exemplars` = "affinity" | "kmedoids" | "random", `shuffle` = "none" | "titles" | "clusters", `seed` = 1,
-- `out` = folder of the artifact, `cache` = folder where clusters and artifacts are kept by hash,
-- `progress` = function (state), true stops
-- @treturn table semantics { items (N, Dt) unit rows, row i = item i, zeros: no text; interests (J, Dt) unit rows;
-- owner (J) int32: cluster of each interest; offsets (G+1) int32; labels (U) int32: cluster of each user, 0: no text;
-- nearness (U): cosine of each user and the exemplar of the cluster the user was put into, 0: no text;
-- clusters = { { exemplar = user, size, titles, interests = { { name, description, items = ids, by = "offline rule"
-- where the rule added it to an answer } }, source, confidence, reason } };
-- account, llm_calls, hash, seconds, encoder, clustering, n_without_text, n_users_without_text, notes,
-- read_from = path where nothing was built }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "NO_TEXT", "BAD_TEMPLATE", "AUTH", "BUDGET", "ENOSPC" ...
function build.build (given)
  local self, message, code = begin(given)
  if not self then return nil, message, code end
  if given.cache then
    local done
    done, message, code = files.mkdirs(given.cache)
    if not done then return nil, message, code end
  end
  local semantics = found(self)
  if not semantics then
    semantics, message, code = make(self)
    if not semantics then return nil, message, code end
  end
  return save(self, semantics)
end

return build
