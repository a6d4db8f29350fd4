local files = require "eimf.files"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local snapshot = require "eimf.snapshot"
local toy = require "spec.toy"

describe("eimf.snapshot", function ()
  local folder, path, set, model

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/snapshot.safetensors"
    set, model = toy.set(5), toy.model(5)
  end)

  after_each(function () scratch.remove(folder) end)

  local function saved (changes)
    assert(snapshot.save(path, model, toy.options, set))
    local file = assert(safetensors.load(path))
    for name, value in pairs(changes or {}) do file.metadata[name] = value ~= "none" and value or nil end
    assert(safetensors.save(path, file.tensors, file.metadata))
  end

  it("gives back weights, options, ids, titles and where the data came from", function ()
    set.titles[2] = nil
    set.titles[3] = "two\nlines"
    saved()
    local snap = assert(snapshot.load(path))
    assert.are.same({ "raw1", "raw2", "raw3", "raw4", "raw5" }, snap.item_ids)
    assert.are.same({ "Title 1", "", "two lines", "Title 4", "Title 5" }, snap.titles)
    assert.are.same({ dim = 4, n_interests = 2, max_len = 3, init = "normal" }, snap.options)
    assert.are.same({ "comirec_sa", 5, "0123456789abcdef", "made for a spec" },
      { snap.backbone, snap.n_items, snap.fingerprint, snap.provenance })
    local other = toy.model(5, 2)
    assert.are_not.equal(toy.bytes(model), toy.bytes(other))
    assert.is_true(snapshot.restore(other, snap.tensors))
    assert.are.equal(toy.bytes(model), toy.bytes(other))
  end)

  it("keeps the most specific category of each item; old snapshots have none", function ()
    saved()
    assert.is_nil(assert(snapshot.load(path)).categories)
    set.categories = { [1] = { "Beauty", "Hair\nCare" }, [4] = { "Tools" } }
    saved()
    assert.are.same({ "Hair Care", "", "", "Tools", "" }, assert(snapshot.load(path)).categories)
    saved { categories = "too\nfew" }
    local snap, message, code = snapshot.load(path)
    assert.is_nil(snap)
    assert.are.equal(path .. ": not an eimf snapshot: incomplete description", message)
    assert.are.equal("BAD_FORMAT", code)
  end)

  it("writes the same bytes for the same content", function ()
    assert(snapshot.save(path, model, toy.options, set))
    assert(snapshot.save(folder .. "/again", toy.model(5), toy.options, toy.set(5)))
    assert.are.equal(files.read(path), files.read(folder .. "/again"))
  end)

  it("does not restore into a model of another shape, and says which tensor differs", function ()
    saved()
    local snap = assert(snapshot.load(path))
    local other = toy.model(6)
    local before = toy.bytes(other)
    local done, message, code = snapshot.restore(other, snap.tensors)
    assert.is_nil(done)
    assert.is_truthy(message:find("tensor 'items'", 1, true), message)
    assert.are.equal("BAD_FORMAT", code)
    assert.are.equal(before, toy.bytes(other))
    snap.tensors.w2 = nil
    done, message = snapshot.restore(toy.model(5), snap.tensors)
    assert.is_nil(done)
    assert.are.equal("tensor 'w2' is missing", message)
  end)

  it("refuses what is no snapshot, with the path and a reason", function ()
    local wrong = {
      { format = "none" }, { format = "eimf checkpoint 1" }, { n_items = "none" }, { n_items = "4" }, { n_items = "0" },
      { n_items = "-5" }, { n_items = "nan" }, { item_ids = "none" }, { titles = "a\nb" }, { backbone = "none" },
      { options = "none" },
    }
    for _, changes in ipairs(wrong) do
      saved(changes)
      local snap, message, code = snapshot.load(path)
      assert.is_nil(snap, (next(changes)))
      assert.are.equal(path .. ": not an eimf snapshot: ", message:sub(1, #path + 24))
      assert.is_nil(message:find("\n"))
      assert.are.equal("BAD_FORMAT", code)
    end
  end)

  it("refuses an item table that does not fit the number of items", function ()
    saved()
    local file = assert(safetensors.load(path))
    file.tensors.items = file.tensors.positions
    assert(safetensors.save(path, file.tensors, file.metadata))
    local snap, message = snapshot.load(path)
    assert.is_nil(snap)
    assert.is_truthy(message:find("the item table does not have 6 rows", 1, true), message)
  end)

  it("passes on what the file system says", function ()
    local snap, message, code = snapshot.load(folder .. "/none")
    assert.is_nil(snap)
    assert.are.equal(folder .. "/none: No such file or directory", message)
    assert.are.equal("ENOENT", code)
  end)

  it("leaves the good snapshot where the disk is full #lua54", function ()
    saved()
    local before = files.read(path)
    local printed = scratch.with_small_disk(1, ([[
      local toy = require "spec.toy"
      print(require "eimf.snapshot".save(%q, toy.model(5, 2), toy.options, toy.set(5)))
    ]]):format(path))
    assert.are.equal(("nil\t%s: File too large\tEFBIG\n"):format(path), printed)
    assert.are.equal(before, files.read(path))
    assert.are.equal("", scratch.temporaries(path))
  end)
end)
