--- Candidates of the landmark form: the points that most others would support. A sample of points votes: each for every
-- point that is nearer to it than most are, by how much. Neighbour: vectors.
-- @module eimf.cluster.landmark

local core = require "eimf.core"
local vectors = require "eimf.cluster.vectors"

local landmark = {}

local STREAM = 64                        -- EIMF_STREAM_USER of csrc/base/eimf_base.h
local VOTERS = 4000
local REACH = 0.98                       -- quantile of a voter's similarities that a candidate must pass

--- 1..N in an order that follows from the seed.
-- @tparam integer N
-- @tparam integer seed
-- @treturn {integer,...}
function landmark.shuffled (N, seed)
  local keys, rows = core.new("float32", N), {}
  core.random(keys, "uniform", 0, 1, seed, STREAM, 3)
  local key = keys:totable()
  for i = 1, N do rows[i] = i end
  table.sort(rows, function (a, b) return key[a] < key[b] or key[a] == key[b] and a < b end)
  return rows
end


local function sample (N, n, seed)
  local rows = landmark.shuffled(N, seed)
  for i = N, n + 1, -1 do rows[i] = nil end
  table.sort(rows)
  return rows
end


--- The M candidates with the most support.
-- @tparam tensor x (N, D)
-- @tparam integer M
-- @tparam integer seed of the sample of voters
-- @treturn {integer,...} rows from 1, rising
function landmark.candidates (x, M, seed)
  local N, rows = x:dim(1), {}
  for i = 1, N do rows[i] = i end
  if M >= N then return rows end
  local score = core.new("float32", N)
  core.cluster_support(score, x, vectors.rows(x, sample(N, math.min(N, VOTERS), seed)), REACH)
  local support = score:totable()
  table.sort(rows, function (a, b) return support[a] > support[b] or support[a] == support[b] and a < b end)
  for i = N, M + 1, -1 do rows[i] = nil end
  table.sort(rows)
  return rows
end


return landmark
