local gru = require "eimf.nn.gru"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local OFFSETS = tensor.ids { 0, 3, 4 }

local function rows (n) return tape.plain:constant(rng.new(9):normal(tensor.zeros(n, 3), 0, 1)) end

describe("eimf.nn.gru", function ()
  it("gives a state for each row, every history by itself", function ()
    local layer, x = gru.new(rng.new(1), "gru1", 3, 5, "after"), rows(4)
    local h = layer:forward(tape.plain, x, OFFSETS).data
    assert.are.same({ 4, 5 }, h:shape())
    local alone = layer:forward(tape.plain, tape.plain:constant(x.data:rows(4, 4)), tensor.ids { 0, 1 }).data
    assert.are.same(h:totable()[4], alone:totable()[1])
  end)

  it("has the form that it was made in", function ()
    local x, states = rows(4), {}
    for _, reset in ipairs { "after", "before" } do
      states[reset] = gru.new(rng.new(1), "gru1", 3, 5, reset):forward(tape.plain, x, OFFSETS).data:totable()
    end
    assert.are_not.same(states.after[3], states.before[3])
  end)

  it("gives gradients to all its parameters", function ()
    local layer, t = gru.new(rng.new(1), "gru1", 3, 5, "after"), tape.new()
    t:backward(t:sum(layer:forward(t, t:constant(rows(4).data), OFFSETS)))
    for _, p in ipairs(layer:params()) do
      local largest = 0
      for _, v in ipairs(p:grad():reshape(-1):totable()) do largest = math.max(largest, math.abs(v)) end
      assert.is_true(largest > 1e-3, p.name)
    end
  end)

  it("names its parameters, and begins evenly within 1 / sqrt(hidden) of 0", function ()
    local names, bound = {}, 1 / 4
    for i, p in ipairs(gru.new(rng.new(1), "gru1", 3, 16, "after"):params()) do
      local largest = 0
      for _, v in ipairs(p.data:reshape(-1):totable()) do largest = math.max(largest, math.abs(v)) end
      assert.is_true(largest <= bound and largest > 0.8 * bound, p.name)
      names[i] = p.name .. " " .. table.concat(p.data:shape(), "x")
    end
    assert.are.same({ "gru1.input.weight 3x48", "gru1.hidden.weight 16x48", "gru1.input.bias 48",
                      "gru1.hidden.bias 48" }, names)
  end)
end)
