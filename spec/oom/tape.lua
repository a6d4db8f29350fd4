-- Tasks for tools/oom_host.c: tapes, operations, gradients and an optimiser's step.
local tensor = require "eimf.tensor"
local param = require "eimf.param"
local optim = require "eimf.optim"
local tape = require "eimf.tape"

local N, D, H, K, T = 12, 8, 8, 2, 4

local function filled (...)
  local x = tensor.zeros(...)
  for i = 1, x:size() do x:reshape(-1):set(i, 0.1 * math.sin(i)) end
  return x
end

local items = param.new { data = filled(N + 1, D), name = "items", sparse = true }
local positions = param.new { data = filled(T, D), name = "positions" }
local w1 = param.new { data = filled(D, H), name = "w1" }
local w2 = param.new { data = filled(H, K), name = "w2" }
local params = { items, positions, w1, w2 }
local adam = optim.adam { params = params }

local history = tensor.ids { 1, 2, 3, 4, 5, 2 }
local offsets = tensor.ids { 0, 4, 6 }
local targets = tensor.ids { 6, 7 }
local candidates = tensor.ids { 8, 9, 10 }

-- A whole step forward, on any tape.
local function loss_of (t)
  local h = t:dropout(t:embedding(items, history), 0.5)
  local v = t:self_attentive(h, offsets, positions, w1, w2)
  local e = t:embedding(items, targets)
  local u = t:readout(v, e)
  return t:mean(t:sampled_softmax(u, e, t:embedding(items, candidates), { target = targets, ids = candidates }))
end

local function forget ()
  for _, p in ipairs(params) do p:zero_grad() end
end

local reused = tape.new { seed = 3 }

return {
  plain = function () assert(loss_of(tape.plain).data:size() == 1) end,
  new_tape = function ()
    forget()
    local t = tape.new { seed = 1 }
    t:backward(loss_of(t))
    t:reset()
  end,
  same_tape = function ()
    forget()
    reused:reset(1)
    reused:backward(loss_of(reused))
    adam:step()
  end,
  new_optimiser = function () assert(optim.adam { params = params }) end,
}
