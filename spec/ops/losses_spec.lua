local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"

describe("eimf.ops.losses", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function random (...) return t:constant(gradcheck.random({ ... }, select("#", ...) + select(1, ...))) end

  it("full softmax is minus the picked log-softmax of the scores", function ()
    local u, c, target = random(4, 5), random(70, 5), tensor.ids { 3, 69, 0, 3 }
    local scores = t:log_softmax(t:matmul(u, c, { tb = true })).data
    local loss = t:full_softmax(u, c, target).data
    for b = 1, 4 do
      assert.is_true(math.abs(loss:get(b) + scores:get(b, target:get(b) + 1)) < 1e-5)
    end
  end)

  it("sampled softmax over all other items is the full softmax", function ()
    local u, items = random(2, 5), gradcheck.random({ 9, 5 }, 3)
    local target = tensor.ids { 4, 8 }
    local pos = t:gather(t:constant(items), target)
    local ids = tensor.ids { 0, 1, 2, 3, 4, 5, 6, 7, 8 }
    local sampled = t:sampled_softmax(u, pos, t:constant(items), { ids = ids, target = target }).data:totable()
    local full = t:full_softmax(u, t:constant(items), target).data:totable()
    for b = 1, 2 do assert.is_true(math.abs(sampled[b] - full[b]) < 1e-5) end
  end)

  it("counts a candidate that is the target where ids are not given", function ()
    local u, pos = random(1, 3), random(1, 3)
    local loss = t:sampled_softmax(u, pos, pos).data:get(1)
    assert.is_true(math.abs(loss - math.log(2)) < 1e-6)
  end)

  it("adds biases to the logits", function ()
    local u, pos, c = t:constant(tensor.zeros(1, 3)), random(1, 3), random(2, 3)
    local loss = t:sampled_softmax(u, pos, c, {
      bias = tensor.tensor { math.log(3), math.log(5) }, pos_bias = tensor.tensor { math.log(2) },
    }).data:get(1)
    assert.is_true(math.abs(loss - math.log(10 / 2)) < 1e-6)
  end)

  it("works without rows", function ()
    gradcheck.bytes({ "full", run = function (u, x, c) return u:full_softmax(x, c, tensor.zeros_ids(0)) end },
      { { 0, 3 }, { 4, 3 } })
    gradcheck.bytes({ "sampled", run = function (u, x, pos, c) return u:sampled_softmax(x, pos, c) end },
      { { 0, 3 }, { 0, 3 }, { 4, 3 } })
  end)

  it("names shapes and targets that do not go together", function ()
    assert.error_matches(function () t:full_softmax(random(2, 3), random(4, 3), tensor.ids { 1, 4 }) end,
      "target outside the candidates")
    assert.error_matches(function () t:full_softmax(random(2, 3), random(4, 2), tensor.ids { 1, 1 }) end,
      "argument #2 to 'full_softmax' %(shape %(2, 3%) against %(4, 2%): widths 3 and 2 differ%)")
    assert.error_matches(function () t:sampled_softmax(random(2, 3), random(1, 3), random(4, 3)) end,
      "argument #2 to 'sampled_softmax' %(shape %(1, 3%) against %(2, 3%)%)")
    assert.error_matches(function () t:sampled_softmax(random(2, 3), random(2, 3), t:constant(tensor.zeros(0, 3))) end,
      "bad argument #3 to 'sampled_softmax' %(no candidates%)")
  end)
end)
