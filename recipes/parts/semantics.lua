-- What users like, from options: encoder, client, artifact. Used by every recipe that needs interests:
--   local semantics = assert(require("recipes.parts.semantics").open(opt, set, split.train))
local esim = require "eimf.esim"
local esim_plan = require "eimf.esim.plan"
local files = require "eimf.files"
local text = require "eimf.text"
local alone = require "recipes.parts.alone"

local semantics = {}

local SEED = 1                           -- of texts and clusters: the same for every seed of a training
local PROMPTS = "recipes/prompts/%s.lua"

local function given (value) return value ~= "" and value ~= 0 and value or nil end

local function http_encoder (opt)
  if opt.encoder_url == "" then return nil, "encoder=http needs encoder_url=URL", "BAD_OPTION" end
  if opt.encoder_model == "" then return nil, "encoder_url needs encoder_model=NAME beside it", "BAD_OPTION" end
  return text.open {
    encoder = "http", url = opt.encoder_url, model = given(opt.encoder_model), concurrency = opt.concurrency,
    cache = opt.cache .. "/vectors",
  }
end

local encoders = { http = http_encoder }

function encoders.lsa (opt, set)
  local texts, n_without = text.item_texts(set, { category = opt.category })
  if n_without == set.n_items then return esim_plan.no_text(set, n_without, "lsa") end
  return text.open { encoder = "lsa", fit = texts, dim = opt.text_dim, seed = SEED }
end

-- Vectors of items from a file; where an endpoint of the same model is given too, it encodes the interests.
function encoders.file (opt)
  if opt.vectors == "" then return nil, "encoder=file needs vectors=PATH (.npy or .safetensors)", "BAD_OPTION" end
  local fallback, message, code
  if opt.encoder_url ~= "" then
    fallback, message, code = http_encoder(opt)
    if not fallback then return nil, message, code end
  end
  return text.open { encoder = "file", vectors = opt.vectors, fallback = fallback }
end

local function encoder_of (opt, set)
  if opt.vectors ~= "" and opt.encoder ~= "file" then
    local form = "vectors=%s goes with encoder=file, not with encoder=%s"
    return nil, form:format(opt.vectors, opt.encoder), "BAD_OPTION"
  end
  return encoders[opt.encoder](opt, set)
end

local function client (opt)
  if opt.llm == "offline" then return "offline" end
  local is_url = opt.llm:find("://", 1, true)
  return require("eimf.llm").open {
    url = is_url and opt.llm or nil, preset = not is_url and opt.llm or nil, model = given(opt.model),
    cache = opt.cache .. "/answers.jsonl", concurrency = opt.concurrency, timeout = opt.timeout,
    budget_requests = given(opt.budget_requests), budget_tokens = given(opt.budget_tokens),
    on_budget = opt.on_budget == "fallback" and "fallback" or nil,
    price_in = given(opt.price_in), price_out = given(opt.price_out),
  }
end

local function template_of (opt)
  local path = PROMPTS:format(opt.prompt)
  return files.kind(path) == "file" and path or opt.prompt
end

-- What the split holds out, for the guard.
local function held_out (opt, set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed }))
  return { split.valid, split.test }
end

local function request_of (opt, set, train)
  local made, message, code = files.mkdirs(opt.cache)
  if not made then return nil, message, code end
  local encoder, asked
  encoder, message, code = encoder_of(opt, set)
  if not encoder then return nil, message, code end
  asked, message, code = client(opt)
  if not asked then return nil, message, code end
  return {
    set = set, train = train, held_out = held_out(opt, set), encoder = encoder, llm = asked, prompt = template_of(opt),
    cluster = { preference = opt.preference, damping = opt.damping, form = opt.form, n = opt.clusters },
    max_titles = opt.max_titles, typical = opt.typical, interests = opt.interests_per_user, support = opt.support,
    complete = opt.complete,
    centre = opt.centre, recency = opt.recency, category = opt.category, exemplars = opt.exemplars,
    shuffle = opt.shuffle, seed = opt.shuffle == "none" and SEED or opt.seed, cache = opt.cache,
    out = opt.semantics_out or opt.out .. "/semantics", progress = opt.progress,
  }
