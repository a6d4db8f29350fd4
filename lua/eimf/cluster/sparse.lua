--- Affinity Propagation on a graph: messages only between points that are neighbours, so that an exemplar is always
-- a neighbour of those whom it stands for. Neighbour: neighbours.
-- @module eimf.cluster.sparse

local core = require "eimf.core"
local neighbours = require "eimf.cluster.neighbours"

local sparse = {}

local SAMPLE = 1000000                   -- similarities that a quantile is taken of

--- The problem of a symmetric graph of nearest neighbours and its diagonal.
-- @tparam table source `x` (N, D), or `knn = { ids, similarity }`
-- @tparam integer k neighbours, where there is no knn
-- @treturn table problem; see `eimf.cluster.messages`
function sparse.problem (source, k)
  local ids, similarity
  if source.knn then
    ids, similarity = source.knn.ids:clone(), source.knn.similarity:clone()       -- they are put in another order
  else
    ids, similarity = neighbours.knn(source.x, math.min(k, source.N - 1))
  end
  local p = { N = source.N, M = source.N }
  p.offsets, p.ids, p.S, p.own = core.cluster_graph(ids, similarity)
  p.least, p.most = core.affinity_range(p.S, p.own, p.offsets)
  p.candidates = {}
  for i = 1, p.N do p.candidates[i] = i end
  p.A = core.affinity_matrix(p.S:size())
  p.work = core.new("float32", core.affinity_work(p.N, p.N, 0))
  p.quantile = function (q) return core.affinity_graph_quantile(p.S, p.own, p.offsets, q, SAMPLE) end
  return p
end


--- Labels by the best exemplar among a point's neighbours; where there is none, 0.
-- @tparam table p problem
-- @tparam {integer,...} exemplars rows from 1, rising
-- @tparam tensor preferences (N)
-- @treturn table `{ exemplars, labels, margin, net_similarity }`
function sparse.result (p, exemplars, preferences)
  local number, labels = core.new("int32", p.N), core.new("int32", p.N)
  local best, margin, sum = core.new("float32", p.N), core.new("float32", p.N), 0
  for j, row in ipairs(exemplars) do
    number:set(row, j)
    sum = sum + preferences:get(row)
  end
  core.cluster_graph_assign(labels, best, margin, p.offsets, p.ids, p.S, number)
  local list = labels:totable()
  for i, value in ipairs(best:totable()) do
    if list[i] > 0 then sum = sum + value end
  end
  return { exemplars = exemplars, labels = list, margin = margin:totable(), net_similarity = sum }
end


return sparse
