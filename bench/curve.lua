--- Time of a training step by the number of items, on the same batch shapes: one catalogue after the other, each
-- gone before the next. What grows is the table that rows are gathered from, so the gathering of a batch's rows alone
-- stands beside. Prints the least mean of a few rounds.
local eimf = require "eimf"
local core = require "eimf.core"
local system = require "eimf.system"
local text_table = require "eimf.text_table"
local random_batches = require "bench.random_batches"
local timed = require "bench.timed"
local trainee = require "bench.trainee"

local SMALLEST, TIMES = 10000, 10        -- items; how many times more each time
local BATCHES, WARM_UP, ROUNDS = 32, 40, 5

-- Seconds of a step, and of gathering the rows of its histories, at N items.
local function measure (opt, N)
  local batches = random_batches(opt, N, BATCHES)
  local made = trainee(opt, N)
  local out = eimf.zeros(opt.batch * opt.max_len, opt.dim)
  local function at (i) return batches[(i - 1) % BATCHES + 1] end
  local function least (act)
    local best = math.huge
    for _ = 1, ROUNDS do best = math.min(best, timed(act, WARM_UP, opt.seconds / ROUNDS)) end
    return best
  end
  return least(function (i) made:step(at(i)) end),
    least(function (i) core.gather_rows(out, made.model.items.data, at(i).history.ids) end)
end

return function (opt)
  local rows = { { "N", "step, ms", "to the first", "gathering, ms", "table and moments, MiB", "peak MiB" } }
  local N, first = SMALLEST, nil
  while N <= opt.largest do
    local step, gather = measure(opt, N)
    collectgarbage()
    collectgarbage()
    first = first or step
    rows[#rows + 1] = { N, ("%.2f"):format(1e3 * step), ("%.2f"):format(step / first), ("%.3f"):format(1e3 * gather),
      ("%.0f"):format(3 * 4 * (N + 1) * opt.dim / 2 ^ 20), ("%.0f"):format(system.peak_rss()) }
    N = N * TIMES
  end
  print(("eimf curve B=%d T=%d S=%d D=%d threads=%d simd=%s"):format(opt.batch, opt.max_len, opt.n_negatives, opt.dim,
    opt.threads, core.simd()))
  print(text_table.format(rows, { header = true, align = "rrrrrr" }))
end
