#!/usr/bin/env lua5.4
-- The floors of the house: reads every require and #include "...", prints the table, and fails on an
-- edge that goes up, or sideways to a file that the header comment does not name.
--     lua5.4 tools/floors.lua [verbose]

local FLOORS = {                       -- the first prefix that fits a path decides
  { "csrc/base/", 0 }, { "csrc/kernels/", 1 }, { "csrc/lua/", 2 }, { "include/", 2 },
  { "lua/eimf/tensor.lua", 3 }, { "lua/eimf/tape.lua", 3 }, { "lua/eimf/pool.lua", 3 },
  { "lua/eimf/param.lua", 3 }, { "lua/eimf/option", 3 }, { "lua/eimf/ops/", 3 },
  { "lua/eimf/nn/", 4 }, { "lua/eimf/", 5 },
  { "recipes/", 6 }, { "examples/", 6 }, { "bench/", 6 },
}
local TOP = 6                          -- may use anything, so also its neighbours
local NAMES = {
  [0] = "base: types, threads, random numbers, files", "kernels: pure C", "bindings: the only lua.h",
  "tensors, tape, operations", "layers", "the library", "recipes, examples, bench",
}
-- Belongs to everybody of its floor; nobody has to name it.
local COMMON = {
  ["csrc/base/eimf_base.h"] = true, ["csrc/lua/lua_compat.h"] = true, ["csrc/lua/lua_tensor.h"] = true,
  ["csrc/lua/lua_functions.h"] = true, ["csrc/kernels/hot/isa.h"] = true, ["csrc/kernels/hot.h"] = true,
  ["csrc/kernels/plans.h"] = true, ["recipes/path.lua"] = true,
}
local C_MODULES = { ["eimf.core"] = true, ["eimf.boot"] = true, ["eimf.http"] = true, ["eimf.system"] = true,
                    ["eimf.mpi"] = true }
-- What serving must not bring into a host.
local SERVE, NOT_IN_SERVE = "lua/eimf/serve.lua", { "cjson", "zlib", "eimf.http", "eimf.esim", "eimf.llm", "eimf.text" }

local problems = {}

