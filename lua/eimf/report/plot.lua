--- Plots as SVG, drawn by gnuplot. What is drawn reaches it on its standard input: numbers, and names in single quotes,
-- where it expands nothing. Neighbour: files.
-- @module eimf.report.plot

local files = require "eimf.files"

local plot = {}

local HEAD = [[
set terminal svg size 540,340 noenhanced font 'sans-serif,13'
set encoding utf8
set border 3
set tics nomirror out
set grid ytics lc rgb '#999999' lw 0.5 dt 3
set style fill solid 0.85 noborder
set pointintervalbox 0
]]
local COLOURS = { "#3b82c4", "#e07b39", "#3a9d5d", "#c44e52", "#8c72c3", "#a67c52", "#d16ba5", "#7f8c8d" }
local SHAPES = { 7, 5, 9, 13, 11, 6, 4, 8 }            -- of points, by gnuplot's numbers
local SHAPES_UP_TO = 40                                -- points of a line that are marked
local BARS = 0.8                                       -- share of the axis that bars take
local LONG_NAMES = 40                                  -- letters of all names that stand side by side
local TURNED = 25                                      -- letters of a name that is turned
local FEW = 8                                          -- values of x that are each named on the axis

local function quoted (text) return "'" .. text:gsub("%c+", " "):gsub("'", "''") .. "'" end

local function is_finite (x) return x == x and x ~= math.huge and x ~= -math.huge end

local function has_names (series)
  for _, one in ipairs(series) do
    for _, point in ipairs(one.points) do
      if type(point[1]) == "string" then return true end
    end
  end
  return false
end

