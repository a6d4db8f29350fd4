local text_table = require "eimf.text_table"

describe("eimf.text_table", function ()
  local function lines (...) return table.concat({ ... }, "\n") end

  it("puts numbers to the right and texts to the left", function ()
    assert.are.equal(lines(
      "users     22363",
      "density  0.0007"), text_table.format { { "users", 22363 }, { "density", 0.00073 } })
  end)

  it("rules off a heading, whose column is aligned by what is below", function ()
    local rows = { { "metric", "valid", "test" }, { "recall@10", 0.09456, 0.1 }, { "hit@5", 0.05, "" } }
    assert.are.equal(lines(
      "metric      valid    test",
      "---------  ------  ------",
      "recall@10  0.0946  0.1000",
      "hit@5      0.0500"), text_table.format(rows, { header = true }))
  end)

  it("follows align, letter by letter", function ()
    assert.are.equal(lines(" a  1   2", "bb  30  4"),
      text_table.format({ { "a", 1, 2 }, { "bb", 30, 4 } }, { align = "rl-" }))
  end)

  it("formats whole numbers as they are and others as asked", function ()
    assert.are.equal("12101  0.50  -3  nan", text_table.format({ { 12101.0, 0.5, -3, "nan" } }, { form = "%.2f" }))
  end)

  it("counts letters, not bytes", function ()
    assert.are.equal(lines("caf\195\169  1", "tea   2"), text_table.format { { "caf\195\169", 1 }, { "tea", 2 } })
  end)

  it("takes ragged rows, holes and none", function ()
    assert.are.equal(lines("a", "b     2", "   x"), text_table.format { { "a" }, { "b", nil, 2 }, { nil, "x" } })
    assert.are.equal("", text_table.format {})
    assert.are.equal("", text_table.format { {} })
  end)
end)
