--- What a model is trained on: telling the target from other items.
--   softmax   cross-entropy of the target among the others
--   ihn       the same, others with large logits weighing more: the hard negatives of REMI (Xie et al. 2023)
--   bce       binary cross-entropy, the target against one negative on average (SASRec, Kang and McAuley 2018)
--   gbce      the target against all negatives, weighing less, for they are few of many (Petrov and Macdonald 2023)
-- The others: all items (`n_negatives` = 0); S distinct ones that the batch shares; or the targets of the batch's
-- other rows (`proposal` = "batch"). Items that training never sees are among them, or (`unseen` = "spared") not. For
-- softmax and ihn `correct` = "full" takes from each negative's logit the logarithm of its chance to be drawn, so that
-- the loss estimates the one over all items (Bengio and Senecal 2008); "logq" corrects the target too (Yi et al. 2019),
-- "none" neither.
-- @module eimf.nn.item_loss

local core = require "eimf.core"
local tensor = require "eimf.tensor"
local options = require "eimf.options"

local item_loss = {}

local ItemLoss = {}
ItemLoss.__index = ItemLoss

--- Rules of what the loss is, for recipes too (see eimf.options).
item_loss.rules = {
  loss = { one_of = { "softmax", "ihn", "bce", "gbce" }, default = "softmax", help = "docs/losses.md" },
  n_negatives = { "integer", min = 0, default = 0, help = "0: all items" },
  proposal = { one_of = { "uniform", "log_uniform", "batch" }, default = "uniform",
               help = "of negatives; batch: the other rows' targets" },
  correct = { one_of = { "full", "logq", "none" }, default = "full", help = "of negatives' logits" },
  unseen = { one_of = { "negatives", "spared" }, default = "negatives", help = "items that training never saw" },
  beta = { "number", min = 0, default = 1, help = "ihn: how much more hard negatives weigh" },
  calibration = { "number", min = 0, max = 1, default = 0.75, help = "gbce: 0 is bce, 1 the most" },
  cosine = { "boolean", default = false, help = "logits are cosines" },
  temperature = { "number", above = 0, default = 1, help = "divides logits" },
  readout = { one_of = { "hard", "soft" }, default = "hard", help = "which interest answers for a target" },
  readout_temperature = { "number", above = 0, default = 1 },
}

local RULES = { n_items = { "integer", min = 1, required = true }, counts = { "userdata" },
                seed = { "integer", min = 0, default = 1 } }
for name, rule in pairs(item_loss.rules) do RULES[name] = rule end

local EACH_BY_ITSELF = { bce = true, gbce = true }

--- ln(all / count) for each item: minus the logarithm of its share in training.
local function rarity (counts)
  local list, all = counts:totable(), 0
  for _, n in ipairs(list) do all = all + n end
  for i, n in ipairs(list) do list[i] = { math.log(all / math.max(n, 1)) } end
  return tensor.tensor(list)
end

--- What the logit of an item is moved by, (N+1): -inf for no item, and for those without training interactions where
-- they are spared.
local function standing (self)
  local out = tensor.zeros(self.n_items + 1)
  out:set(1, -math.huge)
  if self.unseen == "spared" then
    for i, n in ipairs(self.counts:totable()) do
      if n == 0 then out:set(i, -math.huge) end
    end
  end
  return out
end

--- A loss.
-- @tparam table opt `n_items` (required), `loss` = "softmax" | "ihn" | "bce" | "gbce", `n_negatives` (0: all items),
--   `proposal` = "uniform" | "log_uniform" | "batch", `correct` = "full" | "logq" | "none", `counts` (N+1) int32: how
--   often each item occurs in training (`eimf.eval.counts`; corrections of proposal "batch" and `unseen` = "spared"
--   want it), `unseen` = "negatives" | "spared", `beta` of ihn,
--   `calibration` of gbce, `cosine` and `temperature` of the logits, `readout` = "hard" | "soft",
--   `readout_temperature`, `seed`
-- @treturn item_loss
function item_loss.new (opt)
  local self = setmetatable(options.check("nn.item_loss", opt, RULES), ItemLoss)
  if EACH_BY_ITSELF[self.loss] then self.correct = "none" end
  if self.unseen == "spared" and not self.counts then error("nn.item_loss: unseen 'spared' wants 'counts'", 2) end
  if self.proposal == "batch" then
    if self.correct ~= "none" then
      if not self.counts then error("nn.item_loss: proposal 'batch' wants 'counts', or correct = 'none'", 2) end
      self.rarity = rarity(self.counts)
    end
  elseif self.n_negatives == 0 or self.n_negatives >= self.n_items then
    self.n_negatives, self.no_item = 0, standing(self)
  else
    if self.unseen == "spared" then self.standing = standing(self):reshape(self.n_items + 1, 1) end
    self.ids, self.bias = tensor.zeros_ids(self.n_negatives), tensor.zeros(self.n_negatives)
    self.marker = tensor.zeros_ids(self.n_items + 1)
  end
  return self
