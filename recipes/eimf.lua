-- The method, composed once. A data set's recipe is its options and one call:
--   return require "recipes.eimf" { data = "beauty", ... }
require "recipes.path"
local eimf = require "eimf"
local item_loss = require "eimf.nn.item_loss"
local command = require "recipes.command"
local open_data = require "recipes.data"
local finish = require "recipes.finish"

local CUTOFFS = { 5, 10, 20, 50 }

-- What ranks a part's users: K interests each, every item, the protocol's rule for seen ones; by cosine where the
-- loss was of cosines.
local function evaluator (opt, model, cosine)
  local seen = opt.exclude_seen == "true" or opt.exclude_seen == "auto" and opt.protocol == "leave_one_out"
  local tape = eimf.tape { record = false }
  return function (part, extra)
    local items = cosine and eimf.plain:l2_normalise(model.items) or model.items
    local call = {
      interests = function (history)
        tape:reset()
        local v = model:interests(tape, history)                   -- jagged (R, D) -> (B, K, D)
        return cosine and tape:l2_normalise(v).data or v.data
      end,
      items = items.data, part = part, max_len = opt.max_len, exclude_seen = seen, n = CUTOFFS, ndcg = opt.ndcg,
    }
    for name, value in pairs(extra or {}) do call[name] = value end
    return eimf.eval.evaluate(call), seen
  end
end

local function train (opt)
  eimf.threads(opt.threads)
  -- 1. Data: ids are 1..n_items, 0 is none.
  local set = assert(open_data(opt))
  print(set)
  local split = assert(set:split(opt.protocol, { seed = opt.seed }))

  -- 2. Behavioural module, what it is trained on, and its optimiser. One seed makes all of it.
  local rng = eimf.rng(opt.seed)
  local model = eimf.models[opt.backbone](opt, set.n_items, rng)
  local loss = item_loss.new {
    n_items = set.n_items, n_negatives = opt.n_negatives, proposal = opt.proposal, correct = opt.correct,
    cosine = opt.cosine, temperature = opt.temperature, readout = opt.readout, seed = opt.seed,
  }
  local adam = eimf.optim.adam {
    params = model:params(), lr = opt.lr, weight_decay = opt.weight_decay, clip = opt.clip, lazy = opt.lazy,
  }
  local tape = eimf.tape { seed = opt.seed }
  local evaluate = evaluator(opt, model, opt.cosine)
  local run = assert(eimf.run.open {
    opt = opt, set = set, split = split, model = model, optim = adam, tape = tape, evaluate = evaluate,
  })

  -- 3. Train; keep the best on validation.
  for epoch, batch in run:batches() do
    adam.lr = opt.lr * opt.lr_decay ^ (epoch - 1)
    local v = model:interests(tape, batch.history)                                 -- (B, K, D)
    local l = loss:forward(tape, v, model.items, batch.targets)
    tape:backward(l)
    adam:step()
    if run:step(tape, l) then break end
  end
  if run.interrupted then return finish.interrupted(opt) end

  -- 4. Report the best snapshot: test is looked at once, here.
  assert(run:restore_best())
  local popular = eimf.models.popular(opt, set.n_items):fit(split.train.items)
  finish.report(run, { popular = evaluator(opt, popular), backbone = evaluate, cutoffs = CUTOFFS })
end

return function (defaults)
  local opt = command.options(defaults, require "recipes.rules")
  return command.run(train, opt)
end
