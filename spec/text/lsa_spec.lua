local text = require "eimf.text"

local POLISH = { "red nail polish", "blue nail polish", "nail polish remover", "glitter nail polish" }
local PAPER = { "laser printer paper", "ink printer paper", "printer paper white", "photo printer paper" }

local function all ()
  local list = {}
  for i = 1, 4 do list[#list + 1], list[#list + 2] = POLISH[i], PAPER[i] end
  return list
end

local function dot (x, i, y, j)
  local sum = 0
  for d = 1, x:dim(2) do sum = sum + x:get(i, d) * y:get(j, d) end
  return sum
end

describe("eimf.text.lsa", function ()
  it("puts like texts near one another", function ()
    local encoder = assert(text.open { encoder = "lsa", fit = all(), dim = 2 })
    assert.are.equal(2, encoder.dim)
    local a, b = encoder:encode(POLISH), encoder:encode(PAPER)
    assert.are.same({ 4, 2 }, a:shape())
    for i = 1, 4 do
      for j = 1, 4 do
        assert.is_true(dot(a, i, a, j) > 0.9)
        assert.is_true(math.abs(dot(a, i, b, j)) < 0.1)
      end
    end
    local new = encoder:encode { "POLISH &c", "paper" }
    assert.is_true(dot(new, 1, a, 1) > 0.9)
    assert.is_true(dot(new, 2, b, 1) > 0.9)
  end)

  it("gives unit rows, and zeros where no word is known", function ()
    local encoder = assert(text.open { encoder = "lsa", fit = all() })
    local x = encoder:encode { "nail", "", "entirely unheard", "printer nail", "\255" }
    for i, length in ipairs { 1, 0, 0, 1, 0 } do assert.is_true(math.abs(dot(x, i, x, i) - length) < 1e-6) end
    assert.are.same({ 0, encoder.dim }, encoder:encode {}:shape())
  end)

  it("is as wide as texts and terms allow", function ()
    local encoder = assert(text.open { encoder = "lsa", fit = { "one two", "two three", "" } })
    assert.are.equal(2, encoder.dim)
    assert.are.equal("lsa, 2 wide, 5 terms", encoder.name)
    encoder = assert(text.open { encoder = "lsa", fit = { "same words", "same words", "same words" } })
    local x = encoder:encode { "same words", "same" }
    assert.is_true(math.abs(dot(x, 1, x, 2) - 1) < 1e-6)
  end)

  it("has a key of all that changes the vectors", function ()
    local function key (opt)
      opt.encoder, opt.fit = "lsa", opt.fit or all()
      return assert(text.open(opt)):key()
    end
    local plain = key {}
    assert.are.equal(plain, key {})
    for _, opt in ipairs { { dim = 3 }, { seed = 2 }, { min_df = 2 }, { fit = POLISH } } do
      assert.are_not.equal(plain, key(opt))
    end
    local a, b = text.open { encoder = "lsa", fit = all() }, text.open { encoder = "lsa", fit = all() }
    assert.are.equal(a:encode(POLISH):tostring(), b:encode(POLISH):tostring())
  end)

  it("names the terms that weigh most", function ()
    local encoder = assert(text.open { encoder = "lsa", fit = all() })
    local names = encoder:terms("nail polish remover", 2)
    table.sort(names)
    assert.are.same({ "polish remover", "remover" }, names)
    assert.is_true(encoder.tfidf:idf_of "red" > encoder.tfidf:idf_of "nail")
  end)

  it("counts only terms of two texts where there are many", function ()
    local many = {}
    for i = 1, 200 do many[i] = "common word" .. i end
    local encoder = assert(text.open { encoder = "lsa", fit = many })
    assert.are.equal(1, encoder.tfidf.n_terms)
    assert.are.equal(401, assert(text.open { encoder = "lsa", fit = many, min_df = 1, dim = 2 }).tfidf.n_terms)
  end)

  it("says when there is nothing to learn from", function ()
    for _, fit in ipairs { {}, { "", "" }, { "x", "?" } } do
      local encoder, message, code = text.open { encoder = "lsa", fit = fit }
      assert.is_nil(encoder)
      assert.are.equal("NO_TEXT", code)
      assert.matches("no words to learn from", message)
    end
  end)
end)
