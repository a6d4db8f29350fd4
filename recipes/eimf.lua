-- The method, composed once. A data set's recipe is its options and one call:
--   return require "recipes.eimf" { data = "beauty", ... }
require "recipes.path"
local eimf = require "eimf"
local esim_head = require "eimf.esim.head"
local item_loss = require "eimf.nn.item_loss"
local command = require "recipes.parts.command"
local evaluator = require "recipes.parts.evaluator"
local finish = require "recipes.parts.finish"
local open_data = require "recipes.parts.data"
local semantic = require "recipes.parts.semantics"

-- One model, trained: EIMF, or the backbone alone where semantics is nil. The run holds the best weights.
local function fit (opt, set, split, semantics)
  -- 1. Behavioural module, what it is trained on, the semantic head that exists only while training, and the
  -- optimiser. One seed makes all of it, and the same model with a head and without.
  local rng = eimf.rng(opt.seed)
  local model = eimf.models[opt.backbone](opt, set.n_items, rng)
  if opt.examples == "all" and not model.every then
    error(("examples=all: %s has no interests after every row; prefix and cut suit it"):format(opt.backbone), 0)
  end
  local loss = item_loss.new {
    loss = opt.loss ~= "auto" and opt.loss or model.loss or "softmax", beta = opt.beta, calibration = opt.calibration,
    n_items = set.n_items, n_negatives = opt.n_negatives, proposal = opt.proposal, correct = opt.correct,
    counts = eimf.eval.counts(split.train.items, set.n_items), cosine = opt.cosine, temperature = opt.temperature,
    readout = opt.readout, readout_temperature = opt.readout_temperature, seed = opt.seed,
  }
  local head = esim_head.new(semantic.head_options(opt), semantics, rng)
  if head.note then print(head.note) end
  head:begin(model.items)
  local params = model:params()
  for _, p in ipairs(head:params()) do params[#params + 1] = p end
  local adam = eimf.optim.adam {
    params = params, lr = opt.lr, weight_decay = opt.weight_decay, clip = opt.clip, lazy = opt.lazy,
  }
  local tape = eimf.tape { seed = opt.seed }
  opt.semantics_hash = semantics and semantics.hash       -- other texts or answers: no run to resume
  local run = assert(eimf.run.open {
    opt = opt, set = set, split = split, model = model, helper = head, optim = adam, tape = tape,
    evaluate = evaluator.new(opt, model, opt.cosine),
  })

  -- 2. Train jointly; keep the best on validation.
  local interests = opt.examples == "all" and model.every or model.interests       -- after every row, or the newest
  for epoch, batch in run:batches() do
    adam.lr = opt.lr * opt.lr_decay ^ (epoch - 1)
    local v, aux = interests(model, tape, batch.history)                           -- (B, K, D)
    local l, chosen, choice = loss:forward(tape, v, model.items, batch.targets)    -- recommendation
    local step = { items = model.items, interests = v, aux = aux, chosen = chosen, choice = choice, batch = batch,
                   item_loss = loss }
    for _, more in ipairs(model.extra and model:extra(tape, step) or {}) do l = tape:add(l, more) end
    l = head:add(tape, l, step)                                                    -- alignment, semantic prediction
    tape:backward(l)
    head:step(tape, adam)
    if run:step(tape, l) then break end
  end
  if run.interrupted then finish.interrupted(opt) end
  assert(run:restore_best())
  run.took = run:seconds()
  return run
end

local function main (opt)
  eimf.threads(opt.threads)
  eimf.system.trap()                                   -- Ctrl-C ends the asking too, with what was paid for kept
  -- 1. Data: ids are 1..n_items, 0 is none.
  local set = assert(open_data(opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
  -- 2. What users like, in words: titles -> clusters -> exemplars -> LLM -> vectors. Training items only.
  local semantics = semantic.of(opt, set, split.train)
  -- 3. The backbone alone, from the same seed; then EIMF.
  local alone = semantics and opt.compare and fit(semantic.without(opt, opt.out .. "/backbone"), set, split)
  local run = fit(semantics and semantic.joint(opt) or semantic.without(opt, opt.out), set, split, semantics)
  -- 4. Report the best snapshots: test is looked at once, here.
  finish.report(run, alone or nil, semantics)
end

return function (defaults)
  local opt = command.options(defaults, require "recipes.parts.rules")
  return command.run(main, opt)
end
