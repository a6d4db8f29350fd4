#!/usr/bin/env lua5.4
-- Sparse data: what is left when fewer users are trained on, and what short histories, rare items and items that
-- training never saw get.
--   lua5.4 recipes/studies/sparsity.lua data=beauty,office fractions=0.1,0.25,0.5,1 jobs=2
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local groups = require "eimf.eval.groups"
local plans = require "recipes.parts.study_plan"
local results = require "recipes.parts.results"

local PLOTTED = "ndcg@10"
local GROUPED = { "recall@10", "ndcg@10" }

local function name_of (data, fraction) return ("%s-%g"):format(data, 100 * fraction) end

local function each (opt, visit)
  for _, data in ipairs(plans.list(opt.data, "data")) do
    for _, fraction in ipairs(plans.values(opt.fractions, "fractions", "fraction")) do
      visit(data, fraction, name_of(data, fraction))
    end
  end
end

-- An epoch has about as many steps whatever the fraction, so that patience means the same.
local function runs (plan, opt)
  each(opt, function (data, fraction, name)
    local passes = math.floor(1 / fraction + 0.5)
    plan:train { group = name, data = data, options = { fraction = fraction, passes = passes > 1 and passes or nil } }
  end)
end

-- What has finished: { data, fraction, joint, alone }.
local function finished (found, opt)
  local out = {}
  each(opt, function (data, fraction, name)
    local joint = found:group(name)
    local alone = joint and results.alone(joint)
    if alone then out[#out + 1] = { data = data, fraction = fraction, joint = joint, alone = alone } end
  end)
  return out
end

local function add_fractions (doc, models, tests)
  local rows, curves = {}, comparison.curves()
  local function value (m) return m.test[PLOTTED] end
  for _, m in ipairs(models) do
    local percent = 100 * m.fraction
    rows[#rows + 1] = comparison.row({ m.data, percent, "alone" }, tests:cells(m.alone))
    rows[#rows + 1] = comparison.row({ m.data, percent, "EIMF" }, tests:cells(m.joint, m.alone))
    curves:add(m.data .. ", alone", percent, m.alone, value)
    curves:add(m.data .. ", EIMF", percent, m.joint, value)
  end
  doc:heading("Fewer users to train on"):text("All users are tested, with the whole of their histories.")
  doc:table { columns = comparison.columns { "data", { name = "users trained on, %", form = "%g" }, "model" },
              rows = rows, note = comparison.note("the backbone alone") }
  doc:plot { title = "Training data and quality", x_label = "users trained on, %", y_label = PLOTTED, log_x = true,
             series = curves.series }
end

-- Rows of one kind of groups: of users by history, of targets by popularity.
local function group_rows (rows, m, kind, names)
  for _, name in ipairs(names) do
    local users = m.joint[1].metrics.groups[kind][name].users
    local row = { m.data, name, users }
    for _, measure in ipairs(users > 0 and GROUPED or {}) do
      local function value (x) return x.groups[kind][name][measure] end
      local a, b = results.mean(results.values(m.alone, value)), results.mean(results.values(m.joint, value))
      row[#row + 1] = a
      row[#row + 1] = { b, gain = a > 0 and (b / a - 1) * 100 or nil }
    end
    rows[#rows + 1] = row
  end
end

local function add_groups (doc, models, title, kind, names)
  local rows, columns = {}, { "data", "group", "users" }
  for _, measure in ipairs(GROUPED) do
    columns[#columns + 1], columns[#columns + 2] = measure .. ", alone", measure .. ", EIMF"
  end
  for _, m in ipairs(models) do
    if m.fraction == 1 then group_rows(rows, m, kind, names) end
  end
  if rows[1] then doc:heading(title):table { columns = columns, rows = rows, note = "all users trained on" } end
end

local function report (doc, found, opt, tests)
  local models = finished(found, opt)
  for _, m in ipairs(models) do
    tests:add(("%s, %g %% of users: EIMF over alone"):format(m.data, 100 * m.fraction), m.joint, m.alone)
  end
  add_fractions(doc, models, tests)
  add_groups(doc, models, "Length of the history", "history", groups.history_names)
  add_groups(doc, models, "Popularity of the item; cold: training never saw it", "popularity", groups.popularity_names)
end

return study {
  name = "sparsity", title = "Sparse data and cold start",
  options = { data = "beauty,office", fractions = "0.1,0.25,0.5,1" }, runs = runs, report = report,
}
