--- A bench's data set by its name or path: the set, and where it is. Where a published set is not here and the
-- generated catalogue would stand in, the bench stops: a figure of other data than the asked ones says nothing.
-- @tparam string name as of eimf.data.open
-- @treturn set
-- @treturn ?string path nil for data=generated
local eimf = require "eimf"
local locate = require "eimf.data.locate"
local given = require "bench.given"

local function silent () end

return function (name)
  if name == "generated" then return assert(eimf.data.open("generated")) end
  local path = assert(locate.find(name, { notice = silent })).path
  if not path then given.fail("data=%s: not here; EIMF_DATA=folder says where it is", name) end
  return assert(eimf.data.open(path)), path
end
