#!/usr/bin/env lua5.4
-- Mean and deviation over runs with several seeds; beside the backbone alone where the runs hold it; or one group of
-- runs against another:
--   lua5.4 recipes/summary.lua runs/beauty-1 runs/beauty-2 runs/beauty-3
--   lua5.4 recipes/summary.lua runs/profile-1 runs/profile-2 versus runs/text-1 runs/text-2
require "recipes.path"
local text_table = require "eimf.text_table"
local command = require "recipes.parts.command"
local gain = require "recipes.parts.gain"
local results = require "recipes.parts.results"

local USAGE = "usage: lua5.4 recipes/summary.lua FOLDER ... [versus FOLDER ...]"
local COLUMNS = { "recall@5", "recall@10", "recall@20", "recall@50", "ndcg@5", "ndcg@10", "ndcg@20", "ndcg@50" }

-- Words of the command line as groups of runs.
local function groups_of (words)
  local groups = { {} }
  for _, word in ipairs(words) do
    if word == "versus" then groups[#groups + 1] = {}
    else table.insert(groups[#groups], results.read(word)) end
  end
  for _, group in ipairs(groups) do
    if #group == 0 or #groups > 2 then error(USAGE, 0) end
  end
  results.check(groups)
  return groups
end

local function row_of (group, part, name, pick)
  local row = { part, name }
  for c, column in ipairs(COLUMNS) do
    row[c + 2] = ("%.4f ±%.4f"):format(results.mean(results.values(group, function (m) return pick(m)[column] end)))
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

local function print_gain (groups, over)
  if not results.same_users(groups) then
    return print("no paired test: under user_split every seed tests other users")
  end
  print(gain.text(results.gain(groups[1], groups[2]), over))
end

local function print_runs (group)
  local first = group[1].metrics
  local seeds = results.values(group, function (m) return ("%g"):format(m.seed) end)
  local seconds = results.values(group, function (m) return m.seconds end)
  local memory = math.max(table.unpack(results.values(group, function (m) return m.peak_rss_mb or 0 end)))
  print(("%s: %d runs, mean ±deviation, seeds %s; %s, seen items %s, ndcg %s; %.0f s each%s; data: %s"):format(
    first.model, #group, table.concat(seeds, ", "), first.protocol, first.exclude_seen and "left out" or "kept",
    first.ndcg, (results.mean(seconds)), memory > 0 and (", peak memory %.0f MB"):format(memory) or "",
    first.data))
end

local function summarise ()
  if #arg == 0 then error(USAGE, 0) end
  local groups = groups_of(arg)
  local alone = not groups[2] and results.alone(groups[1])
  local shown = alone and { groups[1], alone } or groups
  print_table(shown)
  if shown[2] then
    local of = groups[2] and ("%s (%s ...)"):format(groups[2][1].metrics.model, groups[2][1].folder) or nil
    print_gain(shown, of)
  end
  for _, group in ipairs(groups) do print_runs(group) end
end

command.run(summarise)
