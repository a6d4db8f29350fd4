local eimf = require "eimf"
local files = require "eimf.files"

local golden = assert(eimf.json.decode(assert(files.read("spec/golden/cluster/cases.json")))).measures
local x = assert(eimf.safetensors.load("spec/golden/cluster/cases.safetensors")).tensors.measured

local quality = eimf.cluster.quality

local function near (want, got) assert.is_true(math.abs(want - got) < 1e-5, ("%g against %g"):format(got, want)) end

describe("eimf.cluster.quality", function ()
  it("has scikit-learn's silhouette, with any number of threads", function ()
    for i, labels in ipairs { golden.a, golden.b } do
      local mean, each = quality.silhouette(x, labels)
      near(golden.silhouette[i], mean)
      assert.equal(x:dim(1), each:dim(1))
      local before = eimf.threads(2)
      assert.equal(mean, (quality.silhouette(x, labels)))
      eimf.threads(before)
    end
  end)

  it("has scikit-learn's adjusted mutual information and adjusted Rand index", function ()
    near(golden.ami, quality.ami(golden.a, golden.b))
    near(golden.ami, quality.ami(golden.b, eimf.ids(golden.a)))
    near(golden.ari, quality.ari(golden.a, golden.b))
  end)

  it("knows labellings that are alike, trivial or unrelated", function ()
    assert.equal(1, quality.ami({ 1, 1, 2, 2 }, { "b", "b", "a", "a" }))
    assert.equal(1, quality.ari({ 1, 1, 2, 2 }, { 7, 7, 3, 3 }))
    assert.equal(1, quality.ami({ 1, 1, 1 }, { 4, 4, 4 }))
    assert.is_true(quality.ari({ 1, 1, 2, 2 }, { 1, 2, 1, 2 }) < 0)
    assert.has_error(function () quality.ami({ 1, 2 }, { 1 }) end)
  end)

  it("sums similarities and preferences", function ()
    local points = eimf.tensor { { 0, 0 }, { 1, 0 }, { 5, 5 } }
    assert.equal(-1, quality.net_similarity(points, { 1, 3 }, { 1, 1, 2 }))
    assert.equal(-5, quality.net_similarity(points, { 1, 3 }, { 1, 1, 2 }, -2))
  end)

  it("gives NaN for one cluster, and refuses labels that do not fit", function ()
    local mean = quality.silhouette(eimf.zeros(3, 2), { 1, 1, 1 })
    assert.is_true(mean ~= mean)
    assert.has_error(function () quality.silhouette(eimf.zeros(3, 2), { 1, 1 }) end)
    assert.has_error(function () quality.silhouette(eimf.zeros(2, 2), { 1, -1 }) end)
  end)
end)
