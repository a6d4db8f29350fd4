--- Other processes, for specs of whole programs: what they print, how they end.
local files = require "eimf.files"
local scratch = require "spec.scratch"

local child = {}

--- A word as the shell takes it.
function child.quoted (word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end


--- Runs a shell command to its end.
-- @treturn integer exit code
-- @treturn string standard output
-- @treturn string standard error
function child.run (command)
  local out, err = os.tmpname(), os.tmpname()
  local _, _, code = os.execute(("{ %s\n} >%s 2>%s </dev/null"):format(command, out, err))
  local printed, said = files.read(out), files.read(err)
  os.remove(out)
  os.remove(err)
  return code, printed, said
end


--- Runs Lua code with the modules of this process in reach.
function child.lua (code)
  local script = scratch.put(os.tmpname(), code)
  local command = ("LUA_PATH=%s LUA_CPATH=%s lua5.4 %s"):format(child.quoted(package.path),
    child.quoted(package.cpath), script)
  local status, printed, said = child.run(command)
  os.remove(script)
  return status, printed, said
end


--- The command line of a script of the tree.
-- @tparam string script "recipes/beauty.lua"
-- @tparam {string,...} words its arguments
function child.command (script, words)
  local line = { "lua5.4", script }
  for _, word in ipairs(words) do line[#line + 1] = child.quoted(word) end
  return table.concat(line, " ")
end


--- Runs a script of the tree to its end.
function child.script (script, words)
  return child.run(child.command(script, words))
end


return child
