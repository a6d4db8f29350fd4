local layer_norm = require "eimf.nn.layer_norm"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.nn.layer_norm", function ()
  it("gives rows mean 0 and variance 1, then its gain and bias", function ()
    local layer = layer_norm.new("norm", 4)
    local x = tape.plain:constant(tensor.tensor { { 1, 3, 1, 3 }, { -5, -5, 5, 5 } })
    local function row (r) return layer:forward(tape.plain, x).data:totable()[r] end
    for r, signs in ipairs { { -1, 1, -1, 1 }, { -1, -1, 1, 1 } } do
      for i, y in ipairs(row(r)) do assert.is_true(math.abs(y - signs[i]) < 1e-5) end
    end
    layer.gain.data:set(2, 10)
    layer.bias.data:set(2, 0.5)
    assert.is_true(math.abs(row(1)[2] - 10.5) < 1e-4 and math.abs(row(2)[2] + 9.5) < 1e-4)
  end)

  it("names its parameters", function ()
    local names = {}
    for i, p in ipairs(layer_norm.new("norm", 4):params()) do names[i] = p.name end
    assert.are.same({ "norm.gain", "norm.bias" }, names)
  end)
end)
