--- Operations that move numbers: gathering, joining, cutting, reshaping.
-- Neighbour: shapes.lua.
-- @module eimf.ops.shape

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- Rows by position: y[i] = x[positions[i]]; gradients of a row met twice add up.
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor positions (n) int32 from 0; must keep its content until backward
-- @treturn value (n, D)
function ops.gather (t, x, positions)
  local data, n = shapes.value("gather", 1, x, 2), shapes.ids("gather", 2, positions)
  local y = t:value({ n, data:dim(2) }, x)
  core.gather_rows(y.data, data, positions)
  return t:record("gather", y, function () core.rows_add(x:grad(), positions, y:grad(), -1) end)
end

--- Copies each matrix behind the one before it, along rows or columns; `visit` gets their places.
local function each_place (list, along_rows, visit)
  local at = 0
  for _, x in ipairs(list) do
    local rows, columns = x.data:dim(1), x.data:dim(2)
    visit(x, along_rows and at or 0, along_rows and 0 or at, rows, columns)
    at = at + (along_rows and rows or columns)
  end
end

--- Size of the joined dimension; the other one must agree.
local function joined_size (list, dim)
  local size, other = 0, 3 - dim
  for i, x in ipairs(list) do
    shapes.value("concat", 1, x, 2)
    shapes.agree("concat", 1, list[1], x, ("sizes of dimension %d (matrix %d)"):format(other, i),
      list[1].data:dim(other), x.data:dim(other))
    size = size + x.data:dim(dim)
  end
  return size
end

--- Matrices one behind the other.
-- @tparam tape t
-- @tparam {value,...} list matrices; all (*, C) for dim 1, all (R, *) for dim 2
-- @tparam[opt=1] integer dim 1: rows follow rows; 2: columns follow columns
-- @treturn value (sum of R, C) or (R, sum of C)
function ops.concat (t, list, dim)
  dim = dim or 1
  if type(list) ~= "table" or #list == 0 then
    error("bad argument #1 to 'concat' (list of values expected)", 2)
  end
  if dim ~= 1 and dim ~= 2 then error(("bad argument #2 to 'concat' (1 or 2 expected, got %s)"):format(dim), 2) end
  local along_rows, size = dim == 1, joined_size(list, dim)
  local first = list[1].data
  local y = t:value(along_rows and { size, first:dim(2) } or { first:dim(1), size }, (table.unpack or unpack)(list))
  each_place(list, along_rows, function (x, row, column, rows, columns)
    core.block(y.data, row, column, x.data, 0, 0, rows, columns)
  end)
  return t:record("concat", y, function ()
    each_place(list, along_rows, function (x, row, column, rows, columns)
      if x.needs_grad then core.block(x:grad(), 0, 0, y:grad(), row, column, rows, columns, true) end
    end)
  end)
end

--- Rows or columns lo..hi of a matrix.
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam integer dim 1: rows; 2: columns
-- @tparam integer lo first position, from 1
-- @tparam integer hi last position, included; lo - 1 gives none
-- @treturn value (hi - lo + 1, C) or (R, hi - lo + 1)
function ops.slice (t, x, dim, lo, hi)
  local data = shapes.value("slice", 1, x, 2)
  if dim ~= 1 and dim ~= 2 then error(("bad argument #2 to 'slice' (1 or 2 expected, got %s)"):format(dim), 2) end
  if not (lo >= 1 and hi >= lo - 1 and hi <= data:dim(dim)) then
    error(("bad argument #3 to 'slice' (positions %s..%s of dimension %d of shape %s)")
      :format(lo, hi, dim, shapes.text(x)), 2)
  end
  local n = hi - lo + 1
  local y = t:value(dim == 1 and { n, data:dim(2) } or { data:dim(1), n }, x)
  local row, column = dim == 1 and lo - 1 or 0, dim == 2 and lo - 1 or 0
  local rows, columns = y.data:dim(1), y.data:dim(2)
  core.block(y.data, 0, 0, data, row, column, rows, columns)
  return t:record("slice", y, function ()
    core.block(x:grad(), row, column, y:grad(), 0, 0, rows, columns, true)
  end)
end

--- Another shape with as many elements; shares the memory.
-- @tparam tape t
-- @tparam value x any shape
-- @tparam integer ... 1 to 4 sizes, one of them may be -1
-- @treturn value
function ops.reshape (t, x, ...)
  local data = shapes.value("reshape", 1, x)
  local y = t:view(data:reshape(...), x)
  return t:record("reshape", y, function () core.axpy(x:grad(), 1, y:grad()) end)
end

--- The same numbers as a constant: no gradient flows through.
-- @tparam tape t
-- @tparam value x any shape
-- @treturn value
function ops.stop_gradient (t, x)
  return t:record("stop_gradient", t:view(shapes.value("stop_gradient", 1, x)))
end

return ops
