--- Affinity Propagation over a rectangle: every point, and the candidates among them that may become exemplars: all of
-- them (dense) or some (landmark). Neighbours: messages, vectors.
-- @module eimf.cluster.rectangle

local core = require "eimf.core"
local vectors = require "eimf.cluster.vectors"

local rectangle = {}

local SAMPLE = 1000000                   -- similarities that a quantile is taken of

local function padded (n) return math.ceil(n / 16) * 16 end


-- Rows of x for the candidates, zeros up to a whole number of vectors.
local function columns (x, candidates, ld)
  local y = core.new("float32", ld, x:dim(2))
  core.cluster_rows(y:rows(1, #candidates), x, vectors.ids(candidates))
  return y
end


local function own_entries (N, candidates)
  local own = {}
  for i = 1, N do own[i] = -1 end
  for k, i in ipairs(candidates) do own[i] = k - 1 end
  return vectors.ids(own)
end


--- The problem of some candidates. `least` and `most` are the range of similarities.
-- @tparam table source `x` (N, D), or `s` (N, N) when all are candidates; `weights` (N) or nil
-- @tparam {integer,...} candidates rows from 1, rising
-- @treturn table problem; see `eimf.cluster.messages`
function rectangle.problem (source, candidates)
  local x, N = source.x, (source.x or source.s):dim(1)
  local M = #candidates
  local p = { N = N, M = M, ld = padded(M), candidates = candidates, own = own_entries(N, candidates) }
  p.S = core.affinity_matrix(N, p.ld)
  if x then
    p.least, p.most = core.affinity_distances(p.S, x, columns(x, candidates, p.ld), M, source.weights, p.own)
  else
    p.least, p.most = core.affinity_copy(p.S, source.s, p.own)
  end
  p.A = core.affinity_matrix(N, p.ld)
  p.work = core.new("float32", core.affinity_work(N, M, p.ld))
  p.quantile = function (q, seed) return core.affinity_quantile(p.S, p.own, p.M, q, SAMPLE, seed) end
  return p
end


--- Labels, margins and refined exemplars from given similarities, all points being candidates.
-- @tparam table p problem
-- @tparam {integer,...} exemplars rows from 1, rising
-- @treturn {integer,...} labels
-- @treturn {number,...} margins
function rectangle.assign (p, exemplars)
  local labels, margin, at = core.new("int32", p.N), core.new("float32", p.N), {}
  for j, row in ipairs(exemplars) do at[j] = row - 1 end
  core.cluster_assign(labels, margin, p.S, vectors.ids(at))
  return labels:totable(), margin:totable()
end


--- The best exemplar of each cluster by given similarities.
-- @tparam table p problem
-- @tparam {integer,...} labels
-- @tparam integer K
-- @treturn {integer,...} rows from 1
function rectangle.medoids (p, labels, K)
  local rows = core.new("int32", K)
  core.cluster_medoids_of(rows, p.S, vectors.ids(labels))
  local list = rows:totable()
  for j = 1, K do list[j] = list[j] + 1 end
  return list
end


return rectangle
