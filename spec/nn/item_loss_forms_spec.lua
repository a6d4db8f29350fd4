--- Losses besides softmax, and the batch as negatives, against loops over items.
local core = require "eimf.core"
local item_loss = require "eimf.nn.item_loss"
local param = require "eimf.param"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N, D, B, S, SEED = 30, 4, 5, 12, 5
local NEAR = 1e-5
local TARGETS = { 3, 1, 30, 7, 3 }

local function assert_near (want, got)
  local near = math.abs(want - got) <= NEAR * math.max(1, math.abs(want))
  assert.is_true(near, ("wanted %.9g, got %.9g"):format(want, got))
end

local function made ()
  local source = rng.new(8)
  local data = source:normal(tensor.zeros(N + 1, D), 0, 0.8)
  data:rows(1, 1):fill_(0)
  return param.new { data = data, name = "items", sparse = true }, source:normal(tensor.zeros(B, 1, D), 0, 1)
end

-- Product of row b with an item.
local function logits ()
  local items, v = made()
  local rows, interests = items.data:totable(), v:totable()
  return function (b, id)
    local sum = 0
    for d = 1, D do sum = sum + interests[b][1][d] * rows[id + 1][d] end
    return sum
  end
end

local function forward (changes)
  local options = { n_items = N, seed = SEED }
  for name, x in pairs(changes) do options[name] = x end
  local items, v = made()
  return item_loss.new(options):forward(tape.plain, tape.plain:constant(v), items, tensor.ids(TARGETS)).data:get(1)
end

local function drawn (proposal)
  local ids, bias = tensor.zeros_ids(S), tensor.zeros(S)
  core.sample(ids, bias, tensor.zeros_ids(N + 1), proposal or "uniform", SEED, tape.plain.step)
  return ids:totable(), bias:totable()
end

local function all_items ()
  local ids = {}
  for id = 1, N do ids[id] = id end
  return ids
end