end

--- Builds what users like, or reads it back.
-- @tparam table opt options of rules.lua and semantic_rules.lua; `semantics_out`: folder of the artifact, out/semantics
-- @tparam table set
-- @tparam table train part of the split
-- @tparam[opt=esim.build] function make esim.build, or esim.texts for vectors of items alone
-- @treturn table semantics (see eimf.esim); or nil, message, code
function semantics.open (opt, set, train, make)
  local request, message, code = request_of(opt, set, train)
  if not request then return nil, message, code end
  local built
  built, message, code = (make or esim.build)(request)
  if request.llm ~= "offline" then request.llm:close() end
  return built, message, code
end

--- Says what would be asked, and asks nothing.
-- @treturn string text to print; or nil, message, code
function semantics.dry_run (opt, set, train)
  local request, message, code = request_of(opt, set, train)
  if not request then return nil, message, code end
  local plan
  plan, message, code = esim.plan(request)
  if not plan then return nil, message, code end
  if request.llm == "offline" then
    return ("%d clusters (%s); the offline rule asks nobody"):format(#plan.clusters, plan.clustering)
  end
  local dry = request.llm:dry_run(plan.requests)
  return ("%s\n%d clusters (%s)"):format(dry.text, #plan.clusters, plan.clustering)
end

-- Options of the head, by their names in the recipes' options.
local HEAD = { "semantics", "start", "share", "share_dim", "unseen_near", "every", "step_items", "dim",
               "lambda_align", "lambda_semantic", "lambda_text",
               "adapter", "own", "scope", "scope_users", "semantic_temperature", "matching_temperature",
               "text_temperature", "profile_temperature", "profile_top" }

--- Options of eimf.esim.head.
-- @tparam table opt
-- @treturn table
function semantics.head_options (opt)
  local out = {}
  for _, name in ipairs(HEAD) do out[name] = opt[name] end
  return out
end

-- Interests of another data set, which has no cluster for a user of this one.
local function borrowed (opt)
  if opt.semantics == "matching" or opt.own > 0 or opt.scope ~= "cluster" then
    error("bank_from: interests of another data set go with semantics=profile own=0 scope=cluster", 0)
  end
  return function (request) return esim.borrow.build(request, opt.bank_from .. "/semantics.safetensors") end
end

-- What makes what the options need: interests, vectors of items alone (plain text), or nothing.
local function maker_of (opt)
  if opt.semantics ~= "none" or opt.start == "bank" or opt.share == "bank" then
    return opt.bank_from ~= "" and borrowed(opt) or esim.build
  end
  local texts = opt.lambda_text > 0 or opt.start == "text" or opt.share == "text" or opt.unseen_near > 0
  return texts and esim.texts or nil
end

--- Do the options ask for interests?
-- @tparam table opt
-- @treturn boolean
function semantics.asks (opt) return maker_of(opt) == esim.build end

--- What training needs of texts, by options; nil where they ask for none of it, or where there are no texts (said).
-- Raises where it cannot be had.
-- @tparam table opt
-- @tparam table set
-- @tparam table train
-- @treturn ?table semantics
function semantics.of (opt, set, train)
  local make = maker_of(opt)
  if not make then return nil end
  local built, message, code = semantics.open(opt, set, train, make)
  if not built and code ~= "NO_TEXT" then error(message, 0) end
  print(built and esim.report.summary(built, set) or message .. "; the backbone is trained alone")
  return built
end

local function changed (opt, changes)
  local out = {}
  for name, value in pairs(opt) do out[name] = value end
  for name, value in pairs(changes) do out[name] = value end
  return out
end

--- The same options without semantics: of the backbone alone.
-- @tparam table opt
-- @tparam string folder its own
-- @treturn table
function semantics.without (opt, folder)
  return changed(opt, alone { shuffle = "none", out = folder })
end

--- The same options for joint training, which may suit another learning rate.
-- @tparam table opt
-- @treturn table
function semantics.joint (opt)
  return opt.lr_joint > 0 and changed(opt, { lr = opt.lr_joint }) or opt
end

return semantics
