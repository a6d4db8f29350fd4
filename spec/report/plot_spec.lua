local child = require "spec.child"
local document = require "eimf.report.document"
local files = require "eimf.files"
local gnuplot = require "eimf.report.gnuplot"
local made = require "spec.report.made"
local plot = require "eimf.report.plot"
local scratch = require "spec.scratch"

local HERE = gnuplot.available()

describe("eimf.report.gnuplot", function ()
  local function script (changes)
    local block = { x_label = "x", y_label = "y", series = { { name = "a", points = { { 1, 2 } } } } }
    for name, value in pairs(changes) do block[name] = value end
    return gnuplot.script(block)
  end

  it("is told numbers as numbers and names in single quotes", function ()
    local text = script { x_label = "it's\n!touch x", series = { { name = "`a`", points = { { 1, 0.5, 0.25 } } } } }
    assert.is_truthy(text:find("set xlabel 'it’s !touch x'\n", 1, true), text)
    assert.is_truthy(text:find("$d1 << END\n1 0.5 0.25\nEND\n", 1, true), text)
    assert.is_truthy(text:find("title '`a`'", 1, true), text)
  end)

  it("leaves out what cannot be drawn", function ()
    local points = { { 1, 0 / 0 }, { 2, math.huge }, { 3 }, { 0, 1 }, { 5, 1 } }
    local text = script { series = { { name = "a", points = points }, { name = "b", points = {} } }, log_x = true }
    assert.is_truthy(text:find("$d1 << END\n5 1 0\nEND\n", 1, true), text)
    assert.is_nil(text:find("$d2", 1, true))
    assert.is_nil(script { series = { { name = "a", points = { { 1, 0 / 0 } } } } })
  end)

  it("goes below zero only where values do, and begins there where they come near", function ()
    local function from_zero (...)
      local points = {}
      for x, y in ipairs { ... } do points[x] = { x, y } end
      return script({ series = { { name = "a", points = points } } }):find("set yrange [0:*]", 1, true) ~= nil
    end
    assert.is_true(from_zero(0, 0.1))
    assert.is_true(from_zero(0.002, 0.08))
    assert.is_false(from_zero(0.07, 0.08))
    assert.is_false(from_zero(-0.001, 0.08))
  end)

  it("puts names on the axis in the order they come", function ()
    local text = script { style = "bars", series = {
      { name = "a", points = { { "<5", 1 }, { "5-9", 2 } } },
      { name = "b", points = { { "5-9", 3 }, { "10+", 4 } } } } }
    assert.is_truthy(text:find("set xtics ('<5' 1, '5-9' 2, '10+' 3)\n", 1, true), text)
    assert.is_truthy(text:find("$d2 << END\n2 3 0\n3 4 0\nEND\n", 1, true), text)
    assert.is_truthy(text:find("($1-0.2):2:(0.4) with boxes", 1, true), text)
  end)

  it("cuts long names between letters", function ()
    local text = script { series = { { name = "a", points = { { ("ü"):rep(40), 1 }, { "short", 2 } } } } }
    assert.is_truthy(text:find("'" .. ("ü"):rep(12) .. "...' 1", 1, true), text)
  end)
end)

describe("eimf.report.plot", function ()
  local function svg (block, id)
    if not HERE then return pending "gnuplot is not installed" end
    return assert(plot.svg(block, id))
  end

  it("draws lines, bars and points", function ()
    for _, style in ipairs { "lines", "bars", "points" } do
      local block = { style = style }
      for name, value in pairs(made.PLOT) do block[name] = value end
      local text = svg(block, "p7")
      if not text then return end
      assert.is_truthy(text:find('^<svg xmlns="http://www.w3.org/2000/svg"'))
      assert.is_truthy(text:find('aria-label="ndcg@10, valid by epoch"', 1, true))
      for _, word in ipairs { ">epoch<", ">ndcg@10, valid<", ">alone<", ">EIMF<" } do
        assert.is_truthy(text:find(word, 1, true), style .. ": " .. word)
      end
      assert.is_nil(text:find("black", 1, true))
      for id in text:gmatch("id=['\"]([^'\"]*)") do assert.is_truthy(id:find("^p7%-"), id) end
    end
  end)

  it("lets no name reach the shell, gnuplot or the page as anything but a name", function ()
    local folder = scratch.folder()
    finally(function () scratch.remove(folder) end)
    local touch = ("touch %s/x"):format(folder)
    local bad = ("'; system(\"%s\") `%s` \n!%s\n$(%s) <script>&\" @x"):format(touch, touch, touch, touch)
    local text = svg { title = bad, x_label = bad, y_label = bad, style = "bars",
      series = { { name = bad, points = { { bad, 1 }, { "b", 2 } } }, { name = "c", points = { { bad, 1 } } } } }
    if not text then return end
    assert.is_nil(files.kind(folder .. "/x"))
    assert.is_nil(text:find("<script", 1, true))
    assert.is_truthy(text:find("&lt;script>&amp;", 1, true))
  end)

  it("is black on white in a file of its own", function ()
    local text = svg(made.PLOT)
    if not text then return end
    text = plot.standalone(text)
    assert.is_truthy(text:find('width="540" height="%d+" color="#222222">\n<rect width="100%%" height="100%%"'), text)
  end)

  it("says why there is no picture", function ()
    local empty = { x_label = "x", y_label = "y", series = { { name = "a", points = {} } } }
    if HERE then
      assert.are.same({ nil, "no picture: there is nothing to draw", "EMPTY" }, { plot.svg(empty) })
    end
    local code, printed = child.run("PATH=/nowhere " .. io.popen("command -v lua5.4"):read("*l") .. [[ -e '
      package.path, package.cpath = "]] .. package.path .. '", "' .. package.cpath .. [["
      print(require "eimf.report.plot".svg { x_label = "x", y_label = "y", series = {} })']])
    assert.are.same({ 0, "nil\tno picture: gnuplot is not installed (gnuplot-nox)\tNO_GNUPLOT\n" }, { code, printed })
  end)

  it("names the figures of a document in order", function ()
    local d = document.new("T"):plot(made.PLOT):text("x"):plot { x_label = "x", y_label = "y", series = {} }
    local figures = plot.figures(d, "report")
    assert.is_string(figures[d.blocks[3]].missing)
    if HERE then assert.are.equal("report-1.svg", figures[d.blocks[1]].file) end
  end)
end)
