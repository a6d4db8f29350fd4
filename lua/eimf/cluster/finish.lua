--- From the exemplars that messages found to a result: labels, exemplars made medoids of their clusters, labels again.
-- Neighbours: rectangle, vectors.
-- @module eimf.cluster.finish

local core = require "eimf.core"
local rectangle = require "eimf.cluster.rectangle"
local vectors = require "eimf.cluster.vectors"

local finish = {}

-- An exemplar is its own, also beside an equal one.
local function own_first (labels, exemplars)
  for j, row in ipairs(exemplars) do labels[row] = j end
  return labels
end


local function assign (source, p, exemplars)
  local labels, margin
  if source.x then labels, margin = vectors.assign(source.x, vectors.rows(source.x, exemplars))
  else labels, margin = rectangle.assign(p, exemplars) end
  return own_first(labels, exemplars), margin
end


local function medoids (source, p, labels, K, preferences)
  if source.x then return vectors.medoids(source.x, labels, K, source.weights, preferences) end
  return rectangle.medoids(p, labels, K)
end


local function net (source, result, preferences)
  local sum = 0
  for _, row in ipairs(result.exemplars) do sum = sum + (preferences and preferences:get(row) or 0) end
  if source.x then
    return sum + core.cluster_net(source.x, vectors.rows(source.x, result.exemplars), vectors.ids(result.labels),
      source.weights)
  end
  for i, label in ipairs(result.labels) do
    local row = result.exemplars[label]
    if row ~= i then sum = sum + source.s:get(i, row) end
  end
  return sum
end


--- A result from exemplars.
-- @tparam table source `x` or `s`; `weights`
-- @tparam ?table p the problem, for `s`
-- @tparam {integer,...} exemplars rows from 1, rising, one at least
-- @tparam ?tensor preferences (N)
-- @tparam boolean refine make each exemplar the medoid of its cluster
-- @treturn table `{ exemplars, labels, margin, net_similarity }`
function finish.result (source, p, exemplars, preferences, refine)
  local labels, margin = assign(source, p, exemplars)
  if refine then
    exemplars = medoids(source, p, labels, #exemplars, preferences)
    table.sort(exemplars)
    labels, margin = assign(source, p, exemplars)
  end
  local result = { exemplars = exemplars, labels = labels, margin = margin }
  result.net_similarity = net(source, result, preferences)
  return result
end


return finish
