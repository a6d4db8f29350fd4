-- The document of a study: what its own report says, then the runs, their data, and the command.
local report = require "eimf.report"
local comparison = require "recipes.parts.comparison"
local command = require "recipes.parts.command"
local results = require "recipes.parts.results"

local study_report = {}

local function add_failed (doc, found)
  if #found.failed == 0 then return end
  local items = {}
  for i, run in ipairs(found.failed) do items[i] = run.name .. ": " .. run.message end
  doc:heading("Runs that failed"):text("What they would have shown is missing above."):list(items)
end

local function mean_of (group, name)
  return (results.mean(results.values(group, function (m) return m[name] or 0 end)))
end

-- What a group's runs took, and whatever is the same in all of them.
local function add_runs (doc, found)
  local rows, about, seen = {}, {}, {}
  for _, name in ipairs(found.plan.order) do
    local group = found:group(name)
    if group then
      local m = group[1].metrics
      rows[#rows + 1] = { name, m.model, #group, mean_of(group, "best_epoch"), mean_of(group, "seconds"),
                          math.max(table.unpack(results.values(group, function (x) return x.peak_rss_mb or 0 end))) }
      local line = ("%s, full ranking, seen items %s, ndcg %s; data: %s"):format(m.protocol,
        m.exclude_seen and "left out" or "kept", m.ndcg, m.data)
      if not seen[line] then about[#about + 1] = line end
      seen[line] = true
    end
  end
  if #rows == 0 then return end
  doc:heading("Runs"):list(about)
  doc:table { columns = { "group", "model", "runs", { name = "best epoch", form = "%.1f" },
                          { name = "seconds", form = "%.0f" }, { name = "peak MB", form = "%.0f" } }, rows = rows,
              note = "means over the runs; peak memory: the largest" }
end

--- Makes, prints and writes the document: out/report.md, report.html, report.tex and the plots.
-- @tparam table definition of the study
-- @tparam table opt
-- @tparam found found
function study_report.write (definition, opt, found)
  local doc = report.document(definition.title)
  local tests = comparison.new()
  definition.report(doc, found, opt, tests)
  tests:report(doc)
  add_failed(doc, found)
  add_runs(doc, found)
  doc:heading("Command"):code(command.line())
  io.write(report.markdown(doc))
  local _, missing = assert(report.write(doc, opt.out))
  if missing then io.stderr:write(missing, "\n") end
  print(("written to %s/report.md, report.html, report.tex"):format(opt.out))
end

return study_report
