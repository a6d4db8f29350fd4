-- The end of a recipe: the table, metrics.json; or, after Ctrl-C, how to go on.
local eval = require "eimf.eval"
local report = require "eimf.report"
local system = require "eimf.system"

local finish = {}

local INTERRUPTED = 130                  -- what a shell says of a program that Ctrl-C ended

-- A word of a command line, quoted where a shell would split or change it.
local function quoted (word)
  if word:match("^[%w%._/=@%%+:,-]+$") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- After Ctrl-C: the checkpoint is written; says how to go on and ends the program.
-- @tparam table opt
function finish.interrupted (opt)
  local words = { "lua5.4", quoted(arg[0]) }
  for _, word in ipairs(arg) do
    if not word:match("^resume=") then words[#words + 1] = quoted(word) end
  end
  io.stderr:write(("stopped; a checkpoint is in %s. Go on with: %s resume=true\n"):format(
    opt.out, table.concat(words, " ")))
  os.exit(INTERRUPTED)
end

local function without (metrics, name)
  local out = {}
  for key, value in pairs(metrics) do if key ~= name then out[key] = value end end
  return out
end

--- Valid and test of the best snapshot beside popularity: printed, and written to out/metrics.json.
-- @tparam run run its `opt`, `set`, `split`; the model holds the best weights
-- @tparam table how `popular` and `backbone`: functions part, extra -> metrics, seen items left out?; `cutoffs`
function finish.report (run, how)
  local opt, set, split = run.opt, run.set, run.split
  local counts = eval.counts(split.train.items, set.n_items)
  local rows, seen = {}, nil
  for i, name in ipairs { "popular", "backbone" } do
    local valid, test
    valid = how[name](split.valid)
    test, seen = how[name](split.test, { counts = counts, groups = true })
    rows[i] = { name = name == "backbone" and opt.backbone or name, valid = valid, test = without(test, "groups"),
                groups = test.groups }
  end
  local metrics = {
    protocol = opt.protocol, exclude_seen = seen, ndcg = opt.ndcg, data = set.provenance, generated = set.generated,
    backbone = opt.backbone, seed = opt.seed, valid = rows[2].valid, test = rows[2].test, groups = rows[2].groups,
    popular = { valid = rows[1].valid, test = rows[1].test }, best_epoch = run.stopper.at,
    seconds = run:seconds(), peak_rss_mb = system.peak_rss(),
  }
  assert(report.write_metrics(opt.out .. "/metrics.json", metrics))
  print(report.table(rows, how.cutoffs))
  print(report.protocol_line(opt, set, seen))
  print(("best epoch %d; %.0f s, peak memory %.0f MB; written to %s/"):format(run.stopper.at, metrics.seconds,
    metrics.peak_rss_mb, opt.out))
end

return finish
