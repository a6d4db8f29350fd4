local adapter = require "eimf.esim.adapter"
local gradcheck = require "spec.gradcheck"
local joint = require "spec.esim.joint"
local rng = require "eimf.rng"

describe("eimf.esim.adapter", function ()
  local x = gradcheck.random({ 6, 9 }, 1)

  local function names (f)
    local out = {}
    for i, p in ipairs(f:params()) do out[i] = p.name end
    return out
  end

  it("is two layers with a leaky rectifier between, or one linear map", function ()
    for kind, params in pairs { mlp = { "adapter.1.weight", "adapter.1.bias", "adapter.2.weight", "adapter.2.bias" },
                                linear = { "adapter.weight", "adapter.bias" } } do
      local t, f = joint.tape(), adapter.new(kind, 9, 4, rng.new(1))
      local y = f:forward(t, t:constant(x)).data
      for i, row in ipairs(joint.through(f, x)) do
        for d, v in ipairs(row) do assert.is_true(math.abs(v - y:get(i, d)) < 1e-5) end
      end
      assert.are.same(params, names(f))
    end
  end)

  it("is half as wide as both sides together in between", function ()
    assert.are.same({ 9, 6 }, adapter.new("mlp", 9, 4, rng.new(1)):params()[1].data:shape())
  end)

  it("takes its parameters' name, and is the same for the same seed", function ()
    local a, b = adapter.new("linear", 9, 4, rng.new(3), "map"), adapter.new("linear", 9, 4, rng.new(3), "map")
    assert.are.same({ "map.weight", "map.bias" }, names(a))
    assert.are.equal(a:params()[1].data:tostring(), b:params()[1].data:tostring())
  end)

  it("gives every parameter a gradient", function ()
    local t, f = joint.tape(), adapter.new("mlp", 9, 4, rng.new(1))
    t:backward(t:mean(f:forward(t, t:constant(x))))
    for _, p in ipairs(f:params()) do assert.is_true(joint.gradient(p) > 0, p.name) end
  end)
end)
