-- Time of one ComiRec-SA epoch over every training prefix of a real data set, beside torch's.
--   lua5.4 bench/epoch.lua data=beauty n_negatives=1280 batch=256 max_len=20 threads=2
-- steps=200: so many steps, and the epoch's time by theirs.
require "recipes.path"
local eimf = require "eimf"
local system = require "eimf.system"
local place = require "bench.place"
local flops = require "bench.flops"
local given = require "bench.given"
local limit = require "bench.limit"
local peers = require "bench.peers"
local trainee = require "bench.trainee"

local opt = given.options(peers.defaults {
  data = "beauty", batch = 256, n_negatives = 1280, max_len = 20, threads = 2, dim = 64, n_interests = 4, steps = 0,
  compare = "padded,bucketed",
}, { steps = { "integer", min = 0, help = "0: the whole epoch; else the epoch's time by so many" } })

local WARM_UP = 20
local THEIRS = { batch = 256, n_negatives = 1280, max_len = 20, dim = 64, n_interests = 4 }      -- torch_sa_epoch.py's

local function measure (set)
  local split = assert(set:split("leave_one_out"))
  local ex = assert(eimf.data.examples(split.train, { max_len = opt.max_len, batch = opt.batch }))
  local made = trainee(opt, set.n_items)
  local batch, rows, count = nil, 0, 0
  local function step (epoch, i)
    batch = ex:batch(epoch, i, batch)
    rows, count = rows + batch.rows, count + batch.size
    made:step(batch)
  end

  -- Work of a step is that of the first ones, which are drawn like all others.
  local work = flops.mean(function (i) step(0, i) end, math.min(WARM_UP, ex:steps()))
  rows, count = 0, 0
  local steps = opt.steps > 0 and math.min(opt.steps, ex:steps()) or ex:steps()
  local since = system.now()
  for i = 1, steps do step(1, i) end
  local seconds = system.now() - since
  local rate, whole = count / seconds, steps == ex:steps()
  local line = "eimf epoch %s N=%d threads=%d: %d examples, mean history %.1f, %.2f ms/step, epoch %.2f s%s, " ..
               "%.0f examples/s"
  print(line:format(set.name, set.n_items, opt.threads, ex:count(), rows / count, 1e3 * seconds / steps,
    ex:count() / rate, whole and "" or (" (extrapolated from %d of %d steps)"):format(steps, ex:steps()), rate))
  limit.report(1e-9 * work * steps / seconds, limit.gemm(), "GFLOP/s")
  return rate
end

given.run(function ()
  local set, path = place(opt.data)
  local rate = measure(set)
  local why = not path and "generated data are in no folder" or peers.unlike(opt, THEIRS)
  for mode in opt.compare:gmatch("%a+") do
    if why then peers.report("torch " .. mode, rate, nil, why)
    else peers.report("torch " .. mode, rate, peers.run(opt, "torch_sa_epoch.py", { path, mode, opt.threads })) end
  end
end)
