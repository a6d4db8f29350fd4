local core = require "eimf.core"
local files = require "eimf.files"
local npy = require "eimf.npy"
local tfidf = require "eimf.text.tfidf"

local FOLDER = "spec/golden/text/"


local function lines_of (name)
  local list = {}
  for line in assert(files.read(FOLDER .. name)):gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return list
end

-- {[term] = value} of each row of scikit-learn's matrix.
local function rows_of (name)
  local terms = lines_of(name .. "_terms.txt")
  local function part (what) return assert(npy.load(FOLDER .. name .. "_" .. what .. ".npy")):totable() end
  local offsets, columns, values, rows = part "offsets", part "columns", part "values", {}
  for i = 1, #offsets - 1 do
    rows[i] = {}
    for e = offsets[i] + 1, offsets[i + 1] do rows[i][terms[columns[e] + 1]] = values[e] end
  end
  return rows, terms, part "idf"
end

local function same_as_scikit_learn (name, opt)
  local model = tfidf.fit(lines_of "titles.txt", opt)
  local rows, terms, idf = rows_of(name)
  assert.are.equal(#terms, model.n_terms)
  for i, term in ipairs(terms) do
    local at = assert(model:find(term), term)
    assert.are.equal(term, model:term(at))
    assert.is_true(math.abs(model:idf_of(term) - idf[i]) < 1e-6)
  end
  local a = model:transform(lines_of "titles.txt")
  local offsets, columns, values = a.offsets:totable(), a.columns:totable(), a.values:totable()
  for i, row in ipairs(rows) do
    for e = offsets[i] + 1, offsets[i + 1] do
      local term = model:term(columns[e] + 1)
      assert.is_true(math.abs(values[e] - (row[term] or 0)) < 2e-7, ("%s in text %d"):format(term, i))
      row[term] = nil
    end
    assert.is_nil(next(row), "a term is missing in text " .. i)
  end
  return model
end

describe("eimf.text.tfidf", function ()
  it("has scikit-learn's values, with pairs and sublinear counts", function ()
    same_as_scikit_learn "tfidf"
  end)

  it("has scikit-learn's values for single words, plain counts, of three texts at least", function ()
    same_as_scikit_learn("common", { pairs = false, sublinear = false, min_df = 3 })
  end)

  it("leaves out terms it has not learnt, and pairs across them", function ()
    local model = tfidf.fit { "red pen", "red ink" }
    assert.are.equal(5, model.n_terms)                     -- red, pen, red pen, ink, red ink
    local a = model:transform { "red green pen", "green", "", "pen red" }
    assert.are.same({ 0, 2, 2, 2, 4 }, a.offsets:totable())
    assert.are.equal(4, a.values:size())
    assert.is_true(model:idf_of "pen" > model:idf_of "red")
    assert.is_nil(model:find "green")
    assert.is_nil(model:find "pen ink")
    assert.is_nil(model:find "red green")
    assert.is_nil(model:find "red pen ink")
    assert.is_nil(model:find "")
  end)

  it("gives the heaviest terms of a text, and of several", function ()
    local model = tfidf.fit { "red pen", "red ink", "red cap pen", "blue ink" }
    local names, weights = model:terms("red blue", 2)
    assert.are.same({ "blue", "red" }, names)
    assert.is_true(weights[1] > weights[2])
    names, weights = model:terms({ "red", "red ink" }, 1)
    assert.are.same({ "red" }, names)
    assert.is_true(weights[1] > 1)
    assert.are.same({}, (model:terms "unheard of"))
  end)

  it("takes texts without words", function ()
    local model = tfidf.fit { "", "x", "\255\254" }
    assert.are.equal(0, model.n_terms)
    assert.are.same({ 0, 0 }, model:transform { "word" }.offsets:totable())
    assert.are.equal(0, tfidf.fit({}).n_terms)
    assert.are.equal(0, tfidf.fit({ "one word" }, { min_df = 2 }).n_terms)
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () tfidf.fit({ "a" }, { mindf = 2 }) end, "min_df")
    assert.error_matches(function () tfidf.fit({ "a" }, { min_df = 0 }) end, "min_df")
    assert.error_matches(function () tfidf.fit { "a", 5 } end, "text 2 is a number, not a string")
    assert.error_matches(function () tfidf.fit "text" end, "table expected")
  end)

  it("refuses matrices that do not fit, in the kernels", function ()
    local ids, x = core.from_table("int32", { 0, 1 }), core.new("float32", 1)
    local column, y = core.from_table("int32", { 3 }), core.new("float32", 1, 2)
    assert.error_matches(function () core.sparse_product(y, ids, column, x, core.new("float32", 3, 2)) end, "outside")
    assert.error_matches(function () core.sparse_transpose(ids, column, x, 3) end, "outside")
    assert.error_matches(function () core.orthonormal(core.new("float32", 2, 3)) end, "more columns")
  end)
end)
