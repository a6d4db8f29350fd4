local item_loss = require "eimf.nn.item_loss"
local joint = require "spec.esim.joint"
local matching = require "eimf.esim.matching"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"

describe("eimf.esim.matching", function ()
  local CLUSTERS = { 1, 2, 0, 2 }
  local TARGETS = { 2, 4, 5, 6 }

  local function near (a, b) assert.is_true(math.abs(a - b) < 2e-4 * math.max(1, math.abs(b)), a .. " ~= " .. b) end

  local function run (change, more)
    local opt = { dim = joint.D, lambda_align = 0.1, lambda_semantic = 0.2, adapter = "linear",
                  matching_temperature = 0.2 }
    for name, value in pairs(change or {}) do opt[name] = value end
    local t, semantics = joint.tape(), joint.semantics(more and more.semantics)
    local term = matching.new(opt, joint.about(semantics), rng.new(2))
    local step = joint.step(t, { targets = tensor.ids(TARGETS), item_loss = item_loss.new { n_items = joint.N },
                                 clusters = tensor.ids(more and more.clusters or CLUSTERS) })
    local of, z = semantics.offsets:totable(), joint.through(term.adapter, semantics.interests)
    local groups = {}
    for g = 1, #of - 1 do groups[g] = { table.unpack(z, of[g] + 1, of[g + 1]) } end
    return term:losses(t, step), groups, step, term, t
  end

  -- The best two pairs of two interests and some partners, by trying all.
  local function best_pairs (v, z)
    local best, pairs_ = -math.huge, nil
    for i = 1, #z do
      for j = 1, #z do
        local sum = i ~= j and joint.cosine(v[1], z[i]) + joint.cosine(v[2], z[j]) or -math.huge
        if sum > best then best, pairs_ = sum, { z[i], z[j] } end
      end
    end
    return pairs_
  end

  local function align (step, groups, clusters, temperature)
    local a, b, of = {}, {}, {}
    for r, v in ipairs(step.interests.data:totable()) do
      for k, partner in ipairs(clusters[r] > 0 and best_pairs(v, groups[clusters[r]]) or {}) do
        a[#a + 1], b[#b + 1], of[#of + 1] = v[k], partner, clusters[r]
      end
    end
    return joint.info_nce(a, b, temperature, of)
  end

  -- Full softmax of what target-aware attention reads out.
  local function predict (step, groups, clusters)
    local E, sum, n = step.items.data:totable(), 0, 0
    for r, y in ipairs(TARGETS) do
      if clusters[r] > 0 then
        local z, products, u, scores = groups[clusters[r]], {}, { 0, 0, 0, 0 }, {}
        for k = 1, #z do products[k] = joint.dot(z[k], E[y + 1]) end
        for k = 1, #z do
          local share = math.exp(joint.log_softmax(products, k))
          for d = 1, joint.D do u[d] = u[d] + share * z[k][d] end
        end
        for id = 1, joint.N do scores[id] = joint.dot(u, E[id + 1]) end
        sum, n = sum - joint.log_softmax(scores, y), n + 1
      end
    end
    return sum / n
  end

  it("draws matched pairs together, and predicts the target from the cluster's interests", function ()
    for _, change in ipairs { {}, { matching_temperature = 0.5 }, { adapter = "mlp" } } do
      local losses, groups, step = run(change)
      near(losses[1].data:get(1), 0.1 * align(step, groups, CLUSTERS, change.matching_temperature or 0.2))
      near(losses[2].data:get(1), 0.2 * predict(step, groups, CLUSTERS))
    end
  end)

  it("takes no pairs of one cluster for negatives of each other", function ()
    local clusters = { 2, 0, 0, 2 }
    near(run({}, { clusters = clusters })[1].data:get(1), 0)
  end)

  it("leaves out what weighs 0, and users without cluster", function ()
    local losses, groups, step = run { lambda_semantic = 0 }
    assert.are.equal(1, #losses)
    near(losses[1].data:get(1), 0.1 * align(step, groups, CLUSTERS, 0.2))
    losses, groups, step = run { lambda_align = 0 }
    assert.are.equal(1, #losses)
    near(losses[1].data:get(1), 0.2 * predict(step, groups, CLUSTERS))
    assert.are.equal(0, #(run({}, { clusters = { 0, 0, 0, 0 } })))
  end)

  it("passes over clusters without interests", function ()
    local without = { semantics = { offsets = tensor.ids { 0, 5, 5 } }, clusters = CLUSTERS }
    local losses, groups, step = run({}, without)
    near(losses[2].data:get(1), 0.2 * predict(step, groups, { 1, 0, 0, 0 }))
    assert.are.equal(0, #(run({}, { semantics = without.semantics, clusters = { 2, 0, 0, 2 } })))
  end)

  it("gives the item table, the interests and the adapter gradients, each term its own", function ()
    local function gradients (change)
      local losses, _, step, term, t = run(change)
      t:backward(losses[1])
      local sum = 0
      for _, p in ipairs(term:params()) do sum = sum + joint.gradient(p) end
      return joint.gradient(step.items), joint.gradient(step.interests), sum, step
    end
    local items, interests, f, step = gradients { lambda_semantic = 0 }
    assert.are.equal(0, items)
    assert.is_true(interests > 0 and f > 0)
    local untaught = step.interests:grad():totable()[3]
    assert.are.equal(0, joint.dot(untaught[1], untaught[1]) + joint.dot(untaught[2], untaught[2]))
    items, interests, f = gradients { lambda_align = 0 }
    assert.is_true(items > 0 and f > 0)
    assert.are.equal(0, interests)
  end)
end)
