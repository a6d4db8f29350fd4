-- Tasks of the out-of-memory sweep: files written, read and refused. See tools/oom_host.c.
local core = require "eimf.core"
local files = require "eimf.files"
local npy = require "eimf.npy"
local safetensors = require "eimf.safetensors"

local path = os.tmpname()
local x, ids = core.new("float32", 3, 2), core.new("int32", 5)
local GOLDEN = "spec/golden/formats/"

return {
  safetensors = function ()
    assert(safetensors.save(path, { x = x, ids = ids }, { name = "value" }))
    assert(safetensors.load(path).tensors.x:size() == 6)
    assert(not safetensors.save("/none/x", { x = x }))
    os.remove(path)
  end,

  safetensors_refused = function ()
    assert(safetensors.load(GOLDEN .. "tensors.safetensors"))
    assert(not safetensors.load(GOLDEN .. "float32.npy"))
    assert(not safetensors.load("/none/x"))
  end,

  npy = function ()
    assert(npy.save(path, x))
    assert(npy.load(path):size() == 6)
    assert(npy.load(GOLDEN .. "float16.npy"))
    assert(not npy.load(GOLDEN .. "fortran.npy"))
    os.remove(path)
  end,

  files = function ()
    assert(files.write(path, { "one", "two" }))
    assert(files.append_line(path, "three"))
    assert(files.read(path))
    assert(not files.write("/none/x", "x"))
    assert(files.mkdirs("/tmp"))
    os.remove(path)
  end,
}
