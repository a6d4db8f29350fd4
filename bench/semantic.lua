-- Time and memory of the losses on semantic interests: cross-entropy to sparse profiles, streamed over the bank, beside
-- the same from matmul and log_softmax; InfoNCE of as many pairs; the profiles themselves.
--   lua5.4 bench/semantic.lua batch=2500 dim=64 banks=232,10000 top=64 threads=2
require "recipes.path"
local eimf = require "eimf"
local core = require "eimf.core"
local system = require "eimf.system"
local given = require "bench.given"

local opt = given.options({
  batch = 2500, dim = 64, text_dim = 384, banks = "232,10000", top = 64, threads = 2, seconds = 3,
}, {
  text_dim = { "integer", min = 1, max = 4096 }, top = { "integer", min = 1, max = 1000000 },
  banks = { "string", help = "interests of each bank, with commas between" },
})

local SCALE = 10
local MOST = 10000000                    -- interests of a bank

local function random (seed, deviation, ...)
  local x = eimf.zeros(...)
  core.random(x, "normal", 0, deviation, seed, 64, 0)
  return x
end

local function param (seed, rows)
  return eimf.param { data = random(seed, opt.dim ^ -0.5, rows, opt.dim), name = "p" .. seed }
end

-- Fastest run of the forward and of the backward, and what the tape's memory grew to.
local function measure (name, loss_of)
  local forward, backward, value = math.huge, math.huge
  collectgarbage()
  local before, tape, since = collectgarbage "count", eimf.tape {}, system.now()
  repeat
    local start = system.now()
    local loss = tape:mean(loss_of(tape))
    local between = system.now()
    tape:backward(loss)
    local stop = system.now()
    value = loss.data:get(1)
    tape:reset()
    forward, backward = math.min(forward, between - start), math.min(backward, stop - between)
  until stop - since > opt.seconds
  collectgarbage()
  local mb = (collectgarbage "count" - before) / 1024
  tape:reset()
  print(("  %-26s forward %8.2f ms  backward %8.2f ms  memory %8.1f MB  loss %.5f"):format(name, forward * 1e3,
    backward * 1e3, mb, value))
  return forward + backward, mb
end

local function profiles (J)
  local items, bank = random(1, 1, opt.batch, opt.text_dim), random(2, 1, J, opt.text_dim)
  core.centre_rows(items, items)
  core.centre_rows(bank, bank)
  local since = system.now()
  local offsets, columns, weights = core.profile(items, bank, 0.05, opt.top)
  print(("  profiles of %d items       %.2f s"):format(opt.batch, system.now() - since))
  local rows = eimf.zeros_ids(opt.batch)
  for i = 1, opt.batch do rows:set(i, i) end
  return { offsets = offsets, columns = columns, weights = weights, rows = rows }
end

-- The same distributions as a whole matrix; making it is not counted.
local function dense (profile, J)
  local p = eimf.zeros(opt.batch, J)
  for i = 1, opt.batch do
    for e = profile.offsets:get(i + 1) + 1, profile.offsets:get(i + 2) do
      p:set(i, profile.columns:get(e) + 1, profile.weights:get(e))
    end
  end
  return p
end

-- Sizes of the banks, each at least 1.
local function sizes ()
  local list = {}
  for word in (opt.banks .. ","):gmatch "([^,]*)," do
    local J = math.tointeger(word:match "^%d+$" and tonumber(word))
    if not J or J < 1 or J > MOST then
      given.fail("option 'banks': '%s' is not a whole number from 1 to %d", word, MOST)
    end
    list[#list + 1] = J
  end
  return list
end

local function main ()
  for _, J in ipairs(sizes()) do
    print(("B=%d J=%d D=%d top=%d threads=%d simd=%s"):format(opt.batch, J, opt.dim, opt.top, opt.threads, core.simd()))
    local profile, x, z = profiles(J), param(3, opt.batch), param(4, J)
    local p, ones = dense(profile, J), eimf.zeros(J, 1):fill_(1)
    local seconds, mb = measure("profile_softmax", function (t) return t:profile_softmax(x, z, profile, SCALE) end)
    local other, more = measure("matmul and log_softmax", function (t)
      local scores = t:log_softmax(t:scale(t:matmul(x, z, { tb = true }), SCALE))
      return t:scale(t:matmul(t:mul(t:constant(p), scores), t:constant(ones)), -1)
    end)
    print(("  profile_softmax takes %.2f of the time and %.3f of the memory"):format(seconds / other, mb / more))
  end

  local a, b, groups = param(5, opt.batch), param(6, opt.batch), eimf.zeros_ids(opt.batch)
  for i = 1, opt.batch do groups:set(i, i % 200 + 1) end
  print(("InfoNCE of %d pairs, D=%d"):format(opt.batch, opt.dim))
  measure("info_nce", function (t) return t:info_nce(t:l2_normalise(a), t:l2_normalise(b), groups, 0.1) end)
end

given.run(main)
