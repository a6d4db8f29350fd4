-- The frame of a study (recipes/studies): options, the runs, and a document of what they came to.
--   return require "recipes.parts.study" { name = "seeds", options = { data = "beauty" },
--     runs = function (plan, opt) plan:train { group = "beauty", data = opt.data } end,
--     report = function (doc, found) ... end }
-- Options that are none of the study's go to every run. docs/studies.md.
require "recipes.path"
local eimf = require "eimf"
local study = require "eimf.study"
local command = require "recipes.parts.command"
local study_plan = require "recipes.parts.study_plan"
local study_report = require "recipes.parts.study_report"

local OWN = {
  out = { "string", help = "folder of the study; a run's is below it" },
  jobs = { "integer", min = 1, max = 1024, default = 1, help = "runs side by side; they share the cores" },
  seeds = { "string", default = "1,2,3", help = "a run for each" },
  data = { "string", help = "names of recipes, or generated" },
}
local NOT_FOR_RUNS = { out = true, seed = true, resume = true, compare = true, report = true, test = true }

-- Rules of options that go to every run.
local function rules_of_runs (own)
  local rules = {}
  for name, rule in pairs(require "recipes.parts.rules") do
    if not own[name] and not NOT_FOR_RUNS[name] then rules[name] = rule end
  end
  return rules
end

-- The study's options, those of the command line that go to every run, and the rules of all that may go there.
local function parse (definition)
  local defaults, rules = { out = "runs/studies/" .. definition.name }, {}
  for name, value in pairs(definition.options) do defaults[name] = value end
  for name, rule in pairs(OWN) do rules[name] = rule end
  for name, rule in pairs(definition.rules or {}) do rules[name] = rule end
  local own = {}
  for _, names in ipairs { defaults, rules } do
    for name in pairs(names) do own[name] = true end
  end
  local of_runs = rules_of_runs(own)
  for name, rule in pairs(of_runs) do rules[name] = rule end
  local opt, given = command.options(defaults, rules), {}
  for _, word in ipairs(arg) do
    local name = word:match("^([^=]+)=")
    if not own[name] then given[name] = opt[name] end
  end
  return opt, given, of_runs
end

local function main (definition, opt, given)
  local plan = study_plan.new(opt, given)
  definition.runs(plan, opt, given)
  local done = assert(study.run { out = opt.out, jobs = opt.jobs, runs = plan.runs, lua = plan.lua })
  if done.interrupted then
    command.interrupted(("stopped; %d of %d runs are done. Go on with: %s"):format(done.n_done, #done.runs,
      command.line()))
  end
  eimf.threads(0)
  study_report.write(definition, opt, study_plan.found(plan, done))
  if #done.failed > 0 then
    error(("%d of %d runs failed; the same command tries them again"):format(#done.failed, #done.runs), 0)
  end
end

--- Runs a study, or what else a definition's `main` = function (definition, opt, given, rules) does.
-- @tparam table definition `name`; `title`; `options` = { name = default } of its own (data, seeds are among them),
--   `rules` of those that need one; `runs` = function (plan, opt, given) adds runs; `report` = function (doc, found,
--   opt) adds what they came to
return function (definition)
  local opt, given, of_runs = parse(definition)
  return command.run(definition.main or main, definition, opt, given, of_runs)
end
