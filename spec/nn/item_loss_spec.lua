local core = require "eimf.core"
local item_loss = require "eimf.nn.item_loss"
local param = require "eimf.param"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N, D, K, B = 30, 4, 3, 5
local NEAR = 1e-5

local function assert_near (want, got, allowed)
  assert.is_true(math.abs(want - got) <= (allowed or NEAR), ("wanted %.9g, got %.9g"):format(want, got))
end

local function dot (a, b)
  local sum = 0
  for d = 1, #a do sum = sum + a[d] * b[d] end
  return sum
end

local function unit (a)
  local y, norm = {}, math.sqrt(dot(a, a))
  for d = 1, #a do y[d] = a[d] / norm end
  return y
end

-- A table of items, interests (B, K, D) and targets, the same each time.
local function made ()
  local source = rng.new(8)
  local data = source:normal(tensor.zeros(N + 1, D), 0, 0.8)
  local items = param.new { data = data, name = "items", sparse = true }
  items.data:rows(1, 1):fill_(0)
  return items, source:normal(tensor.zeros(B, K, D), 0, 1), tensor.ids { 3, 1, 30, 7, 3 }
end

-- The interest with the largest product, by hand.
local function chosen (interests, e)
  local best, top = nil, -math.huge
  for _, v in ipairs(interests) do
    if dot(v, e) > top then best, top = v, dot(v, e) end
  end
  return best
end

-- Mean loss by hand; logit(u, e, id, is_target) may be -inf; `ids` are the candidates besides the target.
local function by_hand (items, v, targets, ids, logit)
  local rows, interests, loss = items.data:totable(), v:totable(), 0
  for b, target in ipairs(targets:totable()) do
    local u = chosen(interests[b], rows[target + 1])
    local own = logit(u, rows[target + 1], target, true)
    local sum = math.exp(own)
    for _, id in ipairs(ids) do
      if id ~= target then sum = sum + math.exp(logit(u, rows[id + 1], id, false)) end
    end
    loss = loss + math.log(sum) - own
  end
  return loss / B
end

local function all_ids (n)
  local ids = {}
  for id = 1, n do ids[id] = id end
  return ids
end

local function forward (options, t)
  local items, v, targets = made()
  local value, u = item_loss.new(options):forward(t or tape.plain, tape.plain:constant(v), items, targets)
  return value.data:get(1), u
end

local function product (u, e) return dot(u, e) end
local function cosine_at (temperature)
  return function (u, e) return dot(unit(u), unit(e)) / temperature end
end

