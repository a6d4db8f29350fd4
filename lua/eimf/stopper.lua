--- Early stopping: the best value so far, and when to give up.
-- @module eimf.stopper

local stopper = {}

local Stopper = {}
Stopper.__index = Stopper

--- A stopper.
-- @tparam integer patience evaluations without a better value before it stops
-- @treturn stopper
function stopper.new (patience)
  return setmetatable({ patience = patience, best = nil, at = 0, waited = 0 }, Stopper)
end

--- Takes the value of an evaluation; larger is better. Not a number is never better.
-- @tparam number value
-- @tparam integer at number of the epoch
-- @treturn boolean is it the best so far
function Stopper:offer (value, at)
  if value == value and (self.best == nil or value > self.best) then
    self.best, self.at, self.waited = value, at, 0
    return true
  end
  self.waited = self.waited + 1
  return false
end

--- Is it time to stop?
-- @treturn boolean
function Stopper:done () return self.waited >= self.patience end

return stopper
