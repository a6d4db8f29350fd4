-- The command line around a recipe: options in, one clear line and an exit code out.
local options = require "eimf.options"

local command = {}

local INTERRUPTED = 130                  -- what a shell says of a program that Ctrl-C ended

local function fail (message)
  io.stderr:write((tostring(message):gsub("%s*\n.*", "")), "\n")
  os.exit(1)
end

--- Options of a recipe from the command line; ends the program on a wrong one.
-- @tparam table defaults of the data set's recipe
-- @tparam table rules of all recipes
-- @treturn table
function command.options (defaults, rules)
  local opt, message, code = options.parse(arg or {}, defaults, rules)
  if code == "HELP" then
    print("lua5.4 " .. arg[0] .. " name=value ...\n" .. message)
    os.exit(0)
  end
  return opt or fail(message)
end

--- Runs a recipe's body; whatever stops it is one line, without a traceback.
-- @tparam function body
-- @return what the body returned
function command.run (body, ...)
  local trace = os.getenv("EIMF_TRACEBACK") and debug.traceback or function (e) return e end
  local ok, result = xpcall(body, trace, ...)
  if ok then return result end
  if os.getenv("EIMF_TRACEBACK") then io.stderr:write(tostring(result), "\n") end
  return fail((tostring(result):gsub("^[^:\n]+%.lua:%d+: ", "")))
end

-- A word of a command line, quoted where a shell would split or change it.
local function quoted (word)
  if word:match("^[%w%._/=@%%+:,-]+$") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The command that started this program, for a shell.
-- @tparam[opt] string but option that is left out
-- @treturn string
function command.line (but)
  local words = { "lua5.4", quoted(arg[0]) }
  for _, word in ipairs(arg) do
    if word:match("^[^=]*") ~= but then words[#words + 1] = quoted(word) end
  end
  return table.concat(words, " ")
end

--- Ends a program that Ctrl-C stopped.
-- @tparam string message how to go on
function command.interrupted (message)
  io.stderr:write(message, "\n")
  os.exit(INTERRUPTED)
end

return command
