--- A study: a list of runs of recipes, each a process of its own with a folder of its own, several side by side.
-- Finished runs are never repeated, a run that was cut short goes on from its checkpoint, a failed one is reported and
-- hides nothing. A run's folder keeps what was asked for in study.json, and what the run printed in run.log.
-- Neighbours: files, json, options, progress.
-- @module eimf.study

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local options = require "eimf.options"
local progress = require "eimf.progress"
local system = require "eimf.system"

local study = {}

local RULES = {
  out = { "string", required = true }, runs = { "table", required = true }, lua = { "string", default = "lua5.4" },
  jobs = { "integer", min = 1, max = 1024, default = 1 }, say = { "function" },
}
local RUN = {
  name = { "string", required = true }, recipe = { "string", required = true }, options = { "table", required = true },
  result = { "string", default = "metrics.json" }, after = { "table", default = {} },
  resumes = { "boolean", default = true }, aside = { "table", default = {} },
}
local NAME = "^[%w_][%w_.+-]*$"
local PAUSE = 0.05                       -- seconds between two looks at the runs
local TAIL = 2000                        -- bytes of a log in which its last line is looked for

local function check_run (run, i, known)
  local checked = options.check(("eimf.study, run %d"):format(i), run, RUN)
  if not checked.name:match(NAME) then
    error(("eimf.study, run %d: a name of letters, digits and _ . + - expected, got '%s'"):format(i, checked.name), 0)
  end
  if known[checked.name] then error(("eimf.study: two runs are called '%s'"):format(checked.name), 0) end
  for _, before in ipairs(checked.after) do
    if not known[before] then
      error(("eimf.study: '%s' comes after '%s', which is no run before it"):format(checked.name, before), 0)
    end
  end
  return checked
end

-- What was asked for, as study.json holds it, without options of the names in `but`.
local function asked (run, but)
  local given = {}
  for name, value in pairs(run.options) do given[name] = value end
  for _, name in ipairs(but or {}) do given[name] = nil end
  return json.encode { recipe = run.recipe, options = given }
end

local function path_of (run, name) return run.folder .. "/" .. name end

local function recorded (run)
  local text = files.read(path_of(run, "study.json"))
  local found = text and json.decode(text)
  return type(found) == "table" and type(found.options) == "table" and found or nil
end

-- Was the same asked for, but for options of the names in `but`?
local function same (run, found, but) return found ~= nil and asked(found, but) == asked(run, but) end

local function is_done (run, found)
  return same(run, found, run.aside) and files.exists(path_of(run, run.result))
end

-- With other `epochs` a run goes on from where it is.
local function goes_on (run, found)
  return run.resumes and same(run, found, { "epochs", table.unpack(run.aside) })
end

-- Opens a study: which runs are done, and which others go on from where they were.
local function open (given)
  local opt = options.check("eimf.study", given, RULES)
  local self = { opt = opt, runs = {}, running = {}, by_name = {} }
  for i, run in ipairs(opt.runs) do
    run = check_run(run, i, self.by_name)
    run.folder = opt.out .. "/" .. run.name
    local found = recorded(run)
    run.state = is_done(run, found) and "done" or "waiting"
    run.goes_on = goes_on(run, found)
    self.runs[i], self.by_name[run.name] = run, run
  end
  return self
end

local function count (self, state)
  local n = 0
  for _, run in ipairs(self.runs) do
    if run.state == state then n = n + 1 end
  end
  return n
end

