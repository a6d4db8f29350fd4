-- Where a recipe's data comes from: a known name is looked up, and where it cannot be had the
-- generated catalogue stands in, said in one line.
local data = require "eimf.data"
local locate = require "eimf.data.locate"

local function size (n) return n > 0 and n or nil end

local function generated (opt, in_place_of)
  return data.open("generated", { seed = opt.seed, users = size(opt.users), items = size(opt.items),
    in_place_of = in_place_of })
end

--- Opens what the options ask for.
-- @tparam table opt `data`, `core`, `download`, `seed`; `users`, `items` of a generated catalogue
-- @treturn table set; or nil, message, code
return function (opt)
  if opt.data == "generated" then return generated(opt) end
  local found, message, code = locate.find(opt.data, { download = opt.download or nil })
  if not found then return nil, message, code end
  if found.generated then return generated(opt, found.in_place_of) end
  return data.open(found.path, { core = opt.core, name = opt.data })
end
