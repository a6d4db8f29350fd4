local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local text = require "eimf.text"

describe("eimf.text", function ()
  it("finds the words that scikit-learn finds", function ()
    local cases = json.decode(files.read("spec/golden/text/cases.json")).tokens
    assert.is_true(#cases > 150)
    for _, case in ipairs(cases) do assert.are.same(case[2], text.tokens(case[1]), case[1]) end
  end)

  it("parts words at bytes that are no UTF-8", function ()
    assert.are.same({ "caf", "bar" }, text.tokens "caf\233 bar")
    assert.are.same({ "ab", "cd" }, text.tokens "ab\192\175cd")          -- overlong
    assert.are.same({ "ab", "cd" }, text.tokens "ab\237\160\128cd")      -- a surrogate
    assert.are.same({ "ab", "cd" }, text.tokens "ab\244\144\128\128cd")  -- above the last code point
    assert.are.same({ "ab" }, text.tokens "ab\226\130")                  -- cut
    assert.are.same({ "ab", "cd" }, text.tokens "ab\0cd")
    for byte = 0, 255 do text.tokens(("x%cy%c"):format(byte, byte)) end
    assert.are.same({ ("a"):rep(1e6) }, text.tokens(("A"):rep(1e6)))
  end)

  it("opens its modules when they are asked for", function ()
    assert.are.equal(text, eimf.text)
    assert.are.equal("&", text.html.decode "&amp;")
    assert.are.equal("function", type(text.tfidf.fit))
    assert.are.equal("function", type(text.svd.truncated))
    assert.is_nil(text.nothing)
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () text.open { encoder = "bert" } end, "encoder")
    assert.error_matches(function () text.open {} end, "encoder")
    assert.error_matches(function () text.open() end, "encoder")
    assert.error_matches(function () text.open { encoder = "lsa" } end, "fit")
    assert.error_matches(function () text.open { encoder = "file" } end, "vectors")
    assert.error_matches(function () text.open { encoder = "http", model = "m" } end, "url")
    assert.error_matches(function () text.open { encoder = "lsa", fit = {}, dims = 3 } end, "dims")
    assert.error_matches(function () text.open { encoder = "lsa", fit = {}, dim = 0 } end, "dim")
  end)
end)
