--- Named tensors in one file, in the safetensors form that Python reads too.
-- @module eimf.safetensors

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"

local safetensors = {}

-- The keys of a table of strings in byte order, and their values.
local function sorted (of, what)
  local keys, values = {}, {}
  for key in pairs(of) do
    if type(key) ~= "string" then error(what .. " with a key that is no string: " .. tostring(key), 3) end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do values[i] = of[key] end
  return keys, values
end


local function check_values (keys, values, good, wanted)
  for i, value in ipairs(values) do
    if not good(value) then error(("'%s' is a %s, not a %s"):format(keys[i], type(value), wanted), 3) end
  end
end


--- Loads a file: F32, F16, BF16 and F64 become float32, I32 and I64 int32; rank 0 becomes (1).
-- @tparam string path
-- @treturn table `{ tensors = {name = tensor}, metadata = {string = string} }`
-- @treturn[2] nil
-- @treturn[2] string "path: reason"
-- @treturn[2] string code: "BAD_FORMAT", "ENOENT" ...
-- @usage local snapshot = assert(safetensors.load("runs/beauty/snapshot.safetensors"))
-- print(snapshot.metadata.backbone, snapshot.tensors.items)
function safetensors.load (path)
  local tensors, metadata, code = core.safetensors_load(path)
  if not tensors then return nil, metadata, code end
  return { tensors = tensors, metadata = metadata }
end


--- Saves tensors: whole or not at all (see `eimf.files.write`), and the same bytes for the same content.
-- @tparam string path
-- @tparam table tensors `{name = tensor}`
-- @tparam[opt] table metadata `{string = string}`, UTF-8
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string "path: reason"
-- @treturn[2] string code: "ENOSPC" ...
-- @usage assert(safetensors.save("items.safetensors", { items = table }, { made_by = "eimf" }))
function safetensors.save (path, tensors, metadata)
  local names, list = sorted(tensors, "tensors")
  local keys, values = sorted(metadata or {}, "metadata")
  check_values(names, list, core.is_tensor, "tensor")
  check_values(keys, values, function (v) return type(v) == "string" end, "string")
  return core.safetensors_save(path, names, list, keys, values)
end


return safetensors
