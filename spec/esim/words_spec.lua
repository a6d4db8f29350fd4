local words = require "eimf.esim.words"

describe("eimf.esim.words", function ()
  local catalogue = { "red nail polish", "blue nail polish", "red shoe", "blue shoe", "red hat", "camping tent for 2" }

  it("names a group by what stands in many of its titles and seldom elsewhere", function ()
    local w = words.new(catalogue)
    assert.are.equal("nail polish", w:name({ "red nail polish", "blue nail polish" }, { "red shoe" }):sub(1, 11))
    assert.is_nil(w:name({ "red nail polish", "blue nail polish" }, { "red shoe" }):find("2", 1, true))
  end)

  it("gives two to four words, none twice", function ()
    local w = words.new(catalogue)
    for _, inside in ipairs { { "hat" }, { "red hat red hat red" }, { "2 x 12 oz" }, { "" }, {},
                              { "a big blue camping tent with two doors and a window" } } do
      local name, seen, n = w:name(inside, {}), {}, 0
      for word in name:gmatch("%S+") do
        assert.is_nil(seen[word], name)
        seen[word], n = true, n + 1
      end
      assert.is_true(n >= 2 and n <= 4, name)
    end
  end)

  it("knows words of any script", function ()
    local w = words.new { "чай зелёный", "чай чёрный", "кофе" }
    assert.are.equal("чай чёрный", w:name({ "Чай чёрный" }, {}))
  end)

  it("is the same whatever the order of titles", function ()
    local w = words.new(catalogue)
    local a = { "soft wool socks", "warm wool socks", "soft wool gloves" }
    assert.are.equal(w:name(a, {}), w:name({ a[3], a[1], a[2] }, {}))
  end)
end)
