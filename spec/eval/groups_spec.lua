local eimf = require "eimf"
local groups = require "eimf.eval.groups"

describe("eimf.eval.groups", function ()
  it("cuts histories at 5, 10 and 20", function ()
    local offsets, of = { 0 }, {}
    for i, length in ipairs { 0, 4, 5, 9, 10, 19, 20, 300 } do offsets[i + 1] = offsets[i] + length end
    for i, g in ipairs(groups.by_history(eimf.ids(offsets)):totable()) do of[i] = groups.history_names[g + 1] end
    assert.same({ "<5", "<5", "5-9", "5-9", "10-19", "10-19", "20+", "20+" }, of)
  end)

  it("calls head what makes half of the interactions, then 30 % middle, tail; cold what training never saw", function ()
    local of = {}
    local found = groups.by_popularity(eimf.ids { 0, 1, 30, 0, 25, 20, 10, 14 }):totable()
    for id = 1, 7 do of[id] = groups.popularity_names[found[id + 1] + 1] end
    -- shares before: 30 -> 0, 25 -> .30, 20 -> .55, 14 -> .75, 10 -> .89, 1 -> .99
    assert.same({ "tail", "head", "cold", "head", "middle", "tail", "middle" }, of)
  end)

  it("makes the most popular item head, even where it alone has more than half; ties go to the smaller id", function ()
    assert.same({ 3, 0, 2, 2 }, groups.by_popularity(eimf.ids { 0, 98, 1, 1 }):totable())
    assert.same({ 3, 0, 1 }, groups.by_popularity(eimf.ids { 0, 1, 1 }):totable())
    assert.same({ 3, 3, 3 }, groups.by_popularity(eimf.ids { 0, 0, 0 }):totable())
  end)

  it("counts training interactions", function ()
    assert.same({ 0, 2, 0, 1 }, eimf.eval.counts(eimf.ids { 3, 1, 1 }, 3):totable())
    assert.error_matches(function () eimf.eval.counts(eimf.ids { 4 }, 3) end, "outside 0%.%.3")
  end)

  it("splits every metric by both", function ()
    local counts = eimf.ids { 0, 50, 30, 20, 0 }             -- head, middle, tail, cold
    local m = eimf.eval.metrics {
      ranked = eimf.ids { { 1, 2 }, { 3, 1 }, { 2, 3 } }, targets = { { 1 }, { 2, 3 }, { 4 } }, n = 2, counts = counts,
      histories = { { 1, 2 }, { 1, 2, 3, 4, 1, 2 }, { 4 } },
    }
    assert.equal(2, m.groups.history["<5"].users)
    assert.equal(0.5, m.groups.history["<5"]["recall@2"])
    assert.equal(0.5, m.groups.history["5-9"]["recall@2"])
    assert.equal(0, m.groups.history["20+"].users)
    assert.equal(0, m.groups.history["20+"]["recall@2"])
    local by = m.groups.popularity
    assert.same({ 1, 1, 1, 1 }, { by.head.users, by.middle.users, by.tail.users, by.cold.users })
    -- the second user's targets are one of the middle, missed, and one of the tail, at rank 1
    local recall = {}
    for g, name in ipairs(groups.popularity_names) do recall[g] = by[name]["recall@2"] end
    assert.same({ 1, 0, 1, 0 }, recall)
    assert.equal(1, by.tail["ndcg@2"])
  end)
end)
