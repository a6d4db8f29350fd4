--- Exact nearest neighbours: every pair is looked at, a block of rows against a panel of columns at a time; nothing of
-- size N x N is kept. Neighbour: vectors.
-- @module eimf.cluster.neighbours

local vectors = require "eimf.cluster.vectors"

local neighbours = {}

local WHERE = "eimf.cluster.knn"

--- The k nearest other rows of each row.
-- Equal distances: the smaller row first. Where there are fewer than k others, a row ends with 0 and -infinity.
-- Distances that are nothing but rounding are 0.
-- @tparam tensor x (N, D) float32
-- @tparam integer k
-- @treturn tensor ids (N, k) int32, rows from 1, nearest first
-- @treturn tensor similarity (N, k): -|x_i - x_j|^2
-- @usage local ids, similarity = eimf.cluster.knn(x, 10)
function neighbours.knn (x, k)
  vectors.check(WHERE, "x", x)
  if type(k) ~= "number" or k < 1 or k % 1 ~= 0 then
    error(("%s: k is %s; a whole number of at least 1 expected"):format(WHERE, tostring(k)), 2)
  end
  return vectors.nearest(x, x, k, true)
end


return neighbours
