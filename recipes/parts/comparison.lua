-- Groups of runs beside each other: cells of tables with mean, deviation, gain and marks, and the tests behind them,
-- corrected for how many there are.
local eimf = require "eimf"
local results = require "recipes.parts.results"

local comparison = {}

--- What tables show.
comparison.MEASURES = { "recall@10", "ndcg@10", "recall@20", "ndcg@20" }

local TESTED = { "recall@10", "ndcg@10" }          -- of them; the others follow these, and every test costs power
local SIGNIFICANT = 0.05

local Comparison = {}
Comparison.__index = Comparison

--- No tests yet.
-- @treturn comparison
function comparison.new () return setmetatable({ tests = {}, of = {} }, Comparison) end

-- Corrects p for all tests that there are; again whenever one has come.
local function correct (self)
  local p = {}
  for i, test in ipairs(self.tests) do p[i] = test.p end
  for i, corrected in ipairs(eimf.eval.holm(p)) do self.tests[i].corrected = corrected end
end

--- Tests a group against another, before the first cell is made, for every test counts. Nothing where one is missing
-- or their users differ.
-- @tparam string name what is tested, in words
-- @tparam ?{table,...} a
-- @tparam ?{table,...} b
-- @tparam[opt="*"] string mark in cells
function Comparison:add (name, a, b, mark)
  if not (a and b) or not results.same_users { a, b } then return end
  results.check { a, b }
  local tested = results.test(a, b, TESTED)
  self.of[a] = self.of[a] or {}
  table.insert(self.of[a], { over = b, tests = tested, mark = mark or "*" })
  for _, measure in ipairs(TESTED) do
    local test = tested[measure]
    test.name, test.measure = name, measure
    self.tests[#self.tests + 1] = test
  end
  correct(self)
end

-- Marks of the tests of a group; what is better and worse has the same.
local function marks_of (self, group, measure)
  local marks = ""
  for _, one in ipairs(self.of[group] or {}) do
    local test = one.tests[measure]
    if test and test.corrected < SIGNIFICANT then marks = marks .. one.mark end
  end
  return marks ~= "" and marks or nil
end

--- Cells of a group, one for each of MEASURES.
-- @tparam {table,...} group
-- @tparam[opt] {table,...} over the group that gains are over
-- @tparam[opt] function pick from a run's metrics; of test
-- @treturn {table,...}
function Comparison:cells (group, over, pick)
  local out = {}
  for i, measure in ipairs(comparison.MEASURES) do
    local function value (m) return (pick and pick(m) or m.test)[measure] end
    local mean, deviation = results.mean(results.values(group, value))
    local base = over and results.mean(results.values(over, value))
    out[i] = { mean, #group > 1 and deviation or nil, mark = not pick and marks_of(self, group, measure) or nil,
               gain = base and base > 0 and (mean / base - 1) * 100 or nil }
  end
  return out
end

--- A row of a table: labels, then the cells.
-- @tparam {any,...} labels
-- @tparam {table,...} cells
-- @treturn {any,...}
function comparison.row (labels, cells)
  local out = {}
  for i, label in ipairs(labels) do out[i] = label end
  for _, cell in ipairs(cells) do out[#out + 1] = cell end
  return out
end

--- Columns of such rows.
-- @tparam {any,...} labels
-- @treturn {any,...}
function comparison.columns (labels) return comparison.row(labels, comparison.MEASURES) end

--- The largest of every measure is the best.
-- @treturn table
function comparison.best ()
  local out = {}
  for _, measure in ipairs(comparison.MEASURES) do out[measure] = "max" end
  return out
end

--- What stands below such a table.
-- @tparam string over what gains are over
-- @tparam[opt] string others marks beside "*" and what they mean
-- @treturn string
function comparison.note (over, others)
  return ("test part; mean ±deviation over seeds; in brackets the gain over %s; *: p below %g, corrected, of %s%s")
    :format(over, SIGNIFICANT, table.concat(TESTED, " and "), others and "; " .. others or "")
end

local Curves = {}
Curves.__index = Curves

--- Curves of a plot, over groups of runs.
-- @treturn curves `series`, as a plot takes them
function comparison.curves () return setmetatable({ series = {} }, Curves) end

--- Adds a point: mean and deviation of what `pick` takes from each run's metrics.
-- @tparam string name of the curve
-- @tparam number x
-- @tparam {table,...} group
-- @tparam function pick
function Curves:add (name, x, group, pick)
  local series = self[name]
  if not series then
    series = { name = name, points = {} }
    self[name], self.series[#self.series + 1] = series, series
  end
  local mean, deviation = results.mean(results.values(group, pick))
  table.insert(series.points, { x, mean, #group > 1 and deviation or nil })
  table.sort(series.points, function (a, b) return a[1] < b[1] end)
end

--- Adds the tests to a document; nothing where there are none.
-- @tparam document doc
function Comparison:report (doc)
  if #self.tests == 0 then return end
  local rows = {}
  for i, test in ipairs(self.tests) do
    rows[i] = { test.name, test.measure, test.percent, ("%+.1f to %+.1f"):format(test.low, test.high), test.p,
                test.corrected }
  end
  doc:heading("Tests"):text(("Test part, each user's values averaged over the seeds. The interval holds 95 %% of what "
    .. "other users like these would show (paired bootstrap, 10,000 draws); p is the chance of such a difference where "
    .. "there is none (paired randomisation test, 10,000 draws); the last column is p corrected for all %d tests of "
    .. "this study (Holm)."):format(#self.tests))
  doc:table { columns = { "comparison", "measure", { name = "gain, %", form = "%+.1f" }, "95 % interval, %",
                          { name = "p", form = "%.2g" }, { name = "p, corrected", form = "%.2g" } }, rows = rows }
end

return comparison
