local eimf = require "eimf"
local core = require "eimf.core"
local golden = require "spec.golden"

local function whole (n, d, most, seed)
  local x = eimf.zeros(n, d)
  core.random(x, "uniform", 0, most, seed, 64, 0)
  for i = 1, n do
    for k = 1, d do x:set(i, k, math.floor(x:get(i, k))) end
  end
  return x
end

-- Ids and similarities by sorting all pairs; whole numbers, so that ties are real.
local function naive (x, k)
  local rows, ids, similarity = x:totable(), {}, {}
  for i, a in ipairs(rows) do
    local list = {}
    for j, b in ipairs(rows) do
      local sum = 0
      for d = 1, #a do sum = sum - (a[d] - b[d]) ^ 2 end
      if i ~= j then list[#list + 1] = { j, sum } end
    end
    table.sort(list, function (p, q) return p[2] > q[2] or p[2] == q[2] and p[1] < q[1] end)
    ids[i], similarity[i] = {}, {}
    for n = 1, k do
      ids[i][n] = list[n] and list[n][1] or 0
      similarity[i][n] = list[n] and list[n][2] or -math.huge
    end
  end
  return ids, similarity
end

describe("eimf.cluster.neighbours", function ()
  golden.each_level(it, "finds what sorting all pairs finds", function ()
    for _, s in ipairs { { 1, 3, 2 }, { 7, 2, 9 }, { 40, 5, 6 }, { 130, 3, 20 } } do
      local x = whole(s[1], s[2], 4, s[1])
      local want, values = naive(x, s[3])
      local ids, similarity = eimf.cluster.knn(x, s[3])
      assert.same(want, ids:totable())
      assert.same(values, similarity:totable())
    end
  end)

  it("makes symmetric graphs with their diagonal", function ()
    local x = whole(50, 3, 9, 5)
    local ids, similarity = eimf.cluster.knn(x, 4)
    local lists = ids:totable()
    local offsets, columns, S, own = core.cluster_graph(ids, similarity)
    local off, column = offsets:totable(), columns:totable()
    local has = {}
    for i = 1, 50 do
      has[i] = {}
      for e = off[i] + 1, off[i + 1] do
        assert.is_true(e == off[i] + 1 or column[e] > column[e - 1])
        has[i][column[e] + 1] = S:get(e)
      end
      assert.equal(i - 1, column[off[i] + own:get(i) + 1])
    end
    for i = 1, 50 do
      for j in pairs(has[i]) do assert.equal(has[i][j], has[j][i]) end
      for _, j in ipairs(lists[i]) do assert.is_not_nil(has[i][j]) end
    end
  end)

  it("refuses lists that are no neighbours", function ()
    for _, list in ipairs { { { 1 }, { 1 } }, { { 3 }, { 1 } }, { { -1 }, { 1 } }, { { 2, 2 }, { 1, 1 } } } do
      assert.has_error(function () core.cluster_graph(eimf.ids(list), eimf.zeros(2, #list[1])) end)
    end
  end)

  it("raises for wrong calls", function ()
    assert.has_error(function () eimf.cluster.knn(eimf.zeros(3, 2), 0) end)
    assert.has_error(function () eimf.cluster.knn({}, 1) end)
    assert.has_error(function () eimf.cluster.knn(eimf.tensor { { 0 / 0 } }, 1) end)
  end)
end)