-- Mean over rows of `of (own logit, logits of the negatives, weights of the negatives)`.
local function mean (ids, bias, of)
  local x, sum = logits(), 0
  for b, target in ipairs(TARGETS) do
    local list, weights = {}, {}
    for i, id in ipairs(ids) do
      if id ~= target then list[#list + 1], weights[#weights + 1] = x(b, id), bias and math.exp(bias[i]) or 1 end
    end
    sum = sum + of(x(b, target), list, weights)
  end
  return sum / B
end

local function softplus (x) return math.log(1 + math.exp(x)) end

local function binary (weight, by)
  return function (own, list)
    local sum = weight * softplus(-own)
    for _, x in ipairs(list) do sum = sum + softplus(x) end
    return sum / by
  end
end

local function hard (beta)
  return function (own, list, weights)
    local w, above, below = 0, 0, 0
    for i, x in ipairs(list) do
      w = w + weights[i]
      above, below = above + weights[i] * math.exp((beta + 1) * x), below + weights[i] * math.exp(beta * x)
    end
    return softplus(math.log(w * above / below) - own)
  end
end

local function softmax (own, list, weights)
  local sum = math.exp(own)
  for i, x in ipairs(list) do sum = sum + weights[i] * math.exp(x) end
  return math.log(sum) - own
end

describe("eimf.nn.item_loss", function ()
  it("bce: the target's binary cross-entropy and the mean of the negatives', drawn or all", function ()
    assert_near(mean(drawn(), nil, binary(S, S)), forward { loss = "bce", n_negatives = S })
    assert_near(mean(all_items(), nil, binary(N - 1, N - 1)), forward { loss = "bce" })
    assert.are.equal(forward { loss = "bce" }, forward { loss = "bce", n_negatives = N })
  end)

  it("bce: knows no corrections", function ()
    for _, correct in ipairs { "full", "logq" } do
      local options = { loss = "bce", n_negatives = S, proposal = "log_uniform" }
      local plain = forward(options)
      options.correct = correct
      assert.are.equal(plain, forward(options))
    end
  end)

  it("gbce: the target weighs a (t (1 - 1/a) + 1/a)", function ()
    local a, t = S / (N - 1), 0.6
    local weight = a * (t * (1 - 1 / a) + 1 / a)
    assert_near(mean(drawn(), nil, binary(weight, 1 + S)), forward { loss = "gbce", n_negatives = S, calibration = t })
    assert_near(mean(drawn(), nil, binary(1, 1 + S)), forward { loss = "gbce", n_negatives = S, calibration = 0 })
    assert_near(mean(all_items(), nil, binary(1, N)), forward { loss = "gbce", calibration = 0.9 })     -- a = 1
  end)

  it("ihn: weighs negatives by exp(beta x), drawn or all", function ()
    for _, beta in ipairs { 0, 0.5, 3 } do
      local plain = forward { loss = "ihn", beta = beta, n_negatives = S, correct = "none" }
      assert_near(mean(drawn(), nil, hard(beta)), plain)
      assert_near(mean(all_items(), nil, hard(beta)), forward { loss = "ihn", beta = beta })
      local ids, bias = drawn "log_uniform"
      assert_near(mean(ids, bias, hard(beta)),
        forward { loss = "ihn", beta = beta, n_negatives = S, proposal = "log_uniform" })
    end
  end)

  it("ihn: is softmax where beta is 0, and larger above", function ()
    local corrected = { n_negatives = S, correct = "logq", proposal = "log_uniform" }
    for _, options in ipairs { {}, { n_negatives = S }, corrected } do
      options.loss = "softmax"
      local soft = forward(options)
      options.loss, options.beta = "ihn", 0
      assert_near(soft, forward(options))
      options.beta = 1
      assert.is_true(forward(options) > soft)
    end
  end)

  it("takes cosines and the temperature for every loss", function ()
    for _, loss in ipairs { "softmax", "ihn", "bce", "gbce" } do
      local seen = {}
      for _, options in ipairs { {}, { cosine = true }, { cosine = true, temperature = 0.1 } } do
        options.loss, options.n_negatives = loss, S
        local value = forward(options)
        assert.is_true(value == value and not seen[value])
        seen[value] = true
      end
    end
  end)

  describe("with the batch as negatives", function ()
    local counts, all = tensor.zeros_ids(N + 1), 0
    for id = 1, N do
      counts:set(id + 1, id % 7 + 1)
      all = all + id % 7 + 1
    end

    local function bias ()
      local list = {}
      for b, id in ipairs(TARGETS) do list[b] = -math.log((B - 1) * (id % 7 + 1) / all) end
      return list
    end

    it("sets the targets of the other rows against a row's own, which is left out", function ()
      assert_near(mean(TARGETS, nil, softmax), forward { proposal = "batch", correct = "none" })
      assert_near(mean(TARGETS, nil, hard(2)), forward { proposal = "batch", correct = "none", loss = "ihn", beta = 2 })
      assert_near(mean(TARGETS, nil, binary(B - 1, B - 1)), forward { proposal = "batch", loss = "bce" })
    end)

    it("takes from logits the logarithm of how often an item is expected there", function ()
      assert_near(mean(TARGETS, bias(), softmax), forward { proposal = "batch", counts = counts })
      local x, want = logits(), 0
      for b, target in ipairs(TARGETS) do
        local list, weights = {}, {}
        for i, id in ipairs(TARGETS) do
          if id ~= target then list[#list + 1], weights[#weights + 1] = x(b, id), math.exp(bias()[i]) end
        end
        want = want + softmax(x(b, target) + bias()[b], list, weights) / B
      end
      assert_near(want, forward { proposal = "batch", counts = counts, correct = "logq" })
    end)

    it("wants the counts where it corrects", function ()
      assert.error_matches(function () item_loss.new { n_items = N, proposal = "batch" } end, "wants 'counts'")
    end)

    it("gives gradients to the batch's targets only", function ()
      local items, v = made()
      local t = tape.new()
      t:backward((item_loss.new { n_items = N, proposal = "batch", counts = counts }
        :forward(t, t:constant(v), items, tensor.ids(TARGETS))))
      assert.is_false(items.touched)
      assert.are.equal(1, #items.parts)
      assert.are.same(TARGETS, items.parts[1].ids:totable())
    end)
  end)

  it("tells which interest was read out", function ()
    local items = made()
    local _, u, choice = item_loss.new { n_items = N }:forward(tape.plain,
      tape.plain:constant(tensor.tensor { { { 0, 0, 0, 1 }, { 9, 9, 9, 9 } } }), items, tensor.ids { 2 })
    assert.are.same(choice:get(1) == 0 and { 0, 0, 0, 1 } or { 9, 9, 9, 9 }, u.data:totable()[1])
  end)
end)
