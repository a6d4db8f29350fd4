#!/usr/bin/env lua5.4
-- Fails on a public name without a doc block: a function of lua/eimf that a module gives away, or an
-- entry of a luaL_Reg array in csrc/lua. Names that begin with an underscore are private.
--     lua5.4 tools/docs_coverage.lua [verbose]

local missing, covered = {}, 0

local function note (documented, path, line, name)
  if arg[1] == "verbose" then print(documented and "ok     " or "MISSING", path, name) end
  if documented then
    covered = covered + 1
  else
    missing[#missing + 1] = string.format("%s:%d: %s has no doc block", path, line, name)
  end
end

local function files_in (folder, pattern)
  local pipe = io.popen(string.format("find %s -name '%s' | sort", folder, pattern))
  local paths = {}
  for path in pipe:lines() do paths[#paths + 1] = path end
  pipe:close()
  return paths
end

local function lines_of (path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

-- The comment lines that end right above line n begin with three dashes.
local function has_block (lines, n)
  local first
  for i = n - 1, 1, -1 do
    if not lines[i]:match("^%s*%-%-") then break end
    first = lines[i]
  end
  return first ~= nil and first:match("^%s*%-%-%-") ~= nil
end

-- function M.name (, function M:name (, M.name = function (
local function field_of (line)
  local name = line:match("^%s*function ([%w_]+[%.:][%w_%.:]+)%s*%(")
               or line:match("^([%w_]+%.[%w_%.]+) = function%s*%(")
  if name and not name:match("[%.:]_[%w_]*$") then return name end
end

-- Local functions that the module returns itself: return name, return { a = name, ... }
local function returned_names (lines)
  local names = {}
  local tail = table.concat(lines, "\n"):match("\nreturn ([^\n].*)$") or ""
  for name in tail:gmatch("[%a_][%w_]*") do names[name] = true end
  return names
end

-- A field belongs to the public if its table is returned, or is a class (Tape:record).
local function is_public (name, returned)
  local holder = name:match("^[%w_]+")
  return returned[holder] or holder:match("^%u") ~= nil
end

local function check_lua (path)
  local lines = lines_of(path)
  local returned = returned_names(lines)
  for n, line in ipairs(lines) do
    local name = field_of(line)
    if name and not is_public(name, returned) then name = nil end
    local own = line:match("^local function ([%w_]+)")
    if own and returned[own] and not own:match("^_") then name = own end
    if name then note(has_block(lines, n), path, n, name) end
  end
end

local function check_c (path)
  local lines = lines_of(path)
  local text = table.concat(lines, "\n")
  local inside = false
  for n, line in ipairs(lines) do
    if line:match("luaL_Reg%s+[%w_]+%[%]%s*=") then inside = true end
    if inside then
      for name in line:gmatch('{%s*"([%w_]+)"%s*,') do
        if not name:match("^_") then
          local block = text:find("@function%s+" .. name .. "%f[^%w_]")
                        or text:find("@function%s+%a+:" .. name .. "%f[^%w_]")       -- a method
          note(block ~= nil, path, n, name)
        end
      end
    end
    if line:match("^};") then inside = false end
  end
end

for _, path in ipairs(files_in("lua/eimf", "*.lua")) do check_lua(path) end
for _, path in ipairs(files_in("csrc/lua", "*.c")) do check_c(path) end
for _, text in ipairs(missing) do io.stderr:write(text, "\n") end
print(string.format("%d public names documented, %d not", covered, #missing))
os.exit(#missing == 0)
