local linear = require "eimf.nn.linear"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

-- A layer 3 -> 2 with weights that are easy to multiply by hand.
local function by_hand ()
  local layer = linear.new(rng.new(1), "out", 3, 2)
  layer.weight.data:copy_(tensor.tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  layer.bias.data:copy_(tensor.tensor { 10, 20 })
  return layer
end

describe("eimf.nn.linear", function ()
  it("computes x W + b", function ()
    local x = tape.plain:constant(tensor.tensor { { 1, 1, 1 }, { 2, 0, -1 } })
    assert.are.same({ { 19, 32 }, { 7, 18 } }, by_hand():forward(tape.plain, x).data:totable())
  end)

  it("gives gradients to weight and bias", function ()
    local layer, t = by_hand(), tape.new()
    t:backward(t:sum(layer:forward(t, t:constant(tensor.tensor { { 1, 1, 1 }, { 2, 0, -1 } }))))
    assert.are.same({ { 3, 3 }, { 1, 1 }, { 0, 0 } }, layer.weight:grad():totable())
    assert.are.same({ 2, 2 }, layer.bias:grad():totable())
  end)

  it("begins evenly within 1 / sqrt(inputs) of 0", function ()
    local layer, bound = linear.new(rng.new(2), "out", 25, 400), 1 / 5
    for _, p in ipairs(layer:params()) do
      local sum, squares, largest = 0, 0, 0
      for _, v in ipairs(p.data:reshape(-1):totable()) do
        sum, squares, largest = sum + v, squares + v * v, math.max(largest, math.abs(v))
      end
      local n = p.data:size()
      assert.is_true(largest <= bound and largest > 0.98 * bound, p.name)
      assert.is_true(math.abs(sum / n) < 0.03 and math.abs(math.sqrt(squares / n) - bound / math.sqrt(3)) < 0.01)
    end
  end)

  it("names its parameters", function ()
    local names = {}
    for i, p in ipairs(by_hand():params()) do names[i] = p.name end
    assert.are.same({ "out.weight", "out.bias" }, names)
  end)

  it("is the same for the same seed, weight and bias apart", function ()
    local a, b = linear.new(rng.new(6), "out", 4, 4), linear.new(rng.new(6), "out", 4, 4)
    assert.are.equal(a.weight.data:tostring(), b.weight.data:tostring())
    assert.are.equal(a.bias.data:tostring(), b.bias.data:tostring())
    assert.are_not.same(a.weight.data:totable()[1], a.bias.data:totable())
  end)

  it("raises when widths do not agree", function ()
    local x = tape.plain:constant(tensor.zeros(2, 4))
    assert.has_error(function () by_hand():forward(tape.plain, x) end)
  end)
end)
