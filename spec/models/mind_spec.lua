local jagged = require "spec.jagged"
local models = require "eimf.models"
local rng = require "eimf.rng"
local scratch = require "spec.scratch"
local serve = require "eimf.serve"
local snapshot = require "eimf.snapshot"
local tape = require "eimf.tape"
local toy = require "spec.toy"

local N = 20
local OPTIONS = { dim = 8, n_interests = 3, max_len = 10, dropout = 0, init = "torch" }

local function model_of (changes, seed)
  local given = {}
  for key, value in pairs(OPTIONS) do given[key] = value end
  for key, value in pairs(changes or {}) do given[key] = value end
  return models.mind(models.options("mind", given), N, rng.new(seed or 1))
end

-- Interests of histories, given as tables of ids.
local function interests (model, histories, t)
  return model:interests(t or tape.plain, jagged(histories)).data:totable()
end

local function of_one (model, history) return interests(model, { history })[1] end

describe("eimf.models.mind", function ()
  it("has K interests for each history, all of them different", function ()
    local v = interests(model_of(), { { 1, 2, 3 }, { 4, 5 } })
    assert.are.same({ 2, 3, 8 }, { #v, #v[1], #v[1][1] })
    for _, one in ipairs(v) do
      assert.are_not.same(one[1], one[2])
      assert.are_not.same(one[2], one[3])
    end
  end)

  it("has a table, one map for all, and two layers, named", function ()
    local shapes = {}
    for i, p in ipairs(model_of():params()) do shapes[i] = p.name .. " " .. table.concat(p.data:shape(), "x") end
    assert.are.same({ "items 21x8", "map 8x8", "hidden.weight 8x32", "hidden.bias 32", "out.weight 32x8",
      "out.bias 8" }, shapes)
  end)

  it("gives a history the same interests alone and in a batch, whoever else is in it", function ()
    local model, histories = model_of(), { { 1, 2, 3, 4, 5, 6 }, { 7 }, {}, { 8, 9 }, { 3, 2, 1 } }
    local all = interests(model, histories)
    for b, history in ipairs(histories) do
      local alone = of_one(model, history)
      for k = 1, 3 do
        for d = 1, 8 do assert.is_true(math.abs(all[b][k][d] - alone[k][d]) < 1e-5) end
      end
    end
  end)

  it("draws first logits by item: other seeds and deviations give other interests, the same ones the same", function ()
    local history = { 1, 2, 3, 4 }
    local want = of_one(model_of(), history)
    assert.are.same(want, of_one(model_of(), history))
    assert.are_not.same(want, of_one(model_of { routing_seed = 2 }, history))
    assert.are_not.same(want, of_one(model_of { routing_std = 0.5 }, history))
  end)

  it("serves the interests that it had: first logits come back with the options", function ()
    local folder, changes = scratch.folder(), { routing_seed = 9, routing_std = 0.3, dynamic_k = true }
    local model, history = model_of(changes), { 4, 1, 7, 3, 2, 8, 9, 20 }
    local options = model.opt
    options.backbone = "mind"
    assert(snapshot.save(folder .. "/a.safetensors", model, options, toy.set(N)))
    local shop = assert(serve.open(folder .. "/a.safetensors"))
    scratch.remove(folder)
    assert.are.same(of_one(model, history), shop:interests(history):totable()[1])
    assert.are_not.same(of_one(model_of(), history), shop:interests(history):totable()[1])
  end)

  it("does not mind the order of items", function ()
    local model = model_of()
    local one, other = of_one(model, { 1, 2, 3 }), of_one(model, { 3, 1, 2 })
    for k = 1, 3 do
      for d = 1, 8 do assert.is_true(math.abs(one[k][d] - other[k][d]) < 1e-5) end
    end
  end)

  it("has one interest, all the same, for everybody without first logits", function ()
    local v = of_one(model_of { routing_std = 0 }, { 1, 2, 3 })
    assert.are.same(v[1], v[2])
    assert.are.same(v[1], v[3])
  end)

  it("has fewer interests for short histories where dynamic_k says so", function ()
    local v = interests(model_of { dynamic_k = true }, { { 1, 2, 3 }, { 1, 2, 3, 4 }, { 1, 2, 3, 4, 5, 6, 7, 8 } })
    assert.are.same(v[1][1], v[1][2])
    assert.are_not.same(v[2][1], v[2][2])
    assert.are.same(v[2][1], v[2][3])
    assert.are_not.same(v[3][1], v[3][3])
  end)

  it("gives an empty history what the layers make of nothing", function ()
    local v = of_one(model_of(), {})
    assert.are.same(v[1], v[3])
  end)

  it("drops elements only where a tape records", function ()
    local model = model_of { dropout = 0.5 }
    assert.are.same(of_one(model_of(), { 1, 2 }), of_one(model, { 1, 2 }))
    assert.are_not.same(of_one(model_of(), { 1, 2 }), interests(model, { { 1, 2 } }, tape.new())[1])
  end)
end)
