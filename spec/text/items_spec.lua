local core = require "eimf.core"
local text = require "eimf.text"

local function set_of (titles, categories)
  local n = 0
  for id in pairs(titles) do n = math.max(n, id) end
  for id in pairs(categories) do n = math.max(n, id) end
  return { n_items = n, titles = titles, categories = categories }
end

local function train (users)
  local offsets, items = { 0 }, {}
  for u, list in ipairs(users) do
    for _, id in ipairs(list) do items[#items + 1] = id end
    offsets[u + 1] = #items
  end
  return { offsets = core.from_table("int32", offsets),
           items = #items > 0 and core.from_table("int32", items) or core.new("int32", 0) }
end

local function near (wanted, x)
  for i, row in ipairs(wanted) do
    for j, value in ipairs(row) do
      assert.is_true(math.abs(x:get(i, j) - value) < 1e-6, ("(%d, %d): %g, not %g"):format(i, j, x:get(i, j), value))
    end
  end
end

describe("eimf.text.items", function ()
  it("joins title and category, decodes entities, makes white space single", function ()
    local set = set_of({ "Pen &amp; ink", "  two\n\tlines\194\160here ", nil, "", [6] = "Alone" },
      { { "Office" }, nil, { "Toys", "Dolls &amp; more" } })
    local texts, missing, untitled = text.item_texts(set)
    assert.are.same({ "Pen & ink | Office", "two lines here", "Toys, Dolls & more", "", "", "Alone" }, texts)
    assert.are.equal(2, missing)
    assert.are.equal(1, untitled)
    texts, missing = text.item_texts(set, { category = false })
    assert.are.same({ "Pen & ink", "two lines here", "Toys, Dolls & more", "", "", "Alone" }, texts)
    assert.are.equal(2, missing)
    assert.error_matches(function () text.item_texts(set, { categories = true }) end, "categor")
  end)

  it("makes vectors of items by any encoder", function ()
    local encoder = assert(text.open { encoder = "lsa", fit = { "red pen", "ink" } })
    assert.are.equal(2, text.item_vectors(encoder, { "red pen", "" }, 2):dim(1))
    assert.error_matches(function () text.item_vectors(encoder, { "red pen" }, 2) end, "1 texts for 2 items")
    local asked
    local file = { items = function (_, ids)
      asked = ids
      return core.new("float32", 2, 3)
    end }
    text.item_vectors(file, { "a", "b" }, 2, { "x", "y" })
    assert.are.same({ "x", "y" }, asked)
    text.item_vectors(file, { "a", "b" })
    assert.are.equal(2, asked)
  end)

  local vectors = core.from_table("float32", { { 1, 0 }, { 0, 1 }, { 0, 0 }, { 0.6, 0.8 } })

  it("takes the mean of a user's items, to unit norm", function ()
    local x, without = text.user_vectors(train { { 1 }, { 1, 2 }, {}, { 3 }, { 3, 2, 3 }, { 1, 1, 4 } }, vectors)
    local r, n = math.sqrt(0.5), math.sqrt(2.6 ^ 2 + 0.8 ^ 2)
    near({ { 1, 0 }, { r, r }, { 0, 0 }, { 0, 0 }, { 0, 1 }, { 2.6 / n, 0.8 / n } }, x)
    assert.are.equal(2, without)
  end)

  it("takes the newest items with a text", function ()
    local x = text.user_vectors(train { { 1, 2, 3 }, { 2, 1, 3, 3 } }, vectors, { last = 1 })
    near({ { 0, 1 }, { 1, 0 } }, x)
  end)

  it("lets older items weigh less", function ()
    local x = text.user_vectors(train { { 1, 3, 2 } }, vectors, { recency = 0.75 })
    local n = math.sqrt(1 + 1 / 16)
    near({ { 0.25 / n, 1 / n } }, x)
  end)

  it("centres before the norm", function ()
    local x, without = text.user_vectors(train { { 1 }, { 2 }, { 3 } }, vectors, { centre = true })
    local r = math.sqrt(0.5)
    near({ { r, -r }, { -r, r }, { 0, 0 } }, x)
    assert.are.equal(1, without)
    x = text.user_vectors(train { { 1 }, { 1 } }, vectors, { centre = true })
    near({ { 0, 0 }, { 0, 0 } }, x)
  end)

  it("has the same bits with any number of threads", function ()
    local lists, before, wide = {}, core.threads(), core.new("float32", 40, 64)
    core.random(wide, "normal", 0, 1, 1, 72, 1)
    for u = 1, 300 do
      lists[u] = {}
      for i = 1, u % 70 do lists[u][i] = (u * i) % 40 + 1 end
    end
    local results = {}
    for i, threads in ipairs { 1, 2, 3 } do
      core.threads(threads)
      results[i] = text.user_vectors(train(lists), wide, { centre = true, recency = 0.1 }):tostring()
    end
    core.threads(before)
    assert.are.equal(results[1], results[2])
    assert.are.equal(results[1], results[3])
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () text.user_vectors(train { { 5 } }, vectors) end, "id 5 at position 1")
    assert.error_matches(function () text.user_vectors(train { { 0 } }, vectors) end, "")
    assert.error_matches(function () text.user_vectors(train { { 1 } }, vectors, { recency = 1 }) end, "recency")
    assert.error_matches(function () text.user_vectors(train { { 1 } }, vectors, { newest = 1 }) end, "newest")
    local bad = core.from_table("float32", { { 0 / 0, 0 } })
    assert.error_matches(function () text.user_vectors(train { {}, { 1 } }, bad) end, "user 2 has vectors with NaN")
  end)
end)
