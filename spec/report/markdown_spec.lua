local document = require "eimf.report.document"
local made = require "spec.report.made"
local markdown = require "eimf.report.markdown"

describe("eimf.report.markdown", function ()
  it("writes every kind of block", function ()
    local d = document.new("Runs"):heading("Results"):text("words"):list({ "one", "two" }):code("x\n")
    assert.are.equal("# Runs\n\n## Results\n\nwords\n\n* one\n* two\n\n```\nx\n```\n", markdown.render(d))
  end)

  it("pads tables, sets the best in bold, numbers to the right", function ()
    assert.are.equal([[
# T

Beauty, test

| model   |                     recall@10 |   seconds | runs |
| ------- | ----------------------------: | --------: | ---: |
| popular |                        0.0115 |           |    1 |
| alone   |                0.0951 ±0.0010 | **756.0** |    3 |
| EIMF    | **0.1043** ±0.0008\* (+9.7 %) |     801.2 |    3 |

\*: p &lt; 0.05
]], markdown.render(document.new("T"):table(made.TABLE)))
  end)

  it("lets no text be taken for a sign", function ()
    local text = markdown.render(document.new("T"):text(made.SIGNS):text("# no heading"):text("1. no list\nat all"))
    local signs = [[a_b &lt;i&gt;&amp;"it's" \*x\* \_y\_ \`z\` \[l\](m) \| 5 % $1 #2 {c} ~d ^e \\f]]
    assert.is_truthy(text:find(signs, 1, true), text)
    assert.is_truthy(text:find("\n\\# no heading\n", 1, true))
    assert.is_truthy(text:find("\n1\\. no list at all\n", 1, true))
    assert.are.equal("# T\n\n\\_ \\_\\_a b\\_\n", markdown.render(document.new("T"):text("_ __a b_")))
  end)

  it("fences code that holds a fence, and keeps cells on one line", function ()
    assert.is_truthy(markdown.render(document.new("T"):code("a ``` b")):find("````\na ``` b\n````", 1, true))
    local text = markdown.render(document.new("T"):table { columns = { "x" }, rows = { { "one\ntwo" } } })
    assert.is_truthy(text:find("| one<br>two |", 1, true), text)
  end)

  it("shows a picture where there is one, else the numbers and why", function ()
    local d = document.new("T"):plot(made.PLOT)
    local figure = { svg = "<svg/>", file = "report-1.svg" }
    assert.is_truthy(markdown.render(d, { [d.blocks[1]] = figure }):find(
      "Learning\n\n![Learning: ndcg@10, valid by epoch](report-1.svg)", 1, true))
    local text = markdown.render(d, { [d.blocks[1]] = { missing = "no gnuplot" } })
    assert.is_truthy(text:find("|     1 | 0.1000 | 0.1500 ±0.0100 |", 1, true), text)
    assert.is_truthy(text:find("\n\nno gnuplot\n", 1, true))
  end)
end)
