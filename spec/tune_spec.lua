local files = require "eimf.files"
local scratch = require "spec.scratch"
local tune = require "eimf.tune"

describe("eimf.tune", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local SPACE = { x = { log = { 0.001, 10 } }, kind = { "a", "b", "c" } }

  -- The best is x near 0.1 and kind b; `asked` notes candidates and epochs.
  local function worth (asked)
    return function (candidates, epochs)
      local scores = {}
      for i, c in ipairs(candidates) do
        scores[i] = (c.x and -math.abs(math.log(c.x / 0.1)) or -9) + (c.kind == "b" and 1 or 0) + epochs / 100
        asked[#asked + 1] = { c, epochs }
      end
      return scores
    end
  end

  local function search (score, more)
    local given = { space = SPACE, scores = folder .. "/scores.jsonl", score = score }
    for name, value in pairs(more or {}) do given[name] = value end
    return tune.search(given)
  end

  it("keeps the best third for three times the epochs, as it said before", function ()
    local asked, said = {}, {}
    local found = assert(search(worth(asked), { say = function (line) said[#said + 1] = line end }))
    local counts, spent = {}, {}
    for _, one in ipairs(asked) do
      counts[one[2]] = (counts[one[2]] or 0) + 1
      spent[one[1]] = math.max(spent[one[1]] or 0, one[2])
    end
    assert.are.same({ [3] = 27, [9] = 9, [27] = 3 }, counts)
    local epochs = 0
    for _, n in pairs(spent) do epochs = epochs + n end
    assert.are.equal(found.budget, epochs)
    assert.are.equal(("27 candidates, 3 rungs; budget: %d epochs at most"):format(epochs), said[1])
    assert.are.equal("b", found.candidate.kind)
    assert.is_true(found.candidate.x > 0.02 and found.candidate.x < 0.5)
    for r = 2, 3 do
      local kept = {}
      for _, one in ipairs(found.rungs[r]) do kept[one.candidate] = true end
      for i, one in ipairs(found.rungs[r - 1]) do
        assert.are.equal(i <= #found.rungs[r], kept[one.candidate] or false)
      end
    end
    assert.are.equal(found.rungs[3][1].score, found.score)
  end)

  it("goes on after it was stopped, asks nothing twice and finds the same", function ()
    local whole = assert(search(worth({}), { scores = folder .. "/whole.jsonl" }))
    local asked, left = {}, 2
    local function stops (candidates, epochs)
      left = left - 1
      if left == 0 then return nil, "stopped", "INTERRUPTED" end
      return worth(asked)(candidates, epochs)
    end
    local none, message, code = search(stops)
    assert.are.same({ nil, "stopped", "INTERRUPTED" }, { none, message, code })
    assert.are.equal(27, #asked)
    local again = assert(search(worth(asked)))
    assert.are.equal(27 + 9 + 3, #asked)
    assert.are.same(whole, again)
    assert.are.equal(files.read(folder .. "/whole.jsonl"), files.read(folder .. "/scores.jsonl"))
  end)

  it("does not take scores of something else", function ()
    local asked = {}
    assert(search(worth(asked), { about = "beauty" }))
    assert(search(worth(asked), { about = "office" }))
    assert.are.equal(2 * (27 + 9 + 3), #asked)
    assert(search(worth(asked), { about = "beauty" }))
    assert.are.equal(2 * (27 + 9 + 3), #asked)
  end)

  it("leaves out what failed, and says so where all did", function ()
    local function half (candidates)
      local scores = {}
      for i, c in ipairs(candidates) do scores[i] = c.kind == "a" and 1 or false end
      return scores
    end
    assert.are.equal("a", assert(search(half)).candidate.kind)
    local none, _, code = search(function () return {} end, { scores = folder .. "/none.jsonl" })
    assert.are.same({ nil, "FAILED" }, { none, code })
  end)

  it("tries the defaults, then different candidates of two digits, the same for a seed", function ()
    local list = tune.candidates(SPACE, 20, 1)
    assert.are.same({}, list[1])
    local seen = {}
    for i = 2, #list do
      local c = list[i]
      assert.is_true(c.x >= 0.001 and c.x <= 10)
      assert.are.equal(c.x, tonumber(("%.1e"):format(c.x)))
      local key = c.kind .. c.x
      assert.is_nil(seen[key])
      seen[key] = true
    end
    assert.are.same(list, tune.candidates(SPACE, 20, 1))
    assert.are_not.same(list, tune.candidates(SPACE, 20, 2))
    assert.are.equal(1 + 6, #tune.candidates({ a = { 1, 2, 3 }, b = { true, false } }, 100, 1))
  end)

  it("has rungs that end with all epochs", function ()
    local rungs, budget = tune.rungs { candidates = 5, eta = 2, least = 4, most = 10 }
    assert.are.same({ { n = 5, epochs = 4 }, { n = 2, epochs = 8 }, { n = 1, epochs = 10 } }, rungs)
    assert.are.equal(5 * 4 + 2 * 4 + 2, budget)
    assert.are.same({ { n = 5, epochs = 3 } }, (tune.rungs { candidates = 5, eta = 2, least = 4, most = 3 }))
  end)

  it("reads spaces from text", function ()
    assert.are.same({ lr = { log = { 3e-4, 1e-2 } }, dropout = { 0.3, 0.5 }, norm = { "pre" }, flag = { true, false } },
      tune.space "lr=3e-4..1e-2 dropout=0.3,0.5  norm=pre flag=true,false")
  end)

  it("refuses spaces that are none", function ()
    local function refused (wanted, space)
      assert.error_matches(function () tune.candidates(space, 3, 1) end, wanted)
    end
    refused("the space is empty", {})
    refused("'x' has no values", { x = {} })
    refused("'x': a range of two numbers above 0", { x = { log = { 0, 1 } } })
    refused("'x': a range of two numbers above 0", { x = { log = { 2, 1 } } })
  end)
end)
