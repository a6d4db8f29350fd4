-- The runs of a study, each for every seed, and what they came to.
local files = require "eimf.files"
local json = require "eimf.json"
local option_rules = require "eimf.option_rules"
local backbones = require "recipes.parts.backbones"
local results = require "recipes.parts.results"
local rules = require "recipes.parts.rules"

local study_plan = {}

local Plan = {}
Plan.__index = Plan

local Found = {}
Found.__index = Found

local INTERESTS = "recipes/interests.lua"

--- Words between commas.
-- @tparam string text
-- @tparam[opt] string option the study's: raises one line that names it where there are no words
-- @treturn {string,...}
function study_plan.list (text, option)
  local out = {}
  for word in text:gmatch("[^,]+") do out[#out + 1] = word end
  if option and not out[1] then error(("option '%s': '%s' names nothing"):format(option, text), 0) end
  return out
end

--- Values between commas, each one that a run would take; raises one line for another.
-- @tparam string text
-- @tparam string option the study's, for the message: "fractions"
-- @tparam string of the runs' option whose values they are: "fraction"
-- @treturn {value,...}
function study_plan.values (text, option, of)
  local out, rule = study_plan.list(text, option), rules[of]
  for i, word in ipairs(out) do
    local value, message = option_rules.read(option, word, rule)
    if message then error(message, 0) end
    out[i] = type(value) == "number" and math.tointeger(value) or value
  end
  return out
end

-- The interpreter of this program, which runs the recipes too.
local function interpreter ()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

-- The recipe of a data set, and what it must be told; "generated-2" is another generated catalogue.
local function recipe_of (data)
  local catalogue = data:match("^generated%-?(%d*)$")
  if catalogue then return "recipes/office.lua", { data = "generated", data_seed = tonumber(catalogue) or 1 } end
  local path = ("recipes/%s.lua"):format(data:gsub("-", "_"))
  if not data:match("^[%w_-]+$") or not files.exists(path) then error(("data=%s: no %s"):format(data, path), 0) end
  return path, {}
end

local function merged (...)
  local out = {}
  for _, options in ipairs { ... } do
    for name, value in pairs(options) do out[name] = value end
  end
  return out
end

-- {data} in a text option is the data set's name: vectors=vectors/{data}.npy.
local function filled (opt, data)
  for name, value in pairs(opt) do
    if type(value) == "string" then opt[name] = value:gsub("{data}", (data:gsub("%%", "%%%%"))) end
  end
  return opt
end

--- A plan without runs.
-- @tparam table opt of the study
-- @tparam table given options of the command line that go to every run
-- @treturn plan
function study_plan.new (opt, given)
  return setmetatable({ opt = opt, given = given, runs = {}, groups = {}, order = {}, lua = interpreter(),
                        seeds = study_plan.values(opt.seeds, "seeds", "seed") }, Plan)
end

-- Options that say how a run asks, not what: with others, what has finished stays.
local ASIDE = { "concurrency", "timeout", "price_in", "price_out", "cache" }

local function add (self, run)
  run.aside = ASIDE
  self.runs[#self.runs + 1] = run
  return run.name
end

--- Adds a group: a training run for each seed. Options by rank: the recipe's, the backbone's
-- (recipes/parts/backbones.lua), the command line's, the group's own.
-- @tparam table group `group` = its name, `data`, `options`, `backbone` = "comirec_sa", `after` = { names of runs }
function Plan:train (group)
  local recipe, about = recipe_of(group.data)
  local backbone = group.backbone or self.given.backbone
  local names = {}
  for i, seed in ipairs(self.seeds) do
    local opt = merged(about, backbone and backbones.options(backbone, group.data) or {}, self.given,
      { backbone = backbone }, group.options or {}, { seed = seed })
    names[i] = add(self, { name = group.group .. "-" .. seed, recipe = recipe, options = filled(opt, group.data),
                           after = group.after })
  end
  if not self.groups[group.group] then self.order[#self.order + 1] = group.group end
  self.groups[group.group] = names
end

-- Options of the data set's recipe are not those of interests.lua, but for what a prompt is about.
local PROMPTS = { ml1m = "films" }

--- Adds a run that reads what users like, and writes its numbers.
-- @tparam string name
-- @tparam string data
-- @tparam[opt] table options
-- @treturn string name
function Plan:interests (name, data, options)
  local known, given = require "recipes.parts.interest_rules", {}
  for option, value in pairs(self.given) do
    if known[option] then given[option] = value end
  end
  local _, about = recipe_of(data)
  about = merged({ data = data:gsub("_", "-"), prompt = PROMPTS[data], summary = true }, about, given, options or {})
  return add(self, { name = name, recipe = INTERESTS, options = filled(about, data), result = "summary.json",
                     resumes = false })
end

--- What a plan's runs came to.
-- @tparam plan plan
-- @tparam table done as `eimf.study.run` gives it
-- @treturn found `failed` = runs, `runs`; see its methods
function study_plan.found (plan, done)
  return setmetatable({ plan = plan, read = {}, runs = done.runs, by_name = done.by_name, failed = done.failed }, Found)
end

--- The finished runs of a group, as `results.read` gives them.
-- @tparam string name
-- @treturn ?{table,...} nil where none has finished
function Found:group (name)
  if self.read[name] then return self.read[name] end
  local out = {}
  for _, run in ipairs(self.plan.groups[name]) do
    if self.by_name[run].done then out[#out + 1] = results.read(self.by_name[run].folder) end
  end
  if not out[1] then return nil end
  results.check { out }
  self.read[name] = out
  return out
end

--- The numbers of a run that read what users like.
-- @tparam string name
-- @treturn ?table nil where it has not finished
function Found:summary (name)
  local run = self.by_name[name]
  return run.done and assert(json.decode(assert(files.read(run.folder .. "/summary.json")))) or nil
end

return study_plan