describe("eimf.nn.item_loss", function ()
  describe("full softmax", function ()
    it("is the cross-entropy over all items, no item left out", function ()
      local items, v, targets = made()
      assert_near(by_hand(items, v, targets, all_ids(N), product), (forward { n_items = N }))
    end)

    it("divides by the temperature, and takes cosines", function ()
      local items, v, targets = made()
      local warm = function (u, e) return dot(u, e) / 2.5 end
      assert_near(by_hand(items, v, targets, all_ids(N), warm), (forward { n_items = N, temperature = 2.5 }))
      assert_near(by_hand(items, v, targets, all_ids(N), cosine_at(0.2)),
        (forward { n_items = N, cosine = true, temperature = 0.2 }))
    end)

    it("gives row 0 no gradient, and every other row one", function ()
      for _, cosine in ipairs { false, true } do
        local items, v, targets = made()
        local t = tape.new()
        t:backward((item_loss.new { n_items = N, cosine = cosine }:forward(t, t:constant(v), items, targets)))
        local g = items:grad():totable()
        assert.are.same({ 0, 0, 0, 0 }, g[1])
        for id = 1, N do assert.is_true(dot(g[id + 1], g[id + 1]) > 0) end
      end
    end)

    it("takes the place of as many negatives as there are items, or more", function ()
      local full = forward { n_items = N }
      for _, S in ipairs { N, N + 1, 10 * N } do assert.are.equal(full, forward { n_items = N, n_negatives = S }) end
      assert.are_not.equal(full, forward { n_items = N, n_negatives = N - 1 })
    end)
  end)

  describe("sampled softmax", function ()
    local S, SEED = 12, 5

    -- The negatives of step 0 and how many draws they took, from the sampler itself.
    local function drawn (proposal)
      local ids = tensor.zeros_ids(S)
      local tries = core.sample(ids, tensor.zeros(S), tensor.zeros_ids(N + 1), proposal, SEED, tape.plain.step)
      return ids:totable(), tries
    end

    -- Chance that an item is among the negatives.
    local chance = {
      uniform = function () return S / N end,
      log_uniform = function (id, tries)
        return 1 - (1 - math.log(1 + 1 / id) / math.log(N + 1)) ^ tries
      end,
    }

    for proposal, chance_of in pairs(chance) do
      for correct, whom in pairs { none = {}, full = { negatives = true },
                                   logq = { negatives = true, target = true } } do
        it(("corrects as %s wants, %s"):format(correct, proposal), function ()
          local items, v, targets = made()
          local ids, tries = drawn(proposal)
          local want = by_hand(items, v, targets, ids, function (u, e, id, is_target)
            local corrected = whom.negatives
            if is_target then corrected = whom.target end
            return dot(u, e) - (corrected and math.log(chance_of(id, tries)) or 0)
          end)
          local options = { n_items = N, n_negatives = S, proposal = proposal, correct = correct, seed = SEED }
          assert_near(want, (forward(options)))
        end)
      end
    end

    it("takes cosines of target and negatives, and the temperature", function ()
      local items, v, targets = made()
      local want = by_hand(items, v, targets, drawn "uniform", cosine_at(0.1))
      local options = { n_items = N, n_negatives = S, cosine = true, temperature = 0.1, correct = "none", seed = SEED }
      assert_near(want, (forward(options)))
    end)

    it("draws distinct items, others at each step, the same for the same seed and step", function ()
      local items, v, targets = made()
      local function negatives (seed, step)
        local t, loss = tape.new(), item_loss.new { n_items = N, n_negatives = S, seed = seed }
        t:reset(step)
        loss:forward(t, t:constant(v), items, targets)
        items:zero_grad()
        return loss.ids:totable()
      end
      local ids, seen = negatives(1, 4), {}
      for _, id in ipairs(ids) do
        assert.is_true(id >= 1 and id <= N and not seen[id])
        seen[id] = true
      end
      assert.are.same(ids, negatives(1, 4))
      assert.are_not.same(ids, negatives(1, 5))
      assert.are_not.same(ids, negatives(2, 4))
    end)

    it("gives sparse gradients to targets and negatives only", function ()
      local items, v, targets = made()
      local t, loss = tape.new(), item_loss.new { n_items = N, n_negatives = S }
      t:backward((loss:forward(t, t:constant(v), items, targets)))
      assert.is_false(items.touched)
      local parts = {}
      for i, part in ipairs(items.parts) do parts[i] = part.ids:size() end
      table.sort(parts)
      assert.are.same({ B, S }, parts)
    end)
  end)

  describe("read-out", function ()
    it("hard: takes the interest with the largest product", function ()
      local items, v, targets = made()
      local _, u = forward { n_items = N }
      for b, target in ipairs(targets:totable()) do
        assert.are.same(chosen(v:totable()[b], items.data:totable()[target + 1]), u.data:totable()[b])
      end
    end)

    it("soft: draws interests from the softmax of their products", function ()
      local draws, temperature = 4000, 1.5
      local products = { 0.5, -1, 1 }                                       -- of the interests with the target
      local v, targets, items = {}, {}, param.new { data = tensor.tensor { { 0 }, { 1 }, { 2 } }, name = "items" }
      for b = 1, draws do v[b], targets[b] = { { products[1] }, { products[2] }, { products[3] } }, 1 end
      local loss = item_loss.new { n_items = 2, readout = "soft", readout_temperature = temperature }
      local _, u = loss:forward(tape.plain, tape.plain:constant(tensor.tensor(v)), items, tensor.ids(targets))
      local counts, sum = {}, 0
      for _, row in ipairs(u.data:totable()) do counts[row[1]] = (counts[row[1]] or 0) + 1 end
      for _, x in ipairs(products) do sum = sum + math.exp(x / temperature) end
      for _, x in ipairs(products) do
        local p = math.exp(x / temperature) / sum
        assert_near(p, counts[x] / draws, 4 * math.sqrt(p * (1 - p) / draws))
      end
    end)
  end)

  describe("items that training never saw", function ()
    local UNSEEN = { [2] = true, [5] = true, [29] = true }
    local list = {}
    for id = 0, N do list[id + 1] = id > 0 and not UNSEEN[id] and 2 or 0 end
    local counts = tensor.ids(list)

    it("are negatives of nobody where they are spared, of all items and of some", function ()
      local items, v, targets = made()
      local seen = {}
      for id = 1, N do if not UNSEEN[id] then seen[#seen + 1] = id end end
      assert_near(by_hand(items, v, targets, seen, product),
        (forward { n_items = N, unseen = "spared", counts = counts }))
      for _, loss in ipairs { "softmax", "ihn" } do
        for _, S in ipairs { 0, N - 1 } do
          local table_, t = made(), tape.new()
          t:backward((item_loss.new { n_items = N, n_negatives = S, loss = loss, unseen = "spared", counts = counts }
            :forward(t, t:constant(v), table_, targets)))
          local g = table_:grad()
          for _, part in ipairs(table_.parts) do core.rows_add(g, part.ids, part.values, 0) end
          for id = 1, N do
            local row = g:rows(id + 1, id + 1):totable()[1]
            if UNSEEN[id] then assert.equal(0, dot(row, row))
            elseif S == 0 then assert.is_true(dot(row, row) > 0) end
          end
        end
      end
    end)

    it("are like others by default, and spared only by counts", function ()
      assert.equal((forward { n_items = N }), (forward { n_items = N, counts = counts }))
      assert.error_matches(function () item_loss.new { n_items = N, unseen = "spared" } end, "wants 'counts'")
    end)
  end)

  it("raises for options that are none or make no sense", function ()
    for _, options in ipairs { {}, { n_items = 0 }, { n_items = 5, negatives = 3 }, { n_items = 5, correct = "half" },
                               { n_items = 5, temperature = 0 }, { n_items = 5, n_negatives = -1 },
                               { n_items = 5, proposal = "popular" }, { n_items = 5, readout = "first" } } do
      assert.has_error(function () item_loss.new(options) end)
    end
  end)
end)
