-- The method, composed once. A data set's recipe is its options and one call:
--   return require "recipes.eimf" { data = "beauty", ... }
require "recipes.path"
local eimf = require "eimf"
local command = require "recipes.parts.command"
local evaluator = require "recipes.parts.evaluator"
local finish = require "recipes.parts.finish"
local open_data = require "recipes.parts.data"
local phases = require "recipes.parts.phases"
local semantic = require "recipes.parts.semantics"
local train = require "recipes.parts.trainer"

-- One model, trained: EIMF, or the backbone alone where semantics is nil. The run holds the best weights.
local function fit (opt, set, split, semantics)
  -- 1. Behavioural module, the semantic head that exists only while training, optimiser.
  local trainer = train.new(opt, set, split, semantics)
  if trainer.head.note then print(trainer.head.note) end
  opt.semantics_hash = semantics and semantics.hash       -- other texts or answers: no run to resume
  local run = assert(eimf.run.open {
    opt = opt, set = set, split = split, model = trainer.model, helper = trainer.head, optim = trainer.adam,
    tape = trainer.tape, evaluate = evaluator.new(opt, trainer.model, opt.cosine),
  })

  -- 2. Train jointly; keep the best on validation.
  for epoch, batch in run:batches() do
    trainer.adam.lr = opt.lr * opt.lr_decay ^ (epoch - 1)
    if run:step(trainer.tape, trainer:step(batch)) then break end
  end
  if trainer.profile then print(trainer.profile) end
  if run.interrupted then finish.interrupted(opt) end
  assert(run:restore_best())
  run.took = run:seconds()
  return run
end

-- Prints what would be asked and what that may cost; nobody is asked, nothing is trained.
local function dry_run (opt, set, train_part)
  if not semantic.asks(opt) then return print("no interests are asked for: nobody would be asked") end
  print(assert(semantic.dry_run(opt, set, train_part)))
end

local function main (opt)
  eimf.threads(opt.threads)
  eimf.system.trap()                                   -- Ctrl-C ends the asking too, with what was paid for kept
  local phase = phases.new()
  -- 1. Data: ids are 1..n_items, 0 is none.
  local set = assert(phase("data", open_data, opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
  if opt.dry_run then return dry_run(opt, set, split.train) end
  train.check(opt)
  assert(eimf.run.prepare(opt.out))
  -- 2. What users like, in words: titles -> clusters -> exemplars -> LLM -> vectors. Training items only.
  local semantics = phase("semantics", semantic.of, opt, set, split.train)
  -- 3. The backbone alone, from the same seed; then EIMF.
  local alone = semantics and opt.compare
    and phase("the backbone alone", fit, semantic.without(opt, opt.out .. "/backbone"), set, split)
  local run = phase(semantics and "EIMF" or "training", fit,
    semantics and semantic.joint(opt) or semantic.without(opt, opt.out), set, split, semantics)
  -- 4. Report the best snapshots: test is looked at once, here.
  phase("test and report", finish.report, run, alone or nil, semantics)
  print(phase)
end

-- With `semantics=none` a recipe is its backbone alone: start, sharing and text loss, which its defaults have for the
-- interests' sake, are there only where the command line asks for them.
local function fitting (defaults)
  for _, word in ipairs(arg or {}) do
    if word == "semantics=none" then return semantic.without(defaults, defaults.out) end
  end
  return defaults
end

return function (defaults)
  local opt = command.options(fitting(defaults), require "recipes.parts.rules")
  return command.run(main, opt)
end
