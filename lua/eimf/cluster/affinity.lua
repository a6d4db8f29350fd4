--- Affinity Propagation (Frey and Dueck, Science 315, 2007): exemplars among points, their number not given but
-- following from a preference. Similarities are s(i, k) = -|x_i - x_k|^2, or given. docs/clusters.md has the forms.
-- Neighbours: forms, memory, vectors.
-- @module eimf.cluster.affinity

local core = require "eimf.core"
local forms = require "eimf.cluster.forms"
local memory = require "eimf.cluster.memory"
local option_rules = require "eimf.option_rules"
local options = require "eimf.options"
local vectors = require "eimf.cluster.vectors"

local affinity = {}

local WHERE = "eimf.cluster.affinity.fit"
local PREFERENCE = -10
local NEIGHBOURS, WIDTH = 200, 50       -- of the sparse form: at least so many, and this share of all
local LARGEST = 3e38                    -- numbers that float32 holds
local SEEDS = 2 ^ 32                    -- of scikit-learn's random numbers
local FORMS = { "dense", "sparse", "landmark", "two_level" }

local SPEC = {
  x = { "userdata", help = "(N, D) vectors" },
  s = { "userdata", help = "(N, N) similarities" },
  knn = { "table", help = "{ ids = (N, k), similarity = (N, k) } of eimf.cluster.knn" },
  weights = { "userdata", help = "(N): how much each point counts" },
  preference = { "number|table|userdata", help = "of all, or one for each point" },
  quantile = { "number", min = 0, max = 1, help = "preference: this quantile of the similarities" },
  target_k = { "integer", min = 1, help = "preference: by bisection, so that there are about so many exemplars" },
  damping = { "number", min = 0.5, below = 1 },
  ladder = { "boolean", help = "raise damping to 0.9, 0.95, 0.98 while exemplars change" },
  max_iter = { "integer", min = 1, max = 1000000 },
  convergence_iter = { "integer", min = 1, max = 1000000 },
  refine = { "boolean", default = true, help = "make each exemplar the medoid of its cluster" },
  noise = { "number", min = 0, default = 1e-6, help = "against ties, of the largest similarity or preference" },
  sklearn = { "boolean", default = false, help = "scikit-learn's defaults, stopping rule, noise and labels" },
  form = { one_of = FORMS, default = "dense" },
  neighbours = { "integer", min = 1, help = "of the sparse form" },
  landmarks = { "integer", min = 1, default = 2000, help = "candidates of the landmark form" },
  part = { "integer", min = 2, default = 1000, help = "points of a part of the two-level form" },
  seed = { "integer", min = 0, default = 0 },
  threads = { "integer", min = 0, max = 1024 },
  max_memory = { "number", above = 0, help = "bytes; default: what the machine has free" },
  progress = { "function", help = "called at each iteration; returning true stops" },
}

local DEFAULTS = { damping = 0.9, ladder = true, max_iter = 1000, convergence_iter = 50 }
local SKLEARN = { damping = 0.5, ladder = false, max_iter = 200, convergence_iter = 15 }

local function fail (...) error(WHERE .. ": " .. string.format(...), 0) end


-- One finite number for each point.
local function check_numbers (name, x, N)
  if not core.is_tensor(x) or x:dtype() ~= "float32" or x:rank() ~= 1 then
    fail("%s must be a float32 tensor (%d)", name, N)
  end
  if x:size() ~= N then fail("%d %s for %d points", x:size(), name, N) end
  if core.odd_rows(x) > 0 then fail("%s hold a NaN or an infinity", name) end
end


