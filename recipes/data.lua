-- Where a recipe's data comes from: a known name is looked up, and where it cannot be had the
-- generated catalogue stands in, said in one line.
local data = require "eimf.data"
local locate = require "eimf.data.locate"

--- Opens what the options ask for.
-- @tparam table opt `data`, `core`, `download`, `seed`
-- @treturn table set; or nil, message, code
return function (opt)
  if opt.data == "generated" then return data.open("generated", { seed = opt.seed }) end
  local found, message, code = locate.find(opt.data, { download = opt.download or nil })
  if not found then return nil, message, code end
  if found.generated then return data.open("generated", { seed = opt.seed }) end
  return data.open(found.path, { core = opt.core, name = opt.data })
end
