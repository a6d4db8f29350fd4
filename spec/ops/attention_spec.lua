local gradcheck = require "spec.gradcheck"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local function near (want, got)
  local a, b = tensor.tensor(want), got.data
  assert.are.same(a:shape(), b:shape())
  for i, row in ipairs(b:totable()) do
    for j, x in ipairs(row) do assert.is_true(math.abs(x - want[i][j]) < 1e-5, ("%d, %d: %g"):format(i, j, x)) end
  end
end

describe("eimf.ops.attention", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function value (list) return t:constant(tensor.tensor(list)) end

  it("mixes the values so far by the softmax of query and keys, within segments", function ()
    local ln3 = math.log(3)
    -- query, key, value; one head of width 1
    local x = value { { 1, 0, 10 }, { 1, ln3, 20 }, { 0, 9, 30 }, { 5, 7, -2 } }
    near({ { 10 }, { 17.5 }, { 20 }, { -2 } }, t:causal_attention(x, tensor.ids { 0, 3, 3, 4 }, 1))
  end)

  it("lets each head look for itself", function ()
    local ln3 = math.log(3)
    -- two heads of width 1: queries, keys, values of both
    local x = value { { 1, 1, 0, 0, 10, 10 }, { 1, 0, ln3, ln3, 20, 20 } }
    near({ { 10, 10 }, { 17.5, 15 } }, t:causal_attention(x, tensor.ids { 0, 2 }, 2))
  end)

  it("drops weights out only where a tape records, others in another draw", function ()
    local list = {}
    for r = 1, 40 do list[r] = { 0, 0, 1 } end
    local offsets, whole = tensor.ids { 0, 40 }, {}
    for r = 1, 40 do whole[r] = { 1 } end
    near(whole, tape.plain:causal_attention(tape.plain:constant(tensor.tensor(list)), offsets, 1, 0.5))
    local x = value(list)
    local a = t:causal_attention(x, offsets, 1, 0.5).data:totable()
    local b = t:causal_attention(x, offsets, 1, 0.5).data:totable()
    assert.are_not.same(a, b)
    local sum = 0
    for r = 1, 40 do
      sum = sum + a[r][1]
      local kept = a[r][1] * r / 2                       -- of r weights of 1 / r, each 0 or doubled
      assert.is_true(math.abs(kept - math.floor(kept + 0.5)) < 1e-3 and kept <= r + 1e-3)
    end
    assert.is_true(sum > 25 and sum < 55)
  end)

  it("adds the vectors of positions from the newest row on", function ()
    local x, p = value { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, value { { 10, 20 }, { 30, 40 } }
    near({ { 32, 44 }, { 36, 48 }, { 20, 32 }, { 24, 36 } }, t:add_positions(x, tensor.ids { 0, 3, 4 }, p, 2))
    near({ { 31, 42 }, { 33, 44 }, { 15, 26 }, { 17, 28 } }, t:add_positions(x, tensor.ids { 0, 3, 4 }, p))
  end)

  it("names itself, arguments and shapes", function ()
    local x, offsets = t:constant(tensor.zeros(3, 6)), tensor.ids { 0, 3 }
    assert.error_matches(function () t:causal_attention(x, tensor.ids { 0, 2 }, 1) end,
      "bad argument #2 to 'causal_attention' %(offsets end at 2 against shape %(3, 6%): 3 rows%)")
    assert.error_matches(function () t:causal_attention(x, offsets, 3) end,
      "bad argument #3 to 'causal_attention' %(3 heads against shape %(3, 6%): wanted width 3 H d%)")
    assert.has_error(function () t:causal_attention(x, offsets, 1, 1) end)
    assert.error_matches(function () t:add_positions(x, offsets, t:constant(tensor.zeros(2, 5))) end,
      "bad argument #3 to 'add_positions' %(shape %(3, 6%) against %(2, 5%): widths 6 and 5 differ%)")
  end)
end)
