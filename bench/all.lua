-- Every bench, one after the other, as one table and a plot in docs/performance.md: the part of the page between the
-- two marks is written anew, the rest stays. An hour or so; quick=true: small sizes, to see that all of it runs.
--   EIMF_DATA=../shared/data lua5.4 bench/all.lua python=python3 threads=2
--   lua5.4 bench/all.lua only=step,rank out=/tmp/performance.md
require "recipes.path"
local eimf = require "eimf"
local files = require "eimf.files"
local report = require "eimf.report"
local plot = require "eimf.report.plot"
local given = require "bench.given"
local figures = require "bench.figures"
local peers = require "bench.peers"
local works = require "bench.works"

local FROM, TO = "<!-- figures: bench/all.lua writes from here -->", "<!-- to here -->"
local PAGE = "# Performance\n\n" .. FROM .. "\n" .. TO .. "\n"

local opt = given.options(peers.defaults {
  out = "docs/performance.md", threads = 2, only = "", quick = false,
}, { only = { "string", help = "names of benches, all where empty" } })

local function wanted (bench)
  return opt.only == "" or ("," .. opt.only .. ","):find("," .. bench .. ",", 1, true) ~= nil
end

local function quoted (text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- What a work's bench prints, errors included; and its command.
local function run (work)
  local words = { "lua5.4", "bench/" .. work.bench .. ".lua", opt.quick and work.quick or work.args }
  words[#words + 1] = "threads=" .. opt.threads
  for _, name in ipairs(work.takes or {}) do words[#words + 1] = quoted(name .. "=" .. opt[name]) end
  local command = table.concat(words, " ")
  io.stderr:write(command, "\n")
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("*a")
  local done = pipe:close()
  for line in text:gmatch("[^\n]+") do
    if not done or line:find("not measured (", 1, true) then io.stderr:write(line, "\n") end
  end
  return done and text or ""
end

local function main ()
  local rows, points, doc = {}, {}, report.document("Figures")
  doc:text(("%s; %s threads, hot loops as %s; %s. Made by: lua5.4 bench/all.lua%s"):format(figures.machine(),
    opt.threads, eimf.info().simd, os.date("%Y-%m-%d"),
    opt.quick and " quick=true (small sizes: no figures to go by)" or ""))
  local printed = {}
  for _, work in ipairs(works) do
    if wanted(work.bench) then
      local text = run(work)
      local name = opt.quick and ("%s %s"):format(work.bench, work.quick) or work.name
      if work.printed then printed[#printed + 1] = { name, text == "" and "not measured" or text }
      else
        local found = figures.read(text)
        for _, row in ipairs(figures.rows(name, found)) do rows[#rows + 1] = row end
        local least = figures.least(found)
        if least then points[#points + 1] = { work.label or work.name, least } end
      end
    end
  end

  if rows[1] then
    doc:table { columns = { "work", "eimf", "beside", "its figure", "ratio", "share of the limit" }, rows = rows }
  end
  local pictures = {}
  if points[1] then
    doc:plot { title = "Ratio to the best peer of each work", x_label = "work", y_label = "times as fast",
               style = "bars", series = { { name = "eimf", points = points } } }
    local block, path = doc.blocks[#doc.blocks], (opt.out:gsub("%.md$", "") .. ".svg")
    local svg, why = plot.svg(block, "plot1")
    if svg then assert(files.write(path, plot.standalone(svg))) end
    pictures[block] = svg and { svg = svg, file = path:match("[^/]+$") } or { missing = why }
  end
  for _, part in ipairs(printed) do doc:heading(part[1], 3):code(part[2]) end

  local page = files.read(opt.out) or PAGE
  local from, to = page:find(FROM, 1, true), page:find(TO, 1, true)
  if not (from and to and from < to) then given.fail("%s has no marks to write between", opt.out) end
  local body = report.markdown(doc, pictures):gsub("^# [^\n]*\n\n", "")
  assert(files.write(opt.out, page:sub(1, from - 1) .. FROM .. "\n\n" .. body .. "\n" .. page:sub(to)))
  print(body)
end

given.run(main)
