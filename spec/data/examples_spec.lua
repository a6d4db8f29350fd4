local core = require "eimf.core"
local examples = require "eimf.data.examples"
local scratch = require "spec.scratch"

local function ids (list) return core.from_table("int32", list) end

-- A train part with empty and short segments: { {id, ...}, ... } and tensors.
local function random_train (seed, n_users)
  local number, lists, items, offsets = scratch.numbers(seed), {}, {}, { 0 }
  for u = 1, n_users do
    lists[u] = {}
    for i = 1, number(12) - 1 do
      lists[u][i] = number(50)
      items[#items + 1] = lists[u][i]
    end
    offsets[u + 1] = #items
  end
  return lists, { offsets = ids(offsets), items = ids(items) }
end

-- An example as text, from a batch or from the naive twin.
local function text_of (user, history, target)
  return user .. ": " .. table.concat(history, " ") .. " -> " .. target
end

local function newest (list, to, max_len)
  return { table.unpack(list, math.max(1, to - max_len + 1), to) }
end

-- Checks a batch's form and gives its examples as texts.
local function texts_of (batch, max_len)
  local h, out = batch.history, {}
  local rows, starts, positions = h.ids:totable(), h.offsets:totable(), h.positions:totable()
  local users, targets = batch.users:totable(), batch.targets:totable()
  assert.are.same({ batch.rows, batch.rows, batch.size, batch.size, batch.size + 1, 0, batch.rows },
                  { #rows, #positions, #users, #targets, #starts, starts[1], starts[#starts] })
  for b = 1, batch.size do
    local history = { table.unpack(rows, starts[b] + 1, starts[b + 1]) }
    assert.is_true(#history >= 1 and #history <= max_len)
    for i = 1, #history do assert.are.equal(#history - i + 1, positions[starts[b] + i]) end
    out[b] = text_of(users[b], history, targets[b])
  end
  return out
end

-- The same of a batch of windows: for each row what the window holds up to it, and how long the window is.
local function texts_of_windows (batch)
  local h, out = batch.history, {}
  local rows, starts, positions = h.ids:totable(), h.offsets:totable(), h.positions:totable()
  local users, targets = batch.users:totable(), batch.targets:totable()
  assert.are.same({ batch.rows, batch.rows, batch.rows, batch.size, batch.rows },
                  { #rows, #positions, #users, #targets, starts[#starts] })
  for b = 1, #starts - 1 do
    for r = starts[b] + 1, starts[b + 1] do
      assert.are.equal(starts[b + 1] - r + 1, positions[r])
      out[#out + 1] = text_of(users[r], { table.unpack(rows, starts[b] + 1, r) }, targets[r]) ..
                      " of " .. starts[b + 1] - starts[b]
    end
  end
  return out
end

local function epoch_of (ex, epoch, max_len)
  local out, batch = {}, nil
  for step = 1, ex:steps() do
    batch = ex:batch(epoch, step, batch)
    for _, text in ipairs(texts_of(batch, max_len)) do out[#out + 1] = text end
  end
  return out
end

local function sorted (list)
  list = { table.unpack(list) }
  table.sort(list)
  return list
end

describe("eimf.data.examples", function ()
  it("gives every prefix of every user once an epoch, as a naive twin does", function ()
    for seed = 1, 8 do
      local lists, train = random_train(seed, 40)
      local max_len, wanted = seed, {}
      for u, list in ipairs(lists) do
        for i = 2, #list do wanted[#wanted + 1] = text_of(u, newest(list, i - 1, max_len), list[i]) end
      end
      local ex = assert(examples.new(train, { max_len = max_len, batch = 7, seed = seed }))
      assert.are.equal(#wanted, ex:count())
      assert.are.equal(math.ceil(#wanted / 7), ex:steps())
      local got = epoch_of(ex, 1, max_len)
      assert.are.same(sorted(wanted), sorted(got))
      assert.are_not.same(wanted, got)
    end
  end)

  it("cuts each user with two items or more once an epoch, anywhere", function ()
    local lists, train = random_train(5, 30)
    local ex = assert(examples.new(train, { mode = "cut", max_len = 4, batch = 8, seed = 2 }))
    local seen, possible, users = {}, 0, 0
    for _, list in ipairs(lists) do
      possible, users = possible + math.max(#list - 1, 0), users + (#list > 1 and 1 or 0)
    end
    assert.are.equal(users, ex:count())
    for epoch = 1, 200 do
      local of_user = {}
      for _, text in ipairs(epoch_of(ex, epoch, 4)) do
        local user = tonumber(text:match("^%d+"))
        assert.is_nil(of_user[user])
        of_user[user], seen[text] = true, true
      end
    end
    local distinct, wanted = 0, {}
    for _ in pairs(seen) do distinct = distinct + 1 end
    for u, list in ipairs(lists) do
      for i = 2, #list do wanted[text_of(u, newest(list, i - 1, 4), list[i])] = true end
    end
    for text in pairs(seen) do assert.is_true(wanted[text]) end
    assert.is_true(distinct > 0.98 * possible - 5)
  end)

  it("all: every position but the first is the target of its row once an epoch", function ()
    for seed = 1, 8 do
      local lists, train = random_train(seed, 40)
      local max_len, wanted = seed, {}
      for u, list in ipairs(lists) do                    -- the window of a target ends with it or max_len - 1 later
        for i = 2, #list do
          local last = #list - math.floor((#list - i) / max_len) * max_len
          local first = math.max(1, last - max_len)
          wanted[#wanted + 1] = text_of(u, { table.unpack(list, first, i - 1) }, list[i]) .. " of " .. last - first
        end
      end
      local ex = assert(examples.new(train, { mode = "all", max_len = max_len, batch = 20, seed = seed }))
      assert.are.equal(#wanted, ex:count())
      local got, batch = {}, nil
      for step = 1, ex:steps() do
        batch = ex:batch(1, step, batch)
        for _, text in ipairs(texts_of_windows(batch)) do got[#got + 1] = text end
      end
      assert.are.same(sorted(wanted), sorted(got))
      assert.are_not.same(wanted, got)
    end
  end)

  it("all: batches hold about as many rows as asked for, and at least a window", function ()
    local _, train = random_train(3, 400)
    for _, batch_size in ipairs { 1, 5, 50, 100000 } do
      local ex = assert(examples.new(train, { mode = "all", max_len = 6, batch = batch_size, seed = 1 }))
      local share, into = ex:count() / ex:steps(), nil
      assert.is_true(share >= math.min(batch_size, ex:count()))
      assert.is_true(ex:steps() == 1 or share < 1.1 * math.max(batch_size, 6))
      for epoch = 0, 2 do
        for step = 1, ex:steps() do
          into = ex:batch(epoch, step, into)
          assert.is_true(into.rows > 0 and math.abs(into.rows - share) < 7)
        end
      end
    end
  end)

  it("is a function of seed, epoch and step: in any order, in another object, into any batch", function ()
    local _, train = random_train(9, 60)
    for _, mode in ipairs { "prefix", "cut", "all" } do
      local texts = mode == "all" and texts_of_windows or texts_of
      local function new (seed)
        return assert(examples.new(train, { mode = mode, max_len = 5, batch = 11, seed = seed }))
      end
      local a, b, other = new(1), new(1), new(2)
      local wanted = texts(a:batch(3, 2), 5)
      a:batch(7, 1)
      assert.are.same(wanted, texts(a:batch(3, 2), 5))
      assert.are.same(wanted, texts(b:batch(3, 2, b:batch(1, 1)), 5))
      assert.are_not.same(wanted, texts(other:batch(3, 2), 5))
      assert.are_not.same(wanted, texts(a:batch(4, 2), 5))
      assert.are_not.same(wanted, texts(a:batch(3, 1), 5))
    end
  end)

  it("goes over the examples several times an epoch, in the orders of as many epochs of one pass", function ()
    local _, train = random_train(9, 60)
    for _, mode in ipairs { "prefix", "cut", "all" } do
      local texts = mode == "all" and texts_of_windows or texts_of
      local once = assert(examples.new(train, { mode = mode, max_len = 5, batch = 11 }))
      local thrice = assert(examples.new(train, { mode = mode, max_len = 5, batch = 11, passes = 3 }))
      local steps = once:steps()
      assert.are.same({ once:count(), 3 * steps }, { thrice:count(), thrice:steps() })
      for step = 1, 3 * steps do
        local pass = (step - 1) // steps
        assert.are.same(texts(once:batch(6 + pass, step - pass * steps), 5), texts(thrice:batch(2, step), 5))
      end
      assert.has_error(function () thrice:batch(2, 3 * steps + 1) end)
    end
  end)

  it("writes over a batch that it is given, without making anything", function ()
    local _, train = random_train(4, 50)
    local ex = assert(examples.new(train, { max_len = 6, batch = 16, seed = 1 }))
    local batch = ex:batch(1, 1)
    local rows = batch.history.ids
    collectgarbage() collectgarbage("stop")
    local before = collectgarbage("count")
    for step = 1, ex:steps() do ex:batch(1, step, batch) end
    local grown = collectgarbage("count") - before
    collectgarbage("restart")
    assert.is_true(grown < 0.5, "grew by " .. grown .. " KiB")
    assert.are.equal(rows, batch.history.ids)
  end)

  it("gives the histories of an evaluation part in order, cut to the newest", function ()
    local lists, train = random_train(6, 25)
    local part = { history_offsets = train.offsets, history = train.items }
    local histories = examples.histories(part, { max_len = 3, batch = 4 })
    assert.are.same({ 25, 7 }, { histories:count(), histories:steps() })
    local batch, seen = nil, 0
    for step = 1, histories:steps() do
      batch = histories:batch(step, batch)
      local starts, rows = batch.history.offsets:totable(), batch.history.ids:totable()
      local positions = batch.history.positions:totable()
      for b = 1, batch.size do
        local list = lists[batch.first + b - 1]
        local wanted = newest(list, #list, 3)
        assert.are.same(wanted, { table.unpack(rows, starts[b] + 1, starts[b + 1]) })
        for i = 1, #wanted do assert.are.equal(#wanted - i + 1, positions[starts[b] + i]) end
        seen = seen + 1
      end
      assert.are.equal(batch.rows, starts[batch.size + 1])
    end
    assert.are.equal(25, seen)
  end)

  it("says that nothing can be learned", function ()
    for _, mode in ipairs { "prefix", "cut", "all" } do
      assert.are.same({ nil, "no training examples: no user has two training items", "EMPTY" },
                      { examples.new({ offsets = ids { 0, 1, 1 }, items = ids { 4 } }, { mode = mode }) })
    end
  end)

  it("raises for wrong options, epochs and steps", function ()
    local _, train = random_train(4, 50)
    for wanted, opts in pairs {
      ["unknown option 'max'"] = { max = 1 }, ["mode must be"] = { mode = "some" },
      ["batch must be a whole number >= 1, got 0"] = { batch = 0 },
      ["max_len must be a whole number >= 1, got -1"] = { max_len = -1 },
      ["batch must be a whole number >= 1, got x"] = { batch = "x" },
      ["seed must be a whole number >= 0, got 0.5"] = { seed = 0.5 },
      ["passes must be a whole number >= 1, got 0"] = { passes = 0 },
      ["beyond int32"] = { batch = 2000000, max_len = 2000000 },
    } do
      local ok, message = pcall(examples.new, train, opts)
      assert.is_false(ok)
      assert.is_truthy(message:find(wanted, 1, true), message)
    end
    local ex = assert(examples.new(train, {}))
    assert.has_error(function () ex:batch(1, ex:steps() + 1) end)
    assert.has_error(function () ex:batch(1, 0) end)
    assert.has_error(function () ex:batch(-1, 1) end)
    assert.has_error(function () ex:batch(1) end)
  end)
end)

describe("eimf.core jagged kernels", function ()
  it("permute() is a permutation, each order about as often as another", function ()
    local counts = {}
    for step = 1, 6000 do
      local list = ids { 1, 2, 3 }
      core.permute(list, 1, "shuffle", step)
      local text = table.concat(list:totable())
      counts[text] = (counts[text] or 0) + 1
    end
    local kinds = 0
    for _, count in pairs(counts) do
      kinds = kinds + 1
      assert.is_true(count > 850 and count < 1150)
    end
    assert.are.equal(6, kinds)
  end)

  it("permute() differs between its streams", function ()
    local a, b = ids { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, ids { 1, 2, 3, 4, 5, 6, 7, 8, 9 }
    core.permute(a, 1, "shuffle", 0)
    core.permute(b, 1, "split", 0)
    assert.are_not.same(a:totable(), b:totable())
  end)

  it("refuse examples and offsets that lead outside", function ()
    local function gather (list, offsets, room)
      core.jagged_gather(core.new("int32", room or 8), core.new("int32", 3), core.new("int32", 8), core.new("int32", 2),
                         core.new("int32", 2), ids(list), ids(offsets), ids { 7, 8, 9 }, 1, 2, 4)
    end
    gather({ 1, 2 }, { 0, 3 })
    assert.has_error(function () gather({ 1, 3 }, { 0, 3 }) end)
    assert.has_error(function () gather({ -1, 2 }, { 0, 3 }) end)
    assert.has_error(function () gather({ 1, 2 }, { 0, 2 }) end)
    assert.has_error(function () gather({ 1, 2 }, { 0, -5, 3 }) end)
    assert.has_error(function () gather({ 1, 2 }, { 0, 3 }, 7) end)
    local function windows (list, offsets, room)
      core.jagged_gather_windows(core.new("int32", room or 8), core.new("int32", 3), core.new("int32", room or 8),
                                 core.new("int32", 8), core.new("int32", 8), ids(list), ids(offsets),
                                 ids { 7, 8, 9, 6, 5, 4, 3, 2, 1, 7, 8, 9, 6, 5, 4, 3, 2, 1 }, 1, 2, 10)
    end
    windows({ 4, 2 }, { 0, 9, 18 })
    assert.has_error(function () windows({ 4, 18 }, { 0, 9, 18 }) end)
    assert.has_error(function () windows({ 8, 17 }, { 0, 9, 18 }, 8) end)
    assert.has_error(function () core.jagged_shares(ids { 0, 0 }, ids { 2 }, ids { 0, 3 }, 4, 3) end)
    core.jagged_shares(ids { 0, 0 }, ids { 2 }, ids { 0, 3 }, 4, 2)
    local function tails (offsets)
      core.jagged_tails(core.new("int32", 8), core.new("int32", 3), core.new("int32", 8), ids(offsets), ids { 7, 8, 9 },
                        1, 2, 4)
    end
    tails { 0, 1, 3 }
    assert.has_error(function () tails { 0, 4, 3 } end)
    assert.has_error(function () tails { 0, -1, 3 } end)
  end)
end)
