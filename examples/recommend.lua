#!/usr/bin/env lua5.4
-- The ten best items for a history of raw item ids, newest last, from a snapshot:
--   lua5.4 examples/recommend.lua runs/beauty/snapshot.safetensors B004OHQR1Q B0043OYFKU
require "recipes.path"
local serve = require "eimf.serve"

if #arg < 2 then
  io.stderr:write("usage: lua5.4 examples/recommend.lua SNAPSHOT ITEM-ID ...\n")
  os.exit(1)
end

local shop, message = serve.open(arg[1])
if not shop then
  io.stderr:write(message, "\n")
  os.exit(1)
end

local hits, unknown = shop:recommend({ table.unpack(arg, 2) }, { n = 10 })
if unknown > 0 then print(("%d of %d ids are not in this snapshot"):format(unknown, #arg - 1)) end
for rank, hit in ipairs(hits) do
  print(("%2d  %8.4f  %-12s  %s"):format(rank, hit.score, hit.id, hit.title))
end
