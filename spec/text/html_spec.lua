local files = require "eimf.files"
local html = require "eimf.text.html"
local json = require "eimf.json"

describe("eimf.text.html", function ()
  it("decodes as Python's html.unescape", function ()
    local cases = json.decode(files.read("spec/golden/text/cases.json")).html
    assert.is_true(#cases > 250)
    for _, case in ipairs(cases) do assert.are.equal(case[2], html.decode(case[1]), case[1]) end
  end)

  it("decodes once", function ()
    assert.are.equal("&lt;", html.decode "&amp;lt;")
  end)

  it("leaves what is no entity", function ()
    local texts = { "", "AT&T", "a & b", "&;", "&#;", "&#x;", "&bogus;", "&copyright 2001", "R&D &", "&#xZZ;" }
    for _, text in ipairs(texts) do
      assert.are.equal(text, html.decode(text))
    end
  end)

  it("keeps bytes that are no UTF-8", function ()
    assert.are.equal("\255&\200", html.decode "\255&amp;\200")
  end)
end)
