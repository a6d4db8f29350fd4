--- A ComiRec-SA model in training, as the benches step it: sampled softmax, lazy Adam, no dropout.
local eimf = require "eimf"
local item_loss = require "eimf.nn.item_loss"

local Trainee = {}
Trainee.__index = Trainee

--- One step on a batch.
-- @tparam table batch { history, targets }
function Trainee:step (batch)
  local profile = self.profile
  local v = self.model:interests(self.tape, batch.history)
  self.tape:backward((self.loss:forward(self.tape, v, self.model.items, batch.targets)))
  self.adam:step()
  if profile then profile:lap "adam" end
  self.tape:reset()
  if profile then profile:lap "reset" end
end

--- A fresh model.
-- @tparam table opt `dim`, `n_interests`, `max_len`, `n_negatives`
-- @tparam integer n_items
-- @tparam[opt] profile profile
return function (opt, n_items, profile)
  local model = eimf.models.comirec_sa({ dim = opt.dim, n_interests = opt.n_interests, max_len = opt.max_len,
    dropout = 0, init = "normal" }, n_items, eimf.rng(1))
  return setmetatable({ model = model, profile = profile, tape = eimf.tape { profile = profile },
    loss = item_loss.new { n_items = n_items, n_negatives = opt.n_negatives },
    adam = eimf.optim.adam { params = model:params() } }, Trainee)
end
