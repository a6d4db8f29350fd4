--- What a run says at its end: a table of models, and metrics.json.
-- Neighbours: json.lua, files.lua, text_table.lua.
-- @module eimf.report

local files = require "eimf.files"
local json = require "eimf.json"
local text_table = require "eimf.text_table"

local report = {}

local MEASURES = { "recall", "ndcg", "hit", "mrr" }

--- One line that says what the numbers are.
-- @tparam table opt `protocol`, `ndcg`, `seed`
-- @tparam table set `n_items`, `provenance`
-- @tparam boolean seen are seen items left out
-- @treturn string
function report.protocol_line (opt, set, seen)
  return ("%s, full ranking of %d items, seen items %s, ndcg %s, seed %d; data: %s"):format(
    opt.protocol, set.n_items, seen and "left out" or "kept", opt.ndcg, opt.seed, set.provenance)
end

--- Models side by side on valid and test.
-- @tparam {table,...} rows { name, valid = {metric=value}, test = {metric=value} }
-- @tparam {integer,...} cutoffs
-- @treturn string
function report.table (rows, cutoffs)
  local lines = { { "part", "model" } }
  for _, measure in ipairs(MEASURES) do
    for _, n in ipairs(cutoffs) do table.insert(lines[1], measure .. "@" .. n) end
  end
  for _, part in ipairs { "valid", "test" } do
    for _, row in ipairs(rows) do
      local line = { part, row.name }
      for _, measure in ipairs(MEASURES) do
        for _, n in ipairs(cutoffs) do line[#line + 1] = row[part][measure .. "@" .. n] end
      end
      lines[#lines + 1] = line
    end
  end
  return text_table.format(lines, { header = true })
end

--- Writes metrics.json: keys in order, so that equal runs give equal files but for `seconds` and `peak_rss_mb`.
-- @tparam string path
-- @tparam table metrics
-- @treturn boolean true; or nil, message, code
function report.write_metrics (path, metrics)
  return files.write(path, json.encode(metrics, true) .. "\n")
end

return report
