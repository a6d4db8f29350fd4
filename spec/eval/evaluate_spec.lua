local eimf = require "eimf"
local core = require "eimf.core"
local scratch = require "spec.scratch"

local U, N, D = 57, 40, 6

local function jagged (lists)
  local ids, offsets = {}, { 0 }
  for _, list in ipairs(lists) do
    for _, id in ipairs(list) do ids[#ids + 1] = id end
    offsets[#offsets + 1] = #ids
  end
  return eimf.ids(ids), eimf.ids(offsets)
end

local function made_part (seed)
  local number, histories, targets = scratch.numbers(seed), {}, {}
  for u = 1, U do
    histories[u], targets[u] = {}, { number(N), number(N) }
    for i = 1, number(24) do histories[u][i] = number(N) end
  end
  local part = { users = eimf.zeros_ids(U) }
  part.history, part.history_offsets = jagged(histories)
  part.targets, part.target_offsets = jagged(targets)
  return part, histories, targets
end

local function made_items ()
  local items = eimf.zeros(N + 1, D)
  core.random(items, "normal", 0, 1, 5, 64, 0)
  return items
end

-- Two interests: the newest item's row, and the row of the oldest that the model sees.
local function ends_of (items)
  return function (history)
    local B = history.offsets:size() - 1
    local v = eimf.zeros(B, 2, D)
    for b = 1, B do
      local rows = { history.offsets:get(b + 1), history.offsets:get(b) + 1 }
      for k = 1, 2 do
        for d = 1, D do v:set(b, k, d, items:get(history.ids:get(rows[k]) + 1, d)) end
      end
    end
    return v
  end
end

describe("eimf.eval.evaluate", function ()
  local part, histories, targets = made_part(3)
  local items = made_items()

  local function run (change)
    local call = { interests = ends_of(items), items = items, part = part, n = { 3, 10 }, max_len = 7 }
    for name, value in pairs(change or {}) do call[name] = value end
    return eimf.eval.evaluate(call)
  end

  -- The same by hand: all users at once, lists in Lua.
  local function by_hand (exclude)
    local v = eimf.zeros(U, 2, D)
    for u, list in ipairs(histories) do
      local seen = { list[#list], list[math.max(1, #list - 6)] }
      for k = 1, 2 do
        for d = 1, D do v:set(u, k, d, items:get(seen[k] + 1, d)) end
      end
    end
    local ids = eimf.eval.rank { interests = v, items = items, n = 10, exclude = exclude and histories or nil }
    return eimf.eval.metrics { ranked = ids, targets = targets, n = { 3, 10 }, n_items = N, histories = histories,
                               counts = eimf.eval.counts(part.history, N) }
  end

  local function close (expected, got, what)
    for name, value in pairs(expected) do
      if type(value) == "table" then close(value, got[name], what .. name .. " ")
      else assert.is_true(math.abs(value - got[name]) < 1e-12, what .. name) end
    end
  end

  it("is ranking and metrics, batch by batch, whatever the batch", function ()
    for _, seen in ipairs { true, false } do
      for _, batch in ipairs { 1, 10, 57, 1000 } do
        local counts = eimf.eval.counts(part.history, N)
        local got = run { exclude_seen = seen, batch = batch, groups = true, counts = counts }
        close(by_hand(seen), got, "batch " .. batch .. " ")
      end
    end
  end)

  it("leaves out the whole history, not only what the model sees", function ()
    local ids = {}
    local v = run { max_len = 1, n = 10, per_user = true,
      interests = function (history)
        ids[#ids + 1] = history.ids:size()
        return ends_of(items)(history)
      end }
    assert.same({ U }, ids)
    assert.equal(U, v.per_user.values:dim(1))
    local seen_only = { history = part.history, history_offsets = part.history_offsets,
                        targets = part.history, target_offsets = part.history_offsets }
    assert.equal(0, run { part = seen_only, max_len = 1 }["recall@10"])
    assert.is_true(run { part = seen_only, max_len = 1, exclude_seen = false }["recall@10"] > 0)
  end)

  it("keeps users' values in the part's order", function ()
    local one, many = run { per_user = true, batch = 1000 }, run { per_user = true, batch = 7 }
    assert.equal(one.per_user.values:tostring(), many.per_user.values:tostring())
  end)

  it("counts users whose interests are not numbers, and goes on", function ()
    local function not_numbers (history) return eimf.zeros(history.offsets:size() - 1, 1, D):fill_(0 / 0) end
    local m = run { interests = not_numbers }
    assert.equal(U, m.nan)
    assert.equal(0, m["recall@10"])
    assert.equal(0, m["coverage@10"])
  end)

  it("gives accuracy for diversity, from as many candidates as it is told", function ()
    local of = {}
    for id = 0, N do of[id + 1] = id % 4 end                                  -- 0: not known
    local categories = eimf.ids(of)
    local plain = run { categories = categories }
    assert.same(plain, run { categories = categories, diversity = 0 })
    local before = plain["diversity@10"]
    for _, lambda in ipairs { 0.5, 5 } do
      local m = run { categories = categories, diversity = lambda, batch = 10 }
      assert.is_true(m["diversity@10"] > before)
      before = m["diversity@10"]
    end
    assert.same(plain, run { categories = categories, diversity = 1e-9, candidates = 1 })
    assert.is_true(run { categories = categories, diversity = 5, candidates = 12 }["diversity@10"] < before)
    assert.error_matches(function () run { diversity = 1 } end, "diversity above 0 wants categories")
  end)

  it("refuses parts, interests and options that are not what it needs", function ()
    local function refused (message, change)
      assert.error_matches(function () run(change) end, message)
    end
    refused("part.history_offsets must be an int32 vector", { part = {} })
    refused("interests gave 3 rows for 57 histories", { interests = function () return eimf.zeros(3, 2, D) end })
    refused("interests gave a nil", { interests = function () end })
    refused("unknown option 'cutoffs'", { cutoffs = { 1 } })
    refused("'ndcg': 'x' is not one of standard, hits, target_index", { ndcg = "x" })
    refused("interests %(57, 2, 5%) do not go with items", { interests = function () return eimf.zeros(U, 2, 5) end })
  end)
end)
