local joint = require "spec.esim.joint"
local plain_text = require "eimf.esim.plain_text"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"

describe("eimf.esim.plain_text", function ()
  local IDS = { 2, 5, 6, 1, 3 }

  local function run (change, ids)
    local opt = { dim = joint.D, lambda_text = 0.4, text_temperature = 0.3 }
    for name, value in pairs(change or {}) do opt[name] = value end
    local t, about = joint.tape(), joint.about()
    local term = plain_text.new(opt, about, rng.new(2))
    local step = joint.step(t, { distinct = tensor.ids(ids or IDS) })
    return term:losses(t, step), term, step, t, about
  end

  it("is the symmetric InfoNCE of item vectors and mapped texts", function ()
    for _, change in ipairs { {}, { text_temperature = 1 }, { lambda_text = 1 } } do
      local losses, term, step, _, about = run(change)
      local a, b = {}, {}
      local E, texts = step.items.data:totable(), joint.through(term.map, about.items)
      for m = 1, #IDS do a[m], b[m] = E[IDS[m] + 1], texts[IDS[m]] end
      local want = (change.lambda_text or 0.4) * joint.info_nce(a, b, change.text_temperature or 0.3)
      assert.are.equal(1, #losses)
      assert.is_true(math.abs(losses[1].data:get(1) - want) < 1e-4 * want)
    end
  end)

  it("says nothing of less than two items", function ()
    assert.are.same({}, (run({}, { 3 })))
  end)

  it("gives the items met and the map gradients, and the texts none", function ()
    local losses, term, step, t = run({}, { 2, 5 })
    t:backward(losses[1])
    assert.is_true(joint.gradient(step.items) > 0)
    assert.are.same({ 2, 5 }, step.items.parts[1].ids:totable())
    for _, p in ipairs(term:params()) do
      assert.is_truthy(p.name:find("^text_map%."))
      assert.is_true(joint.gradient(p) > 0, p.name)
    end
    assert.are.equal(0, joint.gradient(term.texts))
  end)
end)
