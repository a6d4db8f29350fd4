--- Rows of vectors: picking them, the nearest of them, medoids.
-- @module eimf.cluster.vectors

local core = require "eimf.core"

local vectors = {}

--- Raises unless x is a float32 matrix of finite numbers.
-- @tparam string where the caller's name
-- @tparam string name of the argument
-- @tparam tensor x
-- @tparam[opt] integer columns wanted
-- @treturn tensor x
function vectors.check (where, name, x, columns)
  if not core.is_tensor(x) or x:dtype() ~= "float32" or x:rank() ~= 2 then
    error(("%s: %s must be a float32 tensor (n, d)"):format(where, name), 0)
  end
  if columns and x:dim(2) ~= columns then
    error(("%s: %s has shape (%d, %d); wanted (*, %d)"):format(where, name, x:dim(1), x:dim(2), columns), 0)
  end
  local odd = core.odd_rows(x)
  if odd > 0 then error(("%s: %d rows of %s hold a NaN or an infinity"):format(where, odd, name), 0) end
  return x
end


--- Labels as a list: 1..K, 0 = none.
-- @tparam tensor|table labels
-- @treturn {integer,...}
function vectors.list (labels)
  return core.is_tensor(labels) and labels:totable() or labels
end


--- Labels as a tensor.
-- @tparam tensor|table labels
-- @treturn tensor (N) int32
function vectors.ids (labels)
  return core.is_tensor(labels) and labels or core.from_table("int32", labels)
end


--- Some rows.
-- @tparam tensor x (N, D)
-- @tparam {integer,...} rows from 1
-- @treturn tensor (n, D)
function vectors.rows (x, rows)
  local y = core.new("float32", #rows, x:dim(2))
  if #rows > 0 then core.cluster_rows(y, x, vectors.ids(rows)) end
  return y
end


--- The n nearest rows of y for each row of x, nearest first; of equal distances the smaller row first.
-- @tparam tensor x (N, D)
-- @tparam tensor y (K, D)
-- @tparam integer n where K is less: rows end with 0 and -infinity
-- @tparam[opt] boolean not_self x and y are the same rows: leaves row i out for i
-- @treturn tensor ids (N, n) int32, rows of y from 1
-- @treturn tensor similarity (N, n): -|x_i - y_j|^2
function vectors.nearest (x, y, n, not_self)
  local N, D = x:dim(1), x:dim(2)
  local ids, similarity = core.new("int32", N, n), core.new("float32", N, n)
  if N == 0 or n == 0 then return ids, similarity end
  local queries, targets = core.new("float32", N, D + 1), core.new("float32", y:dim(1) + 1, D + 1)
  core.cluster_queries(queries, x)
  core.cluster_targets(targets, y)
  if not_self then
    local rows, offsets = {}, {}
    for i = 1, N do rows[i], offsets[i] = i, i - 1 end
    offsets[N + 1] = N
    core.rank_top(ids, similarity, queries:reshape(N, 1, D + 1), targets, vectors.ids(rows), vectors.ids(offsets))
  else
    core.rank_top(ids, similarity, queries:reshape(N, 1, D + 1), targets)
  end
  core.cluster_similarities(similarity, x)
  return ids, similarity
end


--- Labels by the nearest exemplar, and how much nearer it is than the next.
-- @tparam tensor x (N, D)
-- @tparam tensor exemplars (K, D)
-- @treturn {integer,...} labels 1..K
-- @treturn {number,...} margins, infinite where K = 1
function vectors.assign (x, exemplars)
  local ids, similarity = vectors.nearest(x, exemplars, 2)
  local labels, margin = {}, {}
  for i = 1, x:dim(1) do
    labels[i], margin[i] = ids:get(i, 1), similarity:get(i, 1) - similarity:get(i, 2)
  end
  return labels, margin
end


--- The member of each cluster with the least sum of squared distances to its members.
-- @tparam tensor x (N, D)
-- @tparam {integer,...} labels 1..K
-- @tparam integer K
-- @tparam[opt] tensor weights (N) of members
-- @tparam[opt] tensor preferences (N), which count for a member
-- @treturn {integer,...} rows from 1, 0 for an empty cluster
function vectors.medoids (x, labels, K, weights, preferences)
  local rows = core.new("int32", K)
  core.cluster_medoids(rows, x, vectors.ids(labels), weights, preferences)
  local list = rows:totable()
  for j = 1, K do list[j] = list[j] + 1 end
  return list
end


return vectors
