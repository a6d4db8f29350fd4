local feed_forward = require "eimf.nn.feed_forward"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.nn.feed_forward", function ()
  it("is two layers with what is negative between them cut off", function ()
    local layer = feed_forward.new(rng.new(1), "ffn", 1, 2, 0)
    layer.inner.weight.data:copy_(tensor.tensor { { 1, -1 } })
    layer.inner.bias.data:copy_(tensor.tensor { 0.5, 0 })
    layer.outer.weight.data:copy_(tensor.tensor { { 10 }, { 100 } })
    layer.outer.bias.data:copy_(tensor.tensor { 7 })
    local x = tape.plain:constant(tensor.tensor { { 2 }, { -3 } })
    assert.are.same({ { 32 }, { 307 } }, layer:forward(tape.plain, x).data:totable())
  end)

  it("drops hidden units and its results in training", function ()
    local layer = feed_forward.new(rng.new(1), "ffn", 4, 8, 0.5)
    local t, x = tape.new(), tensor.tensor { { 1, 2, 3, 4 } }
    assert.are_not.same(layer:forward(tape.plain, tape.plain:constant(x)).data:totable(),
      layer:forward(t, t:constant(x)).data:totable())
  end)

  it("names its parameters", function ()
    local names = {}
    for i, p in ipairs(feed_forward.new(rng.new(1), "ffn", 4, 8, 0):params()) do names[i] = p.name end
    assert.are.same({ "ffn.inner.weight", "ffn.inner.bias", "ffn.outer.weight", "ffn.outer.bias" }, names)
  end)
end)
