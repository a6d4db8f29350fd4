local models = require "eimf.models"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.models.popular", function ()
  local model
  before_each(function () model = models.popular({}, 4):fit(tensor.ids { 2, 4, 2, 1, 2, 4 }) end)

  it("scores an item by its count in the histories", function ()
    assert.are.same({ { 0 }, { 1 }, { 3 }, { 0 }, { 2 } }, model.items.data:totable())
  end)

  it("has one interest of one number, the same for every user", function ()
    local v = model:interests(tape.plain, { ids = tensor.ids { 1, 2 }, offsets = tensor.ids { 0, 2, 2, 2 } })
    assert.are.same({ { { 1 } }, { { 1 } }, { { 1 } } }, v.data:totable())
  end)

  it("counts neither no item nor anything twice when fitted again", function ()
    model:fit(tensor.ids { 0, 3, 0 })
    assert.are.same({ { 0 }, { 0 }, { 0 }, { 1 }, { 0 } }, model.items.data:totable())
  end)

  it("keeps its counts where snapshots look", function ()
    assert.are.equal(1, #model:params())
    assert.are.equal("items", model:params()[1].name)
  end)
end)
