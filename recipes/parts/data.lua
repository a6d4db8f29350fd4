-- Where a recipe's data comes from: a known name is looked up, and where it cannot be had the
-- generated catalogue stands in, said in one line.
local data = require "eimf.data"

local function size (n) return n > 0 and n or nil end

--- Opens what the options ask for.
-- @tparam table opt `data`, `core`, `download`, `seed`; `users`, `items`, `data_seed` of a generated catalogue
-- @treturn table set; or nil, message, code
return function (opt)
  local catalogue = { seed = size(opt.data_seed) or opt.seed, users = size(opt.users), items = size(opt.items) }
  if opt.data == "generated" then return data.open("generated", { generated = catalogue }) end
  return data.open(opt.data,
    { core = opt.core, name = opt.data, download = opt.download or nil, generated = catalogue })
end
