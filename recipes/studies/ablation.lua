#!/usr/bin/env lua5.4
-- What EIMF is made of, one switch at a time: terms, starts, and the controls that should take the gain away.
--   lua5.4 recipes/studies/ablation.lua data=beauty,office seeds=1,2,3 jobs=2
--   lua5.4 recipes/studies/ablation.lua data=office controls=alone,eimf,shuffled_titles,text
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local list = require("recipes.parts.study_plan").list

local OFTEN = { every = 1, step_items = 1024, adapter = "mlp" }          -- a rival gets what it was tuned with
local BARE = { start = "none", share = "none", lambda_text = 0 }
local LITERAL = { semantics = "matching", lambda_align = 0.1, lambda_semantic = 0.1 }

local function with (...)
  local out = {}
  for _, options in ipairs { ... } do
    for name, value in pairs(options) do out[name] = value end
  end
  return out
end

-- Name, words, options over those of the data set's recipe.
local CONTROLS = {
  { "alone", "no EIMF", require "recipes.parts.alone" () },
  { "eimf", "EIMF", {} },
  { "profile", "profile, no start, sharing, text", BARE },
  { "alignment", "alignment without prediction", { lambda_semantic = 0 } },
  { "prediction", "prediction without alignment", { lambda_align = 0 } },
  { "no_text", "EIMF without the text loss", { lambda_text = 0 } },
  { "no_start", "EIMF, items begin at random", { start = "none" } },
  { "no_share", "EIMF without sharing", { share = "none" } },
  { "matching", "matching", with(OFTEN, BARE, LITERAL) },
  { "shuffled_clusters", "matching, clusters shuffled", with(OFTEN, BARE, LITERAL, { shuffle = "clusters" }) },
  { "shuffled_titles", "EIMF, titles shuffled", { shuffle = "titles" } },
  { "random", "EIMF, random exemplars", { exemplars = "random" } },
  { "kmedoids", "EIMF, k-medoids exemplars", { exemplars = "kmedoids" } },
  { "offline", "EIMF, offline rule, no LLM", { llm = "offline" } },
  { "few_interests", "EIMF, 2 interests of a cluster", { interests_per_user = 2 } },
  { "many_interests", "EIMF, 8 interests of a cluster", { interests_per_user = 8 } },
  { "text", "plain text, no interests", with(OFTEN, { semantics = "none", start = "text", share = "none",
                                                      lambda_text = 0.3 }) },
}

local DEFAULT = {}
for i, control in ipairs(CONTROLS) do DEFAULT[i] = control[1] end

-- The controls that were asked for. The offline rule is one only where the runs ask an LLM.
local function chosen (opt)
  local by_name, out = {}, {}
  for _, control in ipairs(CONTROLS) do by_name[control[1]] = control end
  for _, name in ipairs(list(opt.controls, "controls")) do
    local control = by_name[name] or error(("controls: no '%s'; there are %s"):format(name,
      table.concat(DEFAULT, ", ")), 0)
    if name ~= "offline" or opt.llm ~= "offline" then out[#out + 1] = control end
  end
  return out
end

local function each (opt, visit)
  for _, data in ipairs(list(opt.data, "data")) do
    for _, control in ipairs(chosen(opt)) do visit(data, control, data .. "-" .. control[1]) end
  end
end

local function runs (plan, opt)
  each(opt, function (data, control, name)
    plan:train { group = name, data = data, options = with(control[3], { compare = false }) }
  end)
end

local function report (doc, found, opt, tests)
  local groups, rows = {}, {}
  each(opt, function (_, _, name) groups[name] = found:group(name) end)
  each(opt, function (data, control, name)
    local function against (other, mark)
      if control[1] == other then return end
      tests:add(("%s: %s, over %s"):format(data, control[2], other == "eimf" and "EIMF" or "no EIMF"), groups[name],
        groups[data .. "-" .. other], mark)
    end
    against("alone", "*")
    if control[1] ~= "alone" then against("eimf", "†") end
  end)
  each(opt, function (data, control, name)
    if not groups[name] then return end
    local alone = control[1] ~= "alone" and groups[data .. "-alone"] or nil
    rows[#rows + 1] = comparison.row({ data, control[2] }, tests:cells(groups[name], alone))
  end)
  doc:heading("Controls")
  doc:table { columns = comparison.columns { "data", "control" }, rows = rows, best = comparison.best(),
              within = "data", note = comparison.note("no EIMF", "†: the same against EIMF") }
end

return study {
  name = "ablation", title = "What EIMF is made of",
  options = { data = "beauty,office", controls = table.concat(DEFAULT, ",") },
  runs = runs, report = report,
}
