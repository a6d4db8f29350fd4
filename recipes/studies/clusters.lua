#!/usr/bin/env lua5.4
-- How many clusters, and how good ones: preference of Affinity Propagation against their number, silhouette, questions
-- to an LLM, and what recommendations gain; and other ways to choose as many exemplars.
--   lua5.4 recipes/studies/clusters.lua data=beauty,office preferences=-1,-3,-10,-30 jobs=2
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local plans = require "recipes.parts.study_plan"

local PAPER = -10                        -- preference at which other ways to choose exemplars are tried
local PLOTTED = "ndcg@10"
local ALONE = require "recipes.parts.alone" { compare = false }

-- Every way to cluster: { name, words, options }. others= is none of the others.
local function ways (opt)
  local out, others = {}, opt.others ~= "" and plans.values(opt.others, "others", "exemplars") or {}
  for _, p in ipairs(plans.values(opt.preferences, "preferences", "preference")) do
    out[#out + 1] = { "p" .. p, "affinity", { preference = p } }
  end
  for _, exemplars in ipairs(others) do
    out[#out + 1] = { exemplars, exemplars, { preference = PAPER, exemplars = exemplars } }
  end
  return out
end

local function each (opt, visit)
  for _, data in ipairs(plans.list(opt.data, "data")) do
    for _, way in ipairs(ways(opt)) do visit(data, way, data .. "-" .. way[1]) end
  end
end

local function runs (plan, opt)
  for _, data in ipairs(plans.list(opt.data, "data")) do
    plan:train { group = data .. "-alone", data = data, options = ALONE }
  end
  each(opt, function (data, way, name)
    local read = plan:interests("interests-" .. name, data, way[3])
    local options = { compare = false }
    for key, value in pairs(way[3]) do options[key] = value end
    plan:train { group = name, data = data, options = options, after = { read } }
  end)
end

local function report (doc, found, opt, tests)
  local rows, curves = {}, comparison.curves()
  each(opt, function (data, way, name)
    tests:add(("%s: %s, preference %g, over no EIMF"):format(data, way[2], way[3].preference), found:group(name),
      found:group(data .. "-alone"))
  end)
  each(opt, function (data, way, name)
    local group, read = found:group(name), found:summary("interests-" .. name)
    if not (group and read) then return end
    rows[#rows + 1] = comparison.row({ data, way[2], way[3].preference, read.clusters, read.interests,
      type(read.silhouette) == "number" and read.silhouette or "none" },
      tests:cells(group, found:group(data .. "-alone")))
    if way[2] == "affinity" then curves:add(data, read.clusters, group, function (m) return m.test[PLOTTED] end) end
  end)
  doc:heading("Clusters and quality"):text("A cluster is one question to an LLM; its silhouette is that of users by "
    .. "the vectors that are clustered.")
  doc:table { columns = comparison.columns { "data", "exemplars", { name = "preference", form = "%g" }, "clusters",
                                             "interests", { name = "silhouette", form = "%.3f" } },
              rows = rows, best = comparison.best(), within = "data", note = comparison.note("no EIMF") }
  doc:plot { title = "Number of clusters and quality", x_label = "clusters = questions to an LLM", y_label = PLOTTED,
             log_x = true, series = curves.series }
end

return study {
  name = "clusters", title = "Number and quality of clusters",
  options = { data = "beauty,office", preferences = "-1,-3,-10,-30", others = "kmedoids,random" },
  runs = runs, report = report,
}
