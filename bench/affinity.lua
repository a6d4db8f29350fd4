-- Affinity Propagation: milliseconds of an iteration beside scikit-learn's on the same points, ours before and after.
--   lua5.4 bench/affinity.lua n=4000 dim=384 threads=2 python=python3
-- `vectors` takes a .npy of rows instead of the made ones. Memory and time of the other forms: forms=true.
require "recipes.path"
local eimf = require "eimf"
local core = require "eimf.core"
local system = require "eimf.system"
local vectors = require "eimf.cluster.vectors"
local given = require "bench.given"
local limit = require "bench.limit"

local STREAM = 64                      -- of random numbers
local FIRST, LAST = 20, 80             -- iterations measured: the pages are there by then
local TIMES = 2
local READ, WRITTEN = 8, 4             -- bytes that an iteration moves for a pair of points: S and A read, A written

local opt = given.options({
  n = 4000, dim = 384, threads = 2, preference = -10, damping = 0.9, python = os.getenv("EIMF_PYTHON") or "python3",
  vectors = "", forms = false, seed = 1,
}, {
  n = { "integer", min = 3, max = 1000000 }, dim = { "integer", min = 1, max = 65536 },
  damping = { "number", min = 0.5, below = 1 }, preference = { "number" },
  vectors = { "string", help = "a .npy of rows" }, seed = { "integer", min = 0 },
})

-- Random directions: every similarity is about -2.
local function made ()
  local x = eimf.zeros(opt.n, opt.dim)
  core.random(x, "normal", 0, 1 / math.sqrt(opt.dim), opt.seed, STREAM, 0)
  return x
end

-- The first n rows of a file, which has to be one of vectors.
local function read ()
  local x = assert(eimf.npy.load(opt.vectors))
  vectors.check("option 'vectors'", opt.vectors, x)
  if x:dim(1) < opt.n then given.fail("%s has %d rows, fewer than n=%d", opt.vectors, x:dim(1), opt.n) end
  return x:rows(1, opt.n)
end

-- The least of a few runs: others on the machine only ever add. Seconds of an iteration by the clock, of processors.
local function ours (x)
  local best, least = math.huge, math.huge
  for _ = 1, TIMES do
    local since, busy
    local last, used = 0, 0
    assert(eimf.cluster.affinity.fit { x = x, preference = opt.preference, damping = opt.damping, ladder = false,
      refine = false, max_iter = LAST, convergence_iter = 100000, progress = function (state)
        if state.iteration == FIRST then since, busy = system.now(), os.clock() end
        if state.iteration == LAST then
          last, used = (system.now() - since) / (LAST - FIRST), (os.clock() - busy) / (LAST - FIRST)
        end
      end })
    best, least = math.min(best, last), math.min(least, used)
  end
  return best, least
end

local function theirs (x)
  local path = os.tmpname()
  assert(eimf.npy.save(path, x))
  local pipe = assert(io.popen(("'%s' bench/affinity.py '%s' %s %s 2>&1"):format(opt.python, path,
    opt.preference, opt.damping)))
  local text = pipe:read("*a")
  pipe:close()
  os.remove(path)
  return tonumber(text:match("([%d.]+) seconds/iteration")), tonumber(text:match("([%d.]+) of the processor")), text
end

local function beside (x)
  local best, least = ours(x)
  local peak = system.peak_rss()
  local peer, busy, text = theirs(x)
  local again, used = ours(x)
  best, least = math.min(best, again), math.min(least, used)
  print(("affinity n=%d d=%d threads=%d simd=%s: %.2f ms an iteration, %.2f ms of processors"):format(opt.n, x:dim(2),
    opt.threads, core.simd(), best * 1000, least * 1000))
  local moved = 1e-9 * (READ + WRITTEN) * x:dim(1) ^ 2
  print(("  memory: peak %.0f MiB, of which S and A %.0f; %.3f GB moved an iteration"):format(peak,
    READ * x:dim(1) ^ 2 / 2 ^ 20, moved))
  limit.report(moved / best, select(2, limit.memory()), "GB/s")
  if peer then
    print(("  scikit-learn: %.1f ms, %.1f ms of processors; ours is %.1fx, %.1fx"):format(peer * 1000, busy * 1000,
      peer / best, busy / least))
  else print("  scikit-learn: not measured (" .. (text:match("([^\n]+)%s*$") or "it printed nothing") .. ")") end
end

local function forms (x)
  local exact
  for _, form in ipairs { "dense", "landmark", "sparse", "two_level" } do
    local since = system.now()
    local fit = assert(eimf.cluster.affinity.fit { x = x, preference = opt.preference, damping = opt.damping,
      form = form })
    exact = exact or fit
    print(("  %-9s %4d exemplars, %4d iterations, net similarity %.2f, AMI %.3f, %.1f s, about %.2f GB"):format(form,
      #fit.exemplars, fit.iterations, fit.net_similarity, eimf.cluster.quality.ami(exact.labels, fit.labels),
      system.now() - since, eimf.cluster.affinity.memory(x:dim(1), form) / 1e9))
  end
end

given.run(function ()
  local x = opt.vectors ~= "" and read() or made()
  beside(x)
  if opt.forms then forms(x) end
end)
