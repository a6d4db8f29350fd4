--- 20 steps of comirec_sa with each form of Adam against torch, in every instruction set. The values are made by
-- tools/golden_torch.py, which holds the formulas. Every backbone: torch_backbones_spec.lua.
local golden = require "spec.golden"
local item_loss = require "eimf.nn.item_loss"
local models = require "eimf.models"
local optim = require "eimf.optim"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local STEPS, BATCH, LR = 20, 6, 0.01

-- A model with the case's parameters.
local function model_of (case)
  local options = { dim = case.items:dim(2), n_interests = 3, max_len = 5, dropout = 0 }
  local model = models.comirec_sa(models.options("comirec_sa", options), case.items:dim(1) - 1, rng.new(1))
  for _, p in ipairs(model:params()) do p.data:copy_(case[p.name]) end
  return model
end

local function n_items (model) return model.items.data:dim(1) - 1 end

-- Mean sampled softmax for given uniform negatives, as item_loss computes it for its own.
local function sampled_loss (t, model, v, batch)
  local e, S = t:embedding(model.items, batch.targets), batch.negatives:size()
  local bias = tensor.zeros(S):fill_(math.log(n_items(model) / S))
  local rows = t:sampled_softmax(t:readout(v, e), e, t:embedding(model.items, batch.negatives),
    { target = batch.targets, ids = batch.negatives, bias = bias })
  return t:mean(rows)
end

local function full_loss (t, model, v, batch)
  return (item_loss.new({ n_items = n_items(model) }):forward(t, v, model.items, batch.targets))
end

local LOSSES = { sampled = sampled_loss, full = full_loss }

-- Rows lo..hi of ids as a tensor of their own.
local function piece (ids, lo, hi) return ids:rows(lo, hi):clone() end

-- The batches of the trajectories, from ids laid end to end and lengths (STEPS, BATCH).
local function batches_of (case)
  local lengths, S, start, batches = case.lengths:totable(), case.negatives:size() / STEPS, 0, {}
  for step = 1, STEPS do
    local offsets = { 0 }
    for b, n in ipairs(lengths[step]) do offsets[b + 1] = offsets[b] + n end
    batches[step] = {
      ids = piece(case.ids, start + 1, start + offsets[BATCH + 1]), offsets = tensor.ids(offsets),
      targets = piece(case.targets, (step - 1) * BATCH + 1, step * BATCH),
      negatives = piece(case.negatives, math.floor((step - 1) * S) + 1, math.floor(step * S)),
    }
    start = start + offsets[BATCH + 1]
  end
  return batches
end

-- torch's SparseAdam adds eps to sqrt(v) before the bias of v is corrected, Adam after: the same for another eps.
local function with_eps_of_sparse_adam (adam)
  return { step = function ()
    adam.eps = 1e-8 / math.sqrt(1 - adam.beta2 ^ (adam.t + 1))
    adam:step()
  end }
end

-- One optimiser for the table and one for the rest, as torch's SparseAdam makes necessary.
local function pair_of_optimisers (params)
  local table_, rest = { params[1] }, { table.unpack(params, 2) }
  local lazy, dense = optim.adam { params = table_, lr = LR }, optim.adam { params = rest, lr = LR, lazy = false }
  lazy = with_eps_of_sparse_adam(lazy)
  return { step = function () lazy:step() dense:step() end }
end

local function trajectory (start, loss, options)
  local model, t, losses = model_of(start), tape.new(), {}
  options.params, options.lr = model:params(), LR
  local adam = options.pair and pair_of_optimisers(options.params) or optim.adam(options)
  for step, batch in ipairs(batches_of(start)) do
    local value = loss(t, model, model:interests(t, batch), batch)
    losses[step] = value.data:get(1)
    t:backward(value)
    adam:step()
    t:reset()
  end
  return model, tensor.tensor(losses)
end

local TRAJECTORIES = {
  adam = { "sampled", { lazy = false } },
  adam_decay = { "sampled", { lazy = false, weight_decay = 0.05 } },
  adam_clip = { "sampled", { lazy = false, clip = 0.42 } },
  adam_full_decay_clip = { "full", { lazy = false, weight_decay = 0.05, clip = 0.42 } },
  sparse_adam = { "sampled", { pair = true } },
}

describe("20 steps against torch:", function ()
  for name, how in pairs(TRAJECTORIES) do
    golden.each_level(it, name, function ()
      local case, options = golden.case(name), {}
      for key, value in pairs(how[2]) do options[key] = value end
      local model, losses = trajectory(golden.case "trajectory", LOSSES[how[1]], options)
      golden.near(losses, case.losses, "TRAJECTORY", "losses")
      for _, p in ipairs(model:params()) do golden.near(p.data, case[p.name], "TRAJECTORY", p.name) end
    end)
  end

  it("ends elsewhere where options differ", function ()
    for name in pairs(TRAJECTORIES) do
      if name ~= "adam" then
        local apart = golden.distance(golden.case(name).items, golden.case "adam".items)
        assert.is_true(apart > 100 * golden.TRAJECTORY, ("%s: %g"):format(name, apart))
      end
    end
  end)
end)
