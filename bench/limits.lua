-- What this machine gives at most, with one thread and with `threads`: products of matrices in the shapes of a
-- training step, by OpenBLAS and by our own tile kernels, and memory. Other benches measure the same in their own run.
--   lua5.4 bench/limits.lua threads=2 seconds=0.5
require "recipes.path"
local eimf = require "eimf"
local core = require "eimf.core"
local text_table = require "eimf.text_table"
local given = require "bench.given"
local limit = require "bench.limit"

local opt = given.options { threads = 2, seconds = 0.5 }

local rows = { { "what", "threads", "OpenBLAS", "tiles", "" } }
local function add (...) rows[#rows + 1] = { ... } end

local function measure (threads)
  eimf.threads(threads)
  local best = 0
  for _, shape in ipairs(limit.SHAPES) do
    local blas, tiles = limit.product(shape, opt.seconds)
    best = math.max(best, blas, tiles)
    add(("(%d x %d) (%d x %d)"):format(shape[1], shape[2], shape[2], shape[3]), threads, ("%.1f"):format(blas),
      ("%.1f"):format(tiles), "GFLOP/s")
  end
  add("the best of these, the limit", threads, "", ("%.1f"):format(best), "GFLOP/s")
  local read, both = limit.memory(opt.seconds / 5)
  add("memory, read", threads, "", ("%.1f"):format(read), "GB/s")
  add("memory, read and written", threads, "", ("%.1f"):format(both), "GB/s")
end

local function main ()
  measure(1)
  if opt.threads > 1 then measure(opt.threads) end
  print(("limits: simd=%s, OpenBLAS core %s"):format(core.simd(), eimf.info().blas.core or "?"))
  print(text_table.format(rows, { header = true, align = "lrrrl" }))
end

given.run(main)
