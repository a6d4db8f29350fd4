-- What benches count and read back.
local core = require "eimf.core"
local eimf = require "eimf"
local figures = require "bench.figures"
local child = require "spec.child"
local flops = require "bench.flops"
local peers = require "bench.peers"
local trainee = require "bench.trainee"

describe("figures that are read back", function ()
  it("are ours, the peers' and the share", function ()
    local found = figures.read [[
eimf step B=256 S=1280 N=12101 T=20 threads=2 simd=avx2: 6.06 ms/step, 42244 examples/s
  limit: 110.3 GFLOP/s of the 152.0 measured in this run; share 73 %
  torch dense: 16732/s; ours is 2.52x
  torch sparse: not measured (no folder of peers given)
]]
    assert.same({ ours = "42244 examples/s, 6.06 ms", unit = "examples/s", share = "73 %", peers = {
      { name = "torch dense", figure = "16732", ratio = 2.52 }, { name = "torch sparse" } } }, found)
    assert.equal(2.52, figures.least(found))
    assert.same({
      { "step", "42244 examples/s, 6.06 ms", "torch dense", "16732 examples/s", "2.5", "73 %" },
      { "", "", "torch sparse", "not measured", "" },
    }, figures.rows("step", found))
  end)

  it("are an epoch's, a ranking's, an iteration's", function ()
    local epoch = figures.read("eimf epoch beauty N=12101 threads=2: 9 examples, mean history 4.1, 2.10 ms/step, " ..
      "epoch 1.66 s, 90000 examples/s\n  torch padded: 20000/s; ours is 4.50x\n")
    assert.equal("90000 examples/s, 1.66 s", epoch.ours)
    local some = figures.read("eimf epoch beauty N=12101 threads=2: 9 examples, mean history 4.1, 2.10 ms/step, " ..
      "epoch 1.66 s (extrapolated from 2 of 9 steps), 90000 examples/s\n")
    assert.equal("90000 examples/s, 1.66 s (extrapolated from 2 of 9 steps)", some.ours)
    local rank = figures.read [[
eimf rank U=500 K=4 N=12101 D=64 n=50 threads=2 simd=avx2: 0.10 s, 31093 users/s
  faiss: 10304/s; ours is 3.02x
  the better of the two: 10304/s; ours is 3.02x
]]
    assert.same({ "31093 users/s", 1 }, { rank.ours, #rank.peers })
    local affinity = figures.read [[
affinity n=4000 d=384 threads=2 simd=avx512: 4.46 ms an iteration, 8.80 ms of processors
  memory: peak 150 MiB, of which S and A 122; 0.192 GB moved an iteration
  limit: 43.0 GB/s of the 46.1 measured in this run; share 93 %
  scikit-learn: 115.4 ms, 116.0 ms of processors; ours is 25.9x, 13.2x
]]
    assert.same({ { name = "scikit-learn", figure = "115.4", ratio = 25.9 } }, affinity.peers)
    assert.same({ "4.46 ms", "93 %" }, { affinity.ours, affinity.share })
  end)

  it("are not there where a bench failed", function ()
    assert.same({ { "step", "not measured" } }, figures.rows("step", figures.read("lua5.4: no such file")))
  end)
end)

describe("what a bench is asked", function ()
  local WRONG = {
    step = { "batch=-1", "batch=32.5", "dim=0", "n_items=0" }, epoch = { "data=nosuch", "steps=-1" },
    backbone_step = { "backbone=nosuch", "batch=0", "data=nosuch" }, joint = { "data=generated", "batch=0" },
    llm = { "concurrency=0", "prompts=0" }, scale = { "users=0", "items=-3", "interactions=1" },
    load = { "rows=0", "core=-1" }, affinity = { "vectors=nosuch.npy" }, semantic = { "banks=x,100", "banks=0" },
    rank = { "users=0" }, limits = { "seconds=0" }, all = { "quick=maybe" }, parity = { "runs=nosuch" },
  }

  for bench, words in pairs(WRONG) do
    it("is refused in one line: " .. bench, function ()
      words[#words + 1] = "nosuch=1"
      for _, word in ipairs(words) do
        local code, printed, said = child.script("bench/" .. bench .. ".lua", { word })
        assert.same({ 1, "" }, { code, printed }, word)
        assert.is_truthy(said:match("^[^\n]+\n$"), said)
      end
      local code, printed = child.script("bench/" .. bench .. ".lua", { "help" })
      assert.equal(0, code)
      assert.is_truthy(printed:find("  threads=", 1, true) or bench == "llm" or bench == "load", printed)
    end)
  end

  it("is more than a file of so few rows has", function ()
    local code, _, said = child.script("bench/load.lua", { "rows=100", "times=1" })
    assert.equal(1, code)
    assert.is_truthy(said:find("rows=1000000", 1, true), said)
  end)

  it("is other than what the peers' scripts do", function ()
    local sizes = { max_len = 20, batch = 256 }
    assert.is_nil(peers.unlike({ peers = "peers", max_len = 20, batch = 256 }, sizes))
    assert.equal("its script has max_len=20, not 50",
      peers.unlike({ peers = "../shared/peers", max_len = 50, batch = 256 }, sizes))
    assert.is_nil(peers.unlike({ peers = "mine", max_len = 50, batch = 256 }, sizes))
  end)
end)

describe("flops of a step", function ()
  it("are those of its products, forward and twice backward", function ()
    local B, T, D, K, S, N = 3, 5, 16, 2, 7, 50
    local R, H = B * T, 4 * D
    local ids, offsets = {}, { 0 }
    for r = 1, R do ids[r] = r end
    for b = 1, B do offsets[b + 1] = b * T end
    local history = { ids = eimf.ids(ids), offsets = eimf.ids(offsets) }
    local made = trainee({ dim = D, n_interests = K, max_len = T, n_negatives = S }, N)
    local sa_fwd = core.sa_fwd
    local counted = flops.mean(function () made:step { history = history, targets = eimf.ids { 20, 21, 22 } } end, 2)
    assert.equal(6 * (R * D * H + R * H * K + R * K * D + B * (S + 1) * D), counted)
    assert.equal(sa_fwd, core.sa_fwd)                       -- the kernels are themselves again
  end)
end)
