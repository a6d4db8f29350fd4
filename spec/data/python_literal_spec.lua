local python_literal = require "eimf.data.python_literal"

local parse, none = python_literal.parse, python_literal.none

describe("eimf.data.python_literal", function ()
  it("reads what a line of the product files looks like", function ()
    local row = assert(parse([=[{'asin': '0205616461', 'description': "Don't \"fold\"",]=]
      .. [=[ 'title': u'Caf\xe9 \u2013 Cr\u00e8me', 'price': 3.5,]=]
      .. [=[ 'imUrl': 'http://x/y.jpg', 'related': {'also_bought': ['B01', 'B02'], 'n': 12L},]=]
      .. [=[ 'salesRank': {'Beauty': 461765}, 'categories': [['Beauty', 'Hair Care'], ['x']], 'brand': None}]=]))
    assert.are.same({
      asin = "0205616461", description = [[Don't "fold"]], title = "Café – Crème", price = 3.5,
      imUrl = "http://x/y.jpg", related = { also_bought = { "B01", "B02" }, n = 12 },
      salesRank = { Beauty = 461765 }, categories = { { "Beauty", "Hair Care" }, { "x" } },
    }, row)
  end)

  it("knows every escape", function ()
    assert.are.equal("\\ ' \" \a\b\f\n\r\t\v", parse([['\\ \' \" \a\b\f\n\r\t\v']]))
    assert.are.equal("A\u{e9}\u{2013}\u{1F600}\u{1F600}!", parse([['\x41\xe9\u2013\U0001F600\ud83d\ude00\41']]))
    assert.are.equal("\\d \\q", parse([['\d \q']]))
    assert.are.equal([[C:\new\'x]], parse([[r'C:\new\'x']]))
  end)

  it("keeps both kinds of quotes, UTF-8, and joins texts that stand together", function ()
    assert.are.equal([[it's "é"]], parse([["it's \"é\""]]))
    assert.are.equal("one two", parse([['one ' "two"]]))
    assert.are.equal("", parse("''"))
  end)

  it("reads words, numbers, lists, tuples, dicts with any simple key", function ()
    assert.are.same({ true, false, none, -1.5, 2e3, 7 }, parse("[True, False, None, -1.5, 2e3, 7L]"))
    assert.are.same({ 1, { "a" }, {} }, parse("(1, ('a',), [],)"))
    assert.are.same({ [1] = "a", [2] = "b" }, parse("{1: 'a', 2: 'b'}"))
    assert.are.same({ a = false }, parse(" { 'a' :\tFalse , 'b': None } "))
  end)

  it("gives a reason with a column for what it is not", function ()
    local bad = {
      { "", "unexpected text at column 1" }, { "{'a': }", "unexpected text at column 7" },
      { "{'a': 1", "',' or '}' expected at column 8" }, { "['a' 1]", "',' or ']' expected at column 6" },
      { "'open", "text without an end at column 1" }, { "'a' b", "unexpected text at column 5" },
      { [['\xg1']], "bad \\x escape at column 4" }, { [['\u12']], "bad \\u escape at column 4" },
      { [['\ud83d']], "no such character at column 4" }, { [['\udc00']], "no such character at column 4" },
      { [['\U00110000']], "no such character at column 4" }, { "nan", "unknown word 'nan' at column 1" },
      { "__import__('os')", "unexpected text at column 1" }, { "1e999", "unexpected text at column 1" },
      { "{[1]: 2}", "a dict's key must be a text or a number at column 2" }, { "{None: 2}", nil },
      { ("["):rep(200), "nested too deep at column 101" }, { "1 + 1", "unexpected text at column 3" },
    }
    for _, case in ipairs(bad) do
      local value, reason = parse(case[1])
      assert.is_nil(value, case[1])
      if case[2] then assert.are.equal(case[2], reason) end
    end
  end)

  it("never raises", function ()
    local scratch = require "spec.scratch"
    local number, whole = scratch.numbers(13), [[{'a': ['b', u"c\u00e9", -1.5e3, (None, True)], 'd': {'e': 'f\'g'}}]]
    for _ = 1, 3000 do
      local value, reason = parse(scratch.mutated(whole, number))
      assert.is_true(value ~= nil or type(reason) == "string")
    end
  end)
end)
