-- A large catalogue on one machine, generated: made, split, some steps of an epoch, exact lists of many users, with
-- seconds and peak memory after each and what the memory is.
--   lua5.4 bench/scale.lua users=1000000 items=1000000 interactions=20000000 steps=200 ranked=10000 threads=2
-- curve=true: instead, time of a step on the same batch shapes at N = 10^4, 10^5, 10^6, 10^7 items (bench/curve.lua).
require "recipes.path"
local eimf = require "eimf"
local core = require "eimf.core"
local generated = require "eimf.data.generated"
local given = require "bench.given"
local limit = require "bench.limit"
local stages_of = require "bench.stages"
local trainee = require "bench.trainee"

local SHORTEST, LONGEST = 5, 1000        -- interactions of a user, in the mean, of eimf.data.generated
local WHOLE = { "integer", min = 1, max = 2000000000 }

local opt = given.options({
  users = 1000000, items = 1000000, interactions = 20000000, steps = 200, ranked = 10000, top = 50, threads = 2,
  batch = 256, max_len = 20, dim = 64, n_interests = 4, n_negatives = 1280, curve = false, largest = 10000000,
  seconds = 2,
}, {
  users = WHOLE, items = WHOLE, interactions = WHOLE, top = WHOLE,
  largest = { "integer", min = 10000, help = "curve: items at most" },
  steps = { "integer", min = 2 }, ranked = WHOLE,
})

local stages = stages_of()
local set, split, ex, made, v, rate

local function catalogue ()
  local mean = opt.interactions / opt.users
  if mean < SHORTEST or mean > LONGEST then
    given.fail("interactions=%d of users=%d: %g of each; a catalogue can be made with %d to %d", opt.interactions,
      opt.users, mean, SHORTEST, LONGEST)
  end
  return generated.open { users = opt.users, items = opt.items, mean_length = mean }
end

local function measure ()
  stages:stage("catalogue made", function () set = catalogue() end,
    function () return ("%d interactions"):format(set.n_interactions) end)
  stages:stage("split, leave one out", function () split = assert(set:split("leave_one_out")) end)
  stages:stage("examples", function ()
    ex = assert(eimf.data.examples(split.train, { max_len = opt.max_len, batch = opt.batch }))
  end, function () return ("%d examples, %d steps an epoch"):format(ex:count(), ex:steps()) end)
  stages:stage("model and optimiser", function () made = trainee(opt, set.n_items) end)
  stages:stage("first step", function () made:step(ex:batch(1, 1)) end,
    function () return "shuffles the examples of the epoch" end)
  stages:stage(("%d steps"):format(opt.steps - 1), function ()
    local batch
    for i = 2, opt.steps do
      batch = ex:batch(1, (i - 1) % ex:steps() + 1, batch)
      made:step(batch)
    end
  end, function (seconds)
    local each = seconds / (opt.steps - 1)
    return ("%.2f ms/step, %.0f examples/s, an epoch in %.0f s"):format(1e3 * each, opt.batch / each, each * ex:steps())
  end)
  stages:stage(("interests of %d users"):format(opt.ranked), function ()
    local histories, batch = eimf.data.histories(split.test, { max_len = opt.max_len, batch = opt.batch }), nil
    v = eimf.zeros(math.min(opt.ranked, histories:count()), opt.n_interests, opt.dim)
    for i = 1, math.ceil(v:dim(1) / opt.batch) do
      batch = histories:batch(i, batch)
      local last = math.min(batch.first + batch.size - 1, v:dim(1))
      local found = made.model:interests(eimf.plain, batch.history).data
      v:rows(batch.first, last):copy_(found:rows(1, last - batch.first + 1))
    end
  end)
  stages:stage(("exact top %d of them"):format(opt.top), function ()
    eimf.eval.rank { interests = v, items = made.model.items.data, n = opt.top }
  end, function (seconds)
    rate = v:dim(1) / seconds
    return ("%.0f users/s"):format(rate)
  end)
end

local function account ()
  local items, moments = made.model.items, made.adam.moments[made.model.items]
  stages:memory("item table (N+1, D)", { items.data })
  stages:memory("Adam's two moments of it", { moments.m, moments.v })
  stages:memory("marks of items, Adam's and the sampler's", { moments.marker, made.loss.marker })
  local truth = set.truth
  stages:memory("interactions of the catalogue, users, counts, its truth", { set.items, set.offsets, set.counts,
    truth.item_interest, truth.item_origin, truth.user_group, truth.user_interests.ids, truth.user_interests.offsets })
  stages:memory("training sequences", { split.train.items, split.train.offsets })
  for _, name in ipairs { "valid", "test" } do
    local p = split[name]
    stages:memory("histories and targets of " .. name, { p.users, p.history, p.history_offsets, p.targets,
      p.target_offsets })
  end
  stages:memory("order of the examples", { ex.order })
  stages:memory("interests of the ranked", { v })
end

given.run(function ()
  if opt.curve then return require "bench.curve" (opt) end
  measure()
  account()
  print(("eimf scale U=%d N=%d D=%d K=%d threads=%d simd=%s: %.0f users/s"):format(opt.users, set.n_items, opt.dim,
    opt.n_interests, opt.threads, core.simd(), rate))
  stages:print("Lua lists while splitting, tensors not collected yet, libraries")
  local ids = set.items:size() + split.train.items:size() + split.valid.history:size() + split.test.history:size()
  print(("bytes an interaction: %.1f in the catalogue, %.1f with the split and the order of examples"):format(
    4 * set.items:size() / set.n_interactions, 4 * (ids + ex.order:size()) / set.n_interactions))
  limit.report(2e-9 * rate * opt.n_interests * set.n_items * opt.dim, limit.gemm(), "GFLOP/s")
end)