-- What similarities come from, and how many points there are.
local function source_of (opt)
  local given = (opt.x and 1 or 0) + (opt.s and 1 or 0) + (opt.knn and 1 or 0)
  if given ~= 1 then fail("one of x, s and knn expected, got %d", given) end
  local source = { x = opt.x, s = opt.s, knn = opt.knn, weights = opt.weights }
  if opt.x then vectors.check(WHERE, "x", opt.x) end
  if opt.s then
    vectors.check(WHERE, "s", opt.s, core.is_tensor(opt.s) and opt.s:dim(1) or nil)
    if opt.form ~= "dense" then fail("form = \"%s\" needs x; s is for the dense form", opt.form) end
  end
  if opt.weights and not opt.x then fail("weights need x") end
  if opt.weights and opt.form == "sparse" then fail("form = \"sparse\" knows no weights") end
  source.N = opt.knn and forms.check_knn(WHERE, opt.knn) or (opt.x or opt.s):dim(1)
  if opt.weights then
    check_numbers("weights", opt.weights, source.N)
    for i, w in ipairs(opt.weights:totable()) do
      if w < 0 then fail("weights[%d] = %g, below 0", i, w) end
    end
  end
  return source
end


local function check_preference (opt, N)
  local ways = (opt.preference and 1 or 0) + (opt.quantile and 1 or 0) + (opt.target_k and 1 or 0)
  if ways > 1 then fail("at most one of preference, quantile and target_k expected") end
  if type(opt.preference) == "table" then opt.preference = core.from_table("float32", opt.preference) end
  if core.is_tensor(opt.preference) then check_numbers("preferences", opt.preference, N)
  elseif opt.preference and math.abs(opt.preference) > LARGEST then
    fail("preference = %g, beyond what float32 holds", opt.preference)
  end
  if opt.target_k and opt.target_k > N then fail("target_k = %d of %d points", opt.target_k, N) end
  if not opt.sklearn and ways == 0 then opt.preference = PREFERENCE end
end


-- A graph must be about as wide as the clusters, or an exemplar does not reach those whom it stands for.
local function wide_enough (N)
  return math.min(math.max(NEIGHBOURS, math.ceil(N / WIDTH)), math.max(1, N - 1))
end


local function checked (given)
  local opt = options.check(WHERE, given, SPEC)
  for name, value in pairs(opt.sklearn and SKLEARN or DEFAULTS) do
    if opt[name] == nil then opt[name] = value end
  end
  if opt.knn then opt.form = "sparse" end
  if opt.sklearn and (opt.form ~= "dense" or opt.weights or opt.target_k or opt.quantile) then
    fail("sklearn = true knows neither other forms than dense, nor weights, nor target_k, nor quantile")
  end
  if opt.sklearn and opt.seed >= SEEDS then fail("seed = %.0f; sklearn = true knows 0..%.0f", opt.seed, SEEDS - 1) end
  local source = source_of(opt)
  check_preference(opt, source.N)
  opt.neighbours = opt.neighbours or wide_enough(source.N)
  return opt, source
end


local function with_threads (n, f, ...)
  local before = core.threads()
  if n then core.threads(n) end
  local good, result, message, code = pcall(f, ...)
  core.threads(before)
  if not good then error(result, 0) end
  return result, message, code
end


