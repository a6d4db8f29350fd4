local core = require "eimf.core"
local files = require "eimf.files"
local npy = require "eimf.npy"
local scratch = require "spec.scratch"

local GOLDEN = "spec/golden/formats/"

describe("eimf.npy", function ()
  local folder, path

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/x.npy"
  end)
  after_each(function () scratch.remove(folder) end)

  local function golden (name)
    return assert(npy.load(GOLDEN .. name .. ".npy"))
  end

  -- A file of version 1 with this header and data.
  local function file_of (header, data)
    return "\147NUMPY\1\0" .. string.char(#header % 256, math.floor(#header / 256)) .. header .. (data or "")
  end

  local function refused (bytes)
    local loaded, message, code = npy.load(scratch.put(path, bytes))
    assert.is_nil(loaded)
    assert.are.equal("BAD_FORMAT", code)
    assert.are.equal(path .. ": ", message:sub(1, #path + 2))
    return message:sub(#path + 3)
  end

  it("reads what numpy wrote", function ()
    local x = golden "float32"
    assert.are.equal("float32", x:dtype())
    assert.are.same({ 2, 3 }, x:shape())
    assert.are.same({ { 0.5, -1.25, 3 }, { x:get(2, 1), 65504, -6.103515625e-05 } }, x:totable())
    assert.is_true(math.abs(x:get(2, 1) - 0.1) < 1e-8)
    assert.are.equal(x:tostring(), golden "float64":tostring())
    assert.are.equal(x:tostring(), golden "version2":tostring())
    assert.are.equal(x:tostring(), golden "version3":tostring())
    assert.are.equal(65504, golden "float16":get(2, 2))
    assert.are.same({ 0, 1, -1, 2147483647, -2147483648 }, golden "int32":totable())
    assert.are.equal("int32", golden "int64":dtype())
    assert.are.equal(golden "int32":tostring(), golden "int64":tostring())
  end)

  it("reads ranks 0 to 4 and empty arrays", function ()
    assert.are.same({ 7.5 }, golden "rank0":totable())
    assert.are.same({ 2, 3, 1, 4 }, golden "rank4":shape())
    assert.are.equal(23, golden "rank4":get(2, 3, 1, 4))
    assert.are.same({ 0, 3 }, golden "empty":shape())
  end)

  it("writes the bytes that numpy writes", function ()
    for _, name in ipairs { "float32", "int32", "rank4", "empty" } do
      assert.is_true(npy.save(path, golden(name)))
      assert.are.equal(files.read(GOLDEN .. name .. ".npy"), files.read(path), name)
    end
  end)

  it("refuses what it does not read, with a reason", function ()
    local function reason (name)
      local x, message, code = npy.load(GOLDEN .. name .. ".npy")
      assert.is_nil(x)
      assert.are.equal("BAD_FORMAT", code)
      return message:sub(#GOLDEN + #name + 7)
    end
    assert.are.equal("Fortran order; save numpy.ascontiguousarray(x) instead", reason "fortran")
    assert.are.equal("a value that does not fit int32", reason "large_int64")
    assert.are.equal("a value that does not fit float32", reason "large_float64")
    assert.are.equal("element type >f4; <f4, <i4, <f2, <f8 and <i8 are read", reason "big_endian")
    assert.are.equal("element type |b1; <f4, <i4, <f2, <f8 and <i8 are read", reason "bool")
    assert.are.equal("rank 5; at most 4 is read", reason "rank5")
  end)

  it("refuses malformed headers", function ()
    local function header (text) return refused(file_of(text, "1234")) end
    assert.are.equal("the header is no dictionary", header "")
    assert.are.equal("the header is no dictionary", header "[]")
    assert.are.equal("element type missing; <f4, <i4, <f2, <f8 and <i8 are read", header "{}")
    assert.are.equal("bytes after the header's dictionary", header "{} x")
    assert.are.equal("the header's dictionary is malformed", header "{'descr': '<f4' 'shape': (1,)}")
    assert.are.equal("the header's dictionary is malformed", header "{'descr': '<f4', 'descr': '<f4'}")
    assert.are.equal("the header has an unknown key",
      header "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': True}")
    assert.are.equal("the header's dictionary has a value that is not understood", header "{'descr': [('a', '<f4')]}")
    assert.are.equal("the header has no fortran_order", header "{'descr': '<f4', 'shape': (1,)}")
    assert.are.equal("the header has no shape", header "{'descr': '<f4', 'fortran_order': False}")
    for _, shape in ipairs { "(1)", "(,)", "(1,,1)", "(,1)", "(1, 1,,)", "(12345678901,)" } do
      assert.are.equal("shape " .. shape .. " is not understood",
        header("{'descr': '<f4', 'fortran_order': False, 'shape': " .. shape .. "}"))
    end
    assert.are.equal("a dimension of 2147483648 is too large",
      header "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483648,)}")
    assert.are.equal("the header's dictionary has a value that is not understood",
      header "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}")
  end)

  it("refuses a file cut anywhere, and one that goes on", function ()
    local bytes = files.read(GOLDEN .. "float32.npy")
    for n = 0, #bytes - 1 do refused(bytes:sub(1, n)) end
    assert.are.equal("cut short: 23 bytes of data, expected 24", refused(bytes:sub(1, -2)))
    assert.are.equal("1 bytes after the array", refused(bytes .. "x"))
    assert.are.equal("not a .npy file", refused("PK\3\4"))
    assert.are.equal("version 4.0 of the .npy form is not known", refused("\147NUMPY\4\0" .. bytes:sub(9)))
  end)

  it("never fails in another way on damaged files", function ()
    local names = { "float32", "int64", "rank4", "version3" }
    local number, good, bad = scratch.numbers(20240608), 0, 0
    for _ = 1, 3000 do
      local bytes = files.read(GOLDEN .. names[number(4)] .. ".npy")
      local loaded, message, code = npy.load(scratch.put(path, scratch.mutated(bytes, number)))
      if loaded then
        good = good + 1
        assert.are.equal(4 * loaded:size(), #loaded:tostring())
      else
        bad = bad + 1
        assert.are.equal("BAD_FORMAT", code)
        assert.are.equal(path, message:sub(1, #path))
      end
    end
    assert.is_true(bad > 1500 and good > 20, ("%d good, %d bad"):format(good, bad))
  end)

  it("gives nil, message, code where the world refuses", function ()
    local done, message, code = npy.save(folder .. "/none/x.npy", core.new("float32", 1))
    assert.is_nil(done)
    assert.are.equal(folder .. "/none/x.npy: No such file or directory", message)
    assert.are.equal("ENOENT", code)
    done, message, code = npy.load(path)
    assert.is_nil(done)
    assert.are.equal(path .. ": No such file or directory", message)
    assert.are.equal("ENOENT", code)
  end)

  it("raises for what is no tensor", function ()
    assert.error_matches(function () npy.save(path, { 1 }) end, "a tensor expected, got table")
  end)
end)
