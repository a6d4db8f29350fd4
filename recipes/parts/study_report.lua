-- The document of a study: what its own report says, then the runs, their data, and the command.
local report = require "eimf.report"
local comparison = require "recipes.parts.comparison"
local command = require "recipes.parts.command"
local results = require "recipes.parts.results"

local study_report = {}

local CURVES = 6                         -- of a plot, at most

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

-- Groups, each after the backbone alone where its runs hold that too: { name of the curve, group, name of the data }.
local function learners (found)
  local out = {}
  for _, name in ipairs(found.plan.order) do
    local group = found:group(name)
    local alone, data = group and results.alone(group), group and group[1].metrics.data:match("^[^,]*")
    if alone then out[#out + 1] = { name .. " alone", alone, data } end
    if group then out[#out + 1] = { alone and name .. " + EIMF" or name, group, data } end
  end
  return out
end

-- Curves of the groups of a data set, not too many in a plot.
local function add_learning (doc, found)
  local measure, plots, by_data = found.plan.given.metric or "ndcg@10", {}, {}
  for _, learner in ipairs(learners(found)) do
    local name, group, data = table.unpack(learner)
    local points = results.learning(group, measure)
    if #points > 1 then
      local plot = by_data[data]
      if not plot or #plot.series == CURVES then
        plot = { title = ("%s on validation, %s"):format(measure, data), x_label = "epoch", y_label = measure,
                 series = {} }
        by_data[data], plots[#plots + 1] = plot, plot
      end
      plot.series[#plot.series + 1] = { name = name, points = points }
    end
  end
  if #plots == 0 then return end
  doc:heading("Learning"):text("Mean over the seeds, for as long as all of them were trained.")
  for _, plot in ipairs(plots) do doc:plot(plot) end
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
  io.write(report.markdown(doc))                       -- curves are long as tables
  add_learning(doc, found)
  doc:heading("Command"):code(command.line())
  local _, missing = assert(report.write(doc, opt.out))
  if missing then io.stderr:write(missing, "\n") end
  print(("written to %s/report.md, report.html, report.tex"):format(opt.out))
end

return study_report
