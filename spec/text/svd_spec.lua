local core = require "eimf.core"
local files = require "eimf.files"
local golden = require "spec.golden"
local npy = require "eimf.npy"
local svd = require "eimf.text.svd"
local tfidf = require "eimf.text.tfidf"

local FOLDER = "spec/golden/text/"

-- Rows of numbers as a sparse matrix.
local function sparse (rows)
  local offsets, columns, values = { 0 }, {}, {}
  for i, row in ipairs(rows) do
    for j, x in ipairs(row) do
      if x ~= 0 then columns[#columns + 1], values[#values + 1] = j - 1, x end
    end
    offsets[i + 1] = #values
  end
  local function ids (t) return #t > 0 and core.from_table("int32", t) or core.new("int32", 0) end
  return { offsets = ids(offsets), columns = ids(columns), n = #rows, width = #rows[1],
           values = #values > 0 and core.from_table("float32", values) or core.new("float32", 0) }
end

local function product (a, x)
  local y = core.new("float32", a.n, x:dim(2))
  core.sparse_product(y, a.offsets, a.columns, a.values, x)
  return y
end

local function titles ()
  local list = {}
  for line in assert(files.read(FOLDER .. "titles.txt")):gmatch("([^\n]*)\n") do list[#list + 1] = line end
  return tfidf.fit(list):transform(list)
end

-- Largest distance of the columns of x from being orthonormal.
local function skewness (x)
  local k = x:dim(2)
  local g, most = core.new("float32", k, k), 0
  core.gemm(g, x, x, true, false, 1, 0)
  for i = 1, k do
    for j = 1, k do most = math.max(most, math.abs(g:get(i, j) - (i == j and 1 or 0))) end
  end
  return most
end

describe("eimf.text.svd", function ()
  it("has numpy's singular values and projections", function ()
    local a = titles()
    local sigma = assert(npy.load(FOLDER .. "svd_sigma.npy"))
    local projected = assert(npy.load(FOLDER .. "svd_projected.npy"))
    local vectors, found = svd.truncated(a, 8)
    assert.is_true(golden.distance(found, sigma:rows(1, 8)) < 5e-4)
    assert.is_true(golden.distance(product(a, vectors), projected) < 0.02)     -- the eighth is close to the ninth
    assert.is_true(skewness(vectors) < 1e-5)
  end)

  it("is exact where all of it is asked for", function ()
    local a, sigma = titles(), assert(npy.load(FOLDER .. "svd_sigma.npy"))
    local vectors, found = svd.truncated(a, 1000)
    assert.are.same({ a.width, math.min(a.n, a.width) }, vectors:shape())
    assert.is_true(golden.distance(found, sigma) < 1e-5)
    local x, projected = product(a, vectors), assert(npy.load(FOLDER .. "svd_projected.npy"))
    for i = 1, a.n do
      for j = 1, projected:dim(2) do assert.is_true(math.abs(x:get(i, j) - projected:get(i, j)) < 1e-4) end
    end
  end)

  it("knows a small matrix by heart", function ()
    local vectors, sigma = svd.truncated(sparse { { 0, 3, 0 }, { -2, 0, 0 } }, 2)
    assert.is_true(golden.distance(sigma, core.from_table("float32", { 3, 2 })) < 1e-6)
    assert.is_true(golden.distance(vectors, core.from_table("float32", { { 0, 1 }, { 1, 0 }, { 0, 0 } })) < 1e-6)
  end)

  it("gives zeros where the rank is less than asked for", function ()
    local vectors, sigma = svd.truncated(sparse { { 1, 2, 0 }, { 2, 4, 0 }, { 3, 6, 0 } }, 3)
    assert.is_true(math.abs(sigma:get(1) - math.sqrt(70)) < 1e-5)
    assert.is_true(sigma:get(2) < 1e-5)
    for i = 1, 3 do assert.are.equal(0, vectors:get(i, 2)) end
    vectors, sigma = svd.truncated(sparse { { 0, 0 }, { 0, 0 } }, 2)
    assert.are.same({ 0, 0 }, sigma:totable())
    assert.are.same({ { 0, 0 }, { 0, 0 } }, vectors:totable())
  end)

  it("has the same bits with any number of threads, others with another seed", function ()
    local a, before = titles(), core.threads()
    local results = {}
    for i, threads in ipairs { 1, 2, 3 } do
      core.threads(threads)
      results[i] = svd.truncated(a, 5, 7):tostring()
    end
    core.threads(before)
    assert.are.equal(results[1], results[2])
    assert.are.equal(results[1], results[3])
    assert.are_not.equal(results[1], svd.truncated(a, 5, 8):tostring())
  end)

  it("transposes", function ()
    local offsets, columns, values = core.sparse_transpose(core.from_table("int32", { 0, 2, 2, 3 }),
      core.from_table("int32", { 0, 3, 0 }), core.from_table("float32", { 5, 6, 7 }), 4)
    assert.are.same({ 0, 2, 2, 2, 3 }, offsets:totable())
    assert.are.same({ 0, 2, 0 }, columns:totable())
    assert.are.same({ 5, 7, 6 }, values:totable())
  end)

  it("makes columns orthonormal, also of a matrix of less rank", function ()
    local x = core.new("float32", 50, 6)
    core.random(x, "normal", 0, 1, 3, 72, 1)
    core.orthonormal(x)
    assert.is_true(skewness(x) < 1e-6)
    x:fill_(1)
    core.orthonormal(x)
    assert.is_true(skewness(x) < 1e-6)
  end)
end)
