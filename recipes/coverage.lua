#!/usr/bin/env lua5.4
-- How many of the interests that users truly hold stand in their top 20, by finished runs on the generated catalogue:
--   for b in dnn comirec_sa mind remi; do
--     lua5.4 recipes/beauty.lua data=generated backbone=$b semantics=none start=none share=none out=runs/coverage/$b
--   done
--   lua5.4 recipes/coverage.lua runs/coverage/*
require "recipes.path"
local eimf = require "eimf"
local lists = require "eimf.eval.lists"
local serve = require "eimf.serve"
local text_table = require "eimf.text_table"
local truth = require "eimf.esim.truth"
local command = require "recipes.command"
local evaluator = require "recipes.evaluator"
local finished = require "recipes.finished"

local N = 20                             -- of a list
local MOST = 4                           -- interests that a user of the catalogue may hold
local BATCH = 1024
local USAGE = "usage: lua5.4 recipes/coverage.lua FOLDER ..."

-- The test users' lists, (V, N).
local function ranked (server, opt, part)
  local histories = eimf.data.histories(part, { max_len = opt.max_len, batch = BATCH })
  local out, tape = eimf.zeros_ids(histories:count(), N), eimf.tape { record = false }
  for step = 1, histories:steps() do
    local batch = histories:batch(step)
    local last = batch.first + batch.size - 1
    tape:reset()
    local v = server.model:interests(tape, batch.history)                          -- (B, K, D)
    if opt.cosine then v = tape:l2_normalise(v) end
    local seen = { ids = part.history, offsets = part.history_offsets }
    local ids = eimf.eval.rank { interests = v.data, items = server.candidates, n = N,
      exclude = evaluator.leaves_seen_out(opt) and lists.slice(seen, batch.first, batch.size) or nil }
    out:rows(batch.first, last):copy_(ids)
  end
  return out
end

-- Means over all users and over those who hold 1, 2, ... interests.
local function means (covered, held)
  local sums, numbers = {}, {}
  for v, n in ipairs(held) do
    for _, group in ipairs { 0, n } do
      sums[group], numbers[group] = (sums[group] or 0) + covered[v], (numbers[group] or 0) + 1
    end
  end
  local row = {}
  for group = 0, MOST do row[group + 1] = ("%.3f"):format((sums[group] or 0) / math.max(numbers[group] or 0, 1)) end
  return row
end

local function row_of (folder)
  local run, server = finished.open(folder), assert(serve.open(folder .. "/snapshot.safetensors"))
  local opt, set, part = run.opt, run.set, run.split.test
  if not set.truth then error(folder .. ": a run on " .. set.provenance .. ", where nobody knows the truth", 0) end
  local best = ranked(server, opt, part)
  local found = eimf.eval.metrics { ranked = best, n = N, ndcg = opt.ndcg,
    targets = { ids = part.targets, offsets = part.target_offsets } }
  local K = server:interests({ 1 }):dim(2)
  return { folder, opt.backbone, K, opt.dim, ("%.4f"):format(found["recall@" .. N]),
           table.unpack(means(truth.covered(best, part.users, set))) }, set
end

local function show ()
  if #arg == 0 then error(USAGE, 0) end
  local rows, provenance = { { "run", "backbone", "K", "dim", "recall@" .. N, "covered" } }
  for held = 1, MOST do table.insert(rows[1], "of " .. held) end
  for _, folder in ipairs(arg) do
    local row, set = row_of(folder)
    rows[#rows + 1], provenance = row, provenance or set.provenance
  end
  print(text_table.format(rows, { header = true }))
  print(("covered: true interests of a test user that stand in the first %d, mean; of 1 .. %d: users who hold so many; "
    .. "data: %s"):format(N, MOST, provenance))
end

command.run(show)
