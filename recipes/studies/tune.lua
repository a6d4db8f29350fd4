#!/usr/bin/env lua5.4
-- Options of a backbone, or of EIMF over it, chosen on validation by successive halving; test is never looked at.
--   lua5.4 recipes/studies/tune.lua data=beauty backbone=sasrec jobs=2
--   lua5.4 recipes/studies/tune.lua data=office what=eimf candidates=9 space="lambda_text=0.1..1 share=bank,text"
local study = require "recipes.parts.study"
local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local report = require "eimf.report"
local command = require "recipes.parts.command"
local space = require "recipes.parts.space"
local study_plan = require "recipes.parts.study_plan"
local tune = require "eimf.tune"

local ALONE = require "recipes.parts.alone" ()

-- What is the same for all candidates: scores and runs of something else are not taken for theirs.
local function about (opt, given) return json.encode { data = opt.data, what = opt.what, options = given } end

-- A candidate's run: its folder is the hash of its options, so that every rung finds it again.
local function run_of (opt, given, candidate, epochs)
  local options = { compare = false, test = false, epochs = epochs }
  for _, more in ipairs { opt.what == "alone" and ALONE or {}, candidate } do
    for name, value in pairs(more) do options[name] = value end
  end
  local plan = study_plan.new(opt, given)
  local name = "c" .. core.hash(about(opt, given), json.encode(candidate))
  plan:train { group = name, data = opt.data, options = options }
  return plan.runs[1], plan.lua
end

-- Validation of candidates after so many epochs; false for one that failed.
local function scorer (opt, given)
  return function (candidates, epochs)
    local runs, lua = {}
    for i, candidate in ipairs(candidates) do runs[i], lua = run_of(opt, given, candidate, epochs) end
    local done, message, code = require("eimf.study").run { out = opt.out, jobs = opt.jobs, runs = runs, lua = lua }
    if not done then return nil, message, code end
    if done.interrupted then return nil, "stopped. Go on with: " .. command.line(), "INTERRUPTED" end
    local scores = {}
    for i, run in ipairs(done.runs) do
      local metrics = run.done and json.decode(assert(files.read(run.folder .. "/metrics.json")))
      scores[i] = metrics and metrics.valid[opt.metric] or false
    end
    return scores
  end
end

-- "lr = 0.0012, dropout = 0.4", as a recipe has it.
local function as_recipe (candidate)
  local words = {}
  for name, value in pairs(candidate) do
    words[#words + 1] = ("%s = %s"):format(name, type(value) == "string" and ("%q"):format(value) or tostring(value))
  end
  table.sort(words)
  return #words > 0 and table.concat(words, ", ") or "the defaults"
end

local function document (opt, found)
  local doc = report.document(("Options of %s, chosen on validation"):format(opt.data))
  doc:text(("The best by %s on validation after %d epochs; test was not looked at. Budget: %d epochs."):format(
    opt.metric, found.rungs[#found.rungs][1].epochs, found.budget))
  local better = next(found.candidate) ~= nil
  if not better then doc:text("No candidate is better than the recipe as it is: nothing is to be changed in it.") end
  doc:code((better and as_recipe(found.candidate) .. ",      " or "") .. "-- found by: " .. command.line())
  for r, rung in ipairs(found.rungs) do
    local rows = {}
    for i, one in ipairs(rung) do rows[i] = { as_recipe(one.candidate), one.score or "failed" } end
    doc:table { title = ("Rung %d, %d epochs"):format(r, rung[1].epochs), rows = rows,
                columns = { "candidate", opt.metric .. ", valid" }, best = { [opt.metric .. ", valid"] = "max" } }
  end
  return doc
end

local function main (_, opt, given, rules)
  local searched = space(opt, given.backbone, rules)
  assert(files.mkdirs(opt.out))
  local found, message, code = tune.search {
    space = searched, candidates = opt.candidates, eta = opt.eta, least = opt.least,
    most = opt.most, scores = opt.out .. "/scores.jsonl", about = about(opt, given), say = print,
    score = scorer(opt, given),
  }
  if code == "INTERRUPTED" then command.interrupted(message) end
  local doc = document(opt, found or error(message, 0))
  io.write(report.markdown(doc))
  assert(report.write(doc, opt.out))
end

return study {
  name = "tune", main = main,
  options = { data = "beauty", seeds = "1", what = "alone", space = "", candidates = 27, eta = 3, least = 3,
              most = 27 },
  rules = {
    what = { one_of = { "alone", "eimf" }, help = "the backbone alone, or EIMF over it" },
    space = { "string", help = "\"lr=3e-4..5e-3 dropout=0.3,0.5\"; empty: by backbone" },
  },
}
