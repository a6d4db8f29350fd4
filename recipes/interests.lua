#!/usr/bin/env lua5.4
-- What users like, in words: builds and prints the interests alone.
--   lua5.4 recipes/interests.lua data=office llm=http://127.0.0.1:8080/v1 model=NAME dry_run=true
require "recipes.path"
local eimf = require "eimf"
local esim = require "eimf.esim"
local command = require "recipes.command"
local open_data = require "recipes.data"
local semantics = require "recipes.semantics"

-- Of rules.lua, what concerns data; and all of semantic_rules.lua.
local function rules ()
  local out, all = {}, require "recipes.rules"
  for _, name in ipairs { "data", "out", "seed", "threads", "download", "protocol", "users", "items", "core" } do
    out[name] = all[name]
  end
  for name, rule in pairs(require "recipes.semantic_rules") do out[name] = rule end
  return out
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
  opt.semantics_out = opt.out
  local set = assert(open_data(opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed }))
  if opt.dry_run then return print(assert(semantics.dry_run(opt, set, split.train))) end
  show(opt, set, assert(semantics.open(opt, set, split.train)))
end

local opt = command.options({ out = "runs/interests" }, rules())
return command.run(main, opt)
