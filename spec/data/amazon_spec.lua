local data = require "eimf.data"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

local REVIEW = '{"reviewerID": "%s", "asin": "%s", "reviewerName": "x", "helpful": [0, 0], '
               .. '"reviewText": "a \\"good\\" one\\n", "overall": 5.0, "unixReviewTime": %s}\n'

describe("eimf.data.amazon", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function reviews (rows, extra)
    local out = {}
    for i, r in ipairs(rows) do out[i] = REVIEW:format(r[1], r[2], r[3]) end
    return scratch.put(folder .. "/reviews_Office_Products_5.json.gz", made.gzip(table.concat(out) .. (extra or "")))
  end

  local function products (text)
    return scratch.put(folder .. "/meta_Office_Products.json.gz", made.gzip(text))
  end

  local ROWS = { { "A", "B1", 1390000000 }, { "A", "B2", 1380000000 }, { "C", "B1", 1380000000 } }

  it("reads reviews, and the products beside them", function ()
    local path = reviews(ROWS)
    products([=[{'asin': 'B1', 'title': u'Pens\u2019 "best"', 'categories': [['Office', 'Pens'], ['More']]}]=] .. "\n"
             .. [=[{'asin': 'B7', 'title': this one is not parsed}]=] .. "\n"
             .. [=[{'title': "Brown's paper", 'asin': 'B2', 'categories': []}]=] .. "\n")
    local set = assert(data.open(path, { core = 0 }))
    assert.are.same({ A = { "B2", "B1" }, C = { "B1" } }, made.sequences(set))
    assert.are.same({ "Pens’ \"best\"", "Brown's paper" }, set.titles)
    assert.are.same({ { "Office", "Pens" } }, set.categories)
  end)

  it("does without products, and takes them from elsewhere", function ()
    local path = reviews(ROWS)
    assert.are.same({}, assert(data.open(path, { core = 0 })).titles)
    local meta = scratch.put(folder .. "/else.json", "{'asin': 'B1', 'title': 't'}\n")
    assert.are.same({ "t" }, assert(data.open(path, { core = 0, meta = meta })).titles)
  end)

  it("gives file, line and reason of a bad review", function ()
    for line, reason in pairs {
      ["{'asin': 'B1'}"] = "bad JSON: ", ['{"asin": "B1", "unixReviewTime": 1}'] = "no reviewerID or no asin",
      ['{"asin": "B1", "reviewerID": "A"}'] = "no unixReviewTime", ['{"asin": "B1", "reviewerID": '] = "bad JSON: ",
      ['{"asin": "B1", "reviewerID": "A", "unixReviewTime": "1"}'] = "no unixReviewTime",
    } do
      local path = reviews(ROWS, line .. "\n")
      local set, message, code = data.open(path, { core = 0 })
      assert.is_nil(set)
      assert.are.equal(1, (message:find(path .. ":4: " .. reason, 1, true)), message)
      assert.are.equal("BAD_LINE", code)
      set = assert(data.open(path, { core = 0, on_bad_line = "skip" }))
      assert.are.same({ 1, 3 }, { set.skipped, set.n_interactions })
    end
  end)

  it("gives file, line and reason of a bad product", function ()
    local path = reviews(ROWS)
    for line, reason in pairs {
      ["{'asin': 'B1', 'title': }"] = "bad Python literal: unexpected text at column 25",
      ["'asin'"] = "bad Python literal: a dict is expected", ["{'title': 'x'}"] = "no 'asin' in the product",
    } do
      local meta = products(line .. "\n")
      assert.are.same({ nil, meta .. ":1: " .. reason, "BAD_LINE" }, { data.open(path, { core = 0 }) })
      assert.are.equal(1, assert(data.open(path, { core = 0, on_bad_line = "skip" })).skipped)
    end
  end)
end)
