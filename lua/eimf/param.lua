--- Parameters: tensors that an optimiser updates. They outlive every tape.
-- A dense parameter keeps one gradient tensor. A sparse one (a table of rows)
-- keeps parts (ids, values) until the optimiser merges them; a dense gradient
-- may come on top (full softmax). `lacking`, where a table has one, adds to rows
-- that are looked up what the table does not hold yet. Neighbour of tape.lua.
-- @module eimf.param

local core = require "eimf.core"

local Param = {}
Param.__index = Param

local param = {}

--- A parameter.
-- @tparam table options `data` tensor, `name` string, `sparse` true for a table (N+1, D) whose row 0 stays zero
-- @treturn param
function param.new (options)
  assert(core.is_tensor(options.data), "param.new: 'data' must be a tensor")
  assert(type(options.name) == "string", "param.new: 'name' must be a string")
  return setmetatable({
    data = options.data, name = options.name, sparse = options.sparse or false,
    needs_grad = true, parts = {}, touched = false,
  }, Param)
end

--- Dense gradient; zeros when first asked for after `zero_grad`.
-- @treturn tensor of the shape of `data`
function Param:grad ()
  if not self.gradient then
    self.gradient = core.new("float32", (table.unpack or unpack)(self.data:shape()))
  elseif not self.touched then
    self.gradient:fill_(0)
  end
  self.touched = true
  return self.gradient
end

--- As a value's `room`.
-- @treturn tensor
-- @treturn boolean true
function Param:room () return self:grad(), true end

--- Adds a part of a sparse gradient. The tensors must last until the optimiser's step.
-- @tparam tensor ids (n) int32; id 0 is passed over
-- @tparam tensor values (n, D)
function Param:add_rows (ids, values)
  self.parts[#self.parts + 1] = { ids = ids, values = values }
end

--- Marks of a table's rows, for `core.rows_mark` and `core.rows_number`; all 0 between uses.
-- @treturn tensor (N+1) int32
function Param:marks ()
  self.marker = self.marker or core.new("int32", self.data:dim(1))
  return self.marker
end

--- Forgets the gradient.
function Param:zero_grad ()
  self.touched = false
  for i = #self.parts, 1, -1 do self.parts[i] = nil end
end

return param
