-- Time of one ComiRec-SA epoch over every training prefix of a real data set, beside torch's.
--   lua5.4 bench/epoch.lua data=beauty n_negatives=1280 batch=256 max_len=20 threads=2
require "recipes.path"
local eimf = require "eimf"
local options = require "eimf.options"
local system = require "eimf.system"
local locate = require "eimf.data.locate"
local flops = require "bench.flops"
local limit = require "bench.limit"
local peers = require "bench.peers"
local trainee = require "bench.trainee"

local opt = assert(options.parse(arg, peers.defaults {
  data = "beauty", batch = 256, n_negatives = 1280, max_len = 20, threads = 2, dim = 64, n_interests = 4,
  compare = "padded,bucketed",
}))
eimf.threads(opt.threads)

local WARM_UP = 20

local place = assert(locate.find(opt.data))
local set = assert(eimf.data.open(place.path or "generated"))
local split = assert(set:split("leave_one_out"))
local ex = assert(eimf.data.examples(split.train, { max_len = opt.max_len, batch = opt.batch }))
local made = trainee(opt, set.n_items)

local batch, rows = nil, 0
local function step (epoch, i)
  batch = ex:batch(epoch, i, batch)
  rows = rows + batch.rows
  made:step(batch)
end

-- Work of a step is that of the first ones, which are drawn like all others.
local work = flops.mean(function (i) step(0, i) end, math.min(WARM_UP, ex:steps()))
rows = 0
local since = system.now()
for i = 1, ex:steps() do step(1, i) end
local seconds = system.now() - since
local rate = ex:count() / seconds
local line = "eimf epoch %s N=%d threads=%d: %d examples, mean history %.1f, %.2f ms/step, epoch %.2f s, " ..
             "%.0f examples/s"
print(line:format(set.name, set.n_items, opt.threads, ex:count(), rows / ex:count(), 1e3 * seconds / ex:steps(),
  seconds, rate))
limit.report(1e-9 * work * ex:steps() / seconds, limit.gemm(), "GFLOP/s")

for mode in opt.compare:gmatch("%a+") do
  if place.path then
    peers.report("torch " .. mode, rate, peers.run(opt, "torch_sa_epoch.py", { place.path, mode, opt.threads }))
  end
end
