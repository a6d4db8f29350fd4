--- Plots of documents as SVG, for pages and as files. Neighbour: gnuplot.
-- @module eimf.report.plot

local gnuplot = require "eimf.report.gnuplot"

local plot = {}

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
  if not gnuplot.available() then return nil, "no picture: gnuplot is not installed (gnuplot-nox)", "NO_GNUPLOT" end
  local script = gnuplot.script(block)
  if not script then return nil, "no picture: there is nothing to draw", "EMPTY" end
  local svg, message, code = gnuplot.run(script)
  if not svg then return nil, message, code end
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
