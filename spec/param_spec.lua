local param = require "eimf.param"
local tensor = require "eimf.tensor"
local tape = require "eimf.tape"

describe("eimf.param", function ()
  it("holds a tensor and a name, and needs a gradient", function ()
    local data = tensor.zeros(2, 3)
    local p = param.new { data = data, name = "w" }
    assert.equal(data, p.data)
    assert.equal("w", p.name)
    assert.is_true(p.needs_grad)
    assert.is_false(p.sparse)
    assert.is_true(param.new({ data = data, name = "items", sparse = true }).sparse)
  end)

  it("wants both", function ()
    assert.error_matches(function () param.new { name = "w" } end, "'data' must be a tensor")
    assert.error_matches(function () param.new { data = { 1 }, name = "w" } end, "'data' must be a tensor")
    assert.error_matches(function () param.new { data = tensor.zeros(1) } end, "'name' must be a string")
  end)

  it("has a gradient of zeros when first asked for, which adds up until it is forgotten", function ()
    local p = param.new { data = tensor.tensor { 1, 2 }, name = "w" }
    assert.is_false(p.touched)
    for n = 1, 3 do
      local t = tape.new()
      t:backward(t:sum(t:scale(p, 2)))
      assert.same({ 2 * n, 2 * n }, p:grad():totable())
    end
    p:zero_grad()
    assert.is_false(p.touched)
    assert.same({ 0, 0 }, p:grad():totable())
    assert.is_true(p.touched)
  end)

  it("outlives tapes", function ()
    local p = param.new { data = tensor.tensor { 1, 2 }, name = "w" }
    local t = tape.new()
    t:backward(t:sum(p))
    t:reset()
    assert.same({ 1, 2 }, p.data:totable())
    assert.same({ 1, 1 }, p:grad():totable())
  end)

  it("keeps the parts of a sparse gradient until they are forgotten", function ()
    local p = param.new { data = tensor.zeros(3, 2), name = "items", sparse = true }
    local ids, values = tensor.ids { 1 }, tensor.zeros(1, 2)
    p:add_rows(ids, values)
    p:add_rows(ids, values)
    assert.equal(2, #p.parts)
    assert.equal(ids, p.parts[1].ids)
    assert.is_false(p.touched)
    p:zero_grad()
    assert.equal(0, #p.parts)
  end)
end)
