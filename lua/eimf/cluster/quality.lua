--- What clusters are worth: within themselves (silhouette, net similarity), and against known groups (adjusted mutual
-- information, adjusted Rand index). Neighbours: agreement, vectors.
-- @module eimf.cluster.quality

local agreement = require "eimf.cluster.agreement"
local core = require "eimf.core"
local vectors = require "eimf.cluster.vectors"

local quality = {}

local function labels_of (where, x, labels)
  vectors.check(where, "x", x)
  local ids = vectors.ids(labels)
  if ids:size() ~= x:dim(1) then error(("%s: %d labels for %d rows"):format(where, ids:size(), x:dim(1)), 0) end
  local K = 0
  for _, label in ipairs(ids:totable()) do
    if label < 0 then error(where .. ": a label is negative", 0) end
    K = math.max(K, label)
  end
  return ids, K
end


--- Mean silhouette (Rousseeuw 1987) by Euclidean distance, over all pairs: (b - a) / max(a, b), a a point's mean
-- distance to its own cluster's others, b to the nearest other cluster; 0 for a cluster of one. Equal to
-- scikit-learn's.
-- @tparam tensor x (N, D)
-- @tparam tensor|{integer,...} labels 1..K; 0: left out
-- @treturn number within -1..1; NaN with fewer than 2 clusters
-- @treturn tensor (N) of each point
function quality.silhouette (x, labels)
  local good, ids, K = pcall(labels_of, "eimf.cluster.quality.silhouette", x, labels)
  if not good then error(ids, 2) end
  local out, used, clusters, n = core.new("float32", x:dim(1)), {}, 0, 0
  for _, label in ipairs(ids:totable()) do
    if label > 0 then n = n + 1 end
    if label > 0 and not used[label] then
      used[label] = true
      clusters = clusters + 1
    end
  end
  if clusters < 2 then return 0 / 0, out end
  core.cluster_silhouettes(out, x, ids, K)
  local sum = 0
  for _, value in ipairs(out:totable()) do sum = sum + value end
  return sum / n, out
end


--- Net similarity: the sum of what each point's similarity to its exemplar is, and of the exemplars' preferences.
-- @tparam tensor x (N, D)
-- @tparam {integer,...} exemplars rows from 1
-- @tparam {integer,...} labels 1..K
-- @tparam[opt=0] number preference of each exemplar
-- @treturn number
function quality.net_similarity (x, exemplars, labels, preference)
  local sum = core.cluster_net(x, vectors.rows(x, exemplars), vectors.ids(labels))
  return sum + #exemplars * (preference or 0)
end


--- Adjusted mutual information of two labellings (Vinh, Epps and Bailey 2010), arithmetic mean of the entropies: 1 when
-- they agree, about 0 by chance. Equal to scikit-learn's.
-- @tparam tensor|table a labels, any values
-- @tparam tensor|table b labels of the same points
-- @treturn number
function quality.ami (a, b) return agreement.ami(vectors.list(a), vectors.list(b)) end


--- Adjusted Rand index of two labellings (Hubert and Arabie 1985). Equal to scikit-learn's.
-- @tparam tensor|table a labels, any values
-- @tparam tensor|table b labels of the same points
-- @treturn number
function quality.ari (a, b) return agreement.ari(vectors.list(a), vectors.list(b)) end


return quality
