local eimf = require "eimf"
local core = require "eimf.core"
local naive = require "spec.eval.naive"
local scratch = require "spec.scratch"

local LEVELS = { "portable", "avx2", "avx512" }

-- Small whole numbers: sums are exact in every order, and ties are frequent.
local function whole (rows, columns, below, number)
  local out = {}
  for r = 1, rows do
    out[r] = {}
    for c = 1, columns do out[r][c] = number(2 * below + 1) - below - 1 end
  end
  return out
end

local function interests (U, K, D, below, number)
  local out = {}
  for u = 1, U do out[u] = whole(K, D, below, number) end
  return out
end

local function lists (U, N, most, number)
  local out = {}
  for u = 1, U do
    out[u] = {}
    for i = 1, number(most + 1) - 1 do out[u][i] = number(N) end
  end
  return out
end

describe("eimf.eval.rank", function ()
  local simd, threads

  before_each(function () simd, threads = core.simd(), core.threads() end)
  after_each(function ()
    core.simd(simd)
    core.threads(threads)
  end)

  -- U, K, D, N, n, exclusions a user, range of the numbers
  local SHAPES = {
    { 1, 1, 1, 1, 1, 0, 3 }, { 1, 4, 64, 100, 50, 20, 3 }, { 7, 3, 5, 33, 40, 10, 1 }, { 60, 4, 8, 257, 20, 30, 2 },
    { 5, 13, 17, 130, 7, 5, 2 }, { 3, 200, 3, 95, 10, 0, 4 }, { 50, 5, 2, 1000, 10, 90, 1 },
    { 2, 1, 16, 3000, 1000, 0, 9 }, { 13, 2, 4, 700, 1, 3, 2 }, { 30, 6, 3, 64, 64, 64, 1 },
  }

  for _, level in ipairs(LEVELS) do
    it("ranks as its naive twin does, ties and exclusions with it, on " .. level, function ()
      if not pcall(core.simd, level) then return pending("this processor has no " .. level) end
      local number = scratch.numbers(7)
      for i, s in ipairs(SHAPES) do
        local v, e = interests(s[1], s[2], s[3], s[7], number), whole(s[4] + 1, s[3], s[7], number)
        local exclude = lists(s[1], s[4], s[6], number)
        local ids, scores = naive.rank(v, e, s[5], exclude)
        local got, values, odd = eimf.eval.rank { interests = eimf.tensor(v), items = eimf.tensor(e), n = s[5],
                                                  exclude = exclude }
        assert.same(ids, got:totable(), "ids of shape " .. i)
        assert.same(scores, values:totable(), "scores of shape " .. i)
        assert.equal(0, odd)
      end
    end)

    it("gives the same bits with any threads, and for a user alone, on " .. level, function ()
      if not pcall(core.simd, level) then return pending("this processor has no " .. level) end
      local v, e = eimf.zeros(333, 3, 20), eimf.zeros(1001, 20)
      core.random(v, "normal", 0, 1, 1, 64, 0)
      core.random(e, "normal", 0, 1, 2, 64, 0)
      core.threads(1)
      local ids, scores = eimf.eval.rank { interests = v, items = e, n = 30 }
      core.threads(2)
      local again, values = eimf.eval.rank { interests = v, items = e, n = 30 }
      assert.equal(ids:tostring(), again:tostring())
      assert.equal(scores:tostring(), values:tostring())
      for _, u in ipairs { 1, 100, 333 } do
        local alone, its = eimf.eval.rank { interests = v:rows(u, u), items = e, n = 30 }
        assert.equal(ids:rows(u, u):tostring(), alone:tostring())
        assert.equal(scores:rows(u, u):tostring(), its:tostring())
      end
    end)
  end

  it("takes one vector a user as K = 1", function ()
    local v, e = eimf.tensor { { 1, 0 }, { 0, 1 } }, eimf.tensor { { 0, 0 }, { 1, 2 }, { 3, 1 }, { 2, 2 } }
    local ids, scores = eimf.eval.rank { interests = v, items = e, n = 2 }
    assert.same({ { 2, 3 }, { 1, 3 } }, ids:totable())
    assert.same({ { 3, 2 }, { 2, 2 } }, scores:totable())
  end)

  it("puts the smaller id first among equals, minus zero included", function ()
    local ids = eimf.eval.rank { interests = eimf.tensor { { 1 } }, n = 4,
                                 items = eimf.tensor { { 9 }, { -0.0 }, { 0 }, { 5 }, { -0.0 }, { 5 } } }
    assert.same({ { 3, 5, 1, 2 } }, ids:totable())
  end)

  it("never gives row 0, however high it scores", function ()
    local items = eimf.tensor { { 99 }, { 1 }, { 2 } }
    local ids = eimf.eval.rank { interests = eimf.tensor { { 1 } }, items = items, n = 3 }
    assert.same({ { 2, 1, 0 } }, ids:totable())
  end)

  it("gives an empty list where everything is excluded", function ()
    local v, items = eimf.tensor { { 1 }, { 1 } }, eimf.tensor { { 0 }, { 1 }, { 2 } }
    local ids, scores = eimf.eval.rank { interests = v, items = items, n = 2, exclude = { { 2, 1, 2 }, { 1 } } }
    assert.same({ { 0, 0 }, { 2, 0 } }, ids:totable())
    assert.equal(-math.huge, scores:get(1, 1))
  end)

  it("takes exclusions as jagged tensors, in any order", function ()
    local v, items = eimf.tensor { { 1 }, { 1 }, { 1 } }, eimf.tensor { { 0 }, { 1 }, { 2 }, { 3 } }
    local call = { interests = v, items = items, n = 2 }
    call.exclude = { ids = eimf.ids { 3, 2, 3, 0, 1 }, offsets = eimf.ids { 0, 3, 3, 5 } }
    assert.same({ { 1, 0 }, { 3, 2 }, { 3, 2 } }, eimf.eval.rank(call):totable())
    assert.same({ 3, 2, 3, 0, 1 }, call.exclude.ids:totable(), "the caller's list has changed")
  end)

  it("gives users whose interests are not finite an empty list, and counts them", function ()
    local nan = 0 / 0
    local v = eimf.tensor { { { 1, 1 }, { nan, 0 } }, { { 1, 0 }, { 0, 1 } }, { { math.huge, 0 }, { 1, 1 } } }
    local ids, scores, odd = eimf.eval.rank { interests = v, n = 1, items = eimf.tensor { { 0, 0 }, { 1, 2 } } }
    assert.same({ { 0 }, { 1 }, { 0 } }, ids:totable())
    assert.equal(-math.huge, scores:get(1, 1))
    assert.equal(2, odd)
  end)

  it("never ranks an item whose score is not a number", function ()
    local ids = eimf.eval.rank { interests = eimf.tensor { { 1 } }, n = 3,
                                 items = eimf.tensor { { 0 }, { 0 / 0 }, { 2 }, { 3 } } }
    assert.same({ { 3, 2, 0 } }, ids:totable())
  end)

  it("has nothing to rank without users, and gives empty lists without items", function ()
    local nobody = eimf.eval.rank { interests = eimf.zeros(0, 2, 3), items = eimf.zeros(4, 3), n = 5 }
    local nothing = eimf.eval.rank { interests = eimf.zeros(1, 2, 3), items = eimf.zeros(1, 3), n = 2 }
    assert.same({ 0, 5 }, nobody:shape())
    assert.same({ { 0, 0 } }, nothing:totable())
  end)

  describe("refuses", function ()
    local function refused (message, change)
      local call = { interests = eimf.zeros(2, 1, 3), items = eimf.zeros(5, 3) }
      for name, value in pairs(change) do call[name] = value end
      assert.error_matches(function () eimf.eval.rank(call) end, message)
    end

    it("shapes that do not go together", function ()
      refused("interests %(2, 1, 4%) do not go with items %(5, 3%)", { interests = eimf.zeros(2, 1, 4) })
      refused("items has shape %(3%)", { items = eimf.zeros(3) })
      refused("interests must be a float32 tensor", { interests = eimf.ids { 1 } })
    end)

    it("options that are unknown, missing or out of range", function ()
      refused("unknown option 'exclud'; did you mean 'exclude'", { exclud = {} })
      refused("option 'n': 0 is not a whole number", { n = 0 })
      assert.error_matches(function () eimf.eval.rank { items = eimf.zeros(2, 2) } end, "'interests' is missing")
    end)

    it("exclusions that are not lists of ids of all users", function ()
      refused("exclude has 1 lists for 2 users", { exclude = { {} } })
      refused("exclude has number for user 1", { exclude = { 3, 4 } })
      refused("exclude of user 2 holds 1.5 at place 1", { exclude = { {}, { 1.5 } } })
      refused("id 5 at position 1 is outside 0%.%.4", { exclude = { { 5 }, {} } })
    end)
  end)
end)
