--- gnuplot: what it is told, and running it. What it draws reaches it on its standard input: numbers, and names in
-- single quotes, where it expands nothing. Neighbour: files.
-- @module eimf.report.gnuplot

local files = require "eimf.files"

local gnuplot = {}

local HEAD = [[
set terminal svg size %d,%d noenhanced font 'sans-serif,13'
set encoding utf8
set border 3
set tics nomirror out
set grid ytics lc rgb '#999999' lw 0.5 dt 3
set style fill solid 0.85 noborder
set autoscale xfix
]]
local WIDE, HIGH = 540, 340
local HIGHER, LINE = 70, 18                            -- for names that are turned; for a line of names of series
local COLOURS = { "#3b82c4", "#e07b39", "#3a9d5d", "#c44e52", "#8c72c3", "#a67c52", "#d16ba5", "#7f8c8d" }
local SHAPES = { 7, 5, 9, 13, 11, 6, 4, 8 }            -- of points, by gnuplot's numbers
local SHAPES_UP_TO = 40                                -- points of a line that are marked
local AIR = 0.05                                       -- between a value and the frame, of the plot's height
local BARS = 0.8                                       -- share of the axis that bars take
local LONG_NAMES = 46                                  -- letters of all names that stand side by side
local TURNED = 25                                      -- letters of a name that is turned
local LEGEND = 64                                      -- letters of a series' name
local FEW, SHORT = 8, 5                                -- values of x that are each named on the axis; their letters

-- An apostrophe within becomes a typographic one: gnuplot's own way of writing it fails at the beginning of a text.
local function quoted (text) return "'" .. text:gsub("%c+", " "):gsub("'", "’") .. "'" end

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

local function letters (names)
  local n = 0
  for _, name in ipairs(names) do n = n + #name end
  return n
end

local function shortened (name, most)
  if #name <= most then return name end
  return (name:sub(1, most):gsub("[\192-\255][\128-\191]*$", "")) .. "..."           -- no half letter
end

