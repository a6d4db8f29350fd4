--- Checks that operations begin with. A wrong call raises where the operation
-- was called, naming it, the argument, shapes and sizes.
-- @module eimf.ops.shapes

local core = require "eimf.core"

local shapes = {}

local function refuse (op, arg, form, ...)
  error(("bad argument #%d to '%s' (%s)"):format(arg, op, form:format(...)), 4)
end

--- Shape of a tensor or value as text.
-- @tparam tensor|value x
-- @treturn string like "(3, 4)"
function shapes.text (x)
  local data = core.is_tensor(x) and x or x.data
  return "(" .. table.concat(data:shape(), ", ") .. ")"
end

local function checked (op, arg, x)
  if core.is_tensor(x) then
    error(("bad argument #%d to '%s' (value or param expected, got a tensor: t:constant(x) makes a value of it)")
      :format(arg, op), 4)
  end
  if type(x) ~= "table" or not core.is_tensor(x.data) then
    error(("bad argument #%d to '%s' (value or param expected, got %s)"):format(arg, op, type(x)), 4)
  end
  return x.data
end

--- A value or parameter of given rank.
-- @tparam string op
-- @tparam integer arg
-- @tparam value x
-- @tparam[opt] integer rank any where nil
-- @tparam[opt] integer least the rank at least
-- @treturn tensor its data
function shapes.value (op, arg, x, rank, least)
  local data = checked(op, arg, x)
  if rank and data:rank() ~= rank then refuse(op, arg, "shape %s, wanted rank %d", shapes.text(data), rank) end
  if least and data:rank() < least then
    refuse(op, arg, "shape %s, wanted rank %d or more", shapes.text(data), least)
  end
  return data
end

--- A value shaped like another one.
-- @tparam string op
-- @tparam integer arg
-- @tparam value x
-- @tparam value like
-- @treturn tensor its data
function shapes.same (op, arg, x, like)
  local data, other = checked(op, arg, x), like.data
  local same = data:rank() == other:rank()
  for i = 1, same and data:rank() or 0 do same = same and data:dim(i) == other:dim(i) end
  if not same then refuse(op, arg, "shape %s against %s", shapes.text(data), shapes.text(other)) end
  return data
end

--- A vector (n) beside something whose size `what` is n.
-- @tparam string op
-- @tparam integer arg
-- @tparam value x
-- @tparam integer n
-- @tparam value against what n comes from
-- @treturn tensor its data
function shapes.vector (op, arg, x, n, against)
  local data = checked(op, arg, x)
  if data:rank() ~= 1 or data:dim(1) ~= n then
    refuse(op, arg, "shape %s against %s: wanted (%d)", shapes.text(data), shapes.text(against), n)
  end
  return data
end

--- Two sizes that must agree.
-- @tparam string op
-- @tparam integer arg the second one's argument
-- @tparam value a
-- @tparam value b
-- @tparam string what "inner sizes"
-- @tparam integer m size of a
-- @tparam integer n size of b
function shapes.agree (op, arg, a, b, what, m, n)
  if m ~= n then
    refuse(op, arg, "shape %s against %s: %s %d and %d differ", shapes.text(a), shapes.text(b), what, m, n)
  end
end

--- Whole tensor of ids: offsets or positions.
-- @tparam string op
-- @tparam integer arg
-- @tparam tensor x
-- @treturn integer its elements
function shapes.ids (op, arg, x)
  if not core.is_tensor(x) or x:dtype() ~= "int32" or x:rank() ~= 1 then
    refuse(op, arg, "int32 vector expected, got %s", core.is_tensor(x) and tostring(x) or type(x))
  end
  return x:size()
end

--- Offsets (B+1) of the segments of R rows.
-- @tparam string op
-- @tparam integer arg
-- @tparam tensor offsets
-- @tparam[opt] tensor|value x the rows (R, ...); nil: not compared
-- @treturn integer B
-- @treturn integer R
function shapes.offsets (op, arg, offsets, x)
  if not core.is_tensor(offsets) or offsets:dtype() ~= "int32" or offsets:rank() ~= 1 or offsets:size() < 1 then
    refuse(op, arg, "offsets (B+1) expected, got %s", core.is_tensor(offsets) and tostring(offsets) or type(offsets))
  end
  local rows, n = offsets:get(-1), x and (core.is_tensor(x) and x or x.data):dim(1)
  if n and n ~= rows then
    refuse(op, arg, "offsets end at %d against shape %s: %d rows", rows, shapes.text(x), n)
  end
  return offsets:size() - 1, rows
end

--- View of a tensor as rows of its last dimension.
-- @tparam tensor data rank 2 or more
-- @treturn tensor (R, C)
function shapes.rows (data)
  local rank, n = data:rank(), 1
  if rank == 2 then return data end
  for i = 1, rank - 1 do n = n * data:dim(i) end
  return data:reshape(n, data:dim(rank))
end

return shapes
