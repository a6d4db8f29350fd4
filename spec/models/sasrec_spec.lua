local golden = require "spec.golden"
local jagged = require "spec.jagged"
local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N = 20

local function model_of (changes, seed)
  local opt = { dim = 8, max_len = 6, heads = 2, dropout = 0, init = "torch" }
  for name, value in pairs(changes or {}) do opt[name] = value end
  return models.sasrec(models.options("sasrec", opt), N, rng.new(seed or 1))
end

local function interests (model, histories, t) return model:interests(t or tape.plain, jagged(histories)).data end

local function of_one (model, history) return interests(model, { history }):totable()[1][1] end

local function every (model, histories) return model:every(tape.plain, jagged(histories)).data:totable() end

local function same (want, got)
  golden.near(tensor.tensor(got), tensor.tensor(want), "FORWARD", "interests")
end

describe("eimf.models.sasrec", function ()
  it("has one interest for each history", function ()
    assert.are.same({ 2, 1, 8 }, interests(model_of(), { { 1, 2, 3 }, { 4 } }):shape())
  end)

  it("has a table, positions and its blocks' parameters, named", function ()
    local shapes = {}
    for i, p in ipairs(model_of({ blocks = 1, ffn = 2 }):params()) do
      shapes[i] = p.name .. " " .. table.concat(p.data:shape(), "x")
    end
    assert.are.same({
      "items 21x8", "positions 6x8", "block1.norm1.gain 8", "block1.norm1.bias 8", "block1.attention.qkv 8x24",
      "block1.attention.out.weight 8x8", "block1.attention.out.bias 8", "block1.norm2.gain 8", "block1.norm2.bias 8",
      "block1.feed_forward.inner.weight 8x16", "block1.feed_forward.inner.bias 16",
      "block1.feed_forward.outer.weight 16x8", "block1.feed_forward.outer.bias 8", "norm.gain 8", "norm.bias 8",
    }, shapes)
    assert.are.equal(2 + 3 * 11, #model_of({ blocks = 3, norm = "post" }):params())
  end)

  it("minds the order of items, where they stand and how many they are", function ()
    local model = model_of()
    assert.are_not.same(of_one(model, { 1, 2, 3 }), of_one(model, { 2, 1, 3 }))
    assert.are_not.same(of_one(model, { 1, 2, 3 }), of_one(model, { 2, 3 }))
    assert.are_not.same(of_one(model, { 2, 2 }), of_one(model, { 2 }))
  end)

  for _, changes in ipairs { {}, { norm = "post" }, { blocks = 1, heads = 4, ffn = 3 } } do
    it("every: its newest row is what interests says", function ()
      local model, histories = model_of(changes), { { 1, 2, 3, 4, 5 }, {}, { 6 }, { 7, 8 } }
      local rows, all, at = every(model, histories), interests(model, histories):totable(), 0
      assert.are.equal(8, #rows)
      for b, history in ipairs(histories) do
        at = at + #history
        if #history > 0 then assert.are.same(rows[at], all[b]) end
      end
    end)

    it("every: a row knows nothing of what comes after it", function ()
      local model = model_of(changes)
      local rows, other = every(model, { { 1, 2, 3, 4, 5 } }), every(model, { { 1, 2, 3, 9, 7 } })
      for r = 1, 3 do same(rows[r], other[r]) end
      for r = 4, 5 do assert.are_not.same(rows[r], other[r]) end
    end)

    it("gives a history the same bits alone and in a batch", function ()
      local model, histories = model_of(changes), { { 1, 2, 3, 4, 5, 6 }, { 7 }, {}, { 8, 9 }, { 3, 2, 1 } }
      local all = interests(model, histories):totable()
      for b, history in ipairs(histories) do assert.are.same(all[b][1], of_one(model, history)) end
    end)
  end

  it("gives zeros for an empty history", function ()
    for _, norm in ipairs { "pre", "post" } do
      local model = model_of { norm = norm }
      for _, p in ipairs(model:params()) do
        if p.name:find "bias" then p.data:fill_(3) end
      end
      assert.are.same({ 0, 0, 0, 0, 0, 0, 0, 0 }, of_one(model, {}))
    end
  end)

  it("counts positions from the newest item", function ()
    local model = model_of()
    local before = of_one(model, { 1, 2 })
    model.positions.data:rows(3, 6):fill_(5)                      -- positions that a history of two has not
    assert.are.same(before, of_one(model, { 1, 2 }))
    model.positions.data:set(2, 1, 3)
    assert.are_not.same(before, of_one(model, { 1, 2 }))
  end)

  it("drops elements only where a tape records", function ()
    same(of_one(model_of(), { 1, 2 }), of_one(model_of { dropout = 0.5 }, { 1, 2 }))
    assert.are_not.same(of_one(model_of(), { 1, 2 }),
      interests(model_of { dropout = 0.5 }, { { 1, 2 } }, tape.new()):totable()[1][1])
  end)

  it("wants heads that divide its width", function ()
    assert.error_matches(function () model_of { heads = 3 } end, "heads = 3 does not divide dim = 8")
  end)
end)
