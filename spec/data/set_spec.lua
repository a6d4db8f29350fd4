local core = require "eimf.core"
local made = require "spec.data.made"
local new_set = require("eimf.data.set").new

local function ids (list) return core.from_table("int32", list) end

local function fields ()
  return { name = "made", provenance = "made by hand", n_users = 3, n_items = 4, n_interactions = 7,
           offsets = ids { 0, 2, 6, 7 }, items = ids { 1, 2, 1, 2, 3, 4, 1 }, counts = ids { 0, 3, 2, 1, 1 },
           users = { "a", "b", "c" }, item_ids = { "w", "x", "y", "z" }, titles = { "W", nil, "Y" } }
end

describe("eimf.data.set", function ()
  it("holds what it is given", function ()
    local set = new_set(fields())
    assert.are.same({ a = { "w", "x" }, b = { "w", "x", "y", "z" }, c = { "w" } }, made.sequences(set))
    assert.are.same({}, set.categories)
    assert.is_false(set.generated)
    assert.are.equal(0, set.skipped)
  end)

  it("raises for fields that are missing or do not fit", function ()
    for _, key in ipairs { "name", "offsets", "items", "counts", "users", "item_ids", "provenance" } do
      local f = fields()
      f[key] = nil
      assert.has_error(function () new_set(f) end, "set.new: no field '" .. key .. "'")
    end
    for key, wrong in pairs { offsets = ids { 0, 7 }, items = ids { 1 }, counts = ids { 0 } } do
      local f = fields()
      f[key] = wrong
      assert.has_error(function () new_set(f) end)
    end
    local f = fields()
    f.offsets = ids { 0, 2, 6, 6 }
    assert.has_error(function () new_set(f) end, "set.new: offsets' last has 6 elements, wanted 7")
  end)

  it("tells its statistics", function ()
    assert.are.same({ { "users", "3" }, { "items", "4" }, { "interactions", "7" }, { "density", "58.3333 %" },
                      { "mean length", "2.33" }, { "median length", "2" }, { "titles known", "50.00 %" } },
                    new_set(fields()):stats())
    local f = fields()
    f.n_users, f.offsets, f.users = 4, ids { 0, 2, 6, 7, 7 }, { "a", "b", "c", "d" }
    assert.are.same({ "median length", "1.5" }, new_set(f):stats()[6])
  end)

  it("prints them below the provenance", function ()
    local text = tostring(new_set(fields()))
    assert.are.equal("made by hand\n  users                     3\n", text:sub(1, 43))
    assert.is_nil(text:find("skipped", 1, true))
    local f = fields()
    f.skipped, f.first_skipped = 1234567, "f:3: reason"
    assert.is_truthy(tostring(new_set(f)):find("1,234,567, the first: f:3: reason", 1, true))
  end)

  it("has a fingerprint of ids, raw ids and sequences, and of nothing else", function ()
    local print = new_set(fields()):fingerprint()
    assert.is_truthy(print:match("^%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x$"))
    local same = fields()
    same.titles, same.name, same.provenance = {}, "other", "other"
    assert.are.equal(print, new_set(same):fingerprint())
    for key, other in pairs { offsets = ids { 0, 3, 6, 7 }, items = ids { 2, 1, 1, 2, 3, 4, 1 },
                              item_ids = { "w", "x", "y", "Z" } } do
      local f = fields()
      f[key] = other
      assert.are_not.equal(print, new_set(f):fingerprint(), key)
    end
  end)
end)
