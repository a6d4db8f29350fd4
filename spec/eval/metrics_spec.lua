local eimf = require "eimf"
local naive = require "spec.eval.naive"
local scratch = require "spec.scratch"

local FORMS = { "standard", "hits", "target_index" }

local function near (expected, got, what)
  local text = ("%s: expected %.9g, got %.9g"):format(what or "value", expected, got)
  assert.is_true(math.abs(expected - got) < 1e-12, text)
end

local function gain (i) return math.log(2) / math.log(1 + i) end

local function of (ranked, targets, n, form)
  return eimf.eval.metrics { ranked = eimf.ids(ranked), targets = targets, n = n, ndcg = form }
end

describe("eimf.eval.metrics", function ()
  -- Ranked 10 20 30 40 50; targets in order 99 (missed), 30 (rank 3), 10 (rank 1).
  local RANKED, TARGETS = { { 10, 20, 30, 40, 50 } }, { { 99, 30, 10 } }

  it("computes recall, hit and mrr", function ()
    local m = of(RANKED, TARGETS, { 1, 2, 5 })
    near(1 / 3, m["recall@1"])
    near(1 / 3, m["recall@2"])
    near(2 / 3, m["recall@5"])
    assert.equal(1, m["hit@1"])
    assert.equal(1, m["mrr@5"])
    assert.equal(1, m.users)
    near(1 / 3, of({ { 10, 20, 30 } }, { { 30 } }, { 3 })["mrr@3"])
    assert.equal(0, of({ { 10, 20, 30 } }, { { 30 } }, { 2, 3 })["mrr@2"])
  end)

  it("divides by what min(|targets|, n) hits could gain: standard", function ()
    near((gain(1) + gain(3)) / (gain(1) + gain(2) + gain(3)), of(RANKED, TARGETS, 5)["ndcg@5"])
    near(gain(1) / (gain(1) + gain(2)), of(RANKED, TARGETS, 2)["ndcg@2"])
    near(1, of(RANKED, TARGETS, 1)["ndcg@1"])
  end)

  it("divides by what as many hits could gain: hits", function ()
    near((gain(1) + gain(3)) / (gain(1) + gain(2)), of(RANKED, TARGETS, 5, "hits")["ndcg@5"])
    near(1, of(RANKED, TARGETS, 2, "hits")["ndcg@2"])
  end)

  it("discounts by the place among the targets: target_index", function ()
    near((gain(2) + gain(3)) / (gain(1) + gain(2)), of(RANKED, TARGETS, 5, "target_index")["ndcg@5"])
    near(gain(3) / gain(1), of(RANKED, TARGETS, 2, "target_index")["ndcg@2"])
  end)

  it("tells the three forms apart for one target only by its rank", function ()
    for _, form in ipairs(FORMS) do
      local m = of({ { 5, 6, 7 } }, { { 7 } }, 3, form)
      near(form == "standard" and gain(3) or form == "hits" and gain(3) or 1, m["ndcg@3"], form)
    end
  end)

  it("gives zero where no target is found", function ()
    for _, form in ipairs(FORMS) do
      local m = of({ { 1, 2, 0 } }, { { 8, 9 } }, 3, form)
      for _, name in ipairs { "recall@3", "ndcg@3", "hit@3", "mrr@3" } do assert.equal(0, m[name], name) end
    end
  end)

  it("counts repeated targets once, and id 0 not at all, though lists end with it", function ()
    local m = of({ { 4, 0, 0 } }, { { 4, 4, 0, 6 } }, 3)
    near(1 / 2, m["recall@3"])
    near(gain(1) / (gain(1) + gain(2)), m["ndcg@3"])
  end)

  it("leaves users without targets out of the means", function ()
    local ranked = eimf.ids { { 1, 2 }, { 3, 4 }, { 5, 6 } }
    local m = eimf.eval.metrics { ranked = ranked, targets = { { 1 }, {}, { 9 } }, n = 2, per_user = true }
    assert.equal(2, m.users)
    near(1 / 2, m["recall@2"])
    assert.same({ "recall@2", "ndcg@2", "hit@2", "mrr@2" }, m.per_user.names)
    assert.same({ { 1, 1, 1, 1 }, { 0, 0, 0, 0 } }, { m.per_user.values:totable()[1], m.per_user.values:totable()[3] })
    for c = 1, 4 do
      local value = m.per_user.values:get(2, c)
      assert.is_true(value ~= value)
    end
    assert.equal(0, of({ { 1 } }, { {} }, 1)["recall@1"])
  end)

  for _, form in ipairs(FORMS) do
    it("agrees with its naive twin: " .. form, function ()
      local number, U, N, n = scratch.numbers(11), 200, 60, 25
      local ranked, targets = {}, {}
      for u = 1, U do
        local pool = {}
        for id = 1, N do pool[id] = id end
        for id = N, 2, -1 do
          local j = number(id)
          pool[id], pool[j] = pool[j], pool[id]
        end
        ranked[u], targets[u] = { table.unpack(pool, 1, n) }, {}
        for i = 1, number(12) - 1 do targets[u][i] = number(N + 1) - 1 end
      end
      local expected = naive.metrics(ranked, targets, { 1, 5, 10, 25 }, form)
      local got = of(ranked, targets, { 1, 5, 10, 25 }, form)
      for name, value in pairs(expected) do near(value, got[name], name) end
    end)
  end

  it("takes targets as jagged tensors", function ()
    local jagged = { ids = eimf.ids { 99, 30, 10 }, offsets = eimf.ids { 0, 3 } }
    assert.same(of(RANKED, TARGETS, { 2, 5 }), of(RANKED, jagged, { 2, 5 }))
  end)

  it("counts the share of items that anybody got: coverage", function ()
    local ranked = eimf.ids { { 1, 2, 3 }, { 2, 4, 0 } }
    local m = eimf.eval.metrics { ranked = ranked, targets = { { 1 }, { 1 } }, n = { 1, 3 }, n_items = 8 }
    near(2 / 8, m["coverage@1"])
    near(4 / 8, m["coverage@3"])
  end)

  it("counts pairs of different categories: diversity", function ()
    local categories = eimf.eval.categories({ { "a", "x" }, { "x" }, { "y" }, [5] = { "z" } }, 5)
    assert.same({ 0, 1, 1, 2, 0, 3 }, categories:totable())
    local m = eimf.eval.metrics { ranked = eimf.ids { { 1, 2, 3, 4 }, { 4, 1, 0, 0 }, { 5, 4, 3, 1 } }, n = { 2, 3, 4 },
                                  targets = { { 1 }, { 1 }, { 1 } }, categories = categories }
    near(0, m["diversity@2"])                                -- only the first list has a pair
    near((2 / 3 + 1) / 2, m["diversity@3"])                  -- 4 has no category: the last list has the pair 5, 3
    near((2 / 3 + 1) / 2, m["diversity@4"])                  -- 5, 3, 1 are three different pairs
  end)

  describe("refuses", function ()
    local function refused (message, change)
      local call = { ranked = eimf.ids { { 1, 2 } }, targets = { { 1 } }, n = 2 }
      for name, value in pairs(change) do call[name] = value end
      assert.error_matches(function () eimf.eval.metrics(call) end, message)
    end

    it("an ndcg form that is none of the three", function ()
      refused("'ndcg': 'ideal' is not one of standard, hits, target_index", { ndcg = "ideal" })
    end)

    it("cut-offs beyond what is ranked, and what is no cut-off", function ()
      refused("cut%-off 3 of n, but only 2 items are ranked", { n = { 1, 3 } })
      refused("cut%-off 0 of n", { n = { 0 } })
      refused("cut%-off 1.5 of n", { n = { 1.5 } })
      refused("n holds 0 cut%-offs", { n = {} })
    end)

    it("lists that are not of as many users", function ()
      refused("targets has 2 lists for 1 users", { targets = { { 1 }, { 2 } } })
      refused("targets of user 1 holds x", { targets = { { "x" } } })
      refused("targets has 0 lists for 1 users", { targets = { ids = eimf.ids { 1 }, offsets = eimf.ids { 0 } } })
    end)

    it("ranked ids of another type or rank, or beyond the items", function ()
      refused("ranked must be an int32 tensor %(U, n%)", { ranked = eimf.zeros(1, 2) })
      refused("ranked must be an int32 tensor %(U, n%)", { ranked = eimf.ids { 1, 2 } })
      refused("id 2 at row 1 is outside 0%.%.1", { n_items = 1 })
      refused("categories must be an int32 tensor", { categories = eimf.zeros(3) })
    end)
  end)
end)
