local gradcheck = require "spec.gradcheck"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.ops.recurrent", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function random (...) return t:constant(gradcheck.random({ ... }, select("#", ...))) end

  local function inputs (R, D, H)
    return random(R, D), random(D, 3 * H), random(H, 3 * H), random(3 * H), t:scale(random(3 * H), -0.5)
  end

  -- Columns lo..hi of a row vector or matrix, as a value.
  local function columns (x, H, gate)
    local rows = {}
    for i, row in ipairs(x.data:rank() == 1 and { x.data:totable() } or x.data:totable()) do
      rows[i] = { table.unpack(row, gate * H + 1, (gate + 1) * H) }
    end
    return t:constant(tensor.tensor(x.data:rank() == 1 and rows[1] or rows))
  end

  -- The state after each row of one history, from small operations.
  local function composed (x, wx, wh, bx, bh, reset)
    local H = wh.data:dim(1)
    local h, states = t:constant(tensor.zeros(1, H)), {}
    for r = 1, x.data:dim(1) do
      local row = t:constant(x.data:rows(r, r))
      local function product (v, w, b, gate)
        return t:add_rows(t:matmul(v, columns(w, H, gate)), columns(b, H, gate))
      end
      local gates = {}
      for gate = 0, 1 do gates[gate] = t:sigmoid(t:add(product(row, wx, bx, gate), product(h, wh, bh, gate))) end
      local hidden = reset == "after" and t:mul(gates[0], product(h, wh, bh, 2))
        or product(t:mul(gates[0], h), wh, bh, 2)
      local new = t:tanh(t:add(product(row, wx, bx, 2), hidden))
      h = t:add(new, t:mul(gates[1], t:add(h, t:scale(new, -1))))
      states[r] = h.data:totable()[1]
    end
    return states
  end

  for _, reset in ipairs { "after", "before" } do
    it("gives the states that small operations give: reset " .. reset, function ()
      local x, wx, wh, bx, bh = inputs(9, 5, 4)
      local h = t:gru(x, tensor.ids { 0, 0, 6, 9 }, wx, wh, bx, bh, reset).data:totable()
      local first = composed(t:constant(x.data:rows(1, 6)), wx, wh, bx, bh, reset)
      local second = composed(t:constant(x.data:rows(7, 9)), wx, wh, bx, bh, reset)
      for r = 1, 9 do
        local want = first[r] or second[r - 6]
        for j = 1, 4 do assert.is_true(math.abs(h[r][j] - want[j]) < 1e-5) end
      end
    end)
  end

  it("the two forms differ once there is a state", function ()
    local x, wx, wh, bx, bh = inputs(2, 5, 4)
    local after = t:gru(x, tensor.ids { 0, 2 }, wx, wh, bx, bh, "after").data:totable()
    local before = t:gru(x, tensor.ids { 0, 2 }, wx, wh, bx, bh, "before").data:totable()
    assert.are_not.same(after[2], before[2])
    assert.same(t:gru(x, tensor.ids { 0, 2 }, wx, wh, bx, t:scale(bh, 0), "after").data:totable()[1],
      t:gru(x, tensor.ids { 0, 2 }, wx, wh, bx, t:scale(bh, 0), "before").data:totable()[1])
  end)

  it("works with no rows and no histories", function ()
    local _, wx, wh, bx, bh = inputs(1, 5, 4)
    for _, offsets in ipairs { tensor.ids { 0, 0 }, tensor.ids { 0 } } do
      assert.same({ 0, 4 }, t:gru(random(0, 5), offsets, wx, wh, bx, bh, "after").data:shape())
    end
  end)

  it("names shapes that do not go together, and forms that it does not have", function ()
    local x, wx, wh, bx, bh = inputs(3, 5, 4)
    local offsets = tensor.ids { 0, 3 }
    local function refused (message, ...)
      local args = { ... }
      assert.error_matches(function () t:gru(table.unpack(args)) end, message)
    end
    refused("#3 to 'gru' %(shape %(3, 5%) against %(4, 12%): widths 5 and 4 differ%)", x, offsets, random(4, 12), wh,
      bx, bh, "after")
    refused("#4 to 'gru' %(shape %(5, 12%) against %(4, 9%): columns 12 and 9 differ%)", x, offsets, wx, random(4, 9),
      bx, bh, "after")
    refused("#4 to 'gru' %(shape %(5, 12%) against %(5, 12%): columns of three gates 12 and 15 differ%)", x, offsets,
      wx, random(5, 12), bx, bh, "after")
    refused("#6 to 'gru' %(shape %(4%) against %(4, 12%): wanted %(12%)%)", x, offsets, wx, wh, bx, random(4), "after")
    refused("#2 to 'gru' %(offsets end at 2 against shape %(3, 5%): 3 rows%)", x, tensor.ids { 0, 2 }, wx, wh, bx, bh,
      "after")
    refused("invalid option 'beside'", x, offsets, wx, wh, bx, bh, "beside")
  end)

  it("a state far from its end still gets a gradient from it", function ()
    local u = tape.new()
    local x = u:constant(gradcheck.random({ 40, 3 }, 1))
    x.needs_grad = true
    local function weight (seed, ...) return u:constant(gradcheck.random({ ... }, seed)) end
    local h = u:gru(x, tensor.ids { 0, 40 }, weight(2, 3, 9), weight(3, 3, 9), weight(4, 9), weight(5, 9), "after")
    u:backward(u:sum(u:segment_last(h, tensor.ids { 0, 40 })))
    assert.is_true(x:grad():totable()[25][1] ~= 0)
    assert.is_true(math.abs(x:grad():totable()[25][1]) < math.abs(x:grad():totable()[40][1]))
  end)
end)
