-- Time of one ComiRec-SA training step on random histories, beside torch's where ../shared/peers is.
--   lua5.4 bench/step.lua n_items=12101 n_negatives=1280 batch=256 max_len=20 threads=2 profile=true
require "recipes.path"
local eimf = require "eimf"
local flops = require "bench.flops"
local given = require "bench.given"
local limit = require "bench.limit"
local peers = require "bench.peers"
local random_batches = require "bench.random_batches"
local timed = require "bench.timed"
local trainee = require "bench.trainee"

local opt = given.options(peers.defaults {
  batch = 256, n_items = 12101, n_negatives = 1280, max_len = 20, threads = 2, dim = 64, n_interests = 4,
  seconds = 5, compare = "dense,sparse", profile = false,
})

local BATCHES, WARM_UP = 32, 20
local THEIRS = { max_len = 20, dim = 64, n_interests = 4 }       -- torch_sa_step.py's, which takes the others

local function main ()
  local batches = random_batches(opt, opt.n_items, BATCHES)
  local profile = opt.profile and eimf.profile.new() or nil
  local made = trainee(opt, opt.n_items, profile)

  local function step (i)
    if profile and i == 1 then profile:restart() end
    made:step(batches[(i - 1) % BATCHES + 1])
  end

  local work = flops.mean(step, 1)
  local seconds = timed(step, WARM_UP, opt.seconds)
  local rate = opt.batch / seconds
  print(("eimf step B=%d S=%d N=%d T=%d threads=%d simd=%s: %.2f ms/step, %.0f examples/s"):format(opt.batch,
    opt.n_negatives, opt.n_items, opt.max_len, opt.threads, eimf.info().simd or "?", seconds * 1e3, rate))
  if profile then print(profile) end
  limit.report(1e-9 * work / seconds, limit.gemm(), "GFLOP/s")

  local why = peers.unlike(opt, THEIRS)
  for kind in opt.compare:gmatch("%a+") do
    if why then peers.report("torch " .. kind, rate, nil, why)
    else
      peers.report("torch " .. kind, rate,
        peers.run(opt, "torch_sa_step.py", { opt.batch, opt.n_negatives, opt.n_items, kind, opt.threads }))
    end
  end
end

given.run(main)
