--- Affinity Propagation as scikit-learn computes it. Neighbours: messages (the shape of progress), vectors.
-- @module eimf.cluster.exact

local core = require "eimf.core"
local vectors = require "eimf.cluster.vectors"

local exact = {}

local function uniform (preference)
  if not core.is_tensor(preference) then return true end
  for _, value in ipairs(preference:totable()) do
    if value ~= preference:get(1) then return false end
  end
  return true
end


local function rows_of (marks)
  local rows = {}
  for i, mark in ipairs(marks:totable()) do
    if mark == 1 then rows[#rows + 1] = i - 1 end
  end
  return rows
end


-- Stops as scikit-learn: the last convergence_iter sets of exemplars are one, and it is not empty.
local function run (state, marks, opt)
  local info = { iteration = 0, exemplars = 0, unchanged = 0, damping = opt.damping, max_iter = opt.max_iter }
  for t = 1, opt.max_iter do
    local changed
    info.iteration = t
    info.exemplars, changed = core.affinity_exact_step(state, marks, opt.damping)
    info.unchanged = (t > 1 and changed == 0) and info.unchanged + 1 or 1
    local stopped = opt.progress ~= nil and opt.progress(info) == true
    local converged = t > opt.convergence_iter and info.unchanged >= opt.convergence_iter and info.exemplars > 0
    if converged or stopped then return info, converged, stopped end
  end
  return info, false, false
end


local function all_alike (N, preference, value)
  local result = { exemplars = { 1 }, labels = {}, iterations = 0, converged = true, stopped = false }
  local first = core.is_tensor(preference) and preference:get(1) or preference
  for i = 1, N do
    if first > value then result.exemplars[i] = i end
    result.labels[i] = first > value and i or 1
  end
  return result
end


local function finished (state, N, rows)
  local labels, exemplars = core.new("int32", N), {}
  if #rows == 0 then return exemplars, labels:totable() end
  local chosen = vectors.ids(rows)
  core.affinity_exact_finish(state, chosen, labels)
  for j, row in ipairs(chosen:totable()) do exemplars[j] = row + 1 end
  return exemplars, labels:totable()
end


local function similarity (source, i, row)
  if source.s then return source.s:get(i, row) end
  local sum = 0
  for d = 1, source.x:dim(2) do sum = sum - (source.x:get(i, d) - source.x:get(row, d)) ^ 2 end
  return sum
end


local function net (source, result)
  local sum = 0
  for _, row in ipairs(result.exemplars) do
    sum = sum + (core.is_tensor(result.preference) and result.preference:get(row) or result.preference)
  end
  for i, label in ipairs(result.labels) do
    local row = result.exemplars[label]
    if row and row ~= i then sum = sum + similarity(source, i, row) end
  end
  return sum
end


--- Fits.
-- @tparam table source `x` or `s`, `N`
-- @tparam table opt of `eimf.cluster.affinity.fit`; `preference` nil: the median of all N x N similarities
-- @treturn table result; `exemplars` may be empty, labels then 0
function exact.fit (source, opt)
  local state, median, alike = core.affinity_exact(source.x, source.s)
  local preference = opt.preference or median
  local result
  if alike and uniform(preference) then
    result = all_alike(source.N, preference, alike)
  else
    local marks = core.new("int32", source.N)
    core.affinity_exact_start(state, preference, opt.seed)
    local info, converged, stopped = run(state, marks, opt)
    result = { iterations = info.iteration, converged = converged, stopped = stopped }
    result.exemplars, result.labels = finished(state, source.N, rows_of(marks))
  end
  result.damping, result.preference = opt.damping, preference
  result.net_similarity = net(source, result)
  return result
end


return exact
