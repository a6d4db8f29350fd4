--- The command line around a bench: options in, by rules; what is wrong with them, or goes wrong later, is one line on
-- standard error and exit code 1. EIMF_TRACEBACK=1 shows where it came from.
local eimf = require "eimf"
local command = require "recipes.parts.command"
local models = require "eimf.models"
local model_options = require "eimf.models.options"

local given = {}

-- What several benches take; their sizes are multiplied, so that each has an end.
local RULES = {
  threads     = { "integer", min = 1, max = 1024 },
  seconds     = { "number", above = 0, max = 86400, help = "of each measurement" },
  batch       = { "integer", min = 1, max = 1048576, help = "examples of a step" },
  n_items     = { "integer", min = 1, max = 100000000 },
  n_negatives = { "integer", min = 0, max = 1000000, help = "0: all items" },
  python      = { "string", help = "an interpreter that finds the peers' packages" },
  peers       = { "string", help = "folder of the peers' scripts; none: eimf alone" },
  compare     = { "string", help = "kinds of torch's, with commas between" },
  backbone    = { one_of = models.trained },
}
local OF_MODELS = model_options.all()
for _, name in ipairs { "dim", "n_interests", "max_len" } do RULES[name] = OF_MODELS[name] end

--- Options of a bench; ends the program on a wrong one, or after a listing where `help` is asked for.
-- Where there are `threads` among them, they are set.
-- @tparam table defaults
-- @tparam[opt] table rules of the bench's own; the others are those of all benches
-- @treturn table
function given.options (defaults, rules)
  local all = {}
  for name in pairs(defaults) do all[name] = RULES[name] end
  for name, rule in pairs(rules or {}) do all[name] = rule end
  local opt = command.options(defaults, all)
  if opt.threads then eimf.threads(opt.threads) end
  return opt
end

--- Runs a bench's body; an error, raised or asserted, is one line.
-- @tparam function body
-- @return what it returned
given.run = command.run

--- Stops a bench, from within its body, with a line.
-- @tparam string ... format and its values
function given.fail (...) error(string.format(...), 0) end

return given
