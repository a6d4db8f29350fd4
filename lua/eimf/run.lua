--- A training run: its folder, batches in order, progress, log, evaluation on
-- valid, the best snapshot, checkpoints, early stopping, Ctrl-C. The loop itself
-- is somebody else's (recipes/eimf.lua); each piece is a module of its own:
-- stopper, checkpoint, snapshot, progress. Neighbours: those four, files, json, data.examples.
-- @module eimf.run

local core = require "eimf.core"
local system = require "eimf.system"
local files = require "eimf.files"
local json = require "eimf.json"
local examples = require "eimf.data.examples"
local checkpoint = require "eimf.checkpoint"
local progress = require "eimf.progress"
local snapshot = require "eimf.snapshot"
local stopper = require "eimf.stopper"

local run = {}

local Run = {}
Run.__index = Run

-- Options that do not change what is computed: they may differ when a run is resumed.
local FREE = {
  threads = true, resume = true, out = true, epochs = true, patience = true, checkpoint_seconds = true, cache = true,
  compare = true, concurrency = true, timeout = true, price_in = true, price_out = true, dry_run = true, test = true,
  report = true, profile = true,
}
local COUNTERS = { "epoch", "at", "loss_sum", "seconds", "best_at", "waited" }    -- of a checkpoint
local FILES = { "options.json", "log.jsonl", "checkpoint.safetensors", "snapshot.safetensors", "metrics.json",
                "per_user.safetensors" }

