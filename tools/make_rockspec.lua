#!/usr/bin/env lua5.4
-- Keeps the rockspecs: the list of Lua modules in the scm one, and the released ones made from it.
--     lua5.4 tools/make_rockspec.lua            writes the files under lua/eimf into eimf-scm-1.rockspec
--     lua5.4 tools/make_rockspec.lua release    also rockspec/eimf-VERSION-1.rockspec, VERSION as in CMakeLists.txt

local SCM = "eimf-scm-1.rockspec"

local function read (path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write (path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
  print("wrote " .. path)
end

-- lua/eimf/nn/routing.lua -> eimf.nn.routing, and init.lua -> its folder's ".init"
local function module_list ()
  local pipe = io.popen("find lua/eimf -name '*.lua' | LC_ALL=C sort")
  local lines = {}
  for path in pipe:lines() do
    local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")
    lines[#lines + 1] = string.format("      [%q] = %q,\n", name, path)
  end
  pipe:close()
  return table.concat(lines)
end

local function with_modules (text)
  local before, after = text:match("^(.*\n    lua = {[^\n]*\n).-(    },\n.*)$")
  return assert(before, SCM .. " has no table of Lua modules") .. module_list() .. after
end

local function released (text, version)
  local function replace (pattern, with)
    local count
    text, count = text:gsub(pattern, with)
    assert(count == 1, "nothing to replace by " .. with)
  end
  replace('version = "scm%-1"', string.format('version = "%s-1"', version))
  replace('(url = "[^"]*",)\n', string.format('%%1\n  tag = "v%s",\n', version))
  return text
end

local text = with_modules(read(SCM))
write(SCM, text)
if arg[1] == "release" then
  local version = assert(read("CMakeLists.txt"):match("set%(VERSION (%S+)%)"), "CMakeLists.txt has no VERSION")
  assert(os.execute("mkdir -p rockspec"))
  write(string.format("rockspec/eimf-%s-1.rockspec", version), released(text, version))
end
