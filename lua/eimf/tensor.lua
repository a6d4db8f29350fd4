--- Tensors: float32 or int32, row-major, at most 4 dimensions.
-- The bytes lie inside a Lua userdata, so the collector and the limits of a
-- host see them. Positions and dimensions count from 1, negative ones from the
-- end; ids are data (0 = no item), and row `id` of a table (N+1, D) is its
-- position id + 1.
-- @module eimf.tensor

require "eimf.boot".prepare()
local core = require "eimf.core"

local tensor = {}

--- Zeros.
-- @tparam integer ... 1 to 4 sizes
-- @treturn tensor float32
function tensor.zeros (...)
  return core.new("float32", ...)
end

--- Zeros for ids.
-- @tparam integer ... 1 to 4 sizes
-- @treturn tensor int32
function tensor.zeros_ids (...)
  return core.new("int32", ...)
end

--- Tensor from numbers in (nested) tables.
-- @tparam table values rows of equal length
-- @treturn tensor float32
-- @usage local x = tensor.tensor { {1, 2}, {3, 4} }
function tensor.tensor (values)
  return core.from_table("float32", values)
end

--- Ids from numbers in (nested) tables.
-- @tparam table values whole numbers
-- @treturn tensor int32
function tensor.ids (values)
  return core.from_table("int32", values)
end

--- Tensor from raw bytes, 4 for each element, little-endian.
-- @tparam string dtype "float32" or "int32"
-- @tparam {integer,...} shape 1 to 4 sizes
-- @tparam string bytes
-- @treturn tensor
function tensor.from_bytes (dtype, shape, bytes)
  return core.new(dtype, (table.unpack or unpack)(shape)):read_(bytes)
end

--- True for a tensor.
-- @param x anything
-- @treturn boolean
function tensor.is_tensor (x)
  return core.is_tensor(x)
end

return tensor
