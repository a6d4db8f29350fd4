--- Sampled softmax as an estimate of the full one: means over many draws of the negatives.
local golden = require "spec.golden"
local item_loss = require "eimf.nn.item_loss"
local param = require "eimf.param"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N, S, D, K, B = 60, 15, 4, 3, 5
local STEPS = 1500
local DEVIATION = 0.2                    -- of items: the logarithm of an estimate is low by half its variance

-- A table of items, interests (B, K, D) and targets, the same each time.
local function made ()
  local source = rng.new(8)
  local data = source:normal(tensor.zeros(N + 1, D), 0, DEVIATION)
  local items = param.new { data = data, name = "items", sparse = true }
  items.data:rows(1, 1):fill_(0)
  return items, source:normal(tensor.zeros(B, K, D), 0, 1), tensor.ids { 3, 1, 30, 7, 3 }
end

-- Mean over steps of the loss, and of the gradient of the interests.
local function estimate (options)
  local items, v, targets = made()
  local loss, t = item_loss.new(options), tape.new()
  local sum, gradient = 0, tensor.zeros(B, K, D)
  for _ = 1, STEPS do
    local interests = golden.leaf(t, v)
    local value = loss:forward(t, interests, items, targets)
    t:backward(value)
    sum = sum + value.data:get(1)
    gradient = tape.plain:add(tape.plain:constant(gradient), tape.plain:constant(interests:grad())).data
    items:zero_grad()
    t:reset()
  end
  return sum / STEPS, tape.plain:scale(tape.plain:constant(gradient), 1 / STEPS).data
end

-- Distance of two gradients, relative to the second.
local function apart (g, want)
  local a, b, difference, size = g:reshape(-1):totable(), want:reshape(-1):totable(), 0, 0
  for i = 1, #a do difference, size = difference + (a[i] - b[i]) ^ 2, size + b[i] ^ 2 end
  return math.sqrt(difference / size)
end

describe("eimf.nn.item_loss as an estimate of the full softmax:", function ()
  local full_loss, full_gradient = estimate { n_items = N }

  local function errors (proposal, correct)
    local loss, gradient = estimate { n_items = N, n_negatives = S, proposal = proposal, correct = correct }
    return math.abs(loss - full_loss), apart(gradient, full_gradient)
  end

  for _, proposal in ipairs { "uniform", "log_uniform" } do
    it(proposal .. " negatives do better corrected than not", function ()
      local loss_error, gradient_error = errors(proposal, "full")
      local raw_loss_error, raw_gradient_error = errors(proposal, "none")
      assert.is_true(loss_error < 0.02, tostring(loss_error))
      assert.is_true(raw_loss_error > 20 * loss_error, ("%g %g"):format(raw_loss_error, loss_error))
      assert.is_true(gradient_error < 0.05, tostring(gradient_error))
      assert.is_true(raw_gradient_error > 2 * gradient_error, ("%g %g"):format(raw_gradient_error, gradient_error))
    end)
  end
end)