-- x of a point: a number as it is, a name by its place among the names.
local function placer (block)
  if not has_names(block.series) then return function (x) return x end, {} end
  local place, names = {}, {}
  for _, one in ipairs(block.series) do
    for _, point in ipairs(one.points) do
      local name = tostring(point[1])
      if not place[name] then
        names[#names + 1] = name
        place[name] = #names
      end
    end
  end
  return function (x) return place[tostring(x)] end, names
end

-- Points that can be drawn, as { x, y, error }; nil where there are none.
local function drawable (series, place, log_x)
  local out, with_errors = {}, false
  for _, point in ipairs(series.points) do
    local x, y = place(point[1]), point[2]
    if y and is_finite(x) and is_finite(y) and not (log_x and x <= 0) then
      out[#out + 1] = { x, y, point[3] or 0 }
      with_errors = with_errors or point[3] ~= nil
    end
  end
  return out[1] and { name = series.name, points = out, errors = with_errors }
end

-- Different x of all series, rising.
local function xs_of (series)
  local xs, seen = {}, {}
  for _, one in ipairs(series) do
    for _, point in ipairs(one.points) do
      if not seen[point[1]] then xs[#xs + 1] = point[1] end
      seen[point[1]] = true
    end
  end
  table.sort(xs)
  return xs
end

local function least_gap (series)
  local xs, gap = xs_of(series), math.huge
  for i = 2, #xs do gap = math.min(gap, xs[i] - xs[i - 1]) end
  return gap < math.huge and gap or 1
end

local draw = {}

function draw.lines (s, one)
  local marks = #one.points <= SHAPES_UP_TO
  local how = one.errors and "yerrorlines" or marks and "linespoints" or "lines"
  return { ("$d%d using 1:2%s with %s lc rgb '%s' lw 2%s ps 0.7 title %s"):format(s, one.errors and ":3" or "", how,
    COLOURS[(s - 1) % #COLOURS + 1], marks and " pt " .. SHAPES[(s - 1) % #SHAPES + 1] or "", quoted(one.name)) }
end

function draw.points (s, one)
  return { ("$d%d using 1:2%s with %s lc rgb '%s' pt %d title %s"):format(s, one.errors and ":3" or "",
    one.errors and "yerrorbars" or "points", COLOURS[(s - 1) % #COLOURS + 1], SHAPES[(s - 1) % #SHAPES + 1],
    quoted(one.name)) }
end

function draw.bars (s, one, all)
  local wide = BARS * least_gap(all) / #all
  local at = ("($1%+.9g)"):format((s - (#all + 1) / 2) * wide)
  local parts = { ("$d%d using %s:2:(%.9g) with boxes lc rgb '%s' title %s"):format(s, at, wide,
    COLOURS[(s - 1) % #COLOURS + 1], quoted(one.name)) }
  if one.errors then
    parts[2] = ("$d%d using %s:2:3 with yerrorbars lc rgb '#777777' pt 0 notitle"):format(s, at)
  end
  return parts
end

local function letters (names)
  local n = 0
  for _, name in ipairs(names) do n = n + #name end
  return n
end

local function shortened (name)
  if #name <= TURNED then return name end
  return (name:sub(1, TURNED):gsub("[\192-\255][\128-\191]*$", "")) .. "..."           -- no half letter
end

-- The few values of x there are, each at its place; many are gnuplot's to choose from.
local function numbers_axis (xs)
  if #xs > FEW then return "" end
  for i, x in ipairs(xs) do xs[i] = ("%.9g"):format(x) end
  return "set xtics (" .. table.concat(xs, ", ") .. ")\n"
end

local function names_axis (names)
  local turned = letters(names) > LONG_NAMES
  local tics = {}
  for i, name in ipairs(names) do tics[i] = quoted(turned and shortened(name) or name) .. " " .. i end
  return ("set xrange [0.4:%.1f]\nset xtics (%s)%s\n"):format(#names + 0.6, table.concat(tics, ", "),
    turned and " rotate by -35" or "")
end

-- Bars begin at zero; elsewhere a little air keeps marks off the frame.
local function range_of (block, series)
  if block.style ~= "bars" then return "set offsets graph 0.02, graph 0.02, graph 0.05, graph 0.05\n" end
  for _, one in ipairs(series) do
    for _, point in ipairs(one.points) do
      if point[2] - point[3] < 0 then return "" end
    end
  end
  return "set yrange [0:*]\nset offsets 0, 0, graph 0.05, 0\n"
end

local function data_of (series)
  local out = {}
  for s, one in ipairs(series) do
    out[#out + 1] = ("$d%d << END"):format(s)
    for _, point in ipairs(one.points) do out[#out + 1] = ("%.9g %.9g %.9g"):format(point[1], point[2], point[3]) end
    out[#out + 1] = "END"
  end
  return table.concat(out, "\n") .. "\n"
end

-- What gnuplot is told; nil where there is nothing to draw.
local function script_of (block)
  local place, names = placer(block)
  local series = {}
  for _, one in ipairs(block.series) do series[#series + 1] = drawable(one, place, block.log_x) or nil end
  if not series[1] then return nil end
  local parts = {}
  for s, one in ipairs(series) do
    for _, part in ipairs(draw[block.style or "lines"](s, one, series)) do parts[#parts + 1] = part end
  end
  return table.concat {
    HEAD, "set xlabel ", quoted(block.x_label), "\nset ylabel ", quoted(block.y_label), "\n",
    block.log_x and "set logscale x\n" or "",
    #series == 1 and "unset key\n" or "set key outside top left horizontal\n",
    names[1] and names_axis(names) or numbers_axis(xs_of(series)), range_of(block, series), data_of(series),
    "plot ", table.concat(parts, ", \\\n  "), "\n",
  }
end

--- Is gnuplot here?
-- @treturn boolean
function plot.available ()
  local pipe = io.popen("command -v gnuplot 2>/dev/null")
  local found = pipe:read("*l")
  pipe:close()
  return found ~= nil
end

-- What gnuplot drew; nil, and what it said.
local function run (script)
  local drawn, said = os.tmpname(), os.tmpname()
  local pipe = io.popen(("gnuplot -d - >'%s' 2>'%s'"):format(drawn, said), "w")
  pipe:write(script)
  pipe:close()
  local svg, why = files.read(drawn), files.read(said)
  os.remove(drawn)
  os.remove(said)
  if svg and svg:find("</svg>%s*$") then return svg end
  return nil, "gnuplot: " .. ((why or ""):match("line %d+: ([^\n]+)") or "no picture")
end

-- gnuplot's picture for a page: the colour of its text, names of its own, the width that it is given.
local function tidied (svg, id, label)
  local body = svg:match("<g id=\"gnuplot_canvas\">%s*(.*)</g>%s*</svg>"):gsub("<title>[^<]*</title>", "")
  body = body:gsub("<filter.-</filter>%s*", ""):gsub(" id=\"gnuplot_[^\"]*\"", "")
  body = body:gsub(" color=\"black\"", ""):gsub("([\"'])black%1", "%1currentColor%1")
  body = body:gsub("gp(%u%l+)", id .. "-%1"):gsub("<g [^>]*>%s*</g>%s*", ""):gsub("\n%s+", "\n")
  return ("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"%s\" "
    .. "role=\"img\" aria-label=\"%s\">\n%s</svg>\n"):format(svg:match("viewBox=\"([^\"]*)\""), label, body)
end

local NAMED = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["\""] = "&quot;" }

--- A plot as SVG: no size of its own, lines and letters in the colour of the text around it.
-- @tparam table block a plot of a document
-- @tparam[opt="plot"] string id begins the names in it, which must differ within a page
-- @treturn string SVG
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "NO_GNUPLOT", "EMPTY", "FAILED"
function plot.svg (block, id)
  if not plot.available() then return nil, "no picture: gnuplot is not installed (gnuplot-nox)", "NO_GNUPLOT" end
  local script = script_of(block)
  if not script then return nil, "no picture: there is nothing to draw", "EMPTY" end
  local svg, message = run(script)
  if not svg then return nil, message, "FAILED" end
  local label = ("%s by %s"):format(block.y_label, block.x_label):gsub("[&<>\"]", NAMED):gsub("%c+", " ")
  return tidied(svg, id or "plot", label)
end

--- An SVG as a file of its own: black on white, wherever it is shown.
-- @tparam string svg of `plot.svg`
-- @treturn string
function plot.standalone (svg)
  local wide, high = svg:match("viewBox=\"0 0 (%d+) (%d+)\"")
  return (svg:gsub(">\n", (" width=\"%s\" height=\"%s\" color=\"#222222\">\n<rect width=\"100%%%%\" "
    .. "height=\"100%%%%\" fill=\"#ffffff\"/>\n"):format(wide, high), 1))
end

--- Draws the plots of a document.
-- @tparam document doc
-- @tparam string name of the report; plot n is the file NAME-n.svg
-- @treturn table { [plot block] = { svg, file } or { missing = why there is no picture } }
function plot.figures (doc, name)
  local figures, n = {}, 0
  for _, block in ipairs(doc.blocks) do
    if block.kind == "plot" then
      n = n + 1
      local svg, message = plot.svg(block, "plot" .. n)
      figures[block] = svg and { svg = svg, file = ("%s-%d.svg"):format(name, n) } or { missing = message }
    end
  end
  return figures
end

return plot