-- Colour and name of series s; the shape of its points.
local function look (s, one)
  return ("lc rgb '%s' title %s"):format(COLOURS[(s - 1) % #COLOURS + 1], quoted(shortened(one.name, LEGEND)))
end

local function shape (s) return "pt " .. SHAPES[(s - 1) % #SHAPES + 1] .. " ps 0.7 " end

local draw = {}

function draw.lines (s, one)
  local marks = #one.points <= SHAPES_UP_TO
  return { ("$d%d using 1:2%s with %s lw 2 %s%s"):format(s, one.errors and ":3" or "",
    one.errors and "yerrorlines" or marks and "linespoints" or "lines", marks and shape(s) or "", look(s, one)) }
end

function draw.points (s, one)
  return { ("$d%d using 1:2%s with %s %s%s"):format(s, one.errors and ":3" or "",
    one.errors and "yerrorbars" or "points", shape(s), look(s, one)) }
end

function draw.bars (s, one, all)
  local wide = BARS * least_gap(all) / #all
  local at = ("($1%+.9g)"):format((s - (#all + 1) / 2) * wide)
  local parts = { ("$d%d using %s:2:(%.9g) with boxes %s"):format(s, at, wide, look(s, one)) }
  if one.errors then
    parts[2] = ("$d%d using %s:($2-$3):(0):(2*$3) with vectors nohead lc rgb '#888888' lw 2 notitle"):format(s, at)
  end
  return parts
end

-- The few values of x there are, each at its place, where there is room for them; else gnuplot chooses.
local function numbers_axis (xs, log_x)
  local place = log_x and math.log or function (x) return x end
  local room, texts = (place(xs[#xs]) - place(xs[1])) / FEW, {}
  for i, x in ipairs(xs) do
    texts[i] = ("%.9g"):format(x)
    if #texts[i] > SHORT or i > 1 and place(x) - place(xs[i - 1]) < room then return "" end
  end
  return "set xtics (" .. table.concat(texts, ", ") .. ")\n"
end

local function names_axis (names)
  local turned, tics = letters(names) > LONG_NAMES, {}
  for i, name in ipairs(names) do tics[i] = quoted(turned and shortened(name, TURNED) or name) .. " " .. i end
  return ("set xrange [0.4:%.1f]\nset xtics (%s)%s\n"):format(#names + 0.6, table.concat(tics, ", "),
    turned and " rotate by -35" or ""), turned and HIGHER or 0
end

-- The names of the series, above the plot: beside each other where they are short, else a line for each.
local function key_of (series)
  if #series == 1 then return "unset key\n", 0 end
  local names = {}
  for s, one in ipairs(series) do names[s] = one.name end
  local rows = letters(names) <= LONG_NAMES and 1 or #series
  return ("set key at screen 0.02, 0.99 left top %s Left reverse\nset tmargin %g\n"):format(
    rows == 1 and "horizontal" or "vertical", 1.2 * rows + 0.8), (rows - 1) * LINE
end

-- Least and largest y of all series, errors included.
local function extent (series)
  local least, most = math.huge, -math.huge
  for _, one in ipairs(series) do
    for _, point in ipairs(one.points) do
      least, most = math.min(least, point[2] - point[3]), math.max(most, point[2] + point[3])
    end
  end
  return least, most
end

-- Bars begin at zero; elsewhere a little air keeps marks off the frame, but not below zero where no value is.
local function range_of (block, series)
  local least, most = extent(series)
  if block.style == "bars" then
    return least < 0 and "" or "set yrange [0:*]\nset offsets 0, 0, graph 0.05, 0\n"
  end
  -- Twice: gnuplot goes on to the next tic, which may be the one below zero.
  local from_zero = least >= 0 and least < 2 * AIR * (most - least)
  return (from_zero and "set yrange [0:*]\n" or "") ..
    ("set offsets graph 0.02, graph 0.02, graph %g, graph %g\n"):format(AIR, from_zero and 0 or AIR)
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

--- What gnuplot is told.
-- @tparam table block a plot of a document
-- @treturn ?string nil where there is nothing to draw
function gnuplot.script (block)
  local place, names = placer(block)
  local series, parts = {}, {}
  for _, one in ipairs(block.series) do series[#series + 1] = drawable(one, place, block.log_x) or nil end
  if not series[1] then return nil end
  for s, one in ipairs(series) do
    for _, part in ipairs(draw[block.style or "lines"](s, one, series)) do parts[#parts + 1] = part end
  end
  local key, key_high = key_of(series)
  local axis, axis_high = numbers_axis(xs_of(series), block.log_x), 0
  if names[1] then axis, axis_high = names_axis(names) end
  return table.concat {
    HEAD:format(WIDE, HIGH + key_high + axis_high), key, "set xlabel ", quoted(block.x_label),
    "\nset ylabel ", quoted(block.y_label), "\n", block.log_x and "set logscale x\n" or "", axis,
    range_of(block, series), data_of(series), "plot ", table.concat(parts, ", \\\n  "), "\n",
  }
end

--- Is gnuplot here?
-- @treturn boolean
function gnuplot.available ()
  local pipe = io.popen("command -v gnuplot 2>/dev/null")
  local found = pipe:read("*l")
  pipe:close()
  return found ~= nil
end

--- Runs gnuplot.
-- @tparam string script
-- @treturn string SVG
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string "FAILED"
function gnuplot.run (script)
  local drawn, said = os.tmpname(), os.tmpname()
  local pipe = io.popen(("gnuplot -d - >'%s' 2>'%s'"):format(drawn, said), "w")
  pipe:write(script)
  pipe:close()
  local svg, why = files.read(drawn), files.read(said)
  os.remove(drawn)
  os.remove(said)
  if svg and svg:find("</svg>%s*$") then return svg end
  return nil, "gnuplot: " .. ((why or ""):match("line %d+: ([^\n]+)") or "no picture"), "FAILED"
end

return gnuplot
