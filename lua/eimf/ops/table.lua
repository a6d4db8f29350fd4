--- Operations on tables of rows: looking up, dropping out.
-- Neighbour: shapes.lua.
-- @module eimf.ops.table

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

--- Rows of a table by id. A sparse parameter gets a sparse gradient. What a table lacks (`lacking`, see
-- eimf.esim.shared) is added to its rows.
-- @tparam tape t
-- @tparam param|value weight (N+1, D)
-- @tparam tensor ids (n) int32 within 0..N; the tensor must keep its content until the optimiser's step
-- @treturn value (n, D)
function ops.embedding (t, weight, ids)
  local data, n = shapes.value("embedding", 1, weight, 2), shapes.ids("embedding", 2, ids)
  local y = t:value({ n, data:dim(2) }, weight)
  core.gather_rows(y.data, data, ids)
  if weight.lacking then weight.lacking:add(t, y.data, ids) end
  return t:record("embedding", y, function ()
    if weight.sparse then weight:add_rows(ids, y:grad())
    else core.rows_add(weight:grad(), ids, y:grad(), -1) end
  end)
end

--- The rows of a table that ids name, each once, for operations that can do with that: `t:embedding(h, rows)` is
-- `t:embedding(weight, ids)`.
-- @tparam tape t
-- @tparam param|value weight (N+1, D)
-- @tparam tensor ids (R) int32 within 0..N
-- @treturn value h (n, D), in the order in which they are first met
-- @treturn tensor rows (R) int32: which row of h each id has, from 0
function ops.distinct (t, weight, ids)
  local data, R = shapes.value("distinct", 1, weight, 2), shapes.ids("distinct", 2, ids)
  local rows, unique = t:take("int32", R), t:take("int32", math.min(R, data:dim(1)))
  local n = core.rows_number(rows, unique, weight.marks and weight:marks() or core.new("int32", data:dim(1)), ids)
  return t:embedding(weight, unique:resize_(n)), rows
end

--- Dropout: elements become 0 with probability p, the others x / (1 - p).
-- Which ones is a function of (seed of the tape, step, draw), so nothing is
-- kept for backward. On a tape that records nothing it does nothing.
-- @tparam tape t
-- @tparam value x any shape
-- @tparam number p within [0, 1)
-- @treturn value shaped like x
function ops.dropout (t, x, p)
  shapes.value("dropout", 1, x)
  if not (p >= 0 and p < 1) then error(("dropout wants p within [0, 1), got %s"):format(tostring(p)), 2) end
  if p == 0 or not t.recording then return x end
  local y, step, draw = t:like(x), t.step, t:draw()
  core.dropout(y.data, x.data, p, t.seed, step, draw, false)
  return t:record("dropout", y, function ()
    local dx, add = x:room()
    core.dropout(dx, y:grad(), p, t.seed, step, draw, add)
  end)
end

return ops
