local guard = require "eimf.esim.guard"
local made = require "spec.esim.made"
local tensor = require "eimf.tensor"

describe("eimf.esim.guard", function ()
  local set = made.set({ { 1, 2, 3, 4 }, { 4, 3 }, { 2, 1, 4, 3, 5 } }, made.titles(5))

  local function check (train, split) guard.check(set, train, split and { split.valid, split.test }) end

  it("lets the training part of every protocol pass", function ()
    for _, protocol in ipairs { "leave_one_out", "user_split" } do
      local big = made.three_groups()
      local split = assert(big:split(protocol, { seed = 3 }))
      guard.check(big, split.train, { split.valid, split.test })
    end
  end)

  it("refuses a leak: all interactions, or one item too many", function ()
    local split = assert(set:split())
    assert.has_error(function () check({ offsets = set.offsets, items = set.items }, split) end,
      "eimf.esim: leak: user 1 trains on 4 items, but the held-out ones begin after 2")
    local more = { offsets = tensor.ids { 0, 2, 4, 8 }, items = tensor.ids { 1, 2, 4, 3, 2, 1, 4, 3 } }
    assert.has_error(function () check(more, split) end,
      "eimf.esim: leak: user 3 trains on 4 items, but the held-out ones begin after 3")
  end)

  it("refuses a user of another part under user_split", function ()
    local big = made.three_groups()
    local split = assert(big:split("user_split", { seed = 1 }))
    assert.has_error(function ()
      guard.check(big, { offsets = big.offsets, items = big.items }, { split.valid, split.test })
    end)
  end)

  it("refuses items that are not the user's first ones, even where nothing is said to be held out", function ()
    assert.has_error(function () check { offsets = tensor.ids { 0, 1, 1, 1 }, items = tensor.ids { 4 } } end,
      "eimf.esim: training item 1 of user 1 is not item 1 of the user's sequence")
    assert.has_error(function () check { offsets = tensor.ids { 0, 0, 3, 3 }, items = tensor.ids { 4, 3, 1 } } end,
      "eimf.esim: user 2 trains on 3 items of 2")
    assert.has_error(function () check { offsets = tensor.ids { 0, 0 }, items = tensor.ids { 1 } } end,
      "eimf.esim: train has 1 users, the set 3")
    assert.has_error(function () check(set:split()) end,
      "eimf.esim: train must be the training part of a split { offsets, items }")
  end)
end)
