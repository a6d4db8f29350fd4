local cells = require "eimf.report.cells"
local document = require "eimf.report.document"

describe("eimf.report.document", function ()
  it("keeps blocks in order, made by calls or given as tables", function ()
    local blocks = { { kind = "heading", text = "Results", level = 3 }, { kind = "text", text = "words" },
                     { kind = "list", items = { "a", "b" } }, { kind = "code", text = "x = 1" } }
    local d = document.new("T"):heading("Results", 3):text("words"):list({ "a", "b" }):code("x = 1")
    assert.are.same(blocks, d.blocks)
    assert.are.same(blocks, document.new("T", blocks).blocks)
  end)

  it("takes another document in, under its title", function ()
    local d = document.new("Whole"):append(document.new("Part"):text("words"))
    assert.are.same({ { kind = "heading", text = "Part" }, { kind = "text", text = "words" } }, d.blocks)
  end)

  it("refuses blocks that are not what their kind says, naming the field", function ()
    local columns, rows, nameless = { "a" }, { { 1 } }, { { points = {} } }
    local wrong = {
      ["unknown kind 'picture'"] = { kind = "picture" },
      ["unknown field 'colour' of a text"] = { kind = "text", text = "a", colour = "red" },
      ["field 'text' of a text is a nil"] = { kind = "text" },
      ["field 'items' of a list is a string"] = { kind = "list", items = "a" },
      ["field 'y_label' of a plot is a nil"] = { kind = "plot", x_label = "x", series = {} },
      ["style of a plot is 'pie'"] = { kind = "plot", x_label = "x", y_label = "y", series = {}, style = "pie" },
      ["series 1 of a plot has no name"] = { kind = "plot", x_label = "x", y_label = "y", series = nameless },
      ["best names 'b', which is no column"] = { kind = "table", columns = columns, rows = rows, best = { b = "max" } },
      ["best of 'a' is most"] = { kind = "table", columns = columns, rows = rows, best = { a = "most" } },
      ["within names 'b'"] = { kind = "table", columns = columns, rows = rows, within = "b" },
    }
    for words, block in pairs(wrong) do
      local ok, message = pcall(document.new, "T", { block })
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    assert.has_error(function () document.new() end)
  end)

  it("blames the line that gave the wrong block", function ()
    local _, message = pcall(function () document.new("T"):text(3) end)
    assert.is_truthy(message:find("document_spec.lua:%d+: eimf.report.document: field 'text'"), message)
  end)
end)

describe("eimf.report.cells", function ()
  local function texts (block)
    local columns, rows = cells.of(block)
    local out = {}
    for r, row in ipairs(rows) do
      out[r] = {}
      for c, cell in ipairs(row) do out[r][c] = cell.text end
    end
    return out, columns, rows
  end

  it("writes whole numbers as they are, other columns with four digits or as the column says", function ()
    local out, columns = texts { columns = { "name", "n", "x", { name = "s", form = "%.1f" } },
      rows = { { "a", 3, 1, 756 }, { "b", 12, 0.25, 1.25 }, { "c" } } }
    assert.are.same({ { "a", "3", "1.0000", "756.0" }, { "b", "12", "0.2500", "1.2" }, { "c", "", "", "" } }, out)
    assert.are.same({ { name = "name", right = false }, { name = "n", right = true }, { name = "x", right = true },
                      { name = "s", right = true } }, columns)
  end)

  it("gives deviation, mark and gain of a cell", function ()
    local _, _, rows = texts { columns = { "x" }, rows = { { { 1, 0.5, mark = "*", gain = -4.25 } }, { 2 } } }
    assert.are.same({ text = "1.0000", deviation = "0.5000", mark = "*", gain = "-4.2" }, rows[1][1])
    assert.are.same({ text = "2.0000" }, rows[2][1])
  end)

  local function best_of (block)
    local _, rows = cells.of(block)
    local out = {}
    for r, row in ipairs(rows) do out[r] = row[#row].best or false end
    return out
  end

  it("finds the largest, the smallest, ties, and nothing in what is not a number", function ()
    local nan = 0 / 0
    assert.are.same({ false, true, true, false }, best_of { columns = { "x" }, best = { x = "max" },
      rows = { { 1 }, { 3 }, { { 3 } }, {} } })
    assert.are.same({ true, false, false }, best_of { columns = { "x" }, best = { x = "min" },
      rows = { { 1 }, { "none" }, { nan } } })
  end)

  it("finds the best of each group of rows", function ()
    assert.are.same({ false, true, true, false }, best_of { columns = { "data", "x" }, best = { x = "max" },
      within = "data", rows = { { "beauty", 1 }, { "beauty", 2 }, { "office", 9 }, { "office", 8 } } })
  end)

  it("makes a table of a plot: a row for each x, a column for each series", function ()
    local block = cells.of_plot { title = "T", x_label = "epoch", y_label = "ndcg", series = {
      { name = "a", points = { { 1, 0.1 }, { 2, 0.2, 0.01 } } }, { name = "b", points = { { 2, 0.3 }, { 4, 0.4 } } } } }
    assert.are.same({ "epoch", "a", "b" }, block.columns)
    assert.are.same({ { 1, 0.1 }, { 2, { 0.2, 0.01 }, 0.3 }, { 4, nil, 0.4 } }, block.rows)
    assert.are.equal("values: ndcg", block.note)
  end)
end)