--- Clusters points around exemplars.
-- Not converged is a flag, not an error. `max_iter` is shared by the dampings of the ladder. With `sklearn = true`
-- everything is computed in double, as scikit-learn does, the preference's default is the median similarity, and where
-- no exemplar was found `exemplars` is empty and labels are 0.
-- @tparam table given
-- @tparam[opt] tensor given.x (N, D) vectors; this, `s` or `knn`
-- @tparam[opt] tensor given.s (N, N) similarities, s(i, k) how well k stands for i; the diagonal is not looked at
-- @tparam[opt] table given.knn `{ ids = (N, k) int32, similarity = (N, k) }`: only these pairs (sparse form); a point
-- that has no exemplar among its neighbours gets the label 0, and exemplars are not refined
-- @tparam[opt] tensor given.weights (N): similarities of a point are multiplied by its weight
-- @tparam[opt=-10] number|table|tensor given.preference of all points, or of each
-- @tparam[opt] number given.quantile the preference is this quantile of the similarities
-- @tparam[opt] integer given.target_k the preference is found by bisection
-- @tparam[opt=0.9] number given.damping sklearn: 0.5
-- @tparam[opt=true] boolean given.ladder
-- @tparam[opt=1000] integer given.max_iter sklearn: 200
-- @tparam[opt=50] integer given.convergence_iter sklearn: 15
-- @tparam[opt=true] boolean given.refine
-- @tparam[opt=1e-6] number given.noise
-- @tparam[opt=false] boolean given.sklearn
-- @tparam[opt="dense"] string given.form "dense", "sparse", "landmark", "two_level"
-- @tparam[opt] integer given.neighbours default: a fiftieth of the points, 200 at least
-- @tparam[opt=2000] integer given.landmarks
-- @tparam[opt=1000] integer given.part
-- @tparam[opt=0] integer given.seed
-- @tparam[opt] integer given.threads while it runs; 0 = all
-- @tparam[opt] number given.max_memory bytes
-- @tparam[opt] function given.progress `progress { iteration, exemplars, unchanged, damping, max_iter }`
-- @treturn table `{ exemplars = {rows from 1}, labels = {index into exemplars}, margin = {numbers}, iterations,
-- converged, stopped, net_similarity, damping, preference, form, vectors = (K, D) of exemplars or nil }`
-- @treturn[2] nil
-- @treturn[2] string what did not fit, and the form that would
-- @treturn[2] string "NO_MEMORY"
-- @usage local fit = assert(affinity.fit { x = vectors, preference = -10, threads = 0 })
function affinity.fit (given)
  local good, opt, source = pcall(checked, given)
  if not good then error(opt, 2) end
  local form = opt.sklearn and "sklearn" or opt.form
  local refusal = memory.refusal(form, source.N, opt, opt.max_memory)
  if refusal then return nil, WHERE .. ": " .. refusal, "NO_MEMORY" end
  local result, message, code = with_threads(opt.threads, forms.fit, form, source, opt)
  if not result then return nil, message, code end
  result.form = form
  if source.x then result.vectors = vectors.rows(source.x, result.exemplars) end
  return result
end


--- Labels of points that came later: the nearest exemplar.
-- @tparam table|tensor fit what `fit` returned for vectors, or the exemplars' vectors (K, D)
-- @tparam tensor x (n, D)
-- @treturn {integer,...} labels 1..K
-- @treturn {number,...} margins: similarity to it less that to the next
function affinity.predict (fit, x)
  local exemplars = core.is_tensor(fit) and fit or type(fit) == "table" and fit.vectors
  if not exemplars then error("eimf.cluster.affinity.predict: a fit of vectors expected", 2) end
  if exemplars:dim(1) == 0 then error("eimf.cluster.affinity.predict: there are no exemplars", 2) end
  local good, message = pcall(vectors.check, "eimf.cluster.affinity.predict", "x", x, exemplars:dim(2))
  if not good then error(message, 2) end
  return vectors.assign(x, exemplars)
end


--- Bytes that a run takes at its peak, beside the vectors.
-- @tparam integer n points
-- @tparam[opt="dense"] string form also "sklearn"
-- @tparam[opt] table given `neighbours`, `landmarks`, `part`; defaults as in `fit`
-- @treturn number
function affinity.memory (n, form, given)
  given = given or {}
  if form and form ~= "sklearn" and not option_rules.fits(SPEC.form, form) then
    error(("eimf.cluster.affinity.memory: form '%s' is not one of %s, sklearn"):format(tostring(form),
      table.concat(FORMS, ", ")), 2)
  end
  return memory.bytes(form or "dense", n, {
    neighbours = given.neighbours or wide_enough(n), landmarks = given.landmarks or SPEC.landmarks.default,
    part = given.part or SPEC.part.default,
  })
end


return affinity
