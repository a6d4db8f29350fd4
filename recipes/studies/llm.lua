#!/usr/bin/env lua5.4
-- Who answers: the offline rule, a small LLM, a larger one: cost, how many answers keep the contract, quality.
--   lua5.4 recipes/studies/llm.lua data=office llms=qwen-1.5b@http://127.0.0.1:8080/v1,qwen-7b@http://127.0.0.1:8081/v1
-- With prompts=goods,goods_groups each LLM answers by each template.
local study = require "recipes.parts.study"
local comparison = require "recipes.parts.comparison"
local list = require("recipes.parts.study_plan").list

-- A name without what a file name cannot hold.
local function plain (name) return (name:gsub("[^%w_.+-]", "_")) end

local function template_name (path) return plain((path:match("[^/]*$"):gsub("%.lua$", ""))) end

-- An LLM by each template, or by the recipe's where none is named: { name, options }.
local function add_by_prompts (out, model, url, prompts)
  local name = plain(model)
  if not prompts[1] then out[#out + 1] = { name, { llm = url, model = model } } end
  for _, prompt in ipairs(prompts) do
    out[#out + 1] = { name .. "-" .. template_name(prompt), { llm = url, model = model, prompt = prompt } }
  end
end

-- Who answers: { name, options } of the rule and of each "model@url".
local function answerers (opt)
  local out, prompts = { { "rule", { llm = "offline" } } }, list(opt.prompts)
  for _, word in ipairs(list(opt.llms)) do
    local model, url = word:match("^([^@]+)@(.+)$")
    if not model then error(("llms: '%s' is not MODEL@URL"):format(word), 0) end
    add_by_prompts(out, model, url, prompts)
  end
  return out
end

local function each (opt, visit)
  for _, data in ipairs(list(opt.data, "data")) do
    for _, who in ipairs(answerers(opt)) do visit(data, who, data .. "-" .. who[1]) end
  end
end

local function runs (plan, opt)
  each(opt, function (data, who, name)
    local read = plan:interests("interests-" .. name, data, who[2])                -- asks; training finds the answers
    local options = { compare = false }
    for key, value in pairs(who[2]) do options[key] = value end
    plan:train { group = name, data = data, options = options, after = { read } }
  end)
end

local function cost_row (data, who, read)
  local account = read.account
  local priced = type(account.cost) == "number" and account.cost or nil
  return { data, who, read.clusters, read.by_llm, read.interests, account.requests or 0, account.repairs or 0,
           account.prompt_tokens or 0, account.completion_tokens or 0, priced, read.seconds }
end

local function report (doc, found, opt, tests)
  local costs, rows = {}, {}
  each(opt, function (data, who, name)
    if who[1] ~= "rule" then
      tests:add(("%s: %s over the rule"):format(data, who[1]), found:group(name), found:group(data .. "-rule"))
    end
  end)
  each(opt, function (data, who, name)
    local group, read = found:group(name), found:summary("interests-" .. name)
    if read then costs[#costs + 1] = cost_row(data, who[1], read) end
    local rule = who[1] ~= "rule" and found:group(data .. "-rule") or nil
    if group then rows[#rows + 1] = comparison.row({ data, who[1] }, tests:cells(group, rule)) end
  end)
  doc:heading("Answers and their cost")
  doc:table { columns = { "data", "answers by", "clusters", "answered by the LLM", "interests", "requests", "repairs",
                          "tokens asked", "tokens answered", { name = "cost", form = "%.4f" },
                          { name = "seconds", form = "%.0f" } }, rows = costs,
              note = "clusters that the LLM did not answer within the contract were left to the offline rule; requests "
                .. "and tokens are of the run that asked, not of answers found in the cache" }
  doc:heading("Quality")
  doc:table { columns = comparison.columns { "data", "answers by" }, rows = rows, best = comparison.best(),
              within = "data", note = comparison.note("the offline rule") }
end

return study {
  name = "llm", title = "The offline rule and LLMs", options = { data = "office", llms = "", prompts = "" },
  rules = { llms = { "string", help = "MODEL@URL,... beside the offline rule" },
            prompts = { "string", help = "templates, each LLM by each; without any the recipe's" } },
  runs = runs, report = report,
}