local function problem (...) problems[#problems + 1] = string.format(...) end

local function read (path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function list_files ()
  local folders = "csrc include lua recipes examples bench"
  local pipe = io.popen("find " .. folders .. " -name '*.lua' -o -name '*.[ch]' 2>/dev/null | sort")
  local paths = {}
  for path in pipe:lines() do paths[#paths + 1] = path end
  pipe:close()
  return paths
end

local function floor_of (path)
  for _, entry in ipairs(FLOORS) do
    if path:sub(1, #entry[1]) == entry[1] then return entry[2] end
  end
end

-- The comment that a file begins with.
local function header_of (path, text)
  if path:match("%.[ch]$") then return text:match("^%s*(/%*.-%*/)") or "" end
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    if not line:match("^%-%-") and not line:match("^#!") then break end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

local function resolve (from, include)
  local path = from:match("^(.*/)") .. include
  local count
  repeat path, count = path:gsub("[^/]+/%.%./", "", 1) until count == 0
  return (path:gsub("/%./", "/"))
end

-- "eimf.nn.routing" -> its file; a name that ends in a dot (a computed one) -> its folder.
local function module_path (name)
  local path = name:gsub("%.", "/")
  local base = name:match("^eimf") and "lua/" or ""
  for _, tail in ipairs { ".lua", "/init.lua", "" } do
    if tail == "" and not name:match("%.$") then break end
    if tail == "" or read(base .. path .. tail) then return base .. path .. tail end
  end
end

local function c_edges (path, text, edges)
  for include in text:gmatch('#%s*include%s+"([^"]+)"') do edges[#edges + 1] = resolve(path, include) end
  if floor_of(path) < 2 and text:match('#%s*include%s+[<"]l[ua][ua][xl]?[a-z]*%.h[>"]') then
    problem("%s includes a header of Lua: only csrc/lua may", path)
  end
end

local function strip_comments (text)
  return (("\n" .. text):gsub("%-%-%[%[.-%]%]", ""):gsub("%-%-[^\n]*", ""))
end

local function lua_edges (path, text, edges, modules)
  for name in strip_comments(text):gmatch("require%s*%(?%s*[\"']([%w_%.]+)[\"']") do
    modules[#modules + 1] = name
    local inside = name:match("^eimf") or name:match("^recipes") or name:match("^bench") or name:match("^examples")
    if inside and not C_MODULES[name] then
      local target = module_path(name)
      if target then edges[#edges + 1] = target else problem("%s requires %s, which has no file", path, name) end
    end
  end
end

local function scan ()
  local files = {}
  for _, path in ipairs(list_files()) do
    local text = read(path)
    local file = { path = path, floor = floor_of(path), header = header_of(path, text), edges = {}, modules = {} }
    if path:match("%.lua$") then
      lua_edges(path, text, file.edges, file.modules)
    else
      c_edges(path, text, file.edges)
    end
    files[#files + 1] = file
    files[path] = file
  end
  return files
end

-- A neighbour is named by its file name, its stem, or its module name.
local function named (header, target)
  local stem = target:match("([^/]+)%.%w+$") or target:match("([^/]+)/$")
  if stem == "init" then stem = target:match("([^/]+)/init%.lua$") end
  return header:find("%f[%w_]" .. stem:gsub("%p", "%%%0") .. "%f[^%w_]") ~= nil
end

local function twins (path, header)           -- x.c or x_part.c, and x.h
  local stem = header:match("^(.*)%.h$")
  local own = path:match("^(.*)%.[ch]$")
  return stem ~= nil and own ~= nil and (own == stem or own:sub(1, #stem + 1) == stem .. "_")
end

local function facade (path, target)          -- init.lua and what stands in its folder
  local folder = path:match("^(.*/)init%.lua$")
  return folder ~= nil and target:sub(1, #folder) == folder
end

local function check (file, target)
  local floor = floor_of(target)
  if not floor then return problem("%s uses %s, which stands on no floor", file.path, target) end
  if floor > file.floor then
    problem("%s (floor %d) uses %s (floor %d): upward", file.path, file.floor, target, floor)
  elseif floor == file.floor and floor < TOP and not COMMON[target] and not twins(file.path, target)
         and not facade(file.path, target) and not named(file.header, target) then
    problem("%s uses its neighbour %s, which its header comment does not name", file.path, target)
  end
end

local function reachable (files, path, seen, modules)
  if seen[path] or not files[path] then return modules end
  seen[path] = true
  for _, name in ipairs(files[path].modules) do modules[name] = path end
  for _, target in ipairs(files[path].edges) do reachable(files, target, seen, modules) end
  return modules
end

local function check_serve (files)
  local modules = reachable(files, SERVE, {}, {})
  for _, name in ipairs(NOT_IN_SERVE) do
    if modules[name] then problem("serving loads %s, through %s", name, modules[name]) end
  end
end

local function print_table (files)
  local counts, down, across = {}, {}, {}
  for _, file in ipairs(files) do
    counts[file.floor] = (counts[file.floor] or 0) + 1
    for _, target in ipairs(file.edges) do
      local same = floor_of(target) == file.floor
      local bucket = same and across or down
      bucket[file.floor] = (bucket[file.floor] or 0) + 1
    end
  end
  print(string.format("%-5s %-46s %5s %5s %7s", "floor", "", "files", "down", "across"))
  for floor = 0, 6 do
    print(string.format("%-5d %-46s %5d %5d %7d", floor, NAMES[floor], counts[floor] or 0, down[floor] or 0,
      across[floor] or 0))
  end
end

local files = scan()
for _, file in ipairs(files) do
  for _, target in ipairs(file.edges) do
    if arg[1] == "verbose" then print(file.path .. " -> " .. target) end
    check(file, target)
  end
end
check_serve(files)
print_table(files)
for _, text in ipairs(problems) do io.stderr:write(text, "\n") end
os.exit(#problems == 0)
