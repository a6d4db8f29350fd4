local document = require "eimf.report.document"
local html = require "eimf.report.html"
local made = require "spec.report.made"

describe("eimf.report.html", function ()
  local VOID = { meta = true, br = true }

  -- Every element that is opened is closed, in order.
  local function check_balance (page)
    local open = {}
    for closing, name, rest in page:gsub("^<!doctype html>", ""):gmatch("<(/?)(%w+)([^>]*)>") do
      if closing == "/" then
        assert.are.equal(table.remove(open), name)
      elseif not VOID[name] and rest:sub(-1) ~= "/" then
        open[#open + 1] = name
      end
    end
    assert.are.same({}, open)
  end

  it("is one page that asks for nothing: no script, no address, its own style", function ()
    local d = made.document()
    local page = html.render(d, { [d.blocks[5]] = { svg = "<svg><g/></svg>" } })
    check_balance(page)
    assert.is_truthy(page:find("^<!doctype html>\n"))
    assert.is_truthy(page:find("default-src 'none'", 1, true))
    for _, sign in ipairs { "<script", "http:", "https:", "src=", "@import", "url(" } do
      assert.is_nil(page:find(sign, 1, true), sign)
    end
    assert.is_truthy(page:find("prefers-color-scheme: dark", 1, true))
    assert.is_truthy(page:find('name="viewport"', 1, true))
  end)

  it("lets no text be taken for a tag", function ()
    local page = html.render(document.new("<b>"):heading("<script>x</script>"):text(made.SIGNS):code("<pre>\0\27")
      :table { columns = { "<u>" }, rows = { { "<i>\n<a>" } }, note = "&", title = "<s>" })
    check_balance(page)
    assert.is_truthy(page:find("<title>&lt;b&gt;</title>", 1, true))
    assert.is_truthy(page:find("&lt;script&gt;x&lt;/script&gt;", 1, true))
    assert.is_truthy(page:find("&lt;i&gt;&amp;&quot;it&#39;s&quot;", 1, true))
    assert.is_truthy(page:find("<td><div>&lt;i&gt;</div><div>&lt;a&gt;</div></td>", 1, true))
    assert.is_nil(page:find("[%z\27]"))
  end)

  it("sets off what is best, and shows deviation, mark and gain", function ()
    local page = html.render(document.new("T"):table(made.TABLE))
    check_balance(page)
    assert.is_truthy(page:find('<td class="number"><span class="best">0.1043</span> <span class="quiet">±0.0008</span>'
      .. '<sup>*</sup> <span class="quiet">(+9.7 %)</span></td>', 1, true), page)
    assert.is_truthy(page:find("<caption>Beauty, test</caption>", 1, true))
    assert.is_truthy(page:find('<p class="note">*: p &lt; 0.05</p>', 1, true))
  end)

  it("has contents where there is much to find", function ()
    local d = document.new("T"):heading("A"):heading("B"):heading("inner", 3):heading("C")
    assert.is_nil(html.render(d):find("<nav>", 1, true))
    local page = html.render(d:heading("D"))
    assert.is_truthy(page:find('<a href="#s5">D</a>', 1, true))
    assert.is_truthy(page:find('<h2 id="s5">D</h2>', 1, true))
    assert.is_nil(page:find(">inner</a>", 1, true))
  end)

  it("puts plots that follow each other side by side, and numbers where there is no picture", function ()
    local d = document.new("T"):plot(made.PLOT):plot(made.PLOT):text("between"):plot(made.PLOT)
    local drawn, missing = { svg = "<svg></svg>" }, { missing = "no gnuplot" }
    local page = html.render(d, { [d.blocks[1]] = drawn, [d.blocks[2]] = drawn, [d.blocks[4]] = missing })
    check_balance(page)
    local _, groups = page:gsub('<div class="figures">', "")
    local _, figures = page:gsub("<figure>", "")
    assert.are.same({ 1, 2 }, { groups, figures })
    assert.is_truthy(page:find('<td class="number">0.1500 <span class="quiet">±0.0100</span></td>', 1, true))
    assert.is_truthy(page:find("no gnuplot", 1, true))
  end)
end)
