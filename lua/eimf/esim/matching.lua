--- Teaching by matching, the literal reading of the paper: the K behavioural
-- interests of a user are matched one to one with the semantic interests of the
-- user's cluster (largest sum of cosines), and matched pairs drawn together:
--   L_align = symmetric InfoNCE over the pairs of the batch, temperature tau; pairs of one cluster are no
--             negatives of each other, because their semantic side is the same
--   L_sem   = the item loss, with what target-aware attention reads out of the cluster's semantic interests
-- Neighbour: adapter.lua.
-- @module eimf.esim.matching

local tensor = require "eimf.tensor"
local adapter = require "eimf.esim.adapter"

local matching = {}

local Matching = {}
Matching.__index = Matching

--- Interests by cluster, those with fewer than the most filled up with zeros.
-- @treturn tensor (G * Ks, Dt)
-- @treturn tensor (G) int32 how many are there
-- @treturn integer Ks
local function by_cluster (interests, offsets)
  local starts, Dt = offsets:totable(), interests:dim(2)
  local G, most, counts = #starts - 1, 1, {}
  for g = 1, G do
    counts[g] = starts[g + 1] - starts[g]
    most = math.max(most, counts[g])
  end
  local out = tensor.zeros(G * most, Dt)
  for g = 1, G do
    if counts[g] > 0 then
      local at = (g - 1) * most
      out:rows(at + 1, at + counts[g]):copy_(interests:rows(starts[g] + 1, starts[g + 1]))
    end
  end
  return out, tensor.ids(counts), most
end

--- A term of the joint loss.
-- @tparam table opt of the head: `dim`, `lambda_align`, `lambda_semantic`, `adapter`, `matching_temperature`
-- @tparam table about `interests` (J, Dt), `offsets` (G+1) of the clusters' interests
-- @tparam rng rng
-- @treturn term
function matching.new (opt, about, rng)
  local interests, counts, most = by_cluster(about.interests, about.offsets)
  return setmetatable({
    opt = opt, interests = interests, counts = counts, most = most,
    adapter = adapter.new(opt.adapter, interests:dim(2), opt.dim, rng),
  }, Matching)
end

local function align (self, t, z, step)
  local a, b, groups = t:match(step.interests, z, step.clusters, self.counts)
  if groups:size() == 0 then return nil end
  return t:mean(t:info_nce(t:l2_normalise(a), t:l2_normalise(b), groups, self.opt.matching_temperature))
end

-- Targets and clusters of the rows whose user is taught and whose cluster has interests.
local function taught_rows (self, step)
  local targets, clusters = {}, {}
  for b, g in ipairs(step.clusters:totable()) do
    if g > 0 and self.counts:get(g) > 0 then
      targets[#targets + 1], clusters[#clusters + 1] = step.targets:get(b), g
    end
  end
  return targets, clusters
end

local function predict (self, t, z, step)
  local targets, clusters = taught_rows(self, step)
  if #targets == 0 then return nil end
  targets = tensor.ids(targets)
  local e = t:embedding(step.items, targets)
  local u = t:target_attention(z, t:stop_gradient(e), 1, { counts = self.counts, rows = tensor.ids(clusters) })
  return step.item_loss:of(t, u, e, step.items, targets)
end

--- The term's weighted losses.
-- @tparam tape t
-- @tparam table step `items` (N+1, D) param; `interests` (B, K, D); `targets` (B) ids; `clusters` (B) clusters of the
--   users, 0 for who is not taught; `item_loss`
-- @treturn {value,...}
function Matching:losses (t, step)
  local opt, out = self.opt, {}
  local flat = self.adapter:forward(t, t:constant(self.interests))
  local z = t:reshape(flat, self.counts:size(), self.most, opt.dim)
  local loss = opt.lambda_align > 0 and align(self, t, z, step)
  if loss then out[#out + 1] = t:scale(loss, opt.lambda_align) end
  loss = opt.lambda_semantic > 0 and predict(self, t, z, step)
  if loss then out[#out + 1] = t:scale(loss, opt.lambda_semantic) end
  return out
end

--- Parameters of the adapter.
-- @treturn {param,...}
function Matching:params () return self.adapter:params() end

return matching
