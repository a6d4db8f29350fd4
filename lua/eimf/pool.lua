--- Memory of step-lived tensors: taken during a step, given back together.
-- Tensors are kept by capacity class (four classes to each power of two),
-- because jagged batches differ in size at every step. Neighbour of tape.lua.
-- @module eimf.pool

local core = require "eimf.core"

local pool = {}
pool.__index = pool

local SMALLEST = 64        -- elements

--- Capacity that a tensor of n elements gets: at most a quarter more than n.
local function capacity_class (n)
  local class = SMALLEST
  while class < n do class = class * 2 end
  local step = class / 8
  while class > SMALLEST and class - step >= n do class = class - step end
  return class
end

--- An empty pool.
-- @treturn pool
function pool.new ()
  return setmetatable({ free = { float32 = {}, int32 = {} }, used = {}, n_used = 0 }, pool)
end

--- A tensor with elements of any value, until the next `reset`.
-- @tparam string dtype "float32" or "int32"
-- @tparam integer ... 1 to 4 sizes
-- @treturn tensor
function pool:take (dtype, ...)
  local n = 1
  for i = 1, select("#", ...) do n = n * select(i, ...) end
  local class = capacity_class(n)
  local list = self.free[dtype][class]
  local x = list and table.remove(list) or core.new(dtype, class)
  self.used[self.n_used + 1] = x               -- counted once it is there: memory may run out here
  self.n_used = self.n_used + 1
  return x:resize_(...)
end

--- Takes back every tensor that was given out.
function pool:reset ()
  for i = self.n_used, 1, -1 do
    local x = self.used[i]
    local lists = self.free[x:dtype()]
    local class = x:capacity()
    local list = lists[class]
    if not list then
      list = {}
      lists[class] = list
    end
    list[#list + 1] = x
    self.used[i], self.n_used = nil, i - 1
  end
end

return pool
