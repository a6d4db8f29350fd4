--- Random exemplars, the weakest control: k points drawn without replacement, every other point at the nearest.
-- Neighbours: finish, landmark (the shuffle), vectors.
-- @module eimf.cluster.random

local finish = require "eimf.cluster.finish"
local landmark = require "eimf.cluster.landmark"
local options = require "eimf.options"
local vectors = require "eimf.cluster.vectors"

local random = {}

local WHERE = "eimf.cluster.random.fit"
local SPEC = {
  x = { "userdata", required = true, help = "(N, D) vectors" },
  k = { "integer", min = 1, required = true },
  seed = { "integer", min = 0, default = 0 },
}

--- Draws exemplars.
-- @tparam table given
-- @tparam tensor given.x (N, D)
-- @tparam integer given.k at most N
-- @tparam[opt=0] integer given.seed
-- @treturn table as `eimf.cluster.affinity.fit` returns; `net_similarity` without preferences
function random.fit (given)
  local opt = options.check(WHERE, given, SPEC)
  local good, message = pcall(vectors.check, WHERE, "x", opt.x)
  if not good then error(message, 2) end
  if opt.k > opt.x:dim(1) then error(("%s: k = %d of %d points"):format(WHERE, opt.k, opt.x:dim(1)), 2) end
  local rows = {}
  for j, row in ipairs(landmark.shuffled(opt.x:dim(1), opt.seed)) do
    if j <= opt.k then rows[j] = row end
  end
  table.sort(rows)
  local result = finish.result({ x = opt.x }, nil, rows, nil, false)
  result.iterations, result.converged, result.stopped = 0, true, false
  result.form, result.vectors = "random", vectors.rows(opt.x, rows)
  return result
end


return random
