--- What a bench went through, and what its memory is, as tables.
local system = require "eimf.system"
local text_table = require "eimf.text_table"

local Stages = {}
Stages.__index = Stages

local BYTES, MIB = 4, 1 << 20            -- of a float32 or an int32

--- Does something, and notes how long it took and the peak of memory since the process began.
-- @tparam string name
-- @tparam function act
-- @tparam[opt] function note what to say of it, called with its seconds
-- @treturn number seconds
function Stages:stage (name, act, note)
  local since = system.now()
  act()
  local seconds = system.now() - since
  collectgarbage()
  self.rows[#self.rows + 1] = { name, ("%.2f"):format(seconds), ("%.0f"):format(system.peak_rss()),
    note and note(seconds) }
  return seconds
end

--- Notes what tensors take.
-- @tparam string name
-- @tparam {tensor,...} tensors
function Stages:memory (name, tensors)
  local bytes = 0
  for _, x in ipairs(tensors) do bytes = bytes + BYTES * x:size() end
  self.parts[#self.parts + 1] = { name, ("%.0f"):format(bytes / MIB) }
  self.bytes = self.bytes + bytes
end

--- Prints both, the parts of the memory with their sum and the peak.
-- @tparam string beside what else the peak holds
function Stages:print (beside)
  print(text_table.format(self.rows, { header = true, align = "lrrl" }))
  local parts = self.parts
  parts[#parts + 1] = { "all of these", ("%.0f"):format(self.bytes / MIB) }
  parts[#parts + 1] = { "peak; beside these: " .. beside, ("%.0f"):format(system.peak_rss()) }
  print(text_table.format(parts, { header = true, align = "lr" }))
end

return function ()
  return setmetatable({ rows = { { "", "seconds", "peak MiB", "" } }, parts = { { "memory", "MiB" } }, bytes = 0 },
    Stages)
end
