local core = require "eimf.core"
local new_set = require("eimf.data.set").new

local function ids (list) return core.from_table("int32", list) end

-- A set of sequences { {id, ...}, ... }.
local function set_of (sequences, more)
  local items, offsets, users, counts, item_ids, most = {}, { 0 }, {}, { 0 }, {}, 0
  for u, list in ipairs(sequences) do
    users[u] = "u" .. u
    for _, id in ipairs(list) do items[#items + 1], most = id, math.max(most, id) end
    offsets[u + 1] = #items
  end
  for id = 1, most do counts[id + 1], item_ids[id] = 0, "i" .. id end
  for _, id in ipairs(items) do counts[id + 1] = counts[id + 1] + 1 end
  local fields = {
    name = "made", provenance = "made", n_users = #users, n_items = most, n_interactions = #items, users = users,
    item_ids = item_ids, offsets = ids(offsets), items = ids(items), counts = ids(counts),
  }
  for key, value in pairs(more or {}) do fields[key] = value end
  return new_set(fields)
end

-- Jagged tensors as lists of lists.
local function lists (offsets, items)
  local starts, values, out = offsets:totable(), items:totable(), {}
  for u = 1, #starts - 1 do out[u] = { table.unpack(values, starts[u] + 1, starts[u + 1]) } end
  return out
end

local function evaluation (part)
  return part.users:totable(), lists(part.history_offsets, part.history), lists(part.target_offsets, part.targets)
end

-- Sequences of growing length: user u has u items.
local function growing (n)
  local out = {}
  for u = 1, n do
    out[u] = {}
    for i = 1, u do out[u][i] = (u * 7 + i * 3) % 23 + 1 end
  end
  return out
end

describe("eimf.data.split", function ()
  describe("leave_one_out", function ()
    it("tests the last item, validates the last but one, trains the rest", function ()
      local split = assert(set_of({ { 1, 2, 3 }, { 4 }, { 5, 6 }, { 1, 3, 5, 6 } }):split())
      assert.are.equal("leave_one_out", split.protocol)
      assert.are.same({ { 1 }, { 4 }, { 5, 6 }, { 1, 3 } }, lists(split.train.offsets, split.train.items))
      assert.are.same({ { 1, 4 }, { { 1 }, { 1, 3 } }, { { 2 }, { 5 } } }, { evaluation(split.valid) })
      assert.are.same({ { 1, 4 }, { { 1, 2 }, { 1, 3, 5 } }, { { 3 }, { 6 } } }, { evaluation(split.test) })
    end)

    it("leaves users without a known last but one out of validation", function ()
      local split = assert(set_of({ { 1, 2, 3 }, { 4, 5, 6 } }, { no_valid = { u2 = true } }):split("leave_one_out"))
      assert.are.same({ { 1 }, { 4, 5 } }, lists(split.train.offsets, split.train.items))
      assert.are.same({ { 1 }, { { 1 } }, { { 2 } } }, { evaluation(split.valid) })
      assert.are.same({ { 1, 2 }, { { 1, 2 }, { 4, 5 } }, { { 3 }, { 6 } } }, { evaluation(split.test) })
    end)

    it("says that nobody is left to test", function ()
      local split, message, code = set_of({ { 1 }, { 2, 3 } }):split()
      assert.is_nil(split)
      assert.are.equal("made: leave_one_out leaves no user to validate: "
                       .. "2 users, and a user needs at least 3 interactions", message)
      assert.are.equal("EMPTY_SPLIT", code)
    end)
  end)

  describe("user_split", function ()
    local sequences = growing(103)

    it("parts users 8 : 1 : 1 without overlap", function ()
      local split, seen = assert(set_of(sequences):split("user_split", { seed = 3 })), {}
      for u, list in ipairs(lists(split.train.offsets, split.train.items)) do
        assert.is_true(#list == 0 or #list == u)
        if #list > 0 then
          assert.are.same(sequences[u], list)
          seen[u] = "train"
        end
      end
      for _, name in ipairs { "valid", "test" } do
        local users, histories, targets = evaluation(split[name])
        for v, u in ipairs(users) do
          assert.is_nil(seen[u])
          seen[u] = name
          assert.are.equal(math.floor(0.8 * u), #histories[v])
          local whole = histories[v]
          for _, id in ipairs(targets[v]) do whole[#whole + 1] = id end
          assert.are.same(sequences[u], whole)
        end
      end
      local n = { train = 0, valid = 0, test = 0 }
      for _, name in pairs(seen) do n[name] = n[name] + 1 end
      assert.is_true(n.train == 82 and n.valid >= 9 and n.test >= 10)
      assert.is_true(n.train + n.valid + n.test >= 102)       -- a user of one item has no history
    end)

    it("is a function of the seed", function ()
      local function users (seed)
        return assert(set_of(sequences):split("user_split", { seed = seed })).test.users:totable()
      end
      assert.are.same(users(3), users(3))
      assert.are_not.same(users(3), users(4))
    end)

    it("says that nobody is left to validate", function ()
      local _, message, code = set_of({ { 1, 2, 3 }, { 1, 2 } }):split("user_split")
      assert.are.equal("EMPTY_SPLIT", code)
      assert.is_truthy(message:find("leaves no user to validate: 2 users", 1, true))
    end)
  end)

  it("raises for unknown protocols and options", function ()
    local set = set_of { { 1, 2, 3 } }
    assert.has_error(function () set:split("random") end,
                     "split: protocol must be \"leave_one_out\" or \"user_split\", got \"random\"")
    assert.has_error(function () set:split("user_split", { sed = 1 }) end, "split: unknown option 'sed'")
    assert.has_error(function () set:split("user_split", { seed = -1 }) end)
  end)

  it("jagged_slice refuses what leaves a segment", function ()
    local function slice (users, first, count, room)
      core.jagged_slice(core.new("int32", #users + 1), core.new("int32", room), ids { 0, 2, 3 }, ids { 7, 8, 9 },
                        ids(users), ids(first), ids(count))
    end
    slice({ 2, 1 }, { 0, 1 }, { 1, 1 }, 2)
    for _, case in ipairs { { { 1 }, { 1 }, { 2 }, 2 }, { { 3 }, { 0 }, { 1 }, 1 }, { { 0 }, { 0 }, { 1 }, 1 },
                            { { 1 }, { -1 }, { 1 }, 1 }, { { 1 }, { 0 }, { -1 }, 1 }, { { 1 }, { 0 }, { 2 }, 1 },
                            { { 1 }, { 0 }, { 1 }, 2 } } do
      assert.has_error(function () slice(table.unpack(case)) end)
    end
  end)

  describe("fraction", function ()
    local function trained (split)
      local users = {}
      for u, list in ipairs(lists(split.train.offsets, split.train.items)) do
        if #list > 0 then users[#users + 1] = u end
      end
      return users
    end

    it("keeps whole sequences of so many training users, a larger one those of a smaller; the rest stays", function ()
      for _, protocol in ipairs { "leave_one_out", "user_split" } do
        local set = set_of(growing(40))
        local whole = assert(set:split(protocol, { seed = 3 }))
        local all, before = lists(whole.train.offsets, whole.train.items), {}
        for _, fraction in ipairs { 0.01, 0.25, 0.6, 1 } do
          local split = assert(set:split(protocol, { seed = 3, fraction = fraction }))
          local users, is_kept = trained(split), {}
          assert.are.equal(math.ceil(fraction * #trained(whole)), #users)
          for _, u in ipairs(users) do is_kept[u] = true end
          for _, u in ipairs(before) do assert.is_true(is_kept[u]) end
          for u, list in ipairs(lists(split.train.offsets, split.train.items)) do
            assert.are.same(is_kept[u] and all[u] or {}, list)
          end
          assert.are.same({ evaluation(whole.test) }, { evaluation(split.test) })
          before = users
        end
        local other = assert(set:split(protocol, { seed = 4, fraction = 0.25 }))
        assert.are_not.same(trained(assert(set:split(protocol, { seed = 3, fraction = 0.25 }))), trained(other))
      end
    end)

    it("is a number above 0 and of at most 1", function ()
      for _, fraction in ipairs { 0, 1.5, -1, 0 / 0, "half" } do
        assert.error_matches(function () set_of(growing(5)):split("leave_one_out", { fraction = fraction }) end,
          "fraction must be a number above 0")
      end
    end)
  end)
end)
