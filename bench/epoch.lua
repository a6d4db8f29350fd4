-- Time of one ComiRec-SA epoch over every training prefix of a real data set, beside torch's.
--   lua5.4 bench/epoch.lua data=beauty n_negatives=1280 batch=256 max_len=20 threads=2
require "recipes.path"
local eimf = require "eimf"
local options = require "eimf.options"
local system = require "eimf.system"
local item_loss = require "eimf.nn.item_loss"
local locate = require "eimf.data.locate"
local peers = require "bench.peers"

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
local model = eimf.models.comirec_sa({ dim = opt.dim, n_interests = opt.n_interests, max_len = opt.max_len,
  dropout = 0, init = "normal" }, set.n_items, eimf.rng(1))
local loss = item_loss.new { n_items = set.n_items, n_negatives = opt.n_negatives }
local adam = eimf.optim.adam { params = model:params() }
local tape = eimf.tape {}

local batch, rows = nil, 0
local function step (epoch, i)
  batch = ex:batch(epoch, i, batch)
  rows = rows + batch.rows
  local v = model:interests(tape, batch.history)
  tape:backward((loss:forward(tape, v, model.items, batch.targets)))
  adam:step()
  tape:reset()
end

for i = 1, math.min(WARM_UP, ex:steps()) do step(0, i) end
rows = 0
local since = system.now()
for i = 1, ex:steps() do step(1, i) end
local seconds = system.now() - since
local rate = ex:count() / seconds
local line = "eimf epoch %s N=%d threads=%d: %d examples, mean history %.1f, %.2f ms/step, epoch %.2f s, " ..
             "%.0f examples/s"
print(line:format(set.name, set.n_items, opt.threads, ex:count(), rows / ex:count(), 1e3 * seconds / ex:steps(),
  seconds, rate))

for mode in opt.compare:gmatch("%a+") do
  if place.path then
    peers.report("torch " .. mode, rate, peers.run(opt, "torch_sa_epoch.py", { place.path, mode, opt.threads }))
  end
end
