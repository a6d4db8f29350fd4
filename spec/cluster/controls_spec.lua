local eimf = require "eimf"
local core = require "eimf.core"

local cluster = eimf.cluster

local function points (n, d, seed)
  local x = eimf.zeros(n, d)
  core.random(x, "normal", 0, 1, seed, 64, 0)
  return x
end

describe("eimf.cluster.kmedoids", function ()
  it("gives k exemplars that are medoids, the same for the same seed", function ()
    local x = points(150, 5, 1)
    local a, b = cluster.kmedoids.fit { x = x, k = 9, seed = 3 }, cluster.kmedoids.fit { x = x, k = 9, seed = 3 }
    assert.equal(9, #a.exemplars)
    assert.is_true(a.converged)
    assert.same(a.exemplars, b.exemplars)
    assert.same(a.exemplars, core.cluster_rows and require("eimf.cluster.vectors").medoids(x, a.labels, 9))
  end)

  it("is better than chance", function ()
    local x = points(300, 4, 2)
    local a, b = cluster.kmedoids.fit { x = x, k = 12 }, cluster.random.fit { x = x, k = 12 }
    assert.is_true(a.net_similarity > b.net_similarity)
  end)

  it("takes points that are alike, and refuses more exemplars than points", function ()
    assert.equal(3, #cluster.kmedoids.fit { x = eimf.zeros(5, 2), k = 3 }.exemplars)
    assert.has_error(function () cluster.kmedoids.fit { x = eimf.zeros(5, 2), k = 6 } end)
  end)
end)

describe("eimf.cluster.random", function ()
  it("draws without replacement, by seed, and labels by the nearest", function ()
    local x = points(80, 3, 3)
    local a, b = cluster.random.fit { x = x, k = 20, seed = 1 }, cluster.random.fit { x = x, k = 20, seed = 2 }
    assert.equal(20, #a.exemplars)
    for j = 2, 20 do assert.is_true(a.exemplars[j] > a.exemplars[j - 1]) end
    assert.are_not.same(a.exemplars, b.exemplars)
    assert.same(a.labels, (cluster.affinity.predict(a, x)))
    assert.equal(80, #cluster.random.fit { x = x, k = 80 }.exemplars)
  end)
end)
