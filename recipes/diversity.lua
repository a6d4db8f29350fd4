#!/usr/bin/env lua5.4
-- Accuracy against diversity: a finished run's lists by eimf.eval.diverse, for several lambdas (docs/evaluation.md).
--   lua5.4 recipes/diversity.lua run=runs/beauty part=test lambdas=0,0.1,0.2,0.5
-- The curve is written to the run's diversity.json; recipes/report.lua shows it.
require "recipes.path"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local serve = require "eimf.serve"
local text_table = require "eimf.text_table"
local command = require "recipes.parts.command"
local evaluator = require "recipes.parts.evaluator"
local finished = require "recipes.parts.finished"

local RULES = {
  run = { "string", required = true, help = "folder of a finished run" },
  part = { one_of = { "test", "valid" }, default = "test" },
  lambdas = { "string", default = "0,0.05,0.1,0.2,0.5,1,2,5", help = "in units of scores" },
  n = { "integer", min = 1, default = 20, help = "length of the lists" },
  candidates = { "integer", min = 0, default = 0, help = "that lists are taken from; 0: 4 n, and at least 200" },
  threads = { "integer", min = 0, max = 1024, default = 0, help = "0: all cores" },
}

local function numbers (text)
  local out = {}
  for word in text:gmatch("[^,]+") do
    local x = tonumber(word)
    if not (x and x >= 0 and x < math.huge) then
      error(("option 'lambdas': %s is not a number of at least 0"):format(word), 0)
    end
    out[#out + 1] = x
  end
  return out
end

-- The run's model as it is served, checked against its data.
local function evaluation_of (run, folder)
  local shop = assert(serve.open(folder .. "/snapshot.safetensors"))
  if shop.fingerprint ~= run.set:fingerprint() then
    error(folder .. "/snapshot.safetensors: made from other data than " .. run.set.provenance, 0)
  end
  return evaluator.new(run.opt, shop.model, run.opt.cosine)
end

local function main (opt)
  eimf.threads(opt.threads)
  local lambdas, run = numbers(opt.lambdas), finished.open(opt.run)
  local categories, known = eimf.eval.categories(run.set.categories, run.set.n_items)
  if known < 2 then error(("%s: %d categories of items; diversity wants two"):format(opt.run, known), 0) end
  local evaluate = evaluation_of(run, opt.run)
  local rows, points = { { "lambda", "recall@" .. opt.n, "ndcg@" .. opt.n, "diversity@" .. opt.n } }, {}
  for i, lambda in ipairs(lambdas) do
    local m = evaluate(run.split[opt.part], { categories = categories, diversity = lambda, n = opt.n, coverage = false,
      candidates = opt.candidates > 0 and opt.candidates or nil })
    points[i] = { lambda = lambda, recall = m["recall@" .. opt.n], ndcg = m["ndcg@" .. opt.n],
                  diversity = m["diversity@" .. opt.n] }
    rows[i + 1] = { ("%g"):format(lambda), points[i].recall, points[i].ndcg, points[i].diversity }
  end
  print(text_table.format(rows, { header = true }))
  print(("%s, %s; %d categories; data: %s"):format(run.metrics.model or run.opt.backbone, opt.part, known,
    run.set.provenance))
  assert(files.write(opt.run .. "/diversity.json",
    json.encode({ part = opt.part, n = opt.n, points = points }, true) .. "\n"))
end

return command.run(main, command.options({}, RULES))
