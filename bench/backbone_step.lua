-- Time of one training step of a backbone, beside torch's of bench/peers on the same batches with the same options.
--   lua5.4 bench/backbone_step.lua backbone=sasrec data=ml1m max_len=200 batch=6400 threads=2
-- data=full: sequences of random items that fill max_len. Backbones with an interest after every row are trained on all
-- positions at once, and batch counts positions; others on prefixes, and it counts those. torch=none: eimf alone.
require "recipes.path"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local safetensors = require "eimf.safetensors"
local given = require "bench.given"
local flops = require "bench.flops"
local limit = require "bench.limit"
local timed = require "bench.timed"
local item_loss = require "eimf.nn.item_loss"
local model_options = require "eimf.models.options"
local peers = require "bench.peers"
local place = require "bench.place"

local WARM_UP, BATCHES = 10, 32
local MOST = 4194304                     -- positions of the made-up sequences at most

local opt = given.options({
  backbone = "sasrec", data = "full", n_items = 12101, batch = 2048, n_negatives = 256, threads = 2, seconds = 5,
  torch = "dense,sparse", python = os.getenv("EIMF_PYTHON") or "python3", folder = "/tmp/eimf-step",
}, model_options.all())

-- As many full sequences as the batches want, or the training part of a data set.
local function train_part ()
  if opt.data ~= "full" then
    local set = place(opt.data)
    opt.n_items = set.n_items
    return assert(set:split("leave_one_out")).train
  end
  local length = opt.max_len + 1
  local users = math.min(opt.batch * BATCHES, MOST) // opt.max_len + 1
  local train = { offsets = eimf.zeros_ids(users + 1), items = eimf.zeros_ids(users * length) }
  for u = 1, users do train.offsets:set(u + 1, u * length) end
  math.randomseed(1)
  for i = 1, users * length do train.items:set(i, math.random(opt.n_items)) end
  return train
end

-- Batches of the first epoch; rows and targets of all of them; the form of the examples.
local function batches_for (model, train)
  local examples = model.every and "all" or "prefix"
  local ex = assert(eimf.data.examples(train, { mode = examples, max_len = opt.max_len, batch = opt.batch }))
  local batches, rows, targets = {}, 0, 0
  for i = 1, math.min(BATCHES, ex:steps()) do
    batches[i] = ex:batch(1, i)
    rows, targets = rows + batches[i].rows, targets + batches[i].size
  end
  return batches, rows, targets, examples
end

-- A step on one batch after the other, and the rate of its Adam.
local function stepper (model, batches)
  local loss = item_loss.new { n_items = opt.n_items, n_negatives = opt.n_negatives }
  local adam = eimf.optim.adam { params = model:params() }
  local tape = eimf.tape {}
  local interests = model.every or model.interests
  return function (i)
    local batch = batches[(i - 1) % #batches + 1]
    local v, aux = interests(model, tape, batch.history)
    local l, chosen, choice = loss:forward(tape, v, model.items, batch.targets)
    local facts = { items = model.items, interests = v, aux = aux, chosen = chosen, choice = choice, batch = batch,
                    item_loss = loss }
    for _, more in ipairs(model.extra and model:extra(tape, facts) or {}) do l = tape:add(l, more) end
    tape:backward(l)
    adam:step()
    tape:reset()
  end, adam.lr
end

-- The same batches, options and threads for torch.
local function beside (batches, examples, lr, rate)
  local tensors = {}
  for i, batch in ipairs(batches) do
    tensors[i .. ".ids"], tensors[i .. ".offsets"] = batch.history.ids, batch.history.offsets
    tensors[i .. ".targets"] = batch.targets
  end
  assert(files.mkdirs(opt.folder))
  assert(safetensors.save(opt.folder .. "/batches.safetensors", tensors))
  opt.examples, opt.lr, opt.weight_decay, opt.peers = examples, lr, 0, "bench/peers"
  for name, value in pairs { loss = "softmax", correct = "full", proposal = "uniform", cosine = false,
                             temperature = 1, readout = "hard" } do opt[name] = value end
  for kind in (opt.torch == "none" and "" or opt.torch):gmatch("%a+") do
    opt.lazy = kind == "sparse"
    assert(files.write(opt.folder .. "/options.json", json.encode(opt)))
    peers.report("torch " .. kind, rate, peers.run(opt, "step.py", { opt.folder }))
  end
end

given.run(function ()
  local train = train_part()
  local model = eimf.models[opt.backbone](model_options.pick(opt.backbone, opt), opt.n_items, eimf.rng(1))
  local batches, rows, targets, examples = batches_for(model, train)
  local step, lr = stepper(model, batches)
  local work = flops.mean(step, #batches)
  local seconds = timed(step, WARM_UP, opt.seconds)
  local rate = targets / #batches / seconds
  print(("eimf %s, %s: N=%d D=%d S=%d, %.0f targets and %.0f rows a batch"):format(opt.backbone, opt.data, opt.n_items,
    opt.dim, opt.n_negatives, targets / #batches, rows / #batches))
  print(("threads=%d simd=%s: %.2f ms/step, %.0f examples/s"):format(opt.threads, eimf.info().simd or "?",
    seconds * 1e3, rate))
  limit.report(1e-9 * work / seconds, limit.gemm(), "GFLOP/s")
  beside(batches, examples, lr, rate)
end)
