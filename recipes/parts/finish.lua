-- The end of a recipe: the table, the gain, metrics.json; or, after Ctrl-C, how to go on.
local eimf = require "eimf"
local report = require "eimf.report"
local safetensors = require "eimf.safetensors"
local system = require "eimf.system"
local command = require "recipes.parts.command"
local evaluator = require "recipes.parts.evaluator"
local gain = require "recipes.parts.gain"

local finish = {}

--- After Ctrl-C: the checkpoint is written; says how to go on and ends the program.
-- @tparam table opt
function finish.interrupted (opt)
  command.interrupted(("stopped; a checkpoint is in %s. Go on with: %s resume=true"):format(opt.out,
    command.line "resume"))
end

local function pop (metrics, name)
  local value = metrics[name]
  metrics[name] = nil
  return value
end

-- A model on valid, and on test but where test=false leaves it for later.
local function row (name, evaluate, split, counts, opt)
  local made = { name = name, valid = evaluate(split.valid) }
  if not opt.test then return made end
  made.test = evaluate(split.test, { counts = counts, groups = true, per_user = true })
  made.groups, made.per_user = pop(made.test, "groups"), pop(made.test, "per_user")
  return made
end

local function row_of_run (run, name, counts)
  local made = row(name, run.evaluate, run.split, counts, run.opt)
  if made.per_user then                    -- each user's values, for tests over several seeds (recipes/summary.lua)
    assert(safetensors.save(run.opt.out .. "/per_user.safetensors", { values = made.per_user.values },
      { names = table.concat(made.per_user.names, "\n") }))
  end
  made.metrics = { model = name, backbone = run.opt.backbone, seed = run.opt.seed, valid = made.valid, test = made.test,
                   groups = made.groups, best_epoch = run.stopper.at, seconds = run.took }
  return made
end

-- What the semantic module found, for metrics.json.
local function about_semantics (opt, semantics)
  if not semantics then return { semantics = "none", clusters = 0, interests = 0, llm_calls = 0 } end
  return { semantics = opt.semantics, clusters = #semantics.clusters,
           interests = semantics.interests and semantics.interests:dim(1) or 0,
           llm_calls = semantics.llm_calls, encoder = semantics.encoder, llm = opt.llm, shuffle = opt.shuffle,
           llm_account = semantics.asked, clustering = semantics.clustering }
end

local function as_metrics (made) return { valid = made.valid, test = made.test } end

local function merge (into, ...)
  for _, from in ipairs { ... } do
    for name, value in pairs(from) do into[name] = value end
  end
  return into
end

--- Valid and test of the best snapshots beside popularity: printed, and written to out/metrics.json.
-- @tparam run run its model holds the best weights; `took` seconds
-- @tparam ?run alone the backbone alone, from the same seed
-- @tparam ?table semantics
function finish.report (run, alone, semantics)
  local opt, set, split = run.opt, run.set, run.split
  local counts, seen = eimf.eval.counts(split.train.items, set.n_items), evaluator.leaves_seen_out(opt)
  local what = { protocol = opt.protocol, exclude_seen = seen, ndcg = opt.ndcg, data = set.provenance,
                 generated = set.generated }
  local popular = row("popular", evaluator.new(opt, eimf.models.popular({}, set.n_items):fit(split.train.items)),
    split, counts, opt)
  local rows = { popular }
  if alone then
    rows[2] = row_of_run(alone, opt.backbone .. " alone", counts)
    merge(rows[2].metrics, what, about_semantics(opt), { popular = as_metrics(popular) })
    assert(report.write_metrics(alone.opt.out .. "/metrics.json", rows[2].metrics))
  end
  local best = row_of_run(run, opt.backbone .. (semantics and " + " .. gain.name(opt) or ""), counts)
  rows[#rows + 1] = best
  local compared = alone and opt.test and gain.of(best, rows[2])
  local metrics = merge({}, best.metrics, what, about_semantics(opt, semantics), {
    popular = as_metrics(popular), peak_rss_mb = system.peak_rss(),
    alone = alone and rows[2].metrics or nil, gain = compared or nil,
  })
  assert(report.write_metrics(opt.out .. "/metrics.json", metrics))
  print(report.table(rows, evaluator.CUTOFFS))
  if compared then print(gain.text(compared)) end
  print(report.protocol_line(opt, set, seen))
  if opt.report then assert(report.write(assert(report.run(opt.out)), opt.out)) end
  print(("best epoch %d; %.0f s, peak memory %.0f MB; written to %s/"):format(run.stopper.at, metrics.seconds,
    metrics.peak_rss_mb, opt.out))
end

return finish
