local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"
local transformer_block = require "eimf.nn.transformer_block"

-- A block whose layers add nothing: the last weights of both are zero.
local function that_adds_nothing (norm)
  local block = transformer_block.new(rng.new(1), "block", { dim = 4, heads = 2, norm = norm, ffn = 1, dropout = 0 })
  for _, p in ipairs(block:params()) do
    if p.name:find "out" then p.data:fill_(0) end
  end
  return block
end

describe("eimf.nn.transformer_block", function ()
  local x, offsets = tensor.tensor { { 1, 3, 1, 3 }, { 0, 0, 4, 4 } }, tensor.ids { 0, 2 }

  it("pre: what comes in goes past its layers untouched", function ()
    local y = that_adds_nothing("pre"):forward(tape.plain, tape.plain:constant(x), offsets).data
    assert.are.same(x:totable(), y:totable())
  end)

  it("post: what comes in is normed", function ()
    local y = that_adds_nothing("post"):forward(tape.plain, tape.plain:constant(x), offsets).data:totable()
    for r, signs in ipairs { { -1, 1, -1, 1 }, { -1, -1, 1, 1 } } do
      for i, v in ipairs(y[r]) do assert.is_true(math.abs(v - signs[i]) < 1e-4) end
    end
  end)

  it("has eleven parameters, named after the block", function ()
    local params = that_adds_nothing("pre"):params()
    assert.are.equal(11, #params)
    for _, p in ipairs(params) do assert.are.equal("block.", p.name:sub(1, 6)) end
  end)
end)
