--- Teaching by profiles. Every item whose text is known has a profile P over the
-- bank of all semantic interests; the item table and the behavioural interests
-- learn to have the same one:
--   L_align = -mean_i sum_j P_ij log softmax_j(cos(e_i, z_j) / tau)    distinct items of the batch
--   L_sem   = -mean_b sum_j P_yj log softmax_j(cos(v*_b, z_j) / tau)   v* the interest read out for target y
-- with z = adapter(bank). Profiles, bank and adapter are needed while training only.
-- Neighbour: adapter.lua.
-- @module eimf.esim.profile

local core = require "eimf.core"
local adapter = require "eimf.esim.adapter"

local profile = {}

local Profile = {}
Profile.__index = Profile

-- Profiles as profile_softmax takes them, row i for item i, row 0 empty.
local function profiles_of (items, bank, opt)
  local offsets, columns, weights = core.profile(items, bank, opt.profile_temperature, math.min(opt.profile_top,
    bank:dim(1)))
  return { offsets = offsets, columns = columns, weights = weights }
end

--- A term of the joint loss.
-- @tparam table opt of the head: `dim`, `lambda_align`, `lambda_semantic`, `adapter`, `semantic_temperature`,
--   `profile_temperature`, `profile_top`, `own`
-- @tparam table about `items` (N, Dt) text vectors and `bank` (J, Dt), both about their means; `interests` (J, Dt)
--   as they are; `owner` (J) clusters
-- @tparam rng rng
-- @treturn term
function profile.new (opt, about, rng)
  return setmetatable({
    opt = opt, bank = about.interests, owner = opt.own > 0 and about.owner or nil,
    adapter = adapter.new(opt.adapter, about.bank:dim(2), opt.dim, rng),
    profiles = profiles_of(about.items, about.bank, opt),
  }, Profile)
end

-- Mean over the n rows that have a profile; the others' losses are 0.
local function taught (self, t, x, z, n, how)
  if n == 0 then return nil end
  local p, own = self.profiles, how.own
  local loss = t:profile_softmax(t:l2_normalise(x), z, {
    offsets = p.offsets, columns = p.columns, weights = p.weights, rows = how.rows,
    own = own, owner = own and self.owner, bonus = own and self.opt.own,
  }, 1 / self.opt.semantic_temperature)
  return t:scale(t:sum(loss), how.lambda / n)
end

--- The term's weighted losses.
-- @tparam tape t
-- @tparam table step `items` (N+1, D) param; `chosen` (B, D) interests read out; `distinct` ids, all with text;
--   `taught` (B) targets, 0 where user or target is not taught, `n_taught` of them not 0; `clusters` (B) of the users
-- @treturn {value,...}
function Profile:losses (t, step)
  local opt, z = self.opt, t:l2_normalise(self.adapter:forward(t, t:constant(self.bank)))
  local align = opt.lambda_align > 0 and taught(self, t, t:embedding(step.items, step.distinct), z,
    step.distinct:size(), { rows = step.distinct, lambda = opt.lambda_align })
  local predict = opt.lambda_semantic > 0 and taught(self, t, step.chosen, z, step.n_taught,
    { rows = step.taught, lambda = opt.lambda_semantic, own = self.owner and step.clusters })
  return { align or predict or nil, align and predict or nil }
end

--- Parameters of the adapter.
-- @treturn {param,...}
function Profile:params () return self.adapter:params() end

return profile
