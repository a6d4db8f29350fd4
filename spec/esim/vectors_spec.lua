local tensor = require "eimf.tensor"
local vectors = require "eimf.esim.vectors"

describe("eimf.esim.vectors", function ()
  local x = tensor.tensor { { 3, 4 }, { 0, 0 }, { 0, 2 } }

  it("gathers rows by position", function ()
    assert.are.same({ { 0, 2 }, { 3, 4 }, { 0, 2 } }, vectors.gather(x, { 3, 1, 3 }):totable())
    assert.is_nil(vectors.gather(x, {}))
  end)

  it("knows rows that are not zero", function ()
    assert.are.same({ 1, 3 }, vectors.present(x))
  end)

  it("gives dot products", function ()
    assert.are.same({ { 25, 0, 8 }, { 0, 0, 0 }, { 8, 0, 4 } }, vectors.gram(x))
  end)

  it("gives unit means of groups, zeros for an empty one", function ()
    local m = vectors.means(x, { { 1 }, {}, { 3, 3 }, { 2 } }):totable()
    assert.is_true(math.abs(m[1][1] - 0.6) < 1e-6 and math.abs(m[1][2] - 0.8) < 1e-6)
    assert.are.same({ { 0, 0 }, { 0, 1 }, { 0, 0 } }, { m[2], m[3], m[4] })
    assert.are.same({ { 0, 0 } }, vectors.means(x, { {} }):totable())
  end)

  it("gives similarities with partners, 0 without one", function ()
    assert.are.same({ 8, 0, 0 }, vectors.similarity(x, x, { 3, 1, 0 }))
  end)
end)
