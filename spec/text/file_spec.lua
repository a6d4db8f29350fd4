local core = require "eimf.core"
local npy = require "eimf.npy"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local text = require "eimf.text"

describe("eimf.text.file", function ()
  local folder, path

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/items.npy"
  end)
  after_each(function () scratch.remove(folder) end)

  local ROWS = { { 3, 4 }, { 0, 0 }, { 0, -2 } }

  local function save (rows) assert(npy.save(path, core.from_table("float32", rows or ROWS))) end

  local function ids (lines, name) scratch.put(folder .. "/" .. (name or "items.txt"), lines) end

  local function open (opt)
    opt = opt or {}
    opt.encoder, opt.vectors = "file", opt.vectors or path
    return text.open(opt)
  end

  local function refused (code, opt)
    local encoder, message, got = open(opt)
    assert.is_nil(encoder)
    assert.are.equal(code, got)
    return message
  end

  local function near (wanted, x)
    assert.are.same({ #wanted, #wanted[1] }, x:shape())
    for i, row in ipairs(wanted) do
      for j, value in ipairs(row) do assert.is_true(math.abs(x:get(i, j) - value) < 1e-6) end
    end
  end

  it("gives unit vectors by raw ids, zeros for those that are absent", function ()
    save()
    ids "a\nb\nc\n"
    local encoder = assert(open { dim = 2 })
    assert.are.equal(2, encoder.dim)
    assert.are.equal("file items.npy, 3 vectors, 2 wide", encoder.name)
    local x, absent, message = encoder:items { "c", "x", "a", "b" }
    near({ { 0, -1 }, { 0, 0 }, { 0.6, 0.8 }, { 0, 0 } }, x)
    assert.are.equal(1, absent)
    assert.are.equal(path .. ": 3 of 4 items have a row", message)
  end)

  it("takes ids of another file, with Windows' line ends", function ()
    save()
    ids("x\r\ny\r\nz\r\n", "names")
    near({ { 0, -1 } }, assert(open { ids = folder .. "/names" }):items { "z" })
  end)

  it("takes rows in the order of items where there are no ids", function ()
    save()
    local encoder = assert(open())
    near({ { 0.6, 0.8 }, { 0, 0 }, { 0, -1 } }, encoder:items(3))
    near({ { 0.6, 0.8 }, { 0, 0 }, { 0, -1 } }, encoder:items { "any", "three", "ids" })
    local x, message, code = encoder:items(4)
    assert.is_nil(x)
    assert.are.equal("WRONG_SIZE", code)
    assert.are.equal(path .. ": 3 vectors for 4 items, and no file of ids", message)
  end)

  it("reads float16, and safetensors by name", function ()
    near({ { 0.5 / math.sqrt(10.8125), -1.25 / math.sqrt(10.8125), 3 / math.sqrt(10.8125) } },
      assert(open { vectors = "spec/golden/formats/float16.npy" }):items(2):rows(1, 1))
    local both = folder .. "/both.safetensors"
    local x, y = core.from_table("float32", { { 2, 0 } }), core.from_table("float32", { { 0, 2 } })
    assert(safetensors.save(both, { x = x, y = y }))
    near({ { 0, 1 } }, assert(open { vectors = both, tensor = "y" }):items(1))
    assert.matches("2 tensors; give tensor = one of: x, y", refused("BAD_FORMAT", { vectors = both }))
    assert.matches("no tensor 'z'", refused("BAD_FORMAT", { vectors = both, tensor = "z" }))
    assert(safetensors.save(both, { x = x }))
    near({ { 1, 0 } }, assert(open { vectors = both }):items(1))
  end)

  it("refuses what cannot be vectors, naming file and row", function ()
    assert.matches("No such file", refused("ENOENT"))
    save { { 1, 2 }, { 0 / 0, 1 } }
    assert.are.equal(path .. ": row 2 holds NaN or infinity", refused "NOT_FINITE")
    ids "a\nb\n"
    assert.are.equal(path .. ": row 2 (id 'b') holds NaN or infinity", refused "NOT_FINITE")
    save { { 1, 2 }, { 1 / 0, 1 } }
    refused "NOT_FINITE"
    save { { 1, 2 }, { 2, 1 } }
    assert.are.equal(path .. ": vectors 2 wide, wanted 384", refused("WRONG_WIDTH", { dim = 384 }))
    ids "a\n"
    assert.matches("1 ids for the 2 vectors", refused "BAD_FORMAT")
    ids "a\na\n"
    assert.matches("id 'a' stands in lines 1 and 2", refused "BAD_FORMAT")
    assert.matches("No such file", refused("ENOENT", { ids = folder .. "/none" }))
    assert(npy.save(path, core.from_table("float32", { 1, 2 })))
    assert.matches("vectors are a float matrix", refused "BAD_FORMAT")
    assert(npy.save(path, core.from_table("int32", { { 1, 2 } })))
    assert.matches("vectors are a float matrix", refused "BAD_FORMAT")
    scratch.put(path, "no array")
    refused "BAD_FORMAT"
  end)

  it("encodes texts by its fallback only", function ()
    save()
    local x, message, code = assert(open()):encode { "words" }
    assert.is_nil(x)
    assert.are.equal("NO_TEXT_ENCODER", code)
    assert.matches("cannot encode texts", message)
    local lsa = assert(text.open { encoder = "lsa", fit = { "red pen", "blue ink" }, dim = 2 })
    local encoder = assert(open { fallback = lsa })
    assert.are.equal(lsa:encode { "pen" }:tostring(), encoder:encode { "pen" }:tostring())
    local wide = assert(text.open { encoder = "lsa", fit = { "red pen", "blue ink", "a cap" }, dim = 3 })
    assert.matches("vectors 2 wide, those of its fallback .* 3", refused("WRONG_WIDTH", { fallback = wide }))
  end)

  it("finds the width of a fallback out late", function ()
    save()
    local late = { name = "late", key = function () return "late" end }
    function late:encode (texts)
      self.dim = 3
      return core.new("float32", #texts, 3)
    end
    local encoder = assert(open { fallback = late })
    local x, _, code = encoder:encode { "a" }
    assert.is_nil(x)
    assert.are.equal("WRONG_WIDTH", code)
  end)

  it("has a key of vectors, ids and fallback", function ()
    save()
    local plain = assert(open()):key()
    assert.are.equal(plain, assert(open()):key())
    ids "a\nb\nc\n"
    local named = assert(open()):key()
    assert.are_not.equal(plain, named)
    save { { 3, 4 }, { 0, 0 }, { 0, -1 } }
    assert.are_not.equal(named, assert(open()):key())
  end)
end)
