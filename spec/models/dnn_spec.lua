local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

-- A model of width 2 with weights that are easy to multiply by hand.
local function by_hand (dropout)
  local model = models.dnn({ dim = 2, dropout = dropout or 0, init = "normal" }, 3, rng.new(1))
  model.items.data:copy_(tensor.tensor { { 0, 0 }, { 1, 2 }, { 3, 6 }, { -1, 4 } })
  model.out.weight.data:copy_(tensor.tensor { { 1, 10 }, { 2, 20 } })
  model.out.bias.data:copy_(tensor.tensor { 0.5, -0.5 })
  return model
end

local HISTORY = { ids = tensor.ids { 1, 2, 3, 3 }, offsets = tensor.ids { 0, 2, 3, 3, 4 } }

describe("eimf.models.dnn", function ()
  it("puts the mean of a history through a linear layer: one interest", function ()
    local v = by_hand():interests(tape.plain, HISTORY)
    assert.are.same({ 4, 1, 2 }, v.data:shape())
    local alone = { { 7.5, 69.5 } }
    assert.are.same({ { { 10.5, 99.5 } }, alone, { { 0.5, -0.5 } }, alone }, v.data:totable())
  end)

  it("gives the bias for an empty history", function ()
    local v = by_hand():interests(tape.plain, { ids = tensor.zeros_ids(0), offsets = tensor.ids { 0, 0 } })
    assert.are.same({ { { 0.5, -0.5 } } }, v.data:totable())
  end)

  it("has a table and a layer, named", function ()
    local names = {}
    for i, p in ipairs(by_hand():params()) do names[i] = p.name end
    assert.are.same({ "items", "out.weight", "out.bias" }, names)
  end)

  it("drops elements only where a tape records", function ()
    local whole, model = by_hand():interests(tape.plain, HISTORY).data:totable(), by_hand(0.5)
    assert.are.same(whole, model:interests(tape.plain, HISTORY).data:totable())
    assert.are_not.same(whole, model:interests(tape.new(), HISTORY).data:totable())
  end)
end)
