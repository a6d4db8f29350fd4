--- What a model is trained on: telling the target from other items.
-- S = 0: full softmax over all items. S > 0: sampled softmax with S distinct
-- negatives that the batch shares; with `correct = "full"` each negative's logit
-- gets minus the logarithm of its chance to be drawn, so that the loss estimates
-- the full softmax (Bengio and Senecal 2008); "logq" corrects the target too
-- (Yi et al. 2019), "none" neither.
-- @module eimf.nn.item_loss

local core = require "eimf.core"
local tensor = require "eimf.tensor"
local options = require "eimf.options"

local item_loss = {}

local ItemLoss = {}
ItemLoss.__index = ItemLoss

local RULES = {
  n_items = { "integer", min = 1, required = true },
  n_negatives = { "integer", min = 0, default = 0 },
  proposal = { one_of = { "uniform", "log_uniform" }, default = "uniform" },
  correct = { one_of = { "full", "logq", "none" }, default = "full" },
  cosine = { "boolean", default = false },
  temperature = { "number", above = 0, default = 1 },
  readout = { one_of = { "hard", "soft" }, default = "hard" },
  readout_temperature = { "number", above = 0, default = 1 },
  seed = { "integer", min = 0, default = 1 },
}

--- A loss.
-- @tparam table opt `n_items` (required), `n_negatives` (0: full softmax), `proposal` = "uniform" | "log_uniform",
--   `correct` = "full" | "logq" | "none", `cosine` and `temperature` of the logits, `readout` = "hard" | "soft",
--   `readout_temperature`, `seed`
-- @treturn item_loss
function item_loss.new (opt)
  local self = setmetatable(options.check("nn.item_loss", opt, RULES), ItemLoss)
  local S = self.n_negatives
  if S >= self.n_items then self.n_negatives, S = 0, 0 end
  if S > 0 then
    self.ids, self.bias = tensor.zeros_ids(S), tensor.zeros(S)
    self.marker = tensor.zeros_ids(self.n_items + 1)
  end
  return self
end

--- Negatives of a step: a function of (seed, step).
local function sample (self, t, targets)
  local tries = core.sample(self.ids, self.bias, self.marker, self.proposal, self.seed, t.step)
  if self.correct == "none" then self.bias:fill_(0) end
  if self.correct ~= "logq" then return nil end
  local bias = t:take("float32", targets:size())
  core.sample_bias(bias, targets, self.n_negatives, self.n_items, self.proposal, tries)
  return bias
end

--- Cosine: unit vectors, and the temperature's inverse on one side.
local function scaled (self, t, u, ...)
  local sides = { ... }
  if self.cosine then
    u = t:l2_normalise(u)
    for i = 1, #sides do sides[i] = t:l2_normalise(sides[i]) end
  end
  if self.temperature ~= 1 then u = t:scale(u, 1 / self.temperature) end
  return u, (table.unpack or unpack)(sides)
end

local function sampled (self, t, u, target, items, targets)
  local pos_bias = sample(self, t, targets)
  local negatives = t:embedding(items, self.ids)
  local scaled_u, pos, neg = scaled(self, t, u, target, negatives)
  return t:sampled_softmax(scaled_u, pos, neg,
    { ids = self.ids, target = targets, bias = self.bias, pos_bias = pos_bias })
end

--- Row 0 of the table is no item: its logit gets minus infinity.
local function full (self, t, u, items, targets)
  if not self.no_item then
    self.no_item = tensor.zeros(self.n_items + 1)
    self.no_item:set(1, -math.huge)
  end
  local scaled_u, all = scaled(self, t, u, items)
  return t:full_softmax(scaled_u, all, targets, self.no_item)
end

--- Mean loss of vectors that answer for their targets. Within a step the same negatives come again.
-- @tparam tape t
-- @tparam value u (B, D)
-- @tparam value target (B, D) vectors of the targets
-- @tparam param items (N+1, D)
-- @tparam tensor targets (B) int32 ids
-- @treturn value one number
function ItemLoss:of (t, u, target, items, targets)
  if self.n_negatives > 0 then return t:mean(sampled(self, t, u, target, items, targets)) end
  return t:mean(full(self, t, u, items, targets))
end

--- Mean loss of a batch.
-- @tparam tape t
-- @tparam value v (B, K, D) interests
-- @tparam param items (N+1, D)
-- @tparam tensor targets (B) int32 ids
-- @treturn value one number
-- @treturn value (B, D) the interests read out
function ItemLoss:forward (t, v, items, targets)
  local target = t:embedding(items, targets)
  local u = t:readout(v, target, self.readout == "soft" and self.readout_temperature or nil)
  return self:of(t, u, target, items, targets), u
end

return item_loss
