-- Users ranked a second: exact top 50 of the largest score over K interests, all items, beside faiss and torch where
-- ../shared/peers is. Ours runs before, between and after them, as often as they do; the mean counts.
--   lua5.4 bench/rank.lua users=22363 n_interests=4 n_items=12101 threads=2
require "recipes.path"
local eimf = require "eimf"
local core = require "eimf.core"
local system = require "eimf.system"
local given = require "bench.given"
local limit = require "bench.limit"
local peers = require "bench.peers"

local DIM, TOP = 64, 50                -- the peers' figures
local ENGINES = { "faiss", "torch" }

local opt = given.options(peers.defaults {
  users = 22363, n_interests = 4, n_items = 12101, threads = 2,
}, {
  users = { "integer", min = 1, max = 100000000 }, n_interests = { "integer", min = 1, max = 1024 },
})

local function main ()
  local interests = eimf.zeros(opt.users, opt.n_interests, DIM)
  local items = eimf.zeros(opt.n_items + 1, DIM)
  core.random(interests, "normal", 0, 1, 1, 64, 0)
  core.random(items, "normal", 0, 1, 2, 64, 0)

  local seconds, runs = 0, 0
  local function measure ()
    local since = system.now()
    eimf.eval.rank { interests = interests, items = items, n = TOP }
    seconds, runs = seconds + system.now() - since, runs + 1
  end

  eimf.eval.rank { interests = interests, items = items, n = TOP }        -- warms up, as the peers do
  local found = {}
  measure()
  for i, engine in ipairs(ENGINES) do
    found[i] = { peers.run(opt, "full_rank.py", { opt.users, opt.n_interests, opt.n_items, engine, opt.threads }) }
    measure()
  end

  local rate, best = opt.users * runs / seconds, 0
  print(("eimf rank U=%d K=%d N=%d D=%d n=%d threads=%d simd=%s: %.2f s, %.0f users/s"):format(opt.users,
    opt.n_interests, opt.n_items, DIM, TOP, opt.threads, core.simd(), seconds / runs, rate))
  limit.report(2e-9 * rate * opt.n_interests * opt.n_items * DIM, limit.gemm(), "GFLOP/s")
  for i, engine in ipairs(ENGINES) do
    peers.report(engine, rate, found[i][1], found[i][2])
    best = math.max(best, found[i][1] or 0)
  end
  if best > 0 then peers.report("the better of the two", rate, best) end
end

given.run(main)
