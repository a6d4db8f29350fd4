local eimf = require "eimf"
local files = require "eimf.files"

local golden = assert(eimf.json.decode(assert(files.read("spec/golden/cluster/cases.json"))))
local arrays = assert(eimf.safetensors.load("spec/golden/cluster/cases.safetensors")).tensors

local function fit (case, changes)
  local given = { sklearn = true }
  for name, value in pairs(case.options) do given[name] = value end
  for name, value in pairs(changes or {}) do given[name] = value end
  given[case.kind] = arrays[case.array]
  return assert(eimf.cluster.affinity.fit(given))
end

describe("eimf.cluster.exact", function ()
  it("has 30 cases of scikit-learn's at least", function () assert.is_true(#golden.cases >= 30) end)

  for _, case in ipairs(golden.cases) do
    it("labels as scikit-learn: " .. case.name, function ()
      local result = fit(case)
      assert.same(case.exemplars, result.exemplars)
      assert.same(case.labels, result.labels)
      assert.equal(case.iterations, result.iterations)
    end)
  end

  it("does not depend on threads", function ()
    local one, two = fit(golden.cases[4], { threads = 1 }), fit(golden.cases[4], { threads = 2 })
    assert.same(one.labels, two.labels)
    assert.equal(one.net_similarity, two.net_similarity)
  end)

  it("gives no exemplars where none was found", function ()
    local s = eimf.tensor { { 0, -1, -4 }, { -1, 0, -1 }, { -4, -1, 0 } }
    local result = assert(eimf.cluster.affinity.fit { s = s, preference = -50, max_iter = 1, sklearn = true })
    assert.same({}, result.exemplars)
    assert.same({ 0, 0, 0 }, result.labels)
    assert.is_false(result.converged)
  end)

  it("knows neither other forms, nor weights, nor a target, nor a quantile, nor large seeds", function ()
    local x = eimf.zeros(3, 2)
    for _, given in ipairs { { form = "landmark" }, { weights = eimf.zeros(3) }, { target_k = 2 }, { quantile = 0.1 },
                             { seed = 2 ^ 32 } } do
      given.x, given.sklearn = x, true
      assert.has_error(function () eimf.cluster.affinity.fit(given) end)
    end
  end)
end)
