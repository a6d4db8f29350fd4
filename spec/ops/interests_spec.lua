local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"
local param = require "eimf.param"
local tape = require "eimf.tape"

describe("eimf.ops.interests", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function random (...) return t:constant(gradcheck.random({ ... }, select("#", ...))) end

  -- The same from small operations, for histories no longer than the positions.
  local function composed (h, offsets, p, w1, w2)
    local back, list = {}, offsets:totable()
    for b = 1, #list - 1 do
      for r = list[b], list[b + 1] - 1 do back[#back + 1] = list[b + 1] - 1 - r end
    end
    local x = t:add(h, t:gather(p, tensor.ids(back)))
    local a = t:segment_softmax(t:matmul(t:tanh(t:matmul(x, w1)), w2), offsets)
    return t:segment_weighted_sum(a, h, offsets), a
  end

  it("extracts interests as the composition of small operations does", function ()
    local offsets = tensor.ids { 0, 4, 4, 5, 11 }
    local h, p, w1, w2 = random(11, 5), random(6, 5), random(5, 7), random(7, 3)
    local fused, small = { t:self_attentive(h, offsets, p, w1, w2) }, { composed(h, offsets, p, w1, w2) }
    for each = 1, 2 do                                             -- interests, attention
      local got = gradcheck.flat(fused[each].data)
      for i, v in ipairs(gradcheck.flat(small[each].data)) do assert.is_true(math.abs(got[i] - v) < 1e-5) end
    end
  end)

  it("counts positions from the newest row; older rows share the last", function ()
    local offsets, h = tensor.ids { 0, 5 }, random(5, 4)
    local w1, w2 = random(4, 6), random(6, 2)
    local short = gradcheck.random({ 2, 4 }, 1)
    local long = tensor.zeros(5, 4)
    long:rows(1, 2):copy_(short)
    for r = 3, 5 do long:rows(r, r):copy_(short:rows(2, 2)) end
    assert.equal(t:self_attentive(h, offsets, t:constant(long), w1, w2).data:tostring(),
      t:self_attentive(h, offsets, t:constant(short), w1, w2).data:tostring())
  end)

  it("gives zeros for an empty history, and works with nothing but those", function ()
    local w1, w2 = random(4, 6), random(6, 2)
    local v = t:self_attentive(random(3, 4), tensor.ids { 0, 0, 3 }, nil, w1, w2)
    assert.same({ { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, v.data:totable()[1])
    for _, offsets in ipairs { tensor.ids { 0, 0 }, tensor.ids { 0 } } do
      gradcheck.bytes({ "none", run = function (u, h, a, b) return u:self_attentive(h, offsets, nil, a, b) end },
        { { 0, 4 }, { 4, 6 }, { 6, 2 } })
    end
  end)

  it("gives the same bits where rows repeat vectors, few or most of which are distinct", function ()
    for _, n in ipairs { 2, 10 } do
      local h, p, w1, w2 = random(n, 5), random(4, 5), random(5, 7), random(7, 3)
      local offsets, rows = tensor.ids { 0, 4, 4, 5, 11 }, gradcheck.ids(11, 0, n - 1)
      local whole = { t:self_attentive(t:embedding(h, rows), offsets, p, w1, w2) }
      local parts = { t:self_attentive(h, offsets, p, w1, w2, rows) }
      for each = 1, 2 do assert.equal(whole[each].data:tostring(), parts[each].data:tostring()) end
    end
  end)

  it("names shapes that do not go together", function ()
    local h, offsets, w1, w2 = random(3, 4), tensor.ids { 0, 3 }, random(4, 6), random(6, 2)
    local function refused (message, ...)
      local args = { ... }
      assert.error_matches(function () t:self_attentive(table.unpack(args, 1, 6)) end, message)
    end
    refused("#4 to 'self_attentive' %(shape %(3, 4%) against %(5, 6%): widths 4 and 5 differ%)", h, offsets, nil,
      random(5, 6), w2)
    refused("#5 to 'self_attentive' %(shape %(4, 6%) against %(4, 2%): hidden sizes 6 and 4 differ%)", h, offsets, nil,
      w1, random(4, 2))
    refused("#3 to 'self_attentive' %(shape %(3, 4%) against %(2, 3%): widths 4 and 3 differ%)", h, offsets,
      random(2, 3), w1, w2)
    refused("#2 to 'self_attentive' %(offsets end at 2 against shape %(3, 4%): 3 rows%)", h, tensor.ids { 0, 2 }, nil,
      w1, w2)
    refused("#2 to 'self_attentive' %(offsets end at 3 against shape %(5%): 5 rows%)", h, offsets, nil, w1, w2,
      tensor.ids { 0, 1, 0, 1, 0 })
    refused("#6 to 'self_attentive' %(int32 vector expected", h, offsets, nil, w1, w2, tensor.zeros(3))
    refused("id 3 at position 1 is outside 0%.%.2", random(3, 4), tensor.ids { 0, 5 }, nil, w1, w2,
      tensor.ids { 3, 0, 0, 1, 2 })
    refused("no positions", h, offsets, t:constant(tensor.zeros(0, 4)), w1, w2)
    assert.error_matches(function () t:readout(random(2, 3, 4), random(2, 3)) end,
      "#2 to 'readout' %(shape %(2, 3, 4%) against %(2, 3%): widths 4 and 3 differ%)")
    assert.error_matches(function () t:pick(random(2, 3, 4), tensor.ids { 1 }) end,
      "#2 to 'pick' %(shape %(2, 3, 4%) against %(1%): sizes 2 and 1 differ%)")
  end)

  it("picks rows, and reads out the interest nearest to the target", function ()
    local v = t:constant(tensor.tensor { { { 1, 0 }, { 0, 1 } }, { { 1, 1 }, { 2, 2 } } })
    assert.same({ { 0, 1 }, { 1, 1 } }, t:pick(v, tensor.ids { 1, 0 }).data:totable())
    assert.error_matches(function () t:pick(v, tensor.ids { 2, 0 }) end, "id 2 at position 1 is outside 0%.%.1")
    local y, choice = t:readout(v, t:constant(tensor.tensor { { 3, 1 }, { 1, 0 } }))
    assert.same({ 0, 1 }, choice:totable())
    assert.same({ { 1, 0 }, { 2, 2 } }, y.data:totable())
  end)

  it("reads out softly: a low temperature gives the nearest, a repeated step the same", function ()
    local v, e = random(50, 4, 8), random(50, 8)
    local _, hard = t:readout(v, e)
    local _, cold = t:readout(v, e, 1e-4)
    local _, warm = t:readout(v, e, 10)
    assert.same(hard:totable(), cold:totable())
    assert.is_false(hard:tostring() == warm:tostring())
    local again = tape.new { seed = 5 }
    local _, same = again:readout(v, e, 10)
    assert.equal(warm:tostring(), same:tostring())
  end)

  it("gives the gradient to the chosen interest alone", function ()
    local v = param.new { data = gradcheck.random({ 3, 2, 4 }, 1), name = "v" }
    local y, choice = t:readout(v, random(3, 4))
    t:backward(t:sum(y))
    for b, rows in ipairs(v:grad():totable()) do
      local chosen = choice:get(b) + 1
      assert.same({ 1, 1, 1, 1 }, rows[chosen])
      assert.same({ 0, 0, 0, 0 }, rows[3 - chosen])
    end
  end)
end)
