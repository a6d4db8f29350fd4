-- Where the time of a run went: phase("data", f, ...) calls f, keeps its seconds, and returns what f returned.
local system = require "eimf.system"

local phases = {}

local Phases = {}
Phases.__index = Phases

--- No time yet.
-- @treturn phases
function phases.new () return setmetatable({ seconds = {} }, Phases) end

local function done (self, name, since, ...)
  self.seconds[#self.seconds + 1] = { name = name, seconds = system.now() - since }
  return ...
end

function Phases:__call (name, f, ...) return done(self, name, system.now(), f(...)) end

--- One line: each phase in order, seconds.
function Phases:__tostring ()
  local words, sum = {}, 0
  for i, phase in ipairs(self.seconds) do
    words[i] = ("%s %.1f"):format(phase.name, phase.seconds)
    sum = sum + phase.seconds
  end
  return ("seconds: %s; in all %.1f"):format(table.concat(words, ", "), sum)
end

return phases
