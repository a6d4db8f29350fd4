--- Rows of text vectors: gathered, brought to unit length, averaged. Used by the
-- other modules of esim.
-- @module eimf.esim.vectors

require "eimf.boot".prepare()
local core = require "eimf.core"

local vectors = {}

local EPS = 1e-12                        -- shorter rows are zero rows

--- Rows of a table by position.
-- @tparam tensor x (n, D) float32
-- @tparam {integer,...} positions from 1
-- @treturn tensor (m, D); nil for no positions
function vectors.gather (x, positions)
  if #positions == 0 then return nil end
  local from_zero = {}
  for i, p in ipairs(positions) do from_zero[i] = p - 1 end
  local y = core.new("float32", #positions, x:dim(2))
  core.gather_rows(y, x, core.from_table("int32", from_zero))
  return y
end

--- Brings rows to unit length, in place; zero rows stay zero.
-- @tparam tensor x (n, D)
-- @treturn tensor x
function vectors.unit_ (x)
  core.l2_normalise_fwd(x, core.new("float32", x:dim(1)), x, EPS)
  return x
end

--- Which rows are not zero.
-- @tparam tensor x (n, D)
-- @treturn {integer,...} positions from 1, rising
function vectors.present (x)
  local square = core.new("float32", x:dim(1))
  core.row_dot(square, x, x)
  local out = {}
  for i, v in ipairs(square:totable()) do
    if v > 0 then out[#out + 1] = i end
  end
  return out
end

--- Dot products of rows with each other.
-- @tparam tensor x (n, D)
-- @treturn {{number,...},...} n rows of n
function vectors.gram (x)
  local n = x:dim(1)
  local y = core.new("float32", n, n)
  core.gemm(y, x, x, false, true, 1, 0)
  return y:totable()
end

--- Unit means of groups of rows.
-- @tparam tensor x (n, D)
-- @tparam {{integer,...},...} groups positions from 1; an empty group gives a zero row
-- @treturn tensor (J, D)
function vectors.means (x, groups)
  local positions, offsets = {}, { 0 }
  for j, group in ipairs(groups) do
    for _, p in ipairs(group) do positions[#positions + 1] = p end
    offsets[j + 1] = #positions
  end
  local y = core.new("float32", #groups, x:dim(2))
  if #positions == 0 then return y end
  core.segment_sum(y, vectors.gather(x, positions), core.from_table("int32", offsets))
  return vectors.unit_(y)
end

--- Similarity of each row with one row of another table.
-- @tparam tensor x (n, D)
-- @tparam tensor y (m, D)
-- @tparam {integer,...} of position in y for each row of x; 0: none, similarity 0
-- @treturn {number,...}
function vectors.similarity (x, y, of)
  local partner, zero = {}, {}
  for i, p in ipairs(of) do partner[i], zero[i] = math.max(p, 1), p == 0 end
  local s = core.new("float32", x:dim(1))
  core.row_dot(s, x, vectors.gather(y, partner))
  local out = s:totable()
  for i in ipairs(out) do
    if zero[i] then out[i] = 0 end
  end
  return out
end

return vectors
