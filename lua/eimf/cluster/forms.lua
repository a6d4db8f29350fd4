--- The forms of Affinity Propagation: how each makes its problem, and what they have in common: preferences, points
-- that are all alike, bisection. Neighbours: exact, finish, landmark, messages, rectangle, sparse,
-- two_level, vectors.
-- @module eimf.cluster.forms

local core = require "eimf.core"
local exact = require "eimf.cluster.exact"
local finish = require "eimf.cluster.finish"
local landmark = require "eimf.cluster.landmark"
local messages = require "eimf.cluster.messages"
local rectangle = require "eimf.cluster.rectangle"
local sparse = require "eimf.cluster.sparse"
local two_level = require "eimf.cluster.two_level"
local vectors = require "eimf.cluster.vectors"

local forms = {}

local SEARCHES = 24                      -- runs of a bisection at most
local COARSE = 2                         -- times the range: one exemplar at least below

local function everyone (N)
  local rows = {}
  for i = 1, N do rows[i] = i end
  return rows
end


-- Preferences (N) from a number or a tensor.
local function preferences_of (preference, N)
  if core.is_tensor(preference) then return preference end
  return core.new("float32", N):fill_(preference)
end


local function all_equal (values)
  local first = values:get(1)
  for _, value in ipairs(values:totable()) do
    if value ~= first then return false end
  end
  return true
end


-- As scikit-learn: all similarities equal decides without messages.
local function degenerate (p, preferences)
  if p.N > 1 and (p.least ~= p.most or not all_equal(preferences)) then return nil end
  if p.N == 1 or preferences:get(1) > p.least then return everyone(p.N) end
  return { 1 }
end


-- One run; exemplars are rows, one at least.
local function run (source, p, preference, opt)
  local preferences = preferences_of(preference, p.N)
  local outcome = { iterations = 0, converged = true, stopped = false, damping = opt.damping }
  local rows = degenerate(p, preferences)
  if not rows then
    p.A:fill_(0)
    core.affinity_preferences(p.S, p.own, preferences, p.offsets)
    outcome = messages.run(p, opt)
    rows = {}
    for j, k in ipairs(outcome.found) do rows[j] = p.candidates[k] end
    if #rows == 0 then rows[1] = p.candidates[1] end          -- refined to the medoid of all
  end
  local result
  if source.knn then result = sparse.result(p, rows, preferences)
  else result = finish.result(source, p, rows, preferences, opt.refine) end
  result.iterations, result.converged, result.stopped = outcome.iterations, outcome.converged, outcome.stopped
  result.damping, result.preference = outcome.damping, preference
  return result
end


local function nearer (a, b, target)
  return not b or math.abs(#a.exemplars - target) < math.abs(#b.exemplars - target)
end


-- Preference by bisection of its logarithm, below the largest similarity: more negative, fewer exemplars.
local function search (source, p, opt)
  local span = math.max(p.most - p.least, math.abs(p.least), 1e-6)
  local few, many = math.log(COARSE * p.N * span), math.log(1e-6 * span)
  local best
  for _ = 1, SEARCHES do
    local middle = (few + many) / 2
    local result = run(source, p, p.most - math.exp(middle), opt)
    if nearer(result, best, opt.target_k) then best = result end
    if #best.exemplars == opt.target_k or result.stopped then break end
    if #result.exemplars > opt.target_k then many = middle else few = middle end
  end
  return best
end


-- Noise, then the preference that is asked for.
local function solve (source, p, opt)
  local preference = opt.preference
  if p.N > 1 and (p.least ~= p.least or p.least == -math.huge) then
    error("eimf.cluster.affinity.fit: similarities that float32 does not hold; make x smaller", 0)
  end
  if opt.quantile then preference = p.quantile(opt.quantile, opt.seed) end
  local scale = math.max(math.abs(p.least), math.abs(p.most), type(preference) == "number" and -preference or 0)
  if p.least ~= p.most and opt.noise > 0 then
    core.affinity_noise(p.S, p.M, opt.noise * scale, opt.seed, p.offsets)
  end
  if opt.target_k then return search(source, p, opt) end
  return run(source, p, preference, opt)
end


local function fit_dense (source, opt)
  local p = rectangle.problem(source, everyone(source.N))
  return solve(source, p, opt)
end


local function fit_landmark (source, opt)
  return solve(source, rectangle.problem(source, landmark.candidates(source.x, opt.landmarks, opt.seed)), opt)
end


local function fit_sparse (source, opt)
  if source.N == 1 and source.x then return fit_dense(source, opt) end
  return solve(source, sparse.problem(source, opt.neighbours), opt)
end


local function with (opt, changes)
  return setmetatable(changes, { __index = opt })
end


-- Parts look for their exemplars quickly: they only have to be near those of the whole.
local PART = { max_iter = 200, convergence_iter = 15, quantile = false, refine = true }

local function fit_two_level (source, opt)
  if source.N <= opt.part then return fit_dense(source, opt) end
  local rows, weights, stopped = two_level.middle(source, opt, function (part, target)
    local changes = { target_k = target }
    for name, value in pairs(PART) do changes[name] = value end
    return fit_dense(part, with(opt, changes))
  end)
  local x = vectors.rows(source.x, rows)
  local middle = fit_dense({ x = x, N = #rows, weights = weights }, opt)
  local exemplars = {}
  for j, e in ipairs(middle.exemplars) do exemplars[j] = rows[e] end
  table.sort(exemplars)
  local preferences = core.new("float32", source.N):fill_(core.is_tensor(middle.preference) and 0 or middle.preference)
  local result = finish.result(source, nil, exemplars, preferences, opt.refine)
  result.iterations, result.converged = middle.iterations, middle.converged and not stopped
  result.stopped, result.damping, result.preference = middle.stopped or stopped, middle.damping, middle.preference
  return result
end


local FIT = {
  dense = fit_dense, landmark = fit_landmark, sparse = fit_sparse, two_level = fit_two_level, sklearn = exact.fit,
}

--- Points of a knn, checked.
-- @tparam string where
-- @tparam table knn
-- @treturn integer N
function forms.check_knn (where, knn)
  if not core.is_tensor(knn.ids) or knn.ids:dtype() ~= "int32" or knn.ids:rank() ~= 2 then
    error(where .. ": knn.ids must be an int32 tensor (N, k)", 0)
  end
  local similarity = knn.similarity
  if not core.is_tensor(similarity) or similarity:rank() ~= 2 or similarity:dim(1) ~= knn.ids:dim(1)
     or similarity:dim(2) ~= knn.ids:dim(2) or similarity:dtype() ~= "float32" then
    error(where .. ": knn.similarity must be a float32 tensor of the shape of knn.ids", 0)
  end
  local sum = core.sum_squares(similarity)               -- a list that is too short ends with minus infinity
  if sum ~= sum then error(where .. ": knn.similarity holds a NaN", 0) end
  return knn.ids:dim(1)
end


--- Fits one form.
-- @tparam string form
-- @tparam table source `x`, `s` or `knn`; `N`, `weights`
-- @tparam table opt of `eimf.cluster.affinity.fit`
-- @treturn table result
-- @treturn[2] nil
-- @treturn[2] string
-- @treturn[2] string code
function forms.fit (form, source, opt)
  if source.N == 0 then
    return { exemplars = {}, labels = {}, margin = {}, iterations = 0, converged = true, stopped = false,
             net_similarity = 0, damping = opt.damping, preference = opt.preference }
  end
  return FIT[form](source, opt)
end


return forms
