-- Lets a script that is started from the tree's folder find the modules built there:
--   require "recipes.path"
-- in its first lines, and no environment variable is needed. An installed eimf is used where
-- the tree has not been built.
local build = os.getenv("EIMF_BUILD") or "./build"
local core = io.open(build .. "/lib/eimf/core.so")

if core then
  core:close()
  package.path = "./lua/?.lua;./lua/?/init.lua;./?.lua;" .. package.path
  package.cpath = build .. "/lib/?.so;" .. package.cpath
elseif not pcall(require, "eimf.boot") then
  io.stderr:write("eimf is not built here: ./run ", tostring(arg and arg[0] or "recipes/beauty.lua"),
    " builds it and goes on\n")
  os.exit(1)
end
