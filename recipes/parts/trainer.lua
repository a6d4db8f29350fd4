-- One model and all that trains it, made from options and one seed; and the step of the method, composed once.
--   local trainer = require("recipes.parts.trainer").new(opt, set, split, semantics)
--   local loss = trainer:step(batch)                -- gradients are taken, weights moved; reset the tape afterwards
local eimf = require "eimf"
local esim_head = require "eimf.esim.head"
local item_loss = require "eimf.nn.item_loss"
local semantic = require "recipes.parts.semantics"

local trainer = {}

local Trainer = {}
Trainer.__index = Trainer

local function loss_of (opt, set, counts, model)
  return item_loss.new {
    loss = opt.loss ~= "auto" and opt.loss or model.loss or "softmax", beta = opt.beta, calibration = opt.calibration,
    n_items = set.n_items, n_negatives = opt.n_negatives, proposal = opt.proposal, correct = opt.correct,
    counts = counts, unseen = opt.unseen, cosine = opt.cosine, temperature = opt.temperature,
    readout = opt.readout, readout_temperature = opt.readout_temperature, seed = opt.seed,
  }
end

local function optimiser_of (opt, model, head)
  local params = model:params()
  for _, p in ipairs(head:params()) do params[#params + 1] = p end
  return eimf.optim.adam {
    params = params, lr = opt.lr, weight_decay = opt.weight_decay, clip = opt.clip, lazy = opt.lazy,
  }
end

-- Interests after every row of a history, or of the whole of it.
local function reader_of (opt, model)
  if opt.examples ~= "all" then return model.interests end
  if not model.every then
    error(("examples=all: %s has no interests after every row; prefix and cut suit it"):format(opt.backbone), 0)
  end
  return model.every
end

-- The backbone that the options name, for so many items.
local function model_of (opt, n_items, rng)
  return eimf.models[opt.backbone](eimf.models.pick(opt.backbone, opt), n_items, rng)
end

--- Raises where no model can be made of the options, before anything is paid for.
-- @tparam table opt
function trainer.check (opt) reader_of(opt, model_of(opt, 1, eimf.rng(opt.seed))) end

--- Model, loss, semantic head (it exists only while training), optimiser and tape. One seed makes all of it, and the
-- same model with a head and without.
-- @tparam table opt
-- @tparam table set
-- @tparam table split
-- @tparam ?table semantics nil: the backbone alone
-- @treturn trainer
function trainer.new (opt, set, split, semantics)
  local rng = eimf.rng(opt.seed)
  local model = model_of(opt, set.n_items, rng)
  local head = esim_head.new(semantic.head_options(opt), semantics, rng)
  local counts = eimf.eval.counts(split.train.items, set.n_items)
  local loss = loss_of(opt, set, counts, model)
  head:begin(model.items, not loss:reads_all(), counts)
  local profile = opt.profile and eimf.profile.new() or nil
  return setmetatable({
    opt = opt, model = model, head = head, loss = loss,
    adam = optimiser_of(opt, model, head), tape = eimf.tape { seed = opt.seed, profile = profile },
    interests = reader_of(opt, model), profile = profile,
  }, Trainer)
end

local function lap (self, name)
  if self.profile then self.profile:lap(name) end
end

--- A step of training: recommendation, and what the semantic module teaches.
-- @tparam table batch as of eimf.data.examples
-- @treturn value the joint loss, one number
function Trainer:step (batch)
  local t, model, head = self.tape, self.model, self.head
  lap(self, "batch and the rest")
  local v, aux = self.interests(model, t, batch.history)                              -- (B, K, D)
  local l, chosen, choice = self.loss:forward(t, v, model.items, batch.targets)       -- recommendation
  local step = { items = model.items, interests = v, aux = aux, chosen = chosen, choice = choice, batch = batch,
                 item_loss = self.loss }
  for _, more in ipairs(model.extra and model:extra(t, step) or {}) do l = t:add(l, more) end
  l = head:add(t, l, step)                                       -- alignment, semantic prediction
  t:backward(l)
  head:step(t, self.adam)
  lap(self, "optimiser")
  return l
end

return trainer
