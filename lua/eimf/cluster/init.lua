--- Clusters of users and their exemplars: Affinity Propagation, controls that choose exemplars otherwise, measures of
-- what the clusters are worth, exact nearest neighbours. docs/clusters.md has the formulas and the figures.
-- @module eimf.cluster
-- @usage
-- local cluster = require "eimf.cluster"
-- local fit = assert(cluster.affinity.fit { x = vectors, preference = -10 })
-- print(#fit.exemplars, fit.converged, cluster.quality.silhouette(vectors, fit.labels))

local MODULES = { affinity = true, kmedoids = true, quality = true, random = true }

local cluster = {}

--- The k nearest rows of each row; see `eimf.cluster.neighbours`.
-- @tparam tensor x (N, D)
-- @tparam integer k
-- @treturn tensor ids (N, k) int32, nearest first
-- @treturn tensor similarity (N, k): -|x_i - x_j|^2
function cluster.knn (x, k) return require("eimf.cluster.neighbours").knn(x, k) end

return setmetatable(cluster, { __index = function (self, name)
  if not MODULES[name] then return nil end
  local module = require("eimf.cluster." .. name)
  rawset(self, name, module)
  return module
end })
