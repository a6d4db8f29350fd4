#!/usr/bin/env lua5.4
-- How many of the interests that users truly hold stand in their top 20: models with several interests beside models
-- with one vector of the same width, on the generated catalogue, whose truth is known.
--   lua5.4 recipes/studies/coverage.lua jobs=2
local study = require "recipes.parts.study"
local eimf = require "eimf"
local covered = require "recipes.parts.covered"
local plans = require "recipes.parts.study_plan"
local results = require "recipes.parts.results"

local MOST = 4                           -- interests that a user of the catalogue may hold
local RECALL = "recall@" .. covered.N
local ALONE = require "recipes.parts.alone" { compare = false }
-- Where the command line does not say else. The width is far below the catalogue's 60 interests: a wide vector holds a
-- mixture of them as well as several do.
local SUITED = { users = 2000, items = 1500, dim = 8, cosine = true, temperature = 0.1, n_negatives = 0,
                 readout = "hard", dropout = 0.2, lr = 5e-3, epochs = 40, patience = 5 }

-- "comirec_sa-k1" is comirec_sa with one interest.
local function parts_of (name)
  local backbone, K = name:match("^(.*)%-k(%d+)$")
  return plans.values(backbone or name, "models", "backbone")[1],
    K and plans.values(K, "models, interests of " .. name, "n_interests")[1]
end

local function check_base (opt)
  for _, name in ipairs(plans.list(opt.models, "models")) do
    if name == opt.base then return end
  end
  error(("option 'base': %s is none of models=%s"):format(opt.base, opt.models), 0)
end

local function runs (plan, opt, given)
  check_base(opt)
  for _, name in ipairs(plans.list(opt.models, "models")) do
    local backbone, K = parts_of(name)
    local options = { n_interests = K }
    for key, value in pairs(ALONE) do options[key] = value end
    for key, value in pairs(SUITED) do
      if given[key] == nil then options[key] = value end
    end
    plan:train { group = name, data = opt.data, backbone = backbone, options = options }
  end
end

-- What a group came to: each user's covered interests, averaged over the seeds, and the mean of every seed.
local function look (group)
  local out = { users = {}, means = {} }
  for _, run in ipairs(group) do
    local found = covered.of(run.folder)
    for u, n in ipairs(found.covered) do out.users[u] = (out.users[u] or 0) + n / #group end
    out.means[#out.means + 1] = results.mean(found.covered)
    out.held, out.interests, out.dim = found.held, found.interests, found.dim
  end
  return out
end

-- Mean over the users who hold n interests.
local function of_holders (found, n)
  local values = {}
  for u, held in ipairs(found.held) do
    if held == n then values[#values + 1] = found.users[u] end
  end
  return (results.mean(values))
end

local function row_of (name, group, found, base)
  local mean, deviation = results.mean(found.means)
  local recall, apart = results.mean(results.values(group, function (m) return m.test[RECALL] end))
  local row = { name, found.interests, found.dim, { recall, apart }, { mean, deviation,
    gain = found ~= base and (mean / results.mean(base.means) - 1) * 100 or nil } }
  for n = 2, MOST do row[#row + 1] = of_holders(found, n) end
  row[#row + 1] = found ~= base and eimf.eval.randomisation(found.users, base.users).p or nil
  return row
end

local function report (doc, found, opt)
  local base_group = found:group(opt.base)
  if not base_group then return end
  local base, rows = look(base_group), {}
  for _, name in ipairs(plans.list(opt.models, "models")) do
    local group = found:group(name)
    if group then rows[#rows + 1] = row_of(name, group, name == opt.base and base or look(group), base) end
  end
  local columns = { "model", "K", "dim", RECALL, { name = "covered", form = "%.3f" } }
  for n = 2, MOST do columns[#columns + 1] = { name = "of " .. n, form = "%.3f" } end
  columns[#columns + 1] = { name = "p", form = "%.2g" }
  doc:heading("Covered interests"):text(("Covered: the true interests of a test user that items of the first %d belong "
    .. "to, mean over users; of 2, 3, 4: over those who hold so many."):format(covered.N))
  doc:table { columns = columns, rows = rows, best = { covered = "max", [RECALL] = "max" },
              note = "in brackets the gain over " .. opt.base .. "; p: paired randomisation test over users" }
end

return study {
  name = "coverage", title = "Covered interests",
  options = { data = "generated", models = "dnn,gru4rec,sasrec,comirec_sa-k1,comirec_sa,mind,remi", base = "dnn" },
  runs = runs, report = report,
}
