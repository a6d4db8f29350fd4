-- Time of a training step with the semantic module beside the backbone's alone, in turn on the same batches, with the
-- options of a data set's recipe; and where it goes.
--   lua5.4 bench/joint.lua data=beauty threads=2 steps=40 rounds=6 profile=true
require "recipes.path"
local eimf = require "eimf"
local system = require "eimf.system"
local given = require "bench.given"
local flops = require "bench.flops"
local limit = require "bench.limit"
local open_data = require "recipes.parts.data"
local semantic = require "recipes.parts.semantics"
local train = require "recipes.parts.trainer"

local rules = require "recipes.parts.rules"
rules.steps = { "integer", min = 1, default = 40, help = "of a turn" }
rules.rounds = { "integer", min = 1, default = 6, help = "turns of each" }

local RECIPES = { "beauty", "grocery", "ml1m", "office", "online_retail" }

-- The recipe of a data set; data=ml-1m is recipes/ml1m.lua.
local function recipe_of (data)
  local letters = data:gsub("[-_]", "")
  for _, recipe in ipairs(RECIPES) do
    if recipe:gsub("_", "") == letters then return recipe end
  end
  given.fail("option 'data': there is no recipe of %s; expected one of %s", data, table.concat(RECIPES, ", "))
end

-- The options of a recipe are what it gives to recipes.eimf.
local function defaults_of (recipe)
  local defaults
  local real = package.loaded["recipes.eimf"]
  package.loaded["recipes.eimf"] = function (options) defaults = options end
  dofile("recipes/" .. recipe .. ".lua")
  package.loaded["recipes.eimf"] = real
  return defaults
end

local data = "beauty"
for _, word in ipairs(arg) do data = word:match("^data=(.+)$") or data end
local defaults = given.run(function () return defaults_of(recipe_of(data)) end)
defaults.out = "runs/bench-joint"
local opt = given.options(defaults, rules)

local function median (list)
  list = { table.unpack(list) }
  table.sort(list)
  return list[(#list + 1) // 2]
end

-- Seconds of a step of one turn of a model.
local batch
local function turn (model, examples, round)
  local since = system.now()
  if model.profile then model.profile:restart() end
  for i = 1, opt.steps do
    local at = (round - 1) * opt.steps + i - 1
    batch = examples:batch(at // examples:steps(), at % examples:steps() + 1, batch)
    model:step(batch)
    model.tape:reset()
  end
  return (system.now() - since) / opt.steps
end

-- The set; both models, alone and joint; the examples.
local function made ()
  local set = assert(open_data(opt))
  local split = assert(set:split(opt.protocol, { seed = opt.seed }))
  local semantics = assert(semantic.of(opt, set, split.train), "no semantics asked for")
  local examples = assert(eimf.data.examples(split.train,
    { mode = opt.examples, max_len = opt.max_len, batch = opt.batch, seed = opt.seed }))

  local models = {
    train.new(semantic.without(opt, opt.out), set, split),
    train.new(semantic.joint(opt), set, split, semantics),
  }
  return set, models, examples
end

given.run(function ()
  local set, models, examples = made()
  local ratios, seconds, work = {}, { {}, {} }, {}
  for i, model in ipairs(models) do
    work[i] = flops.of(function () seconds[i][1] = turn(model, examples, 1) end) / opt.steps
  end
  for round = 2, opt.rounds + 1 do
    for i, model in ipairs(models) do seconds[i][round] = turn(model, examples, round) end
    ratios[round - 1] = seconds[2][round] / seconds[1][round]      -- the first round warms up
  end
  for i in ipairs(models) do table.remove(seconds[i], 1) end
  print(("%s %s: alone %.2f ms/step, joint %.2f ms/step, ratio %.2f (medians of %d turns of %d steps, %d threads, %s)")
    :format(set.name, opt.backbone, median(seconds[1]) * 1e3, median(seconds[2]) * 1e3, median(ratios), opt.rounds,
      opt.steps, eimf.threads(), eimf.info().simd or "?"))
  local most = limit.gemm()
  for i, name in ipairs { "limit, alone", "limit, joint" } do
    limit.report(1e-9 * work[i] / median(seconds[i]), most, "GFLOP/s", name)
  end
  if opt.profile then
    for i, name in ipairs { "alone", "joint" } do print(name .. "\n" .. tostring(models[i].profile)) end
  end
end)
