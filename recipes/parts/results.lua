-- Finished runs, in groups of the same model with several seeds: what is read of them, means and deviations, each
-- user's values averaged over the seeds, and one group tested against another.
local core = require "eimf.core"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local safetensors = require "eimf.safetensors"
local gain = require "recipes.parts.gain"

local results = {}

local SAME = { "data", "protocol", "exclude_seen", "ndcg" }              -- or a comparison means nothing
local SAME_IN_GROUP = { "model", "backbone", "semantics", "encoder", "llm", "shuffle" }        -- or the mean

local function fail (...) error(string.format(...), 0) end

--- A finished run.
-- @tparam string folder
-- @treturn table { folder, metrics }
function results.read (folder)
  local path = folder .. "/metrics.json"
  local metrics = assert(json.decode(assert(files.read(path))))
  if not (metrics.test and metrics.valid) then fail("%s: not the metrics of a run", path) end
  metrics.model = metrics.model or metrics.backbone
  return { folder = folder, metrics = metrics }
end

local function check_alike (a, b, names)
  for _, name in ipairs(names) do
    local x, y = a.metrics[name], b.metrics[name]
    if x ~= y then
      fail("%s and %s differ in %s: %s, %s", a.folder, b.folder, name, tostring(x), tostring(y))
    end
  end
end

--- Raises where runs are of different data or protocols, or a group's of different models.
-- @tparam {{table,...},...} groups of runs
function results.check (groups)
  for _, group in ipairs(groups) do
    for _, run in ipairs(group) do
      check_alike(groups[1][1], run, SAME)
      check_alike(group[1], run, SAME_IN_GROUP)
    end
  end
end

--- The backbone alone of each run, where all of them hold it.
-- @tparam {table,...} group
-- @treturn ?{table,...}
function results.alone (group)
  local out = {}
  for i, run in ipairs(group) do
    local metrics = run.metrics.alone
    if not metrics then return nil end
    metrics.model = metrics.model or metrics.backbone .. " alone"
    out[i] = { folder = run.folder .. "/backbone", metrics = metrics }
  end
  return out
end

--- Mean and standard deviation.
-- @tparam {number,...} values
-- @treturn number
-- @treturn number 0 of one value
function results.mean (values)
  local sum, squares = 0, 0
  for _, x in ipairs(values) do sum = sum + x end
  local mean = sum / #values
  for _, x in ipairs(values) do squares = squares + (x - mean) ^ 2 end
  return mean, #values > 1 and math.sqrt(squares / (#values - 1)) or 0
end

--- What `pick` takes from each run's metrics.
-- @tparam {table,...} group
-- @tparam function pick
-- @treturn table
function results.values (group, pick)
  local values = {}
  for i, run in ipairs(group) do values[i] = pick(run.metrics) end
  return values
end

-- What a run's log says of valid, epoch by epoch.
local function validated (run, measure)
  local out = {}
  for line in (files.read(run.folder .. "/log.jsonl") or ""):gmatch("[^\n]+") do
    local record = json.decode(line)
    out[#out + 1] = record and record.valid and record.valid[measure]
  end
  return out
end

--- A measure on valid by epoch, mean over the runs, for as long as all of them were trained.
-- @tparam {table,...} group
-- @tparam string measure
-- @treturn {{epoch, mean},...}
function results.learning (group, measure)
  local logs, last, points = {}, math.huge, {}
  for i, run in ipairs(group) do
    logs[i] = validated(run, measure)
    last = math.min(last, #logs[i])
  end
  for epoch = 1, last do
    local values = {}
    for i, log in ipairs(logs) do values[i] = log[epoch] end
    points[epoch] = { epoch, (results.mean(values)) }
  end
  return points
end

-- Each user's values, averaged over the runs of a group.
local function users_of (group)
  local mean, names
  for _, run in ipairs(group) do
    local path = run.folder .. "/per_user.safetensors"
    local file = assert(safetensors.load(path))
    local values = file.tensors.values
    mean, names = mean or core.new("float32", values:dim(1), values:dim(2)):fill_(0), names or file.metadata.names
    if tostring(values) ~= tostring(mean) or file.metadata.names ~= names then
      fail("%s: not the users and measures of %s", path, group[1].folder)
    end
    core.axpy(mean, 1 / #group, values)
  end
  local list = {}
  for name in names:gmatch("[^\n]+") do list[#list + 1] = name end
  return { values = mean, names = list }
end

-- What `gain.of` compares: means of test, and each user's.
local function averaged (group)
  local test = {}
  for name in pairs(group[1].metrics.test) do
    test[name] = results.mean(results.values(group, function (m) return m.test[name] end))
  end
  return { test = test, per_user = users_of(group) }
end

--- Does every run test the same users? Under user_split each seed holds other ones out.
-- @tparam {{table,...},...} groups
-- @treturn boolean
function results.same_users (groups)
  local first = groups[1][1].metrics
  for _, group in ipairs(groups) do
    for _, run in ipairs(group) do
      if first.protocol == "user_split" and run.metrics.seed ~= first.seed then return false end
    end
  end
  return true
end

-- Both groups as `gain.of` takes them; the users must be the same.
local function both (a, b)
  local x, y = averaged(a), averaged(b)
  if tostring(x.per_user.values) ~= tostring(y.per_user.values) then
    fail("%s and %s: %s against %s users and measures", a[1].folder, b[1].folder, tostring(x.per_user.values),
      tostring(y.per_user.values))
  end
  return x, y
end

--- Percent of one group over another and a paired t-test over users, as `gain.of`.
-- @tparam {table,...} a
-- @tparam {table,...} b
-- @treturn table
function results.gain (a, b) return gain.of(both(a, b)) end

--- One group against another: percent, its 95 % interval (paired bootstrap over users), and the chance of it where
-- there is no difference (paired randomisation test).
-- @tparam {table,...} a
-- @tparam {table,...} b
-- @tparam {string,...} measures
-- @treturn table { [measure] = { percent, low, high, p } }
function results.test (a, b, measures)
  local x, y = both(a, b)
  local out = {}
  for _, name in ipairs(measures) do
    local values, others = gain.column(x.per_user, name), gain.column(y.per_user, name)
    local interval = eimf.eval.bootstrap(values, others)
    out[name] = { percent = interval.percent, low = interval.percent_low, high = interval.percent_high,
                  p = eimf.eval.randomisation(values, others).p }
  end
  return out
end

return results
