--- What this machine gives at most, measured in the run that asks: GFLOP/s of products of float32 matrices, GB/s of
-- memory. Each is the best of many short runs, since others on the machine only ever take away; what is set
-- against it is a mean, so that on a busy machine a share is a lower bound.
local eimf = require "eimf"
local core = require "eimf.core"
local system = require "eimf.system"

local limit = {}

local SECONDS = 0.1                      -- of each measurement
local FLOATS = 1 << 26                     -- of an array that no cache holds: 256 MiB
local BLOCK = 1 << 21                      -- floats of it that are read at a time: 8 MiB
local WIDE = 4096                        -- columns of such an array as a matrix
local STREAM = 64

--- Products (M, K) (K, N) of a ComiRec-SA step of 256 full histories: hidden layer, its two gradients, the same of
-- the loss; and one that every BLAS is good at.
limit.SHAPES = {
  { 5120, 64, 256 }, { 5120, 256, 64 }, { 64, 5120, 256 },
  { 256, 64, 1280 }, { 256, 1280, 64 }, { 1280, 256, 64 }, { 1024, 1024, 1024 },
}

-- Seconds of the fastest of as many calls as `seconds` hold, after one that warms up.
local function least (seconds, call)
  call()
  local best, now = math.huge, system.now()
  local stop = now + seconds
  repeat
    local since = now
    call()
    now = system.now()
    best = math.min(best, now - since)
  until now >= stop
  return best
end

local function random (...)
  local x = eimf.zeros(...)
  core.random(x, "normal", 0, 1, 1, STREAM, 0)
  return x
end

--- One product by both of our ways: OpenBLAS, and the tile kernels of linear layers.
-- @treturn number GFLOP/s of core.gemm
-- @treturn number GFLOP/s of core.dense_fwd
function limit.product (shape, seconds)
  local M, K, N = table.unpack(shape)
  local a, b, c = random(M, K), random(K, N), eimf.zeros(M, N)
  local scratch = eimf.zeros((core.dense_scratch(a, b)))
  local blas = least(seconds or SECONDS, function () core.gemm(c, a, b, false, false, 1, 0) end)
  local tiles = least(seconds or SECONDS, function () core.dense_fwd(c, a, b, nil, "none", scratch) end)
  return 2e-9 * M * K * N / blas, 2e-9 * M * K * N / tiles
end

--- The best that any product reached.
-- @treturn number GFLOP/s
function limit.gemm (seconds)
  local best = 0
  for _, shape in ipairs(limit.SHAPES) do best = math.max(best, limit.product(shape, seconds)) end
  return best
end

--- Memory: reading (a matrix times a vector, or the products of two matrices' rows, which is the better), and
-- y += a x, which reads two floats and writes one. By blocks, one after the other: short enough to be left alone by
-- others on the machine, and out of every cache when their turn comes again.
-- @treturn number GB/s read
-- @treturn number GB/s read and written
function limit.memory (seconds)
  local rows, step, at = FLOATS // WIDE, BLOCK // WIDE, 0
  local x, y = eimf.zeros(rows, WIDE):fill_(1), eimf.zeros(rows, WIDE):fill_(1)
  local vector, out = random(WIDE, 1), eimf.zeros(step, 1)
  local function rate (bytes, act)
    return 1e-9 * bytes * BLOCK / least(5 * (seconds or SECONDS), function ()
      at = (at + step) % rows
      act(x:rows(at + 1, at + step), y:rows(at + 1, at + step))
    end)
  end
  local read = math.max(rate(4, function (a) core.gemm(out, a, vector, false, false, 1, 0) end),
    rate(8, function (a, b) core.row_dot(out, a, b) end))
  return read, rate(12, function (a, b) core.axpy(b, 0.5, a) end)
end

--- Prints what share of the limit a figure is.
-- @tparam number reached GFLOP/s or GB/s
-- @tparam number most of the same run
-- @tparam string unit
-- @tparam[opt="limit"] string name
function limit.report (reached, most, unit, name)
  print(("  %s: %.1f %s of the %.1f measured in this run; share %.0f %%"):format(name or "limit", reached, unit, most,
    100 * reached / most))
end

return limit
