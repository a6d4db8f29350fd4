local golden = require "spec.golden"
local jagged = require "spec.jagged"
local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local OPTIONS = { dim = 8, n_interests = 3, max_len = 4, dropout = 0, init = "torch" }
local N = 20

local function model_of (changes, seed)
  local options = {}
  for key, value in pairs(OPTIONS) do options[key] = value end
  for key, value in pairs(changes or {}) do options[key] = value end
  return models.comirec_sa(options, N, rng.new(seed or 1))
end

-- Interests of histories, given as tables of ids.
local function interests (model, histories, t)
  return model:interests(t or tape.plain, jagged(histories)).data
end

local function of_one (model, history) return interests(model, { history }):totable()[1] end

local function assert_same (want, got)
  golden.near(tensor.tensor(got), tensor.tensor(want), "FORWARD", "interests")
end

describe("eimf.models.comirec_sa", function ()
  it("has K interests for each history", function ()
    assert.are.same({ 2, 3, 8 }, interests(model_of(), { { 1, 2, 3 }, { 4 } }):shape())
  end)

  it("has a table, positions and two matrices, named, of the widths of the paper's code", function ()
    local shapes = {}
    for i, p in ipairs(model_of():params()) do shapes[i] = p.name .. " " .. table.concat(p.data:shape(), "x") end
    assert.are.same({ "items 21x8", "positions 4x8", "w1 8x32", "w2 32x3" }, shapes)
  end)

  it("gives the item itself for a history of one, whatever the weights", function ()
    local model = model_of()
    local e = model.items.data:totable()[5 + 1]
    assert_same({ e, e, e }, of_one(model, { 5 }))
  end)

  it("gives zero interests for an empty history, alone or among others", function ()
    local zero = { 0, 0, 0, 0, 0, 0, 0, 0 }
    assert.are.same({ zero, zero, zero }, of_one(model_of(), {}))
    local all = interests(model_of(), { {}, { 1, 2 }, {}, {} }):totable()
    for _, b in ipairs { 1, 3, 4 } do assert.are.same({ zero, zero, zero }, all[b]) end
  end)

  it("gives a history the same interests alone and in a batch", function ()
    local model, histories = model_of(), { { 1, 2, 3, 4, 5, 6 }, { 7 }, {}, { 8, 9 }, { 3, 2, 1 } }
    local all = interests(model, histories):totable()
    for b, history in ipairs(histories) do assert_same(all[b], of_one(model, history)) end
  end)

  it("mixes item vectors: interests lie between the smallest and the largest", function ()
    local model, history = model_of(), { 3, 9, 14, 20 }
    for _, v in ipairs(of_one(model, history)) do
      for d = 1, 8 do
        local low, high = math.huge, -math.huge
        for _, id in ipairs(history) do
          low, high = math.min(low, model.items.data:get(id + 1, d)), math.max(high, model.items.data:get(id + 1, d))
        end
        assert.is_true(v[d] >= low - 1e-6 and v[d] <= high + 1e-6)
      end
    end
  end)

  it("counts positions from the newest item", function ()
    local model = model_of()
    local before = of_one(model, { 1, 2 })
    model.positions.data:rows(3, 4):fill_(5)                      -- positions that a history of two has not
    assert.are.same(before, of_one(model, { 1, 2 }))
    for d = 1, 8 do model.positions.data:set(1, d, d % 3 - 1) end -- of the newest
    assert.are_not.same(before, of_one(model, { 1, 2 }))
  end)

  it("minds the order of items, but not among those older than max_len", function ()
    local model = model_of()
    assert.are_not.same(of_one(model, { 1, 2, 3 }), of_one(model, { 2, 1, 3 }))
    assert_same(of_one(model, { 5, 6, 7, 1, 2, 3 }), of_one(model, { 7, 5, 6, 1, 2, 3 }))
    local want, other = interests(model, { { 5, 6, 1, 2, 3 } }), interests(model, { { 5, 1, 6, 2, 3 } })
    assert.is_true(golden.distance(other, want) > 1e-4)
  end)

  it("drops elements only where a tape records", function ()
    local model = model_of { dropout = 0.5 }
    assert_same(of_one(model_of(), { 1, 2 }), of_one(model, { 1, 2 }))
    assert.are_not.same(of_one(model_of(), { 1, 2 }), interests(model, { { 1, 2 } }, tape.new()):totable()[1])
  end)

  it("is the same for the same seed", function ()
    local history = { 1, 2, 3 }
    assert.are.same(of_one(model_of({}, 7), history), of_one(model_of({}, 7), history))
    assert.are_not.same(of_one(model_of({}, 7), history), of_one(model_of({}, 8), history))
  end)
end)
