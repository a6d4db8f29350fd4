local json = require "eimf.json"

describe("eimf.json", function ()
  it("writes keys in order, so that equal content gives equal bytes", function ()
    local names, a, b = {}, {}, {}
    for i = 1, 50 do names[i] = ("k%02d"):format(i) end
    for i = 1, 50 do a[names[i]] = i end
    for i = 50, 1, -1 do b[names[i]] = i end
    assert.are.equal(json.encode(a), json.encode(b))
    assert.are.equal('{"a": 1, "b": {"c": true, "d": "x"}}', json.encode { b = { d = "x", c = true }, a = 1 })
  end)

  it("writes one key a line where asked, indented", function ()
    assert.are.equal('{\n  "a": {\n    "b": 1\n  },\n  "c": [1, 2]\n}',
      json.encode({ a = { b = 1 }, c = { 1, 2 } }, true))
  end)

  it("writes lists, and an empty table as a list", function ()
    assert.are.equal('[1, "two", [], {"x": 3}]', json.encode { 1, "two", {}, { x = 3 } })
  end)

  it("writes null for what is not a finite number, as JSON has no other word", function ()
    assert.are.equal("[null, null, null]", json.encode { 0 / 0, 1 / 0, -1 / 0 })
  end)

  it("escapes texts as JSON asks", function ()
    local text = "\"\\\n\t\1 ü"
    assert.are.equal(text, json.decode(json.encode { text })[1])
    assert.are.equal('{"a\\"b": 1}', json.encode { ['a"b'] = 1 })
  end)

  it("keeps whole numbers whole and fractions to 14 digits", function ()
    assert.are.equal("[3, 2147483647]", json.encode { 3, 2147483647 })
    local x = json.decode(json.encode { 0.123456789012345 })[1]
    assert.is_true(math.abs(x - 0.123456789012345) < 1e-14)
  end)

  it("says what is wrong with a text instead of raising", function ()
    for _, text in ipairs { "", "{", "nonsense", '{"a": }' } do
      local value, message, code = json.decode(text)
      assert.is_nil(value)
      assert.is_string(message)
      assert.are.equal("BAD_FORMAT", code)
    end
  end)

  it("leaves the host's own cjson as it was", function ()
    local cjson = require "cjson"
    assert.has_error(function () cjson.encode { 0 / 0 } end)
  end)
end)
