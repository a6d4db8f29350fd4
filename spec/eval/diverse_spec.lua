local eimf = require "eimf"

describe("eimf.eval.diverse", function ()
  local INF = math.huge
  local categories = eimf.ids { 0, 1, 1, 1, 2, 0 }                 -- of items 0 .. 5

  local function lists (change)
    local call = {
      ranked = eimf.ids({ 1, 2, 5, 3, 4, 4, 3, 0, 0, 0 }):reshape(2, 5), lambda = 0, n = 3, categories = categories,
      scores = eimf.tensor { { 5, 4, 3.5, 3, 2 }, { 2, 1, -INF, -INF, -INF } },
    }
    for name, value in pairs(change or {}) do call[name] = value end
    local ids, scores = eimf.eval.diverse(call)
    return ids:totable(), scores:totable()
  end

  it("gives the candidates as they are where diversity is worth nothing", function ()
    local ids, scores = lists()
    assert.are.same({ { 1, 2, 5 }, { 4, 3, 0 } }, ids)
    assert.are.same({ { 5, 4, 3.5 }, { 2, 1, -INF } }, scores)
  end)

  it("prefers another category where it is worth more than the score", function ()
    assert.are.same({ 1, 2, 4 }, (lists { lambda = 1 })[1])         -- 1; then 2 (4) before 4 (2 + 1); then 4 (2 + 2)
    local ids, scores = lists { lambda = 3 }
    assert.are.same({ 1, 4, 2 }, ids[1])
    assert.are.same({ 5, 2, 4 }, scores[1])
  end)

  it("takes an item of unknown category for itself alone", function ()
    assert.are.same({ 1, 4, 2, 3, 5 }, (lists { lambda = 3, n = 5 })[1])
  end)

  it("ends a list that has no candidates left", function ()
    assert.are.same({ 4, 3, 0, 0, 0, 0 }, (lists { lambda = 3, n = 6 })[2])
  end)

  it("raises for what is wrong", function ()
    for _, change in ipairs {
      { lambda = -1 }, { lambda = INF }, { n = 0 }, { scores = eimf.zeros(2, 4) }, { categories = eimf.ids { 0, 1 } },
      { ranked = eimf.ids { 1, 2 } }, { colour = 1 },
    } do
      assert.has_error(function () lists(change) end)
    end
  end)
end)
