local builder = require "eimf.data.builder"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

-- Interactions { user, item, time } of skewed users and items, with ties,
-- duplicates, and no order at all.
local function random_rows (seed, n)
  local number, out = scratch.numbers(seed), {}
  for i = 1, n do
    out[i] = { "u" .. number(number(40)), "i" .. number(number(30)), number(20) }
  end
  return out
end

local function build (rows, k)
  local b = builder.new()
  for _, r in ipairs(rows) do b:add(r[1], r[2], r[3]) end
  return b:build { name = "made", path = "made", core = k }
end

-- The k-core, step by step and slowly: one user or item goes at a time.
local function naive_core (rows, k)
  while true do
    local users, items, dropped = {}, {}, false
    for _, r in ipairs(rows) do
      users[r[1]], items[r[2]] = (users[r[1]] or 0) + 1, (items[r[2]] or 0) + 1
    end
    for column, counts in ipairs { users, items } do
      for name, count in pairs(counts) do
        if count < k and not dropped then
          local left = {}
          for _, r in ipairs(rows) do
            if r[column] ~= name then left[#left + 1] = r end
          end
          rows, dropped = left, true
        end
      end
    end
    if not dropped then return rows end
  end
end

-- Sequences, ids and counts of rows, with Lua's tables and sort.
local function naive_set (all, k)
  local first_seen, rows = {}, {}
  for i, r in ipairs(all) do
    first_seen[r[2]] = first_seen[r[2]] or i
    rows[i] = { r[1], r[2], r[3], i }
  end
  rows = naive_core(rows, k)
  local users, items, sequences, counts = {}, {}, {}, {}
  local position = {}
  for i, r in ipairs(all) do position[r[1]] = position[r[1]] or i end
  for _, r in ipairs(rows) do
    if not sequences[r[1]] then sequences[r[1]], users[#users + 1] = {}, r[1] end
    if not counts[r[2]] then counts[r[2]], items[#items + 1] = 0, r[2] end
    counts[r[2]] = counts[r[2]] + 1
    table.insert(sequences[r[1]], r)
  end
  table.sort(users, function (a, b) return position[a] < position[b] end)
  table.sort(items, function (a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return first_seen[a] < first_seen[b]
  end)
  for _, list in pairs(sequences) do
    table.sort(list, function (a, b)
      if a[3] ~= b[3] then return a[3] < b[3] end
      return a[4] < b[4]
    end)
    for i, r in ipairs(list) do list[i] = r[2] end
  end
  return { users = users, items = items, sequences = sequences, counts = counts }
end

describe("eimf.data.builder", function ()
  for _, k in ipairs { 0, 1, 2, 3, 5, 8 } do
    it("agrees with a naive twin on the " .. k .. "-core", function ()
      local emptied = 0
      for seed = 1, 25 do
        local rows = random_rows(seed, 40 + 25 * seed)
        local set, of_raw, code = build(rows, k)
        local twin = naive_set(rows, k)
        if #twin.users == 0 then
          assert.is_nil(set)
          assert.are.equal("EMPTY_SET", code)
          emptied = emptied + 1
        else
          assert.are.same(twin.users, set.users)
          assert.are.same(twin.items, set.item_ids)
          assert.are.same(twin.sequences, made.sequences(set))
          for id, item in ipairs(set.item_ids) do
            assert.are.equal(twin.counts[item], set.counts:get(id + 1))
            assert.are.equal(id, of_raw[item])
          end
          assert.are.equal(0, set.counts:get(1))
          assert.are.equal(set.n_interactions, set.items:size())
        end
      end
      assert.is_true(emptied < 25)
    end)
  end

  it("keeps the order of adding where times tie, across chunks", function ()
    local b, wanted = builder.new(), {}
    for i = 1, 40000 do
      local late = i % 3 == 0
      b:add("u" .. i % 2, "i" .. i, late and 1 or 0)
    end
    for pass = 0, 1 do
      for i = 1, 40000 do
        if i % 2 == 1 and (i % 3 == 0) == (pass == 1) then wanted[#wanted + 1] = "i" .. i end
      end
    end
    local set = assert(b:build { name = "made", path = "made", core = 0 })
    assert.are.same(wanted, made.sequences(set).u1)
  end)

  it("keeps times apart that a float32 or an int32 could not", function ()
    local set = assert(build({ { "u", "late", 4102444800001 }, { "u", "early", 4102444800000 },
                               { "u", "first", -1e18 }, { "u", "half", 4102444800000.5 } }, 0))
    assert.are.same({ u = { "first", "early", "half", "late" } }, made.sequences(set))
  end)

  it("keeps the same user and item as they come", function ()
    local set = assert(build({ { "u", "a", 1 }, { "u", "a", 1 }, { "u", "b", 0 }, { "u", "a", 2 } }, 0))
    assert.are.same({ u = { "b", "a", "a", "a" } }, made.sequences(set))
    assert.are.same({ "a", "b" }, set.item_ids)
  end)

  it("says that nothing was added, or that the filter leaves nothing", function ()
    assert.are.same({ nil, "made: no interactions", "EMPTY" }, { build({}, 5) })
    local message = "made: the 5-core filter leaves nothing of 4 interactions of 1 users and 4 items"
    assert.are.same({ nil, message, "EMPTY_SET" },
                    { build({ { "u", "a", 1 }, { "u", "b", 1 }, { "u", "c", 1 }, { "u", "d", 1 } }) })
  end)
end)

describe("eimf.core events kernels", function ()
  local core = require "eimf.core"
  local function ids (list) return core.from_table("int32", list) end

  it("refuse rows of users and items that are not there", function ()
    assert.has_error(function () core.events_count(core.new("int32", 3), ids { 3 }) end)
    assert.has_error(function () core.events_count(core.new("int32", 3), ids { 0 }) end)
    local two, one, times = core.new("int32", 2), core.new("int32", 1), core.new("int32", 1, 2)
    assert.has_error(function () core.events_place(one, times, two, ids { 3 }, ids { 1 }, times) end)
    assert.has_error(function () core.events_core(one, one, ids { 0, 1 }, ids { 2 }, 1) end)
    assert.has_error(function () core.events_core(one, one, ids { 0, 2 }, ids { 1 }, 1) end)
  end)

  it("refuse times that are not finite", function ()
    local function put (time)
      core.events_put(core.new("int32", 1), core.new("int32", 1), core.new("int32", 1, 2), 1, 1, 1, time)
    end
    put(0)
    for _, time in ipairs { 0 / 0, math.huge, -math.huge, "1", false } do
      assert.has_error(function () put(time) end)
    end
  end)

  it("hash() tells tensors and strings apart, and knows FNV-1a", function ()
    assert.are.equal("cbf29ce484222325", core.hash())
    assert.are.equal("af63dc4c8601ec8c", core.hash("a"))
    assert.are.equal("85944171f73967e8", core.hash("foo", "bar"))
    assert.are_not.equal(core.hash(ids { 1, 2 }), core.hash(ids { 2, 1 }))
    assert.has_error(function () core.hash(1) end)
  end)
end)
