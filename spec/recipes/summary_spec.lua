-- Runs of several seeds, summed up: made files with known numbers, and one real run.
local child = require "spec.child"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local tensor = require "eimf.tensor"

describe("recipes/summary.lua", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local MEASURES = { "recall@5", "recall@10", "recall@20", "recall@50", "ndcg@5", "ndcg@10", "ndcg@20", "ndcg@50" }

  local function all (x)
    local out = {}
    for _, name in ipairs(MEASURES) do out[name] = x end
    return out
  end

  -- Metrics of users who all have the same value for every measure.
  local function metrics_of (users, more)
    local sum = 0
    for _, x in ipairs(users) do sum = sum + x end
    local m = { data = "toy", protocol = "leave_one_out", exclude_seen = true, ndcg = "standard", seed = 1,
                backbone = "comirec_sa", model = "comirec_sa + profile", semantics = "profile", seconds = 10,
                peak_rss_mb = 100, test = all(sum / #users), valid = all(0.5),
                popular = { valid = all(0.25), test = all(0.125) } }
    for name, value in pairs(more or {}) do m[name] = value end
    return m
  end

  local function put (name, users, more)
    local path, rows = folder .. "/" .. name, {}
    assert(files.mkdirs(path))
    for u, x in ipairs(users) do
      rows[u] = {}
      for c in ipairs(MEASURES) do rows[u][c] = x end
    end
    scratch.put(path .. "/metrics.json", json.encode(metrics_of(users, more)))
    assert(safetensors.save(path .. "/per_user.safetensors", { values = tensor.tensor(rows) },
      { names = table.concat(MEASURES, "\n") }))
    return path
  end

  local function summary (...)
    local code, printed, said = child.script("recipes/summary.lua", { ... })
    assert.are.equal(0, code, said)
    return printed
  end

  local function refuses (wanted, ...)
    local code, _, said = child.script("recipes/summary.lua", { ... })
    assert.are.equal(1, code)
    assert.is_truthy(said:find(wanted, 1, true), said)
    assert.is_nil(said:sub(1, -2):find("\n", 1, true), said)
  end

  local A1, A2 = { 1, 0, 1, 1, 0.5 }, { 1, 1, 0, 1, 0.5 }
  local B1, B2 = { 0, 0, 0.5, 1, 0 }, { 0.5, 0, 0, 1, 0 }

  -- The line of a gain, by hand.
  local function gain_line (over)
    local a, b, x, y = {}, {}, 0, 0
    for u = 1, 5 do
      a[u], b[u] = (A1[u] + A2[u]) / 2, (B1[u] + B2[u]) / 2
      x, y = x + a[u], y + b[u]
    end
    local p = eimf.eval.paired(a, b).p
    return ("gain over %s, test, paired t-test over users: recall@10 %+.1f %% (p %.2g), "):format(over,
      (x / y - 1) * 100, p)
  end

  it("prints mean and deviation of runs, as of old ones that know no model's name", function ()
    local old = { model = false, semantics = false }
    local other = { seed = 2, model = false, semantics = false }
    local printed = summary(put("a", A1, old), put("b", { 1, 1, 1, 1, 0 }, other))
    assert.is_truthy(printed:find("\ntest   comirec_sa +0%.7500 ±0%.0707 "), printed)
    assert.is_truthy(printed:find("\nvalid  popular +0%.2500 ±0%.0000 "))
    assert.is_truthy(printed:find("comirec_sa: 2 runs, mean ±deviation, seeds 1, 2; leave_one_out, seen items left "
      .. "out, ndcg standard; 10 s each, peak memory 100 MB; data: toy", 1, true), printed)
    assert.is_nil(printed:find("gain"))
  end)

  it("prints the backbone alone beside, the gain and the test, where runs hold it", function ()
    for i, users in ipairs { B1, B2 } do
      put("a" .. i .. "/backbone", users)
    end
    local function alone (users) return metrics_of(users, { model = "comirec_sa alone" }) end
    put("a1", A1, { alone = alone(B1) })
    put("a2", A2, { alone = alone(B2), seed = 2 })
    local printed = summary(folder .. "/a1", folder .. "/a2")
    assert.is_truthy(printed:find("\ntest   comirec_sa alone +0%.3000 ±0%.0000 .-"
      .. "\ntest   comirec_sa %+ profile +0%.7000 "), printed)
    assert.is_truthy(printed:find(gain_line "the backbone alone", 1, true), printed)
  end)

  it("sets a group against another", function ()
    local a1, a2, b1 = put("a1", A1), put("a2", A2, { seed = 2 }), put("b1", B1, { model = "comirec_sa + text" })
    local b2 = put("b2", B2, { model = "comirec_sa + text", seed = 2 })
    local printed = summary(a1, a2, "versus", b1, b2)
    assert.is_truthy(printed:find(gain_line("comirec_sa + text (" .. b1 .. " ...)"), 1, true), printed)
    assert.is_truthy(printed:find("\ntest   comirec_sa %+ text +0%.3000 .-\ntest   comirec_sa %+ profile +0%.7000 "))
    local back = summary(b1, b2, "versus", a1, a2)
    assert.is_truthy(back:find("recall@10 -57.1 %", 1, true), back)
  end)

  it("says that users differ under user_split", function ()
    local split = { protocol = "user_split" }
    local a, b = put("a", A1, split), put("b", B1, split)
    assert.is_truthy(summary(a, "versus", b):find("\ngain over "))
    put("b", B1, { protocol = "user_split", seed = 2 })
    assert.is_truthy(summary(a, "versus", b):find("\nno paired test: under user_split every seed tests other users\n"))
  end)

  it("refuses what cannot be compared", function ()
    local a, b = put("a", A1), put("b", B1)
    refuses("usage: ")
    refuses("usage: ", a, "versus")
    refuses("usage: ", "versus", a)
    refuses("usage: ", a, "versus", b, "versus", a)
    refuses("none/metrics.json: No such file", folder .. "/none")
    put("b", B1, { data = "other" })
    refuses("differ in data: toy, other", a, "versus", b)
    put("b", B1, { semantics = "matching" })
    refuses("differ in semantics: profile, matching", a, b)
    put("b", { 1, 0 })
    refuses("tensor float32 (5, 8) against tensor float32 (2, 8) users", a, "versus", b)
    refuses("b/per_user.safetensors: not the users and measures of ", a, b, "versus", a)
    assert(files.remove(b .. "/per_user.safetensors"))
    refuses("per_user.safetensors: No such file", a, "versus", b)
    summary(a, b)
    scratch.put(b .. "/metrics.json", "{}")
    refuses("not the metrics of a run", b)
  end)

  it("sums up what the recipes write #slow", function ()
    local out = folder .. "/run"
    local code, printed, said = child.script("recipes/beauty.lua", { "data=generated", "users=60", "items=240",
      "epochs=1", "dim=8", "threads=1", "semantics=profile", "out=" .. out, "cache=" .. folder .. "/cache" })
    assert.are.equal(0, code, said)
    local gained = printed:match("\ngain over the backbone alone[^\n]+\n")
    assert.is_truthy(summary(out):find(gained, 1, true))
    assert.is_truthy(summary(out, "versus", out .. "/backbone"):find(gained:match("recall@10.*"), 1, true))
  end)
end)
