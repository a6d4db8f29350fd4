local golden = require "spec.golden"
local jagged = require "spec.jagged"
local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N = 20

local function model_of (changes, seed)
  local opt = { dim = 8, max_len = 4, dropout = 0, init = "torch" }
  for name, value in pairs(changes or {}) do opt[name] = value end
  return models.gru4rec(models.options("gru4rec", opt), N, rng.new(seed or 1))
end

local function interests (model, histories, t) return model:interests(t or tape.plain, jagged(histories)).data end

local function of_one (model, history) return interests(model, { history }):totable()[1][1] end

describe("eimf.models.gru4rec", function ()
  it("has one interest for each history", function ()
    assert.are.same({ 2, 1, 8 }, interests(model_of(), { { 1, 2, 3 }, { 4 } }):shape())
  end)

  it("has a table and its layers' parameters, named", function ()
    local names = {}
    for i, p in ipairs(model_of({ layers = 2 }):params()) do names[i] = p.name end
    assert.are.same({ "items", "gru1.input.weight", "gru1.hidden.weight", "gru1.input.bias", "gru1.hidden.bias",
                      "gru2.input.weight", "gru2.hidden.weight", "gru2.input.bias", "gru2.hidden.bias" }, names)
  end)

  it("minds the order of items", function ()
    assert.are_not.same(of_one(model_of(), { 1, 2, 3 }), of_one(model_of(), { 3, 2, 1 }))
    assert.are_not.same(of_one(model_of(), { 1, 2, 3 }), of_one(model_of(), { 2, 1, 3 }))
  end)

  for _, changes in ipairs { {}, { reset = "before" }, { layers = 3 } } do
    it("every: after each row what interests says of the history so far", function ()
      local model, histories = model_of(changes), { { 1, 2, 3, 4, 5 }, {}, { 6 }, { 7, 8 } }
      local rows, r = model:every(tape.plain, jagged(histories)).data:totable(), 0
      assert.are.same(8, #rows)
      for _, history in ipairs(histories) do
        for n = 1, #history do
          r = r + 1
          assert.are.same(rows[r][1], of_one(model, { table.unpack(history, 1, n) }))
        end
      end
    end)
  end

  it("gives a history the same bits alone and in a batch", function ()
    local model, histories = model_of({ layers = 2 }), { { 1, 2, 3, 4, 5, 6 }, { 7 }, { 8, 9 }, { 3, 2, 1 } }
    local all = interests(model, histories):totable()
    for b, history in ipairs(histories) do assert.are.same(all[b][1], of_one(model, history)) end
  end)

  it("gives zeros for an empty history", function ()
    local zero = { 0, 0, 0, 0, 0, 0, 0, 0 }
    assert.are.same(zero, of_one(model_of(), {}))
    assert.are.same(zero, interests(model_of(), { { 1 }, {}, { 2 } }):totable()[2][1])
  end)

  it("drops elements before every layer, only where a tape records", function ()
    local model = model_of { dropout = 0.5, layers = 2 }
    assert.are.same(of_one(model_of { layers = 2 }, { 1, 2 }), of_one(model, { 1, 2 }))
    local t = tape.new()
    assert.are_not.same(of_one(model, { 1, 2 }), interests(model, { { 1, 2 } }, t):totable()[1][1])
    assert.are.equal(2, t.draws)
  end)

  it("has other numbers for the other form, and the same for the same seed", function ()
    local history = { 1, 2, 3 }
    assert.are_not.same(of_one(model_of(), history), of_one(model_of { reset = "before" }, history))
    assert.are.same(of_one(model_of({}, 7), history), of_one(model_of({}, 7), history))
    assert.are_not.same(of_one(model_of({}, 7), history), of_one(model_of({}, 8), history))
  end)

  it("learns what comes next in a circle of items", function ()
    local optim, item_loss = require "eimf.optim", require "eimf.nn.item_loss"
    local model, t = model_of { init = "normal" }, tape.new()
    local adam = optim.adam { params = model:params(), lr = 0.02 }
    local loss, circle, targets = item_loss.new { n_items = N }, {}, {}
    for b = 1, N do
      circle[b], targets[b] = { (b + N - 3) % N + 1, (b + N - 2) % N + 1, b }, b % N + 1
    end
    local first, last
    for _ = 1, 60 do
      local value = loss:forward(t, model:interests(t, jagged(circle)), model.items, tensor.ids(targets))
      last = value.data:get(1)
      first = first or last
      t:backward(value)
      adam:step()
      t:reset()
    end
    assert.is_true(golden.distance(tensor.tensor { first }, tensor.tensor { math.log(N) }) < 0.05)
    assert.is_true(last < 0.5, ("loss %.3f after %.3f"):format(last, first))
  end)
end)
