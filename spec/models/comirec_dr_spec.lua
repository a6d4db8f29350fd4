local jagged = require "spec.jagged"
local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"

local N = 20
local OPTIONS = { dim = 8, n_interests = 3, max_len = 4, dropout = 0, init = "torch" }

local function model_of (changes)
  local given = {}
  for key, value in pairs(OPTIONS) do given[key] = value end
  for key, value in pairs(changes or {}) do given[key] = value end
  return models.comirec_dr(models.options("comirec_dr", given), N, rng.new(1))
end

-- Interests of histories, given as tables of ids.
local function interests (model, histories, t)
  return model:interests(t or tape.plain, jagged(histories)).data:totable()
end

local function of_one (model, history) return interests(model, { history })[1] end

-- squash(x M), M (D, D) the map of a position and interest, both from 1.
local function squashed (model, id, position, k)
  local x, length = {}, 0
  for d = 1, 8 do
    x[d] = 0
    for i = 1, 8 do
      x[d] = x[d] + model.items.data:get(id + 1, i) * model.maps.data:get(position, i, (k - 1) * 8 + d)
    end
    length = length + x[d] ^ 2
  end
  for d = 1, 8 do x[d] = x[d] * math.sqrt(length) / (1 + length) end
  return x
end

describe("eimf.models.comirec_dr", function ()
  it("has K interests for each history, all of them different", function ()
    local v = interests(model_of(), { { 1, 2, 3 }, { 4, 5 } })
    assert.are.same({ 2, 3, 8 }, { #v, #v[1], #v[1][1] })
    for _, one in ipairs(v) do assert.are_not.same(one[1], one[2]) end
  end)

  it("has a table and the maps of positions, side by side, named", function ()
    local shapes = {}
    for i, p in ipairs(model_of():params()) do shapes[i] = p.name .. " " .. table.concat(p.data:shape(), "x") end
    assert.are.same({ "items 21x8", "maps 4x8x24" }, shapes)
  end)

  it("gives a history of one the item through the newest position's maps, squashed", function ()
    local model = model_of { routing_axis = "time" }               -- the one row weighs 1
    local v = of_one(model, { 5 })
    for k = 1, 3 do
      for d, want in ipairs(squashed(model, 5, 1, k)) do assert.is_true(math.abs(v[k][d] - want) < 1e-5) end
    end
  end)

  it("counts positions from the newest item, and minds the order", function ()
    local model = model_of()
    local before = of_one(model, { 1, 2 })
    model.maps.data:rows(3, 4):fill_(5)                            -- positions that a history of two has not
    assert.are.same(before, of_one(model, { 1, 2 }))
    assert.are_not.same(before, of_one(model, { 2, 1 }))
  end)

  it("gives zero interests for an empty history, alone or among others", function ()
    local zero = { 0, 0, 0, 0, 0, 0, 0, 0 }
    assert.are.same({ zero, zero, zero }, of_one(model_of(), {}))
    assert.are.same({ zero, zero, zero }, interests(model_of(), { { 1 }, {}, { 2, 3 } })[2])
  end)

  it("gives a history the same interests alone and in a batch", function ()
    local model, histories = model_of(), { { 1, 2, 3, 4, 5, 6 }, { 7 }, {}, { 8, 9 }, { 3, 2, 1 } }
    local all = interests(model, histories)
    for b, history in ipairs(histories) do assert.are.same(all[b], of_one(model, history)) end
  end)

  it("drops elements only where a tape records", function ()
    local model = model_of { dropout = 0.5 }
    assert.are.same(of_one(model_of(), { 1, 2 }), of_one(model, { 1, 2 }))
    assert.are_not.same(of_one(model_of(), { 1, 2 }), interests(model, { { 1, 2 } }, tape.new())[1])
  end)
end)
