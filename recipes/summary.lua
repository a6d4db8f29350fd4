#!/usr/bin/env lua5.4
-- Mean and deviation over runs of one recipe with several seeds:
--   lua5.4 recipes/summary.lua runs/beauty-1 runs/beauty-2 runs/beauty-3
require "recipes.path"
local files = require "eimf.files"
local json = require "eimf.json"
local text_table = require "eimf.text_table"
local command = require "recipes.command"

local COLUMNS = { "recall@5", "recall@10", "recall@20", "recall@50", "ndcg@5", "ndcg@10", "ndcg@20", "ndcg@50" }
local SAME = { "data", "protocol", "exclude_seen", "ndcg", "backbone" }   -- or the mean means nothing

local function read (folder)
  local path = folder .. "/metrics.json"
  local run = assert(json.decode(assert(files.read(path))))
  if not (run.test and run.valid) then error(path .. ": not the metrics of a run", 0) end
  return run
end

local function check_alike (runs)
  for i = 2, #runs do
    for _, name in ipairs(SAME) do
      if runs[i][name] ~= runs[1][name] then
        error(("%s and %s differ in %s: %s, %s"):format(arg[1], arg[i], name, tostring(runs[1][name]),
          tostring(runs[i][name])), 0)
      end
    end
  end
end

local function mean_and_deviation (values)
  local sum, squares = 0, 0
  for _, x in ipairs(values) do sum = sum + x end
  local mean = sum / #values
  for _, x in ipairs(values) do squares = squares + (x - mean) ^ 2 end
  return mean, #values > 1 and math.sqrt(squares / (#values - 1)) or 0
end

local function row_of (runs, part, name, pick)
  local row = { part, name }
  for c, column in ipairs(COLUMNS) do
    local values = {}
    for i, run in ipairs(runs) do values[i] = pick(run)[column] end
    row[c + 2] = ("%.4f ±%.4f"):format(mean_and_deviation(values))
  end
  return row
end

local function summarise ()
  if #arg == 0 then error("usage: lua5.4 recipes/summary.lua FOLDER ...", 0) end
  local runs, rows = {}, { { "part", "model", table.unpack(COLUMNS) } }
  for i, folder in ipairs(arg) do runs[i] = read(folder) end
  check_alike(runs)
  for _, part in ipairs { "valid", "test" } do
    rows[#rows + 1] = row_of(runs, part, "popular", function (run) return run.popular[part] end)
    rows[#rows + 1] = row_of(runs, part, runs[1].backbone, function (run) return run[part] end)
  end
  print(text_table.format(rows, { header = true }))
  local seconds, memory = {}, 0
  for i, run in ipairs(runs) do
    seconds[i], memory = run.seconds, math.max(memory, run.peak_rss_mb)
  end
  print(("%d runs, mean ±deviation; %s, seen items %s, ndcg %s; %.0f s each, peak memory %.0f MB; data: %s"):format(
    #runs, runs[1].protocol, runs[1].exclude_seen and "left out" or "kept", runs[1].ndcg,
    (mean_and_deviation(seconds)), memory, runs[1].data))
end

command.run(summarise)
