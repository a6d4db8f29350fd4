#!/usr/bin/env lua5.4
-- Damping of Affinity Propagation on TF-IDF vectors of real users, which have next to nothing in common: who becomes an
-- exemplar at scikit-learn's default, at others, and with the ladder. Nothing is trained.
--   lua5.4 recipes/studies/damping.lua data=office threads=2
require "recipes.path"
local eimf = require "eimf"
local command = require "recipes.parts.command"
local list = require("recipes.parts.study_plan").list
local open_data = require "recipes.parts.data"
local text = require "eimf.text"
local text_table = require "eimf.text_table"
local vectors = require "eimf.esim.vectors"

local affinity = eimf.cluster.affinity
local AFTER = { 50, 100, 200 }           -- iterations at which exemplars are counted
local DEFAULTS = { data = "office", preference = -10, dampings = "0.5,0.6,0.7,0.8,0.9,0.95", max_iter = 300,
                   sklearn = true }
local RULES = {
  preference = { "number" }, dampings = { "string", help = "each without the ladder" },
  max_iter = { "integer", min = 1, max = 100000, help = "of each; twice as many with the ladder" },
  sklearn = { "boolean", help = "beside scikit-learn's defaults, in its arithmetic: three matrices of doubles" },
}
for name, rule in pairs(require "recipes.parts.data_rules") do RULES[name] = rule end

-- The dampings to be tried; raises where one cannot be.
local function dampings_of (opt)
  local out = {}
  for i, word in ipairs(list(opt.dampings, "dampings")) do
    local damping = tonumber(word)
    if not damping or damping < 0.5 or damping >= 1 then
      error(("option 'dampings': '%s' is not a number of at least 0.5 and below 1"):format(word), 0)
    end
    out[i] = damping
  end
  return out
end

-- TF-IDF rows of items, dense (N, terms); zeros without text.
local function rows_of (texts)
  local known, at = {}, {}
  for i, words in ipairs(texts) do
    if words ~= "" then known[#known + 1], at[#at + 1] = words, i end
  end
  if #known == 0 then error("no item has a text", 0) end
  local a = text.tfidf.fit(known):transform(known)
  local dense = eimf.zeros(#texts, a.width)
  local offsets, columns, values = a.offsets:totable(), a.columns:totable(), a.values:totable()
  for r, i in ipairs(at) do
    for k = offsets[r] + 1, offsets[r + 1] do dense:set(i, columns[k] + 1, values[k]) end
  end
  return dense
end

-- The users with any text: unit means of their training items' rows.
local function vectors_of (set, train)
  local items = rows_of((text.item_texts(set)))
  local users = text.user_vectors(train, items, { last = set.n_interactions })
  return vectors.gather(users, vectors.present(users)), items:dim(2)
end

-- One fit, as a row of the table.
local function row (name, x, options)
  local seen, counts = {}, {}
  options.x = x
  function options.progress (state) seen[state.iteration] = state.exemplars end
  local fit = assert(affinity.fit(options))
  for i, n in ipairs(AFTER) do counts[i] = seen[n] and tostring(seen[n]) or "" end
  return { name, #fit.exemplars, fit.iterations, fit.converged and "yes" or "no",
           ("%.1f"):format(fit.net_similarity), table.concat(counts, ", ") }
end

local function main (opt)
  local dampings = dampings_of(opt)
  eimf.threads(opt.threads)
  local set = assert(open_data(opt))
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
  local x, n_terms = vectors_of(set, split.train)
  local rows = {}
  local function add (name, options)
    options.seed = opt.seed
    rows[#rows + 1] = row(name, x, options)
  end
  for _, damping in ipairs(dampings) do
    add(("%g"):format(damping), { preference = opt.preference, damping = damping, ladder = false,
                                  max_iter = opt.max_iter })
  end
  add("0.5, and the ladder", { preference = opt.preference, damping = 0.5, max_iter = 2 * opt.max_iter })
  if opt.sklearn then add("scikit-learn's defaults", { preference = opt.preference, sklearn = true }) end
  table.insert(rows, 1, { "damping", "clusters", "iterations", "converged", "net similarity",
                          "exemplars after " .. table.concat(AFTER, ", ") })
  print(("%s: %d users by %d terms of TF-IDF, preference %g"):format(set.name, x:dim(1), n_terms, opt.preference))
  print(text_table.format(rows, { header = true }))
end

return command.run(main, command.options(DEFAULTS, RULES))
