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

local function main (opt)
  eimf.threads(opt.threads)
  eimf.system.trap()                                   -- Ctrl-C ends the asking too, with what was paid for kept
  local phase = phases.new()
  -- 1. Data: ids are 1..n_items, 0 is none.
  local set = assert(phase("data", open_data, opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
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

return function (defaults)
  local opt = command.options(defaults, require "recipes.parts.rules")
  return command.run(main, opt)
end
