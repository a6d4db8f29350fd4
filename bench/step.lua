-- Time of one ComiRec-SA training step on random histories, beside torch's where ../shared/peers is.
--   lua5.4 bench/step.lua n_items=12101 n_negatives=1280 batch=256 max_len=20 threads=2 profile=true
require "recipes.path"
local eimf = require "eimf"
local options = require "eimf.options"
local timed = require "bench.timed"
local item_loss = require "eimf.nn.item_loss"
local peers = require "bench.peers"

local opt = assert(options.parse(arg, peers.defaults {
  batch = 256, n_items = 12101, n_negatives = 1280, max_len = 20, threads = 2, dim = 64, n_interests = 4,
  seconds = 5, compare = "dense,sparse", profile = false,
}))
eimf.threads(opt.threads)

local BATCHES, WARM_UP = 32, 20

-- Full histories of random items, as the peers draw them.
local function random_batch (seed)
  local R = opt.batch * opt.max_len
  local history = { ids = eimf.zeros_ids(R), offsets = eimf.zeros_ids(opt.batch + 1) }
  local targets = eimf.zeros_ids(opt.batch)
  math.randomseed(seed)
  for r = 1, R do history.ids:set(r, math.random(opt.n_items)) end
  for b = 1, opt.batch do
    history.offsets:set(b + 1, b * opt.max_len)
    targets:set(b, math.random(opt.n_items))
  end
  return { history = history, targets = targets }
end

local batches = {}
for i = 1, BATCHES do batches[i] = random_batch(i) end
local model = eimf.models.comirec_sa({ dim = opt.dim, n_interests = opt.n_interests, max_len = opt.max_len,
  dropout = 0, init = "normal" }, opt.n_items, eimf.rng(1))
local loss = item_loss.new { n_items = opt.n_items, n_negatives = opt.n_negatives }
local adam = eimf.optim.adam { params = model:params() }
local profile = opt.profile and eimf.profile.new() or nil
local tape = eimf.tape { profile = profile }

local function step (i)
  local batch = batches[(i - 1) % BATCHES + 1]
  if profile and i == 1 then profile:restart() end
  local v = model:interests(tape, batch.history)
  tape:backward((loss:forward(tape, v, model.items, batch.targets)))
  adam:step()
  if profile then profile:lap "adam" end
  tape:reset()
  if profile then profile:lap "reset" end
end

local seconds = timed(step, WARM_UP, opt.seconds)
local rate = opt.batch / seconds
print(("eimf step B=%d S=%d N=%d T=%d threads=%d simd=%s: %.2f ms/step, %.0f examples/s"):format(opt.batch,
  opt.n_negatives, opt.n_items, opt.max_len, opt.threads, eimf.info().simd or "?", seconds * 1e3, rate))
if profile then print(profile) end

for kind in opt.compare:gmatch("%a+") do
  peers.report("torch " .. kind, rate,
    peers.run(opt, "torch_sa_step.py", { opt.batch, opt.n_negatives, opt.n_items, kind, opt.threads }))
end
