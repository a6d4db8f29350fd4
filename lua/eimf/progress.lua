--- What a person sees while a run goes on: one line that renews itself on a
-- terminal, plain lines elsewhere. Writes to standard error.
-- @module eimf.progress

local system = require "eimf.system"

local progress = {}

local Progress = {}
Progress.__index = Progress

local REFRESH = 0.2          -- seconds between two states of the line
local WIDTH = 78

--- A progress line.
-- @treturn progress
function progress.new ()
  return setmetatable({ terminal = system.is_terminal(), shown = 0, since = system.now() }, Progress)
end

--- 75 -> "1:15".
-- @tparam number seconds
-- @treturn string
function progress.duration (seconds)
  local s = math.floor(seconds + 0.5)
  if s >= 3600 then
    return ("%d:%02d:%02d"):format(math.floor(s / 3600), math.floor(s / 60) % 60, s % 60)
  end
  return ("%d:%02d"):format(math.floor(s / 60), s % 60)
end

--- Shows where an epoch is; on a terminal only.
-- @tparam table state `epoch`, `epochs`, `step`, `steps`, `loss`, `examples` done in `seconds`
function Progress:show (state)
  if not self.terminal then return end
  local now = system.now()
  if now - self.shown < REFRESH then return end
  self.shown = now
  local rate = state.examples / math.max(state.seconds, 1e-9)
  local left = state.seconds / math.max(state.step_of_run, 1) * (state.steps - state.step)
  local line = ("epoch %d/%d  %3.0f %%  loss %.4f  %.0f examples/s  %s left in this epoch"):format(
    state.epoch, state.epochs, 100 * state.step / state.steps, state.loss, rate, progress.duration(left))
  io.stderr:write("\r", line:sub(1, WIDTH), (" "):rep(math.max(0, WIDTH - #line)))
  io.stderr:flush()
end

--- A line that stays.
-- @tparam string text
function Progress:say (text)
  if self.terminal then io.stderr:write("\r", (" "):rep(WIDTH), "\r") end
  io.stderr:write(text, "\n")
  io.stderr:flush()
end

return progress