local function tell (self, run, text)
  self.opt.say(("[%d of %d] %s: %s"):format(count(self, "done"), #self.runs, run.name, text))
end

-- Threads of a run: the cores, shared.
local function threads_of (self)
  local now = core.threads()
  local cores = core.threads(0)
  core.threads(now)
  return math.max(1, math.floor(cores / math.min(self.opt.jobs, #self.runs)))
end

local function words_of (self, run)
  local given = { out = run.folder, threads = threads_of(self), resume = run.goes_on and true or nil }
  for name, value in pairs(run.options) do given[name] = value end
  local words = {}
  for name, value in pairs(given) do words[#words + 1] = name .. "=" .. tostring(value) end
  table.sort(words)
  table.insert(words, 1, run.recipe)
  table.insert(words, 1, self.opt.lua)
  return words
end

local function fail (self, run, message)
  run.state, run.message = "failed", message
  tell(self, run, "FAILED: " .. message)
end

-- A result of other options is none; what is asked for is written down before the run begins.
local function prepare (run)
  local done, message = files.mkdirs(run.folder)
  if done and files.exists(path_of(run, run.result)) then done, message = files.remove(path_of(run, run.result)) end
  if done then done, message = files.write(path_of(run, "study.json"), asked(run) .. "\n") end
  return done, message
end

local function start (self, run)
  local done, message = prepare(run)
  local id
  if done then id, message = system.start(words_of(self, run), path_of(run, "run.log")) end
  if not id then return fail(self, run, message) end
  run.state, run.id, run.since = "running", id, system.now()
  self.running[#self.running + 1] = run
  tell(self, run, run.goes_on and "goes on" or "begins")
end

local function last_line (run)
  local text = (files.read(path_of(run, "run.log")) or ""):sub(-TAIL)
  return text:match("([^\r\n]*%S)%s*$") or "nothing was printed"
end

local function finish (self, run, code)
  if code == 0 and files.exists(path_of(run, run.result)) then
    run.state = "done"
    return tell(self, run, "done in " .. progress.duration(system.now() - run.since))
  end
  if self.interrupted then
    run.state = "waiting"
    return
  end
  fail(self, run, ("%s (exit code %d; %s)"):format(code == 0 and "ended without " .. run.result or last_line(run),
    code, path_of(run, "run.log")))
end

-- Runs that have ended leave the list.
local function look (self)
  local still = {}
  for _, run in ipairs(self.running) do
    local code = system.ended(run.id)
    if code then finish(self, run, code) else still[#still + 1] = run end
  end
  self.running = still
end

-- The next run that may start. One that comes after a failed run fails too.
local function next_run (self)
  for _, run in ipairs(self.runs) do
    local ready = run.state == "waiting"
    for _, name in ipairs(ready and run.after or {}) do
      local before = self.by_name[name]
      if before.state == "failed" and run.state ~= "failed" then fail(self, run, name .. " failed, which it needs") end
      ready = ready and before.state == "done"
    end
    if ready then return run end
  end
end

local function fill (self)
  while #self.running < self.opt.jobs do
    local run = next_run(self)
    if not run then return end
    start(self, run)
  end
end

-- Ctrl-C goes on to the runs, once; each writes its checkpoint and ends.
local function pass_on (self)
  self.interrupted = true
  self.opt.say(("stopping %d runs; each writes a checkpoint"):format(#self.running))
  for _, run in ipairs(self.running) do system.interrupt(run.id) end
end

local function results_of (self)
  local out = { runs = self.runs, by_name = self.by_name, interrupted = self.interrupted or false, failed = {} }
  for _, run in ipairs(self.runs) do
    run.done = run.state == "done"
    if run.state == "failed" then out.failed[#out.failed + 1] = run end
  end
  out.n_done = count(self, "done")
  return out
end

--- Runs what is missing. Ctrl-C and SIGTERM stop it: its runs write their checkpoints and end; the same call goes on.
-- @tparam table given `out` = folder, a run's is out/name; `jobs` = 1 runs side by side, which share the cores; `lua` =
--   "lua5.4", the interpreter; `say` = function (line), standard error; `runs` = { { `name`, `recipe` = path,
--   `options` = { name = value }, `result` = "metrics.json": the file that says a run is done, `after` = { names of
--   runs before it }, `resumes` = true: does the recipe take resume=true, `aside` = { names of
---   options that change nothing of a result: a run that differs in these is not begun anew } }, ... }
-- @treturn[1] table { runs = { { name, folder, options, done, message = why it failed }, ... }, by_name, failed = runs,
--   n_done, interrupted }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "BUSY" where the same study is running already
-- @usage
-- local results = study.run { out = "runs/seeds", jobs = 2, runs = {
--   { name = "one", recipe = "recipes/beauty.lua", options = { seed = 1 } },
--   { name = "two", recipe = "recipes/beauty.lua", options = { seed = 2 } } } }
function study.run (given)
  local self = open(given)
  local lock, message, code = files.mkdirs(self.opt.out)
  if lock then lock, message, code = system.lock(self.opt.out .. "/study.lock") end
  if not lock then return nil, message, code end
  local bar = progress.new()
  self.opt.say = self.opt.say or function (text) bar:say(text) end
  self.opt.say(("%d runs, %d of them done; %d side by side"):format(#self.runs, count(self, "done"), self.opt.jobs))
  system.trap()
  repeat
    if system.caught() and not self.interrupted then pass_on(self) end
    if not self.interrupted then fill(self) end
    if #self.running > 0 then system.sleep(PAUSE) end
    look(self)
  until #self.running == 0 and (self.interrupted or not next_run(self))
  system.unlock(lock)
  return results_of(self)
end

return study
