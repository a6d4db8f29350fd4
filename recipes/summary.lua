#!/usr/bin/env lua5.4
-- Mean and deviation over runs with several seeds; beside the backbone alone where the runs hold it; or one group of
-- runs against another:
--   lua5.4 recipes/summary.lua runs/beauty-1 runs/beauty-2 runs/beauty-3
--   lua5.4 recipes/summary.lua runs/profile-1 runs/profile-2 versus runs/text-1 runs/text-2
require "recipes.path"
local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local safetensors = require "eimf.safetensors"
local text_table = require "eimf.text_table"
local command = require "recipes.command"
local gain = require "recipes.gain"

local USAGE = "usage: lua5.4 recipes/summary.lua FOLDER ... [versus FOLDER ...]"
local COLUMNS = { "recall@5", "recall@10", "recall@20", "recall@50", "ndcg@5", "ndcg@10", "ndcg@20", "ndcg@50" }
local SAME = { "data", "protocol", "exclude_seen", "ndcg" }              -- or a comparison means nothing
local SAME_IN_GROUP = { "model", "backbone", "semantics", "encoder", "llm", "shuffle" }        -- or the mean

local function fail (...) error(string.format(...), 0) end

local function read (folder)
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

-- Words of the command line as groups of runs.
local function groups_of (words)
  local groups = { {} }
  for _, word in ipairs(words) do
    if word == "versus" then groups[#groups + 1] = {}
    else table.insert(groups[#groups], read(word)) end
  end
  for _, group in ipairs(groups) do
    if #group == 0 or #groups > 2 then fail("%s", USAGE) end
    for _, run in ipairs(group) do
      check_alike(groups[1][1], run, SAME)
      check_alike(group[1], run, SAME_IN_GROUP)
    end
  end
  return groups
end

-- The backbone alone of each run, where all of them hold it.
local function alone_of (group)
  local out = {}
  for i, run in ipairs(group) do
    local metrics = run.metrics.alone
    if not metrics then return nil end
    metrics.model = metrics.model or metrics.backbone .. " alone"
    out[i] = { folder = run.folder .. "/backbone", metrics = metrics }
  end
  return out
end

local function mean_and_deviation (values)
  local sum, squares = 0, 0
  for _, x in ipairs(values) do sum = sum + x end
  local mean = sum / #values
  for _, x in ipairs(values) do squares = squares + (x - mean) ^ 2 end
  return mean, #values > 1 and math.sqrt(squares / (#values - 1)) or 0
end

local function values_of (group, pick)
  local values = {}
  for i, run in ipairs(group) do values[i] = pick(run.metrics) end
  return values
end

local function row_of (group, part, name, pick)
  local row = { part, name }
  for c, column in ipairs(COLUMNS) do
    row[c + 2] = ("%.4f ±%.4f"):format(mean_and_deviation(values_of(group, function (m) return pick(m)[column] end)))
  end
  return row
end

local function print_table (groups)
  local rows = { { "part", "model", table.unpack(COLUMNS) } }
  for _, part in ipairs { "valid", "test" } do
    if groups[1][1].metrics.popular then
      rows[#rows + 1] = row_of(groups[1], part, "popular", function (m) return m.popular[part] end)
    end
    for g = #groups, 1, -1 do
      rows[#rows + 1] = row_of(groups[g], part, groups[g][1].metrics.model, function (m) return m[part] end)
    end
  end
  print(text_table.format(rows, { header = true }))
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
    test[name] = mean_and_deviation(values_of(group, function (m) return m.test[name] end))
  end
  return { test = test, per_user = users_of(group) }
end

-- A user is tested by every seed, but under user_split, where each seed holds other users out.
local function same_users (groups)
  local first = groups[1][1].metrics
  for _, group in ipairs(groups) do
    for _, run in ipairs(group) do
      if first.protocol == "user_split" and run.metrics.seed ~= first.seed then return false end
    end
  end
  return true
end

local function print_gain (groups, over)
  if not same_users(groups) then
    return print("no paired test: under user_split every seed tests other users")
  end
  local a, b = averaged(groups[1]), averaged(groups[2])
  if tostring(a.per_user.values) ~= tostring(b.per_user.values) then
    fail("%s and %s: %s against %s users and measures", groups[1][1].folder, groups[2][1].folder,
      tostring(a.per_user.values), tostring(b.per_user.values))
  end
  print(gain.text(gain.of(a, b), over))
end

local function print_runs (group)
  local first = group[1].metrics
  local seeds = values_of(group, function (m) return ("%g"):format(m.seed) end)
  local seconds = values_of(group, function (m) return m.seconds end)
  local memory = math.max(table.unpack(values_of(group, function (m) return m.peak_rss_mb or 0 end)))
  print(("%s: %d runs, mean ±deviation, seeds %s; %s, seen items %s, ndcg %s; %.0f s each%s; data: %s"):format(
    first.model, #group, table.concat(seeds, ", "), first.protocol, first.exclude_seen and "left out" or "kept",
    first.ndcg, (mean_and_deviation(seconds)), memory > 0 and (", peak memory %.0f MB"):format(memory) or "",
    first.data))
end

local function summarise ()
  if #arg == 0 then fail("%s", USAGE) end
  local groups = groups_of(arg)
  local alone = not groups[2] and alone_of(groups[1])
  local shown = alone and { groups[1], alone } or groups
  print_table(shown)
  if shown[2] then
    local of = groups[2] and ("%s (%s ...)"):format(groups[2][1].metrics.model, groups[2][1].folder) or nil
    print_gain(shown, of)
  end
  for _, group in ipairs(groups) do print_runs(group) end
end

command.run(summarise)
