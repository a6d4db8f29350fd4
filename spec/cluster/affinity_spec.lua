local eimf = require "eimf"
local core = require "eimf.core"
local golden = require "spec.golden"

local cluster = eimf.cluster

-- Points around g centres, unit vectors; group of row i is (i - 1) % g + 1.
local function points (n, d, g, spread, seed)
  local x, centres = eimf.zeros(n, d), eimf.zeros(g, d)
  core.random(x, "normal", 0, spread, seed, 64, 0)
  core.random(centres, "normal", 0, 1, seed, 64, 1)
  local groups = {}
  for i = 1, n do
    groups[i] = (i - 1) % g + 1
    local square = 0
    for k = 1, d do
      x:set(i, k, x:get(i, k) + centres:get(groups[i], k))
      square = square + x:get(i, k) ^ 2
    end
    for k = 1, d do x:set(i, k, x:get(i, k) / math.sqrt(square)) end
  end
  return x, groups
end

-- Messages as their formulas say, N x N tables of doubles; returns the exemplars' rows.
local function naive (s, p, damping, iterations)
  local n = #s
  local R, A = {}, {}
  for i = 1, n do
    R[i], A[i], s[i][i] = {}, {}, p
    for k = 1, n do R[i][k], A[i][k] = 0, 0 end
  end
  for _ = 1, iterations do
    for i = 1, n do
      local top, second, best = -math.huge, -math.huge, 0
      for k = 1, n do
        local v = A[i][k] + s[i][k]
        if v > top then top, second, best = v, top, k elseif v > second then second = v end
      end
      for k = 1, n do
        R[i][k] = damping * R[i][k] + (1 - damping) * (s[i][k] - (k == best and second or top))
      end
    end
    for k = 1, n do
      local sum = 0
      for i = 1, n do sum = sum + (i ~= k and math.max(0, R[i][k]) or 0) end
      for i = 1, n do
        local new = i == k and sum or math.min(0, R[k][k] + sum - math.max(0, R[i][k]))
        A[i][k] = damping * A[i][k] + (1 - damping) * new
      end
    end
  end
  local rows = {}
  for k = 1, n do
    if A[k][k] + R[k][k] > 0 then rows[#rows + 1] = k end
  end
  return rows
end

local function distances (x)
  local rows, s = x:totable(), {}
  for i, a in ipairs(rows) do
    s[i] = {}
    for k, b in ipairs(rows) do
      local sum = 0
      for d = 1, #a do sum = sum - (a[d] - b[d]) ^ 2 end
      s[i][k] = sum
    end
  end
  return s
end

local function fit (given) return assert(cluster.affinity.fit(given)) end

describe("eimf.cluster.affinity", function ()
  for _, n in ipairs { 5, 16, 37, 70 } do
    golden.each_level(it, ("finds what its formulas find, %d points"):format(n), function ()
      local x = points(n, 6, 5, 0.5, n)
      for _, p in ipairs { -3, -0.7 } do
        local result = fit { x = x, preference = p, damping = 0.8, max_iter = 60, ladder = false, refine = false,
                             convergence_iter = 1000, noise = 0 }
        assert.same(naive(distances(x), p, 0.8, 60), result.exemplars)
      end
    end)
  end

  it("labels as scikit-learn's form does, and stops when nothing changes", function ()
    local x = points(200, 8, 6, 0.4, 1)
    local ours = fit { x = x, preference = -4 }
    local theirs = fit { x = x, preference = -4, damping = 0.9, max_iter = 1000, convergence_iter = 50, sklearn = true }
    assert.is_true(ours.converged)
    assert.is_true(ours.iterations < 1000)
    assert.same(theirs.exemplars, ours.exemplars)
    assert.same(theirs.labels, ours.labels)
    assert.is_true(math.abs(theirs.net_similarity - ours.net_similarity) < 1e-3)
  end)

  it("finds the groups, and the same bits with any number of threads", function ()
    local x, groups = points(400, 16, 8, 0.2, 2)
    local one, two = fit { x = x, preference = -3, threads = 1 }, fit { x = x, preference = -3, threads = 2 }
    assert.equal(8, #one.exemplars)
    assert.equal(1, cluster.quality.ami(groups, one.labels))
    assert.same(one.labels, two.labels)
    assert.equal(one.iterations, two.iterations)
    assert.equal(one.net_similarity, two.net_similarity)
  end)

  it("takes similarities, also such that differ with direction", function ()
    local s = eimf.tensor { { 0, -1, -9 }, { -1.5, 0, -8 }, { -9, -7, 0 } }
    local result = fit { s = s, preference = -3 }
    assert.same({ 2, 3 }, result.exemplars)
    assert.same({ 1, 1, 2 }, result.labels)
    assert.equal(-7, result.net_similarity)
  end)

  it("gives margins, and an exemplar to itself beside an equal one", function ()
    local result = fit { x = points(60, 4, 3, 0.3, 3), preference = -2 }
    for j, row in ipairs(result.exemplars) do assert.equal(j, result.labels[row]) end
    for _, margin in ipairs(result.margin) do assert.is_true(margin >= 0) end
  end)

  it("takes preferences of points, a quantile, a number of clusters", function ()
    local x = points(120, 6, 6, 0.3, 4)
    local p = {}
    for i = 1, 120 do p[i] = i <= 6 and -0.5 or -50 end
    assert.same({ 1, 2, 3, 4, 5, 6 }, fit { x = x, preference = p, refine = false }.exemplars)
    local few, many = fit { x = x, quantile = 0 }, fit { x = x, quantile = 0.9 }
    assert.is_true(#few.exemplars < #many.exemplars)
    for _, target in ipairs { 1, 3, 6 } do
      local found = #fit { x = x, target_k = target }.exemplars
      assert.is_true(math.abs(found - target) <= 1, ("%d for %d"):format(found, target))
    end
  end)

  it("reports every iteration and stops when told", function ()
    local seen = {}
    local result = fit { x = points(50, 4, 4, 0.3, 5), progress = function (state)
      seen[#seen + 1] = state.iteration
      return state.iteration == 7
    end }
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, seen)
    assert.equal(7, result.iterations)
    assert.is_true(result.stopped)
    assert.is_false(result.converged)
    assert.equal(50, #result.labels)
  end)

  it("raises the damping while exemplars change", function ()
    local last
    fit { x = points(50, 4, 4, 0.3, 6), max_iter = 9, convergence_iter = 100, progress = function (state)
      last = state.damping
    end }
    assert.equal(0.98, last)
    fit { x = points(50, 4, 4, 0.3, 6), max_iter = 9, convergence_iter = 100, ladder = false,
          progress = function (state) last = state.damping end }
    assert.equal(0.9, last)
  end)

  it("decides without messages where all points are alike", function ()
    local alike = eimf.zeros(9, 4):fill_(0.5)
    for _, form in ipairs { "dense", "sparse", "landmark", "two_level" } do
      local result = fit { x = alike, form = form, preference = -10 }
      assert.equal(1, #result.exemplars, form)
      assert.same({ 1, 1, 1, 1, 1, 1, 1, 1, 1 }, result.labels)
      assert.is_true(result.converged)
    end
    assert.equal(9, #fit { x = alike, preference = 1 }.exemplars)
  end)

  it("takes one point, two, and none", function ()
    assert.same({ 1 }, fit { x = eimf.tensor { { 1, 2 } } }.labels)
    assert.equal(2, #fit { x = eimf.tensor { { 1, 0 }, { 0, 1 } }, preference = -0.1 }.exemplars)
    assert.equal(1, #fit { x = eimf.tensor { { 1, 0 }, { 0, 1 } }, preference = -9 }.exemplars)
    assert.same({}, fit { x = eimf.zeros(0, 3) }.exemplars)
  end)

  it("weighs points", function ()
    local x = eimf.tensor { { 0, 0 }, { 1, 0 }, { 3, 0 } }
    local w = eimf.tensor { 1, 1, 100 }
    assert.same({ 2 }, fit { x = x, preference = -400 }.exemplars)
    assert.same({ 3 }, fit { x = x, weights = w, preference = -400 }.exemplars)
  end)

  describe("forms", function ()
    local x, groups = points(600, 12, 10, 0.25, 7)
    local dense = fit { x = x, preference = -3 }

    for _, given in ipairs {
      { form = "landmark", landmarks = 200 }, { form = "landmark", landmarks = 600 },
      { form = "sparse", neighbours = 120 }, { form = "sparse", neighbours = 599 },
      { form = "two_level", part = 150 },
    } do
      it(given.form .. " agrees with dense", function ()
        given.x, given.preference = x, -3
        local result = fit(given)
        assert.equal(given.form, result.form)
        assert.is_true(cluster.quality.ami(dense.labels, result.labels) > 0.95)
        assert.is_true(cluster.quality.ami(groups, result.labels) > 0.95)
      end)
    end

    it("sparse takes neighbours that are known, and leaves them as they are", function ()
      local ids, similarity = cluster.knn(x, 120)
      local before = ids:totable()
      local result = fit { knn = { ids = ids, similarity = similarity }, preference = -3 }
      assert.equal(#dense.exemplars, #result.exemplars)
      assert.same(before, ids:totable())
    end)
  end)

  it("predicts later points by the nearest exemplar", function ()
    local x = points(90, 5, 3, 0.2, 8)
    local result = fit { x = x, preference = -3 }
    assert.same(result.labels, (cluster.affinity.predict(result, x)))
    assert.same(result.labels, (cluster.affinity.predict(result.vectors, x)))
  end)

  it("says what it takes and refuses what does not fit", function ()
    local bytes = cluster.affinity.memory(22363, "dense")
    assert.is_true(bytes > 2 * 4 * 22363 ^ 2 and bytes < 6.5e9)
    assert.is_true(cluster.affinity.memory(22363, "landmark") < 1e9)
    local result, message, code = cluster.affinity.fit { x = eimf.zeros(2000, 4), max_memory = 1e6 }
    assert.is_nil(result)
    assert.equal("NO_MEMORY", code)
    assert.matches("form = \"sparse\"", message, 1, true)
  end)

  it("raises for wrong calls", function ()
    local x = eimf.zeros(4, 2)
    local odd = eimf.tensor { { 1, 2 }, { 0 / 0, 1 } }
    for _, case in ipairs {
      { {}, "one of x, s and knn" }, { { x = x, s = x }, "one of x, s and knn" },
      { { x = x, preference = -1, quantile = 0.5 }, "at most one" }, { { x = x, damping = 0.4 }, "damping" },
      { { x = odd }, "1 rows of x hold a NaN" }, { { s = x }, "wanted" }, { { x = x, preferense = 1 }, "preferense" },
      { { x = x, target_k = 5 }, "of 4 points" }, { { x = x, preference = { 1, 2 } }, "2 preferences for 4" },
      { { x = x, weights = eimf.zeros(3) }, "3 weights for 4" },
      { { s = eimf.zeros(4, 4), form = "sparse" }, "needs x" }, { { knn = { ids = x } }, "knn.ids" },
      { { x = x, weights = eimf.zeros(4), form = "sparse" }, "knows no weights" },
      { { x = x, weights = eimf.tensor { 1, 1, -1, 1 } }, "weights[3] = -1" },
      { { x = x, weights = io.stdout }, "weights must be a float32 tensor (4)" },
      { { x = x, weights = eimf.tensor { 1, 0 / 0, 1, 1 } }, "weights hold a NaN" },
      { { x = x, preference = { -1, 0 / 0, -1, -1 } }, "preferences hold a NaN" },
      { { x = x, preference = eimf.zeros_ids(4) }, "preferences must be a float32 tensor (4)" },
      { { x = x, preference = -1e300 }, "beyond what float32 holds" },
      { { x = eimf.tensor { { 1e25, 0 }, { 0, 1 } } }, "that float32 does not hold" },
      { { knn = { ids = eimf.zeros_ids(2, 1), similarity = eimf.tensor { { 0 / 0 }, { -1 } } } }, "holds a NaN" },
    } do
      local good, message = pcall(cluster.affinity.fit, case[1])
      assert.is_false(good)
      assert.matches(case[2], message, 1, true)
    end
    for _, call in ipairs { function () cluster.affinity.predict(nil, x) end,
                            function () cluster.affinity.memory(10, "bogus") end } do
      local _, message = pcall(call)
      assert.is_nil(message:find("attempt to", 1, true), message)
    end
  end)

  it("takes a quantile of what a graph holds: of all, where everybody is a neighbour", function ()
    local x = points(40, 3, 4, 0.3, 7)
    for _, q in ipairs { 0, 0.01, 0.5, 1 } do
      local dense, sparse = fit { x = x, quantile = q }, fit { x = x, quantile = q, form = "sparse", neighbours = 39 }
      assert.is_true(math.abs(dense.preference - sparse.preference) < 1e-4)        -- |x|^2 sums of about 10 in float32
    end
  end)

  it("keeps the messages' kernels within their memory", function ()
    local ids, similarity = cluster.knn(points(20, 3, 4, 0.3, 8), 5)
    local offsets, candidates, S, own = core.cluster_graph(ids, similarity)
    local A, work = core.affinity_matrix(S:size()), core.new("float32", core.affinity_work(20, 20, 0))
    core.affinity_start(work, S, A, own, 20, offsets, candidates)
    assert.has_error(function ()
      core.affinity_marks(work, S, A, own, 20, offsets, candidates, eimf.zeros_ids(1))
    end)
    for _, id in ipairs { 100000000, -1, 20 } do
      candidates:set(3, id)
      assert.has_error(function ()
        core.affinity_step(work, S, A, own, 20, offsets, candidates, 0.9, 0, 0.9)
      end)
    end
  end)
end)
