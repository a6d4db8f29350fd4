local joint = require "spec.esim.joint"
local profile = require "eimf.esim.profile"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"

describe("eimf.esim.profile", function ()
  local OPT = { dim = joint.D, lambda_align = 0.3, lambda_semantic = 0.7, adapter = "mlp", semantic_temperature = 0.1,
                profile_temperature = 0.2, profile_top = 128, own = 0 }
  local DISTINCT, TAUGHT, N_TAUGHT = { 2, 5, 6, 1 }, { 2, 0, 0, 6 }, 2
  local CLUSTERS = { 1, 2, 0, 2 }

  -- The losses and what they should be; `how.own(weights, row of the batch)` gives the profiles that L_sem should use.
  local function both (change, how)
    local opt, t, about = {}, joint.tape(), joint.about()
    for name, value in pairs(OPT) do opt[name] = value end
    for name, value in pairs(change or {}) do opt[name] = value end
    local term = profile.new(opt, about, rng.new(2))
    local step = joint.step(t, { distinct = tensor.ids(DISTINCT), taught = tensor.ids(TAUGHT), n_taught = N_TAUGHT,
                                 clusters = tensor.ids(CLUSTERS) })
    local losses = term:losses(t, step)
    local z, P = joint.through(term.adapter, about.interests), joint.profiles(about, opt.profile_temperature,
      opt.profile_top)
    local E, v, align, predict = step.items.data:totable(), step.chosen.data:totable(), 0, 0
    for _, id in ipairs(DISTINCT) do
      align = align + joint.cross_entropy(P[id], E[id + 1], z, opt.semantic_temperature) / #DISTINCT
    end
    for b, id in ipairs(TAUGHT) do
      local p = id > 0 and (how and how(P[id], b) or P[id]) or {}
      predict = predict + joint.cross_entropy(p, v[b], z, opt.semantic_temperature) / N_TAUGHT
    end
    return losses, opt.lambda_align * align, opt.lambda_semantic * predict, term, step, t
  end

  local function near (a, b) assert.is_true(math.abs(a - b) < 2e-4 * math.max(1, math.abs(b)), a .. " ~= " .. b) end

  it("is the cross-entropy of the profiles, of item vectors and of interests read out", function ()
    for _, change in ipairs { {}, { adapter = "linear" }, { semantic_temperature = 0.5 }, { profile_temperature = 1 },
                              { profile_top = 2 } } do
      local losses, align, predict = both(change)
      near(losses[1].data:get(1), align)
      near(losses[2].data:get(1), predict)
    end
  end)

  it("lets interests of the user's own cluster weigh more, by `own`", function ()
    local owner = joint.semantics().owner:totable()
    local losses, align, predict = both({ own = 3 }, function (weights, b)
      local out, sum = {}, 0
      for j, p in pairs(weights) do
        out[j] = owner[j] == CLUSTERS[b] and 4 * p or p
        sum = sum + out[j]
      end
      for j, p in pairs(out) do out[j] = p / sum end
      return out
    end)
    near(losses[1].data:get(1), align)
    near(losses[2].data:get(1), predict)
    assert.is_true(math.abs(predict - select(3, both())) > 1e-3)
  end)

  it("leaves a term out whose weight is 0", function ()
    local losses, align = both { lambda_semantic = 0 }
    assert.are.equal(1, #losses)
    near(losses[1].data:get(1), align)
    local predict
    losses, align, predict = both { lambda_align = 0 }
    assert.are.equal(1, #losses)
    assert.are.equal(0, align)
    near(losses[1].data:get(1), predict)
    assert.are.equal(0, #(both { lambda_align = 0, lambda_semantic = 0 }))
  end)

  it("leaves a term out that nobody is taught by", function ()
    local t, term = joint.tape(), profile.new(OPT, joint.about(), rng.new(2))
    local step = joint.step(t, { distinct = tensor.zeros_ids(0), taught = tensor.ids { 0, 0, 0, 0 }, n_taught = 0,
                                 clusters = tensor.ids(CLUSTERS) })
    assert.are.equal(0, #term:losses(t, step))
    step.taught, step.n_taught = tensor.ids { 0, 0, 0, 6 }, 1
    assert.are.equal(1, #term:losses(t, step))
  end)

  it("gives the item table, the interests and the adapter gradients, each term its own", function ()
    local function gradients (change)
      local losses, _, _, term, step, t = both(change)
      for _, loss in ipairs(losses) do t:backward(loss) end
      local sum = 0
      for _, p in ipairs(term:params()) do sum = sum + joint.gradient(p) end
      return joint.gradient(step.items), joint.gradient(step.chosen), sum, step
    end
    local items, chosen, f = gradients { lambda_semantic = 0 }
    assert.is_true(items > 0 and f > 0)
    assert.are.equal(0, chosen)
    local step
    items, chosen, f, step = gradients { lambda_align = 0 }
    assert.are.equal(0, items)
    assert.is_true(chosen > 0 and f > 0)
    for b, id in ipairs(TAUGHT) do
      local row = step.chosen:grad():totable()[b]
      assert.are.equal(id > 0, joint.dot(row, row) > 0)
    end
  end)
end)