local function fixed_options (opt)
  local names, lines = {}, {}
  for name in pairs(opt) do if not FREE[name] then names[#names + 1] = name end end
  table.sort(names)
  for i, name in ipairs(names) do lines[i] = name .. "=" .. tostring(opt[name]) end
  return table.concat(lines, "\n")
end

--- The first line in which two texts differ.
local function difference (a, b)
  local lines = {}
  for line in (a .. "\n"):gmatch("(.-)\n") do lines[line] = true end
  for line in (b .. "\n"):gmatch("(.-)\n") do if not lines[line] then return line end end
  return "fewer options"
end

--- Log lines of steps up to `step`; what a killed run wrote later is written again.
local function cut_log (path, step)
  local text, kept = files.read(path), {}
  for line in (text or ""):gmatch("[^\n]+") do
    local record = json.decode(line)
    if record and (record.step or 0) <= step then kept[#kept + 1] = line .. "\n" end
  end
  return files.write(path, table.concat(kept))
end

-- What a resumed run's files must be; nil where they are that, else message, code.
local function misfit (self, path, state)
  if state.fingerprint ~= self.set:fingerprint() then
    return path .. ": made from other data than " .. self.set.name, "OTHER_DATA"
  end
  if state.options ~= fixed_options(self.opt) then
    return ("%s: made with other options (now %s); give out= another folder, or leave resume out"):format(
      path, difference(tostring(state.options), fixed_options(self.opt))), "OTHER_OPTIONS"
  end
  for _, name in ipairs(COUNTERS) do
    if type(state[name]) ~= "number" then return path .. ": damaged: no '" .. name .. "'", "BAD_FORMAT" end
  end
end

--- The best snapshot so far, checked.
local function load_best (self)
  local best, message, code = snapshot.load(self.snapshot_path)
  if not best then return nil, message, code end
  if best.fingerprint ~= self.set:fingerprint() then
    return nil, self.snapshot_path .. ": made from other data than " .. self.set.name, "OTHER_DATA"
  end
  return best
end

local function restore (self)
  local saved, message, code = checkpoint.load(self.checkpoint_path)
  if not saved then return nil, message, code end
  local state = saved.state
  message, code = misfit(self, saved.path, state)
  if message then return nil, message, code end
  local ok = true
  if state.best then ok, message, code = load_best(self) end
  if ok then ok, message, code = checkpoint.restore(saved, self.trained, self.optim) end
  if not ok then return nil, message, code end
  self.epoch, self.at, self.loss_sum = state.epoch, state.at, state.loss_sum
  self.seconds_before = state.seconds
  self.stopper.best, self.stopper.at, self.stopper.waited = state.best, state.best_at, state.waited
  return cut_log(self.log_path, self:steps_done())
end

--- Makes a run's folder. What cannot be written at the end of hours is found before them.
-- @tparam string out
-- @treturn boolean true; or nil, message, code
function run.prepare (out)
  local ok, message, code = files.mkdirs(out)
  for _, name in ipairs(ok and FILES or {}) do
    local kind = files.kind(out .. "/" .. name)
    if kind and kind ~= "file" then return nil, ("%s/%s: not a file"):format(out, name), "EISDIR" end
  end
  return ok, message, code
end

-- All that training goes on from: the model, and what helps while training and is in no snapshot.
local function all_of (model, helper)
  return { params = function ()
    local list = {}
    local function add (parts)
      for _, p in ipairs(parts) do list[#list + 1] = p end
    end
    add(model:params())
    if helper then
      add(helper:params())
      add(helper:kept())
    end
    return list
  end }
end

--- Opens the folder of a run; with `opt.resume` goes on from its checkpoint.
-- @tparam table fields `opt` (options: out, seed, epochs, patience, metric, max_len, batch, examples, passes, resume,
--   checkpoint_seconds), `set`, `split`, `model`, `optim`, `tape`, `evaluate` = function (part) -> {name=number};
--   `helper`: an object whose `params()` are trained too and whose `kept()` are to be gone on from, both in checkpoints
--   and not in snapshots; its `settle()` makes the model ready to be evaluated
-- @treturn run; or nil, message, code
function run.open (fields)
  local self, opt = setmetatable(fields, Run), fields.opt
  local ok, message, code = run.prepare(opt.out)
  if not ok then return nil, message, code end
  self.trained = all_of(self.model, self.helper)
  self.checkpoint_path, self.log_path = opt.out .. "/checkpoint.safetensors", opt.out .. "/log.jsonl"
  self.snapshot_path = opt.out .. "/snapshot.safetensors"
  self.stopper, self.progress = stopper.new(opt.patience), progress.new()
  self.epoch, self.at, self.loss_sum, self.seconds_before = 1, 0, 0, 0
  self.examples, message, code = examples.new(self.split.train,
    { mode = opt.examples, max_len = opt.max_len, batch = opt.batch, seed = opt.seed, passes = opt.passes })
  if not self.examples then return nil, message, code end
  self.steps = self.examples:steps()
  self.since, self.saved = system.now(), system.now()
  if opt.resume and files.exists(self.checkpoint_path) then ok, message, code = restore(self)
  else ok, message, code = files.write(self.log_path, "") end
  if not ok then return nil, message, code end
  ok, message, code = files.write(opt.out .. "/options.json", json.encode(opt, true) .. "\n")
  if not ok then return nil, message, code end
  system.trap(true)                        -- a Ctrl-C that came before, while texts were read, say, ends the run too
  return self
end

--- Steps done since the beginning of the run, earlier sittings included.
-- @treturn integer
function Run:steps_done () return (self.epoch - 1) * self.steps + self.at end

--- Seconds of work so far, earlier sittings included.
-- @treturn number
function Run:seconds () return self.seconds_before + system.now() - self.since end

--- Is there nothing left to train: no patience, or no epoch?
-- @treturn boolean
function Run:finished () return self.stopper:done() or self.epoch > self.opt.epochs end

--- Batches of the epochs that are left, in order.
-- @treturn function iterator of epoch, batch
function Run:batches ()
  local batch
  self.tape:reset(self:steps_done() + 1)
  self.step_of_sitting, self.epoch_since, self.epoch_seen = 0, system.now(), 0
  return function ()
    if self:finished() then return nil end
    batch = self.examples:batch(self.epoch, self.at + 1, batch)
    return self.epoch, batch
  end
end

--- Parameters with an element that is not finite; nil where there are none.
local function broken_tensors (trained)
  local names = {}
  for _, p in ipairs(trained:params()) do
    local sum = core.sum_squares(p.data)
    if sum ~= sum or sum == math.huge then names[#names + 1] = "'" .. p.name .. "'" end
  end
  return #names > 0 and "not finite in " .. table.concat(names, ", ") or nil
end

-- Nothing good is written over by what is not a number.
local function must_be_finite (self)
  local broken = broken_tensors(self.trained)
  if broken then error(("step %d: %s"):format(self:steps_done(), broken), 0) end
end

local function save_checkpoint (self)
  local s = self.stopper
  must_be_finite(self)
  self.saved = system.now()
  assert(checkpoint.save(self.checkpoint_path, self.trained, self.optim, {
    epoch = self.epoch, at = self.at, loss_sum = self.loss_sum, seconds = self:seconds(),
    best = s.best, best_at = s.at, waited = s.waited, options = fixed_options(self.opt),
    fingerprint = self.set:fingerprint(),
  }))
end

local function log (self, record)
  assert(files.append_line(self.log_path, json.encode(record)))
end

local function end_epoch (self)
  local opt, metric = self.opt, self.opt.metric
  if self.helper then self.helper:settle() end
  must_be_finite(self)
  local valid = self.evaluate(self.split.valid)
  local loss = self.loss_sum / self.steps
  local best = self.stopper:offer(valid[metric], self.epoch)
  log(self, { epoch = self.epoch, step = self:steps_done(), loss = loss, valid = valid, best = best })
  self.progress:say(("epoch %d/%d  loss %.4f  valid %s %.4f%s  %s"):format(self.epoch, opt.epochs, loss, metric,
    valid[metric], best and " *" or "", progress.duration(self:seconds())))
  if best then assert(snapshot.save(self.snapshot_path, self.model, opt, self.set)) end
  self.epoch, self.at, self.loss_sum = self.epoch + 1, 0, 0
  self.epoch_since, self.step_of_sitting, self.epoch_seen = system.now(), 0, 0
  save_checkpoint(self)
  return self:finished()
end

--- Ends a step: resets the tape, shows progress, and at the end of an epoch
-- evaluates, logs, keeps the best snapshot and a checkpoint.
-- @tparam tape tape
-- @tparam value loss one number
-- @treturn boolean is the run over (early stop, last epoch, Ctrl-C: `run.interrupted`)
function Run:step (tape, loss)
  local value = loss.data:get(1)
  if value ~= value or value == math.huge or value == -math.huge then
    error(("step %d: the loss is %s; %s"):format(self:steps_done() + 1, value ~= value and "nan" or tostring(value),
      broken_tensors(self.trained) or "parameters are finite"), 0)
  end
  tape:reset()
  self.at, self.loss_sum = self.at + 1, self.loss_sum + value
  self.step_of_sitting, self.epoch_seen = self.step_of_sitting + 1, self.epoch_seen + self.opt.batch
  self.progress:show { epoch = self.epoch, epochs = self.opt.epochs, step = self.at, steps = self.steps,
    loss = self.loss_sum / self.at, examples = self.epoch_seen, seconds = system.now() - self.epoch_since,
    step_of_run = self.step_of_sitting }
  if self.at == self.steps and end_epoch(self) then return true end
  self.interrupted = system.caught()
  if self.interrupted or system.now() - self.saved > self.opt.checkpoint_seconds then save_checkpoint(self) end
  return self.interrupted
end

--- Puts the weights of the best snapshot back into the model.
-- @treturn boolean true; or nil, message, code
function Run:restore_best ()
  local best, message, code = load_best(self)
  if not best then return nil, message, code end
  return snapshot.restore(self.model, best.tensors)
end

return run
