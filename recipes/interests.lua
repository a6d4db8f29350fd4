#!/usr/bin/env lua5.4
-- What users like, in words: builds and prints the interests alone.
--   lua5.4 recipes/interests.lua data=office llm=http://127.0.0.1:8080/v1 model=NAME dry_run=true
require "recipes.path"
local eimf = require "eimf"
local esim = require "eimf.esim"
local files = require "eimf.files"
local json = require "eimf.json"
local quality = require "eimf.cluster.quality"
local command = require "recipes.parts.command"
local open_data = require "recipes.parts.data"
local progress = require "eimf.progress"
local semantics = require "recipes.parts.semantics"
local system = require "eimf.system"
local text = require "eimf.text"

-- Where it is: one line that renews itself on a terminal, a line for each tenth of the answers elsewhere.
local function progress_of ()
  local bar, terminal = progress.new(), system.is_terminal()
  return function (state)
    local asked = state.stage == "asked"
    local rest = asked and state.by_rule > 0 and ("; %d left to the offline rule"):format(state.by_rule) or ""
    local line = asked and ("%d of %d answered"):format(state.done - state.by_rule, state.of) .. rest
      or ("clustering: iteration %d, %d exemplars"):format(state.iteration, state.exemplars)
    if terminal then io.stderr:write("\r", line, "  ") io.stderr:flush()
    elseif asked and state.done % math.max(1, math.floor(state.of / 10)) == 0 then bar:say(line) end
    return system.caught()
  end
end

-- Numbers of a study: what was found and what it cost; account is empty where nothing was built.
local function summary_of (opt, train, built)
  local users = text.user_vectors(train, built.items, { last = 50, recency = opt.recency, centre = opt.centre })
  local by_llm = 0
  for _, cluster in ipairs(built.clusters) do
    if cluster.source ~= "offline rule" then by_llm = by_llm + 1 end
  end
  return { clusters = #built.clusters, interests = built.interests:dim(1), by_llm = by_llm,
           silhouette = (quality.silhouette(users, built.labels)), account = built.account, asked = built.asked,
           clustering = built.clustering, encoder = built.encoder, seconds = built.seconds }
end

local function show (opt, set, built)
  print(esim.report.text(built, set))
  if set.truth then print(esim.truth.text(built, set)) end
  print(built.read_from and "read from " .. built.read_from .. "; nothing was asked"
        or ("%.1f s"):format(built.seconds))
  print(("written to %s/interests.jsonl, interests.txt, semantics.safetensors"):format(opt.out))
end

local function main (opt)
  eimf.threads(opt.threads)
  opt.semantics_out, opt.progress = opt.out, progress_of()
  local set = assert(open_data(opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
  if opt.dry_run then return print(assert(semantics.dry_run(opt, set, split.train))) end
  assert(files.mkdirs(opt.out))                        -- before anything is paid for
  system.trap()
  local built, message, code = semantics.open(opt, set, split.train)
  if code == "INTERRUPTED" then
    command.interrupted(message .. "; the same command goes on from there")
  end
  show(opt, set, built or error(message, 0))
  if opt.summary then
    assert(files.write(opt.out .. "/summary.json", json.encode(summary_of(opt, split.train, built), true) .. "\n"))
  end
end

return command.run(main, command.options({ out = "runs/interests" }, require "recipes.parts.interest_rules"))