end

--- Does it read the item table as a whole: are all items negatives?
-- @treturn boolean
function ItemLoss:reads_all () return self.no_item ~= nil end

--- Negatives of a step, a function of (seed, step): vectors, how the operations want to know of them, how many.
local function drawn (self, t, items, targets)
  local tries = core.sample(self.ids, self.bias, self.marker, self.proposal, self.seed, t.step)
  local extra = { ids = self.ids, target = targets, bias = self.bias }
  if self.correct == "none" then self.bias:fill_(0) end
  if self.standing then
    local moved = t:take("float32", self.n_negatives, 1)
    core.gather_rows(moved, self.standing, self.ids)
    core.axpy(self.bias, 1, moved:reshape(self.n_negatives))
  end
  if self.correct == "logq" then
    extra.pos_bias = t:take("float32", targets:size())
    core.sample_bias(extra.pos_bias, targets, self.n_negatives, self.n_items, self.proposal, tries)
  end
  return t:embedding(items, self.ids), extra, self.n_negatives
end

--- The targets of the other rows. Item i is expected (B - 1) P_i times among them, P_i its share in training.
local function of_batch (self, t, target, targets)
  local others, extra = math.max(1, targets:size() - 1), { ids = targets, target = targets }
  if self.correct ~= "none" then
    local chance = t:take("float32", targets:size(), 1)
    core.gather_rows(chance, self.rarity, targets)
    core.add_number(chance, -math.log(others))
    extra.bias = chance:reshape(targets:size())
    extra.pos_bias = self.correct == "logq" and extra.bias or nil
  end
  return target, extra, others
end

--- Every item but the target. Row 0 of the table is no item: its bias is minus infinity.
local function all_items (self, items, targets)
  if not self.ids then
    local ids = {}
    for i = 0, self.n_items do ids[i + 1] = i end
    self.ids = tensor.ids(ids)
  end
  return items, { ids = self.ids, target = targets, bias = self.no_item }, math.max(1, self.n_items - 1)
end

local FORMS = {}
--- The target among the negatives.
function FORMS.softmax (_, t, u, target, c, extra) return t:sampled_softmax(u, target, c, extra) end
--- The same, the large logits weighing more.
function FORMS.ihn (self, t, u, target, c, extra) return t:hard_softmax(u, target, c, self.beta, extra) end
--- The target against the mean of k negatives: what one negative of its own gives each row on average.
function FORMS.bce (_, t, u, target, c, extra, k)
  return t:scale(t:binary_cross_entropy(u, target, c, k, extra), 1 / k)
end
--- The target's weight is a (t (1 - 1/a) + 1/a), a = k / (N - 1) the share of items that are negatives.
function FORMS.gbce (self, t, u, target, c, extra, k)
  local weight = 1 - self.calibration * (1 - k / math.max(1, self.n_items - 1))
  return t:scale(t:binary_cross_entropy(u, target, c, weight, extra), 1 / (1 + k))
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

--- Softmax over all items, the target one of them.
local function full_softmax (self, t, u, items, targets)
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
  if self.no_item and self.loss == "softmax" then return t:mean(full_softmax(self, t, u, items, targets)) end
  local c, extra, k
  if self.proposal == "batch" then c, extra, k = of_batch(self, t, target, targets)
  elseif self.no_item then c, extra, k = all_items(self, items, targets)
  else c, extra, k = drawn(self, t, items, targets) end
  local scaled_u, pos, neg = scaled(self, t, u, target, c)
  return t:mean(FORMS[self.loss](self, t, scaled_u, pos, neg, extra, k))
end

--- Mean loss of a batch.
-- @tparam tape t
-- @tparam value v (B, K, D) interests
-- @tparam param items (N+1, D)
-- @tparam tensor targets (B) int32 ids
-- @treturn value one number
-- @treturn value (B, D) the interests read out
-- @treturn tensor (B) int32 which interest of each row, from 0
function ItemLoss:forward (t, v, items, targets)
  local target = t:embedding(items, targets)
  local u, choice = t:readout(v, target, self.readout == "soft" and self.readout_temperature or nil)
  return self:of(t, u, target, items, targets), u, choice
end

return item_loss
