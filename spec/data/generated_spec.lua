local core = require "eimf.core"
local generated = require "eimf.data.generated"

describe("eimf.data.generated", function ()
  local set = generated.open { preset = "small", seed = 1 }
  local offsets, items = set.offsets:totable(), set.items:totable()
  local counts, interest = set.counts:totable(), set.truth.item_interest:totable()

  it("says that it is generated", function ()
    assert.is_true(set.generated)
    assert.equal(1, set.provenance:find("GENERATED", 1, true))
    assert.equal(1, tostring(set):find("GENERATED", 1, true))
    assert.equal("generated", set.name)
  end)

  it("is a function of the seed", function ()
    local again, other = generated.open { seed = 1 }, generated.open { seed = 2 }
    assert.equal(set:fingerprint(), again:fingerprint())
    assert.not_equal(set:fingerprint(), other:fingerprint())
    assert.same({ set.titles[1], set.titles[3000] }, { again.titles[1], again.titles[3000] })
  end)

  it("does not depend on the number of threads", function ()
    local before = core.threads()
    core.threads(before == 1 and 2 or 1)
    local again = generated.open { seed = 1 }
    core.threads(before)
    assert.equal(set:fingerprint(), again:fingerprint())
  end)

  it("gives every user at least five events and no item twice", function ()
    for u = 1, set.n_users do
      local seen = {}
      assert.is_true(offsets[u + 1] - offsets[u] >= 5)
      for e = offsets[u] + 1, offsets[u + 1] do
        assert.is_nil(seen[items[e]])
        seen[items[e]] = true
      end
    end
    assert.equal(set.n_interactions, offsets[set.n_users + 1])
  end)

  it("numbers items by falling popularity and counts them", function ()
    local counted = {}
    for id = 0, set.n_items do counted[id + 1] = 0 end
    for _, id in ipairs(items) do counted[id + 1] = counted[id + 1] + 1 end
    assert.same(counted, counts)
    for id = 1, set.n_items - 1 do assert.is_true(counts[id + 1] >= counts[id + 2]) end
  end)

  it("has the mean length asked for", function ()
    local mean = set.n_interactions / set.n_users
    assert.is_true(mean > 11.5 and mean < 12.5)
  end)

  -- Slope of log count on log rank over the items of an interest, ranks 2..40.
  local function slope (wanted)
    local n, sx, sy, sxx, sxy, rank = 0, 0, 0, 0, 0, 0
    for id = 1, set.n_items do
      if interest[id + 1] == wanted then
        rank = rank + 1
        if rank >= 2 and rank <= 40 and counts[id + 1] > 0 then
          local x, y = math.log(rank), math.log(counts[id + 1])
          n, sx, sy, sxx, sxy = n + 1, sx + x, sy + y, sxx + x * x, sxy + x * y
        end
      end
    end
    return (n * sxy - sx * sy) / (n * sxx - sx * sx)
  end

  it("has a Zipf-like popularity within interests", function ()
    local sum = 0
    for s = 1, 60 do sum = sum + slope(s) end
    local mean = sum / 60
    assert.is_true(mean < -0.5 and mean > -1.5, "mean slope " .. mean)
  end)

  it("stays with an interest far above chance", function ()
    local same, n, share = 0, 0, {}
    for u = 1, set.n_users do
      for e = offsets[u] + 2, offsets[u + 1] do
        local now = interest[items[e] + 1]
        if now == interest[items[e - 1] + 1] then same = same + 1 end
        n, share[now] = n + 1, (share[now] or 0) + 1
      end
    end
    local chance = 0
    for _, k in pairs(share) do chance = chance + (k / n) ^ 2 end
    assert.is_true(same / n > 10 * chance)
    assert.is_true(same / n > 0.5)
  end)

  it("keeps a truth that explains the events", function ()
    local held_offsets, held = set.truth.user_interests.offsets:totable(), set.truth.user_interests.ids:totable()
    local groups = set.truth.user_group:totable()
    local explained = 0
    for u = 1, set.n_users do
      local holds, k = {}, held_offsets[u + 1] - held_offsets[u]
      assert.is_true(k >= 1 and k <= 4 and groups[u] >= 1 and groups[u] <= 50)
      for h = held_offsets[u] + 1, held_offsets[u + 1] do
        assert.is_nil(holds[held[h]])
        holds[held[h]] = true
      end
      for e = offsets[u] + 1, offsets[u + 1] do
        if holds[interest[items[e] + 1]] then explained = explained + 1 end
      end
    end
    local share = explained / set.n_interactions
    assert.is_true(share > 0.85 and share < 0.95, "explained " .. share)    -- the rest is the noise of 0.1
  end)

  it("lets a group share its strongest interest", function ()
    local held_offsets, held = set.truth.user_interests.offsets:totable(), set.truth.user_interests.ids:totable()
    local groups, votes, members = set.truth.user_group:totable(), {}, {}
    for u = 1, set.n_users do
      local g, first = groups[u], held[held_offsets[u] + 1]
      votes[g], members[g] = votes[g] or {}, (members[g] or 0) + 1
      votes[g][first] = (votes[g][first] or 0) + 1
    end
    for g, of in pairs(votes) do
      local most = 0
      for _, n in pairs(of) do most = math.max(most, n) end
      assert.is_true(most / members[g] > 0.6)
    end
  end)

  it("drifts: the strongest interest of the start fades", function ()
    local held_offsets, held = set.truth.user_interests.offsets:totable(), set.truth.user_interests.ids:totable()
    local early, late = 0, 0
    for u = 1, set.n_users do
      local n, first = offsets[u + 1] - offsets[u], held[held_offsets[u] + 1]
      if held_offsets[u + 1] - held_offsets[u] > 1 then
        for i = 1, 2 do
          if interest[items[offsets[u] + i] + 1] == first then early = early + 1 end
          if interest[items[offsets[u] + n - 2 + i] + 1] == first then late = late + 1 end
        end
      end
    end
    assert.is_true(early > 1.2 * late)
  end)

  it("can be predicted from the item before, much better than from popularity", function ()
    local follow = {}
    for u = 1, set.n_users do
      for e = offsets[u] + 1, offsets[u + 1] - 2 do
        local of = follow[items[e]] or {}
        follow[items[e]], of[items[e + 1]] = of, (of[items[e + 1]] or 0) + 1
      end
    end
    local hits, popular = 0, 0
    for u = 1, set.n_users do
      local last, target, best, most = items[offsets[u + 1] - 1], items[offsets[u + 1]], nil, 0
      for id, n in pairs(follow[last] or {}) do
        if n > most or n == most and id < best then best, most = id, n end
      end
      if best == target then hits = hits + 1 end
      if target == 1 then popular = popular + 1 end
    end
    assert.is_true(hits / set.n_users > 0.05)
    assert.is_true(hits > 5 * popular)
  end)

  it("makes titles, categories and names when asked", function ()
    for id = 1, set.n_items do assert.is_string(set.titles[id]) end
    assert.same({ set.truth.interest_families[interest[2]] }, set.categories[1])
    assert.is_nil(set.titles[0])
    assert.is_nil(set.titles[set.n_items + 1])
    assert.same({ "u0000001", "g0003000" }, { set.users[1], set.item_ids[3000] })
    assert.is_nil(rawget(set.titles, 1))
  end)

  it("can be split like any set", function ()
    local split = assert(set:split("leave_one_out"))
    assert.equal(set.n_users, split.test.users:size())
    assert.equal(set.n_interactions - 2 * set.n_users, split.train.items:size())
  end)

  it("comes in sizes", function ()
    local tiny = generated.open { preset = "tiny" }
    assert.same({ 200, 240, 12 }, { tiny.n_users, tiny.n_items, #tiny.truth.interest_names })
    local other = generated.open { users = 300, items = 500, interests = 7, groups = 3, mean_length = 30, noise = 0 }
    assert.same({ 300, 500, 7 }, { other.n_users, other.n_items, #other.truth.interest_names })
  end)

  it("raises on a wrong call, naming the option", function ()
    for _, options in ipairs { { userz = 3 }, { users = 0 }, { items = 2.5 }, { noise = 2 }, { mean_length = "x" },
                               { preset = "huge" }, { items = 60, interests = 60 }, { seed = -1 } } do
      local name = next(options)
      assert.error_matches(function () generated.open(options) end, name)
    end
  end)
end)
