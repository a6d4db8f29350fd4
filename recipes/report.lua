#!/usr/bin/env lua5.4
-- The report of a finished run, written beside its metrics: report.md, report.html, report.tex, plots.
--   lua5.4 recipes/report.lua runs/beauty
require "recipes.path"
local report = require "eimf.report"
local command = require "recipes.parts.command"

local USAGE = "usage: lua5.4 recipes/report.lua FOLDER ..."

local function write ()
  if #arg == 0 then error(USAGE, 0) end
  for _, folder in ipairs(arg) do
    local done, note = report.write(assert(report.run(folder)), folder)
    print(("written to %s/report.md, report.html, report.tex"):format(assert(done and folder, note)))
    if note then print(note) end
  end
end

command.run(write)
