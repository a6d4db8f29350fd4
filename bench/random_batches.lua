--- Batches of full histories of random items, as the peers draw them.
-- @tparam table opt `batch`, `max_len`
-- @tparam integer n_items
-- @tparam integer n batches
-- @treturn {table,...} { history = { ids, offsets }, targets }
local eimf = require "eimf"

local function one (opt, n_items, seed)
  local R = opt.batch * opt.max_len
  local history = { ids = eimf.zeros_ids(R), offsets = eimf.zeros_ids(opt.batch + 1) }
  local targets = eimf.zeros_ids(opt.batch)
  math.randomseed(seed)
  for r = 1, R do history.ids:set(r, math.random(n_items)) end
  for b = 1, opt.batch do
    history.offsets:set(b + 1, b * opt.max_len)
    targets:set(b, math.random(n_items))
  end
  return { history = history, targets = targets }
end

return function (opt, n_items, n)
  local batches = {}
  for i = 1, n do batches[i] = one(opt, n_items, i) end
  return batches
end
