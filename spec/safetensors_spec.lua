local core = require "eimf.core"
local files = require "eimf.files"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"

local GOLDEN = "spec/golden/formats/"

describe("eimf.safetensors", function ()
  local folder, path

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/x.safetensors"
  end)
  after_each(function () scratch.remove(folder) end)

  local function floats (rows, cols, first)
    local t = core.new("float32", rows, cols)
    for i = 1, rows do
      for j = 1, cols do t:set(i, j, first + (i - 1) * cols + j) end
    end
    return t
  end

  local function example ()
    local ids = core.new("int32", 3)
    for i = 1, 3 do ids:set(i, i * 100) end
    return { items = floats(2, 3, 0.5), ids = ids, empty = core.new("float32", 0, 4) },
      { backbone = "comirec_sa", options = '{"dim":64}', bytes = "\0\1\n\"\\ \195\169" }
  end

  -- The file of a header and data, as anybody may write it.
  local function file_of (header, data)
    local n = #header
    local prefix = {}
    for i = 1, 8 do
      prefix[i] = string.char(n % 256)
      n = math.floor(n / 256)
    end
    return table.concat(prefix) .. header .. (data or "")
  end

  local function refused (bytes)
    local loaded, message, code = safetensors.load(scratch.put(path, bytes))
    assert.is_nil(loaded)
    assert.are.equal("BAD_FORMAT", code)
    assert.are.equal(path .. ": ", message:sub(1, #path + 2))
    return message:sub(#path + 3)
  end

  it("reads back what it wrote, bit for bit", function ()
    local tensors, metadata = example()
    assert.is_true(safetensors.save(path, tensors, metadata))
    local loaded = assert(safetensors.load(path))
    assert.are.same(metadata, loaded.metadata)
    for name, tensor in pairs(tensors) do
      assert.are.equal(tensor:dtype(), loaded.tensors[name]:dtype())
      assert.are.same(tensor:shape(), loaded.tensors[name]:shape())
      assert.are.equal(tensor:tostring(), loaded.tensors[name]:tostring())
    end
    loaded.tensors.empty, loaded.tensors.ids, loaded.tensors.items = nil, nil, nil
    assert.is_nil(next(loaded.tensors))
  end)

  it("writes the form to the byte: names sorted, padded to 8", function ()
    local x = core.new("float32", 1, 2)
    x:set(1, 1, 1)
    x:set(1, 2, -2)
    assert(safetensors.save(path, { x = x, a = core.new("int32", 1) }, { k = "v" }))
    local header = '{"__metadata__":{"k":"v"},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},' ..
      '"x":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}'
    header = header .. (" "):rep(-#header % 8)
    assert.are.equal(file_of(header, "\0\0\0\0\0\0\128\63\0\0\0\192"), files.read(path))
  end)

  it("gives the same bytes for the same content", function ()
    local tensors, metadata = example()
    assert(safetensors.save(path, tensors, metadata))
    local first = files.read(path)
    local again, others = {}, {}
    for _, name in ipairs { "items", "empty", "ids" } do again[name] = tensors[name] end
    for _, key in ipairs { "options", "bytes", "backbone" } do others[key] = metadata[key] end
    assert(safetensors.save(path, again, others))
    assert.are.equal(first, files.read(path))
  end)

  it("writes no metadata where there are none", function ()
    assert(safetensors.save(path, {}))
    assert.are.equal(file_of("{}      "), files.read(path))
    assert.are.same({ tensors = {}, metadata = {} }, safetensors.load(path))
  end)

  it("reads a file of the reference writer, other types converted", function ()
    local loaded = assert(safetensors.load(GOLDEN .. "tensors.safetensors"))
    assert.are.same({ name = "caf\195\169 \240\159\152\128", quoted = 'a "b"\\\n\t\1' }, loaded.metadata)
    local t = loaded.tensors
    assert.are.same({ { 0.5, -1.25, 3 }, { t.items:get(2, 1), 65504, -6.103515625e-05 } }, t.items:totable())
    assert.are.equal(t.items:tostring(), t.double:tostring())
    assert.are.equal(65504, t.half:get(2, 2))
    assert.are.same({ 0, 1, -1, 2147483647, -2147483648 }, t.ids:totable())
    assert.are.equal(t.ids:tostring(), t.long:tostring())
    assert.are.same({ 7.5 }, t.scalar:totable())
    assert.are.same({ 0, 3 }, t.empty:shape())
    assert.are.same({ 1, -3, math.huge }, safetensors.load(GOLDEN .. "bfloat16.safetensors").tensors.x:totable())
  end)

  it("gives nil, message, code where there is no file", function ()
    local loaded, message, code = safetensors.load(path)
    assert.is_nil(loaded)
    assert.are.equal(path .. ": No such file or directory", message)
    assert.are.equal("ENOENT", code)
    loaded, message, code = safetensors.load(folder)
    assert.is_nil(loaded)
    assert.are.equal(folder .. ": Is a directory", message)
    assert.are.equal("EISDIR", code)
  end)

  it("refuses a file cut anywhere", function ()
    assert(safetensors.save(path, example()))
    local bytes = files.read(path)
    for n = 0, #bytes - 1 do refused(bytes:sub(1, n)) end
    assert.are.equal("an empty file", refused(""))
    assert.are.equal("tensor 'x': data past the end of the file (cut short?)",
      refused(file_of('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', "1234")))
  end)

  it("says what is wrong with a file", function ()
    assert.are.equal("not a safetensors file: its header would be over 100 MB", refused("PK\3\4 something else"))
    assert.are.equal("shorter than a safetensors header", refused(file_of("{}"):sub(1, 9)))
    assert.are.equal("the header is longer than the file", refused("\3" .. file_of("{}"):sub(2)))
    assert.are.equal("bytes after the last tensor (byte 2 of the header)", refused(file_of("{}", "x")))
    assert.are.equal("tensor 'x': a value outside int32",
      refused(file_of('{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', "\0\0\0\0\1\0\0\0")))
    assert.are.equal("tensor 'x': a value outside float32",
      refused(file_of('{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}', "\0\0\0\0\0\0\224\127")))
    assert.are.equal("tensor 'x': a dtype that is not read (F32, I32, F16, BF16, F64 and I64 are)",
      refused(file_of('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', "1")))
  end)

  it("never fails in another way on damaged files", function ()
    assert(safetensors.save(path, example()))
    local sources = { files.read(path), files.read(GOLDEN .. "tensors.safetensors") }
    local number, good, bad = scratch.numbers(20240607), 0, 0
    for _ = 1, 3000 do
      local bytes = sources[number(2)]
      local header = 8 + bytes:byte(1) + 256 * bytes:byte(2)
      if number(4) > 1 then                        -- mostly within the header, its length kept right
        local text = scratch.mutated(bytes:sub(9, header), number)
        bytes = file_of(text, bytes:sub(header + 1))
      else
        bytes = scratch.mutated(bytes, number)
      end
      local loaded, message, code = safetensors.load(scratch.put(path, bytes))
      if loaded then
        good = good + 1
        for name, tensor in pairs(loaded.tensors) do
          assert.is_string(name)
          assert.are.equal(4 * tensor:size(), #tensor:tostring())
        end
      else
        bad = bad + 1
        assert.are.equal("BAD_FORMAT", code)
        assert.are.equal(path, message:sub(1, #path))
        assert.is_nil(message:find("\n"))
      end
    end
    assert.is_true(bad > 2000 and good > 10, ("%d good, %d bad"):format(good, bad))
  end)

  it("leaves the old file as it was when the disk is full #lua54", function ()
    assert(safetensors.save(path, { x = core.new("float32", 3) }))
    local old = files.read(path)
    local printed = scratch.with_small_disk(4, ([[
      local core, safetensors = require "eimf.core", require "eimf.safetensors"
      print(safetensors.save("%s", { x = core.new("float32", 1000) }))
    ]]):format(path))
    assert.are.equal("nil\t" .. path .. ": File too large\tEFBIG\n", printed)
    assert.are.equal(old, files.read(path))
    assert.are.equal("", scratch.temporaries(path))
  end)

  it("gives nil, message, code for a path that cannot be written", function ()
    local done, message, code = safetensors.save(folder .. "/none/x", example())
    assert.is_nil(done)
    assert.are.equal(folder .. "/none/x: No such file or directory", message)
    assert.are.equal("ENOENT", code)
  end)

  it("raises for what cannot be in a file", function ()
    local x = core.new("float32", 1)
    assert.error_matches(function () safetensors.save(path, { 1 }) end, "key that is no string: 1")
    assert.error_matches(function () safetensors.save(path, { x = 1 }) end, "'x' is a number, not a tensor")
    assert.error_matches(function () safetensors.save(path, { x = x }, { a = 1 }) end, "'a' is a number, not a string")
    assert.error_matches(function () safetensors.save(path, { x = x }, { a = "\255" }) end, "not UTF%-8")
    assert.error_matches(function () safetensors.save(path, { ["\255"] = x }) end, "not UTF%-8")
    assert.error_matches(function () safetensors.save(path, { __metadata__ = x }) end, "keeps for itself")
    assert.is_false(files.exists(path))
  end)
end)
