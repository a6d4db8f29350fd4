local attention = require "eimf.nn.attention"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.nn.attention", function ()
  it("multiplies what attention gathers", function ()
    local layer, ln3 = attention.new(rng.new(1), "attention", 1, 1, 0), math.log(3)
    layer.qkv.data:copy_(tensor.tensor { { 1, ln3, 10 } })
    layer.out.weight.data:copy_(tensor.tensor { { 2 } })
    layer.out.bias.data:copy_(tensor.tensor { 1 })
    local x = tape.plain:constant(tensor.tensor { { 0 }, { 1 }, { 1 } })
    local y = layer:forward(tape.plain, x, tensor.ids { 0, 2, 3 }).data:totable()
    for r, want in ipairs { 1, 16, 21 } do assert.is_true(math.abs(y[r][1] - want) < 1e-4) end
  end)

  it("names its parameters", function ()
    local names = {}
    for i, p in ipairs(attention.new(rng.new(1), "attention", 4, 2, 0):params()) do names[i] = p.name end
    assert.are.same({ "attention.qkv", "attention.out.weight", "attention.out.bias" }, names)
  end)
end)
