--- Where a step's time goes: seconds by name, forward and backward apart.
--   local profile = eimf.profile.new()
--   local tape = eimf.tape { profile = profile }        -- every operation of the tape by its name
--   adam:step(); profile:lap("adam")                    -- what is outside of it
--   print(profile)
-- A lap is the time since the one before, so that nothing of a loop is left out.
-- Neighbour: text_table.lua.
-- @module eimf.profile

local system = require "eimf.system"
local text_table = require "eimf.text_table"

local profile = {}

local TINY = 1e-9                        -- seconds

local Profile = {}
Profile.__index = Profile

--- A profile; its clock runs.
-- @treturn profile
function profile.new () return setmetatable({ by_name = {}, order = {}, last = system.now() }, Profile) end

--- Time until now is nobody's: before a loop, or after what is not to count.
function Profile:restart () self.last = system.now() end

--- Gives the time since the last lap to a name.
-- @tparam string name
-- @tparam[opt="forward"] string side "forward" or "backward"
function Profile:lap (name, side)
  local now, entry = system.now(), self.by_name[name]
  if not entry then
    entry = { name = name, forward = 0, backward = 0, count = 0 }
    self.by_name[name], self.order[#self.order + 1] = entry, entry
  end
  if side ~= "backward" then entry.count = entry.count + 1 end
  entry[side or "forward"] = entry[side or "forward"] + now - self.last
  self.last = now
end

--- Entries, the most expensive first.
-- @treturn {table,...} { name, forward, backward (seconds), count }
function Profile:entries ()
  local list = {}
  for i, entry in ipairs(self.order) do list[i] = entry end
  table.sort(list, function (a, b)
    local x, y = a.forward + a.backward, b.forward + b.backward
    if x ~= y then return x > y end
    return a.name < b.name
  end)
  return list
end

--- Seconds of all entries.
-- @treturn number
function Profile:seconds ()
  local sum = 0
  for _, entry in ipairs(self.order) do sum = sum + entry.forward + entry.backward end
  return sum
end

--- A table: seconds forward and backward, share of the whole, how often.
function Profile:__tostring ()
  local all = self:seconds()
  local rows = { { "operation", "forward, s", "backward, s", "share, %", "times" } }
  for i, e in ipairs(self:entries()) do
    rows[i + 1] = { e.name, e.forward, e.backward, 100 * (e.forward + e.backward) / math.max(all, TINY), e.count }
  end
  return text_table.format(rows, { header = true, form = "%.3f" })
end

return profile
