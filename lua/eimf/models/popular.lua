--- Popularity: every user is offered what most users bought. The floor of every
-- table. Nothing is learned; the score of an item is its count in training.
-- @module eimf.models.popular

local tensor = require "eimf.tensor"
local param = require "eimf.param"

local popular = {}

local Popular = {}
Popular.__index = Popular

--- A model.
-- @tparam table opt not used
-- @tparam integer n_items
-- @treturn model
function popular.new (_, n_items)
  return setmetatable({
    items = param.new { data = tensor.zeros(n_items + 1, 1), name = "items", sparse = true },
  }, Popular)
end

--- Counts the items of training histories; earlier counts are forgotten.
-- @tparam tensor ids int32; id 0 is passed over
-- @treturn model itself
function Popular:fit (ids)
  local counts = {}
  for _, id in ipairs(ids:totable()) do counts[id] = (counts[id] or 0) + 1 end
  counts[0] = nil
  self.items.data:fill_(0)
  for id, n in pairs(counts) do self.items.data:set(id + 1, 1, n) end
  return self
end

--- One interest of one number for every user.
-- @tparam model _ the model
-- @tparam tape t
-- @tparam table history { offsets (B+1) }
-- @treturn value (B, 1, 1)
function Popular.interests (_, t, history)
  local v = t:value { history.offsets:size() - 1, 1, 1 }
  v.data:fill_(1)
  return t:record("popular", v)
end

--- Parameters.
-- @treturn {param,...}
function Popular:params () return { self.items } end

return popular
