--- k-medoids, a control: as many exemplars as asked for, by alternating assignment and medoids from seeds that
-- lie apart (k-means++: each next one drawn in proportion to its squared distance to the nearest so far).
-- Neighbours: finish, vectors.
-- @module eimf.cluster.kmedoids

local core = require "eimf.core"
local finish = require "eimf.cluster.finish"
local options = require "eimf.options"
local vectors = require "eimf.cluster.vectors"

local kmedoids = {}

local WHERE = "eimf.cluster.kmedoids.fit"
local STREAM = 64                        -- EIMF_STREAM_USER of csrc/base/eimf_base.h
local SPEC = {
  x = { "userdata", required = true, help = "(N, D) vectors" },
  k = { "integer", min = 1, required = true },
  max_iter = { "integer", min = 1, default = 100 },
  seed = { "integer", min = 0, default = 0 },
}

local function draw (distance, total, uniform)
  local left = uniform * total
  for i, d in ipairs(distance) do
    left = left - d
    if d > 0 and left <= 0 then return i end
  end
  for i = #distance, 1, -1 do
    if distance[i] > 0 then return i end
  end
end


-- Rows that lie apart; nil when there are fewer than k different ones.
local function seeds (x, k, seed)
  local N = x:dim(1)
  local random = core.new("float32", k)
  core.random(random, "uniform", 0, 1, seed, STREAM, 4)
  local rows, distance, taken = { 1 + math.floor(random:get(1) * N) % N }, {}, {}
  for i = 1, N do distance[i] = math.huge end
  for j = 1, k do
    taken[rows[j]] = true
    if j == k then break end
    local _, similarity = vectors.nearest(x, vectors.rows(x, { rows[j] }), 1)
    local total = 0
    for i, s in ipairs(similarity:reshape(N):totable()) do
      distance[i] = taken[i] and 0 or math.min(distance[i], -s)
      total = total + distance[i]
    end
    local next_row = total > 0 and draw(distance, total, random:get(j + 1)) or nil
    for i = 1, N do
      if next_row then break end
      if not taken[i] then next_row = i end
    end
    rows[j + 1] = next_row
  end
  table.sort(rows)
  return rows
end


local function same (a, b)
  for j, row in ipairs(a) do
    if row ~= b[j] then return false end
  end
  return true
end


--- Clusters around k exemplars.
-- @tparam table given
-- @tparam tensor given.x (N, D)
-- @tparam integer given.k at most N
-- @tparam[opt=100] integer given.max_iter
-- @tparam[opt=0] integer given.seed
-- @treturn table as `eimf.cluster.affinity.fit` returns; `net_similarity` without preferences
-- @usage local control = cluster.kmedoids.fit { x = vectors, k = #fit.exemplars, seed = 1 }
function kmedoids.fit (given)
  local opt = options.check(WHERE, given, SPEC)
  local good, message = pcall(vectors.check, WHERE, "x", opt.x)
  if not good then error(message, 2) end
  if opt.k > opt.x:dim(1) then error(("%s: k = %d of %d points"):format(WHERE, opt.k, opt.x:dim(1)), 2) end
  local source, rows = { x = opt.x }, seeds(opt.x, opt.k, opt.seed)
  local result
  for t = 1, opt.max_iter do
    result = finish.result(source, nil, rows, nil, true)
    result.iterations, result.converged = t, same(rows, result.exemplars)
    rows = result.exemplars
    if result.converged then break end
  end
  result.stopped, result.form, result.vectors = false, "kmedoids", vectors.rows(opt.x, result.exemplars)
  return result
end


return kmedoids
