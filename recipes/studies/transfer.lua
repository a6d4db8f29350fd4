#!/usr/bin/env lua5.4
-- Interests of one data set helping another: its own, those of each other one, and none.
--   lua5.4 recipes/studies/transfer.lua data=office,grocery from=beauty,grocery jobs=2
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local list = require("recipes.parts.study_plan").list
local results = require "recipes.parts.results"

local function each (opt, visit)
  for _, data in ipairs(list(opt.data, "data")) do
    for _, source in ipairs(list(opt.from, "from")) do
      if source ~= data then visit(data, source, ("%s-from-%s"):format(data, source)) end
    end
  end
end

local function runs (plan, opt)
  for _, data in ipairs(list(opt.data, "data")) do
    plan:train { group = data, data = data }                   -- alone, and its own
  end
  local read = {}
  each(opt, function (data, source, name)
    read[source] = read[source] or plan:interests("interests-" .. source, source)
    plan:train { group = name, data = data, after = { read[source] },
                 options = { bank_from = opt.out .. "/" .. read[source], compare = false } }
  end)
end

local function report (doc, found, opt, tests)
  local rows, alone = {}, {}
  for _, data in ipairs(list(opt.data, "data")) do
    local own = found:group(data)
    alone[data] = own and results.alone(own)
    tests:add(data .. ": its own interests over none", own, alone[data])
  end
  each(opt, function (data, source, name)
    local group = found:group(name)
    tests:add(("%s: interests of %s over none"):format(data, source), group, alone[data])
    tests:add(("%s: interests of %s over its own"):format(data, source), group, found:group(data), "†")
  end)
  local function row (data, what, group, over)
    if group then rows[#rows + 1] = comparison.row({ data, what }, tests:cells(group, over)) end
  end
  for _, data in ipairs(list(opt.data, "data")) do
    row(data, "none", alone[data])
    row(data, "its own", found:group(data), alone[data])
    each({ data = data, from = opt.from }, function (_, source, name)
      row(data, source, found:group(name), alone[data])
    end)
  end
  doc:heading("Whose interests")
  doc:table { columns = comparison.columns { "data", "interests of" }, rows = rows, best = comparison.best(),
              within = "data", note = comparison.note("none", "†: the same against its own interests") }
end

return study {
  name = "transfer", title = "Interests of other data sets", options = { data = "office,grocery", from = "beauty" },
  runs = runs, report = report,
}
