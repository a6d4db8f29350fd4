--- Weighted two-level Affinity Propagation (after Zhang, Furtlehner and Sebag, "Data streaming with affinity
-- propagation", 2008): points are dealt into parts, each part has its exemplars, and these, each as heavy as the points
-- it stands for, are clustered again. Neighbours: landmark (the shuffle), vectors.
-- @module eimf.cluster.two_level

local core = require "eimf.core"
local landmark = require "eimf.cluster.landmark"
local vectors = require "eimf.cluster.vectors"

local two_level = {}

local function slice (rows, part, parts)
  local list = {}
  for i = part, #rows, parts do list[#list + 1] = rows[i] end
  table.sort(list)
  return list
end


local function add_all (list, rows, labels, exemplars, weights)
  local heavy = {}
  for j, e in ipairs(exemplars) do
    list[#list + 1] = rows[e]
    heavy[j] = 0
  end
  for i, label in ipairs(labels) do heavy[label] = heavy[label] + (weights and weights:get(rows[i]) or 1) end
  return heavy
end


--- Exemplars of all parts, and what each weighs.
-- @tparam table source `x` (N, D), `weights`
-- @tparam table opt `part`, `middle`, `seed`
-- @tparam function fit `fit(source, target)` -> result with about `target` exemplars
-- @treturn {integer,...} rows from 1
-- @treturn tensor weights of them
function two_level.middle (source, opt, fit)
  local order = landmark.shuffled(source.N, opt.seed)
  local parts = math.ceil(source.N / opt.part)
  local target = math.max(1, math.floor(math.min(opt.part, source.N) / parts))
  local chosen, weights, stopped = {}, {}, false
  for part = 1, parts do
    local rows = slice(order, part, parts)
    local x = vectors.rows(source.x, rows)
    local result = fit({ x = x, N = #rows }, math.min(target, #rows))
    stopped = stopped or result.stopped
    for _, heavy in ipairs(add_all(chosen, rows, result.labels, result.exemplars, source.weights)) do
      weights[#weights + 1] = heavy
    end
    if stopped then break end
  end
  return chosen, core.from_table("float32", weights), stopped
end


return two_level
