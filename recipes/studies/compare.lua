#!/usr/bin/env lua5.4
-- Backbones x data x with and without EIMF x seeds.
--   lua5.4 recipes/studies/compare.lua data=beauty,office backbones=comirec_sa,sasrec,remi seeds=1,2,3 jobs=2
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local plans = require "recipes.parts.study_plan"
local results = require "recipes.parts.results"

local function each (opt, visit)
  for _, data in ipairs(plans.list(opt.data, "data")) do
    for _, backbone in ipairs(plans.values(opt.backbones, "backbones", "backbone")) do
      visit(data, backbone, data .. "-" .. backbone)
    end
  end
end

local function runs (plan, opt)
  each(opt, function (data, backbone, name)                    -- a run trains the backbone alone, then EIMF
    plan:train { group = name, data = data, backbone = backbone }
  end)
end

-- What has finished: { data, backbone, joint = group, alone = group }.
local function finished (found, opt)
  local out = {}
  each(opt, function (data, backbone, name)
    local group = found:group(name)
    if group then
      out[#out + 1] = { data = data, backbone = backbone, joint = group, alone = results.alone(group) }
    end
  end)
  return out
end

local function popular (m) return m.popular.test end

local function report (doc, found, opt, tests)
  local models, rows, last = finished(found, opt), {}, nil
  for _, m in ipairs(models) do tests:add(("%s: %s, EIMF over alone"):format(m.data, m.backbone), m.joint, m.alone) end
  local function row (m, name, ...) rows[#rows + 1] = comparison.row({ m.data, name }, tests:cells(...)) end
  for _, m in ipairs(models) do
    if m.data ~= last then row(m, "popular", m.joint, nil, popular) end
    if m.alone then row(m, m.backbone, m.alone) end
    row(m, m.backbone .. (m.alone and " + EIMF" or ""), m.joint, m.alone)          -- without texts alone is all
    last = m.data
  end
  doc:heading("Models")
  doc:table { columns = comparison.columns { "data", "model" }, rows = rows, best = comparison.best(), within = "data",
              note = comparison.note("the backbone alone") }
end

return study {
  name = "compare", title = "Backbones with and without EIMF",
  options = { data = "beauty,office,ml1m,online_retail", backbones = "comirec_sa,sasrec,remi" },
  runs = runs, report = report,
}
