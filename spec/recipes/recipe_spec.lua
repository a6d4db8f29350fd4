-- Whole recipes as processes of their own, on small generated catalogues.
local child = require "spec.child"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local small = require "spec.recipes.small"

describe("recipes #slow", function ()
  local made, folder

  before_each(function ()
    made = small.new()
    folder = made.folder
  end)
  after_each(function () made:close() end)

  local function words (...) return made:words(...) end
  local function run (...) return made:run(...) end
  local function file (...) return made:file(...) end
  local function metrics (out) return made:metrics(out) end

  local function log (out)
    local list = {}
    for line in file(out, "log.jsonl"):gmatch("[^\n]+") do list[#list + 1] = assert(json.decode(line)) end
    return list
  end

  it("prints statistics and the final table, and writes everything into its folder", function ()
    local printed, said = run("run", { epochs = 2 })
    for _, text in ipairs { "GENERATED catalogue, no real data: 200 users, 240 items", "interactions +2,392",
                            "\nvalid  popular ", "\nvalid  comirec_sa ", "\ntest   popular ", "\ntest   comirec_sa ",
                            "leave_one_out, full ranking of 240 items, seen items left out, ndcg standard, seed 1",
                            "written to " .. folder .. "/run/" } do
      assert.is_truthy(printed:find(text), text)
    end
    assert.are.equal(2, select(2, said:gsub("epoch %d/2  loss %d%.%d+  valid ndcg@10 0%.%d+[^\n]*\n", "")))
    assert.is_nil(said:find("\r"))
    local m = assert(json.decode(file("run", "metrics.json")))
    assert.are.same({ "leave_one_out", true, "standard", "comirec_sa", 1, true },
      { m.protocol, m.exclude_seen, m.ndcg, m.backbone, m.seed, m.generated })
    assert.is_truthy(m.data:find("GENERATED"))
    for _, part in ipairs { "test", "valid" } do
      for _, measure in ipairs { "recall", "ndcg", "hit", "mrr" } do
        for _, n in ipairs { 5, 10, 20, 50 } do
          local value = m[part][measure .. "@" .. n]
          assert.is_true(value >= 0 and value <= 1, measure)
        end
      end
      assert.are.equal(m[part]["recall@10"], m[part]["hit@10"])       -- one target each
      assert.is_true(m[part]["recall@10"] > m.popular[part]["recall@10"])
    end
    assert.is_true(m.seconds > 0 and m.peak_rss_mb > 1)
    assert.are.equal(2, #log("run"))
    assert.are.equal(16, json.decode(file("run", "options.json")).dim)
    assert.is_true(files.exists(folder .. "/run/snapshot.safetensors"))
  end)

  -- Made by this spec's own first run; other processors round differently, hence the room.
  local GOLDEN = {
    full = { 5.47441, 5.38983, 5.12485 },
    sampled = { 5.47545, 5.40436, 5.17608 },
    dnn = { 5.42954, 5.17016, 4.94768 },
  }

  it("learns what it has always learned", function ()
    run("full", { epochs = 3 })
    run("sampled", { epochs = 3, n_negatives = 64 })
    run("dnn", { epochs = 3, backbone = "dnn" })
    for name, losses in pairs(GOLDEN) do
      for epoch, loss in ipairs(losses) do
        local got = log(name)[epoch].loss
        assert.is_true(math.abs(got - loss) < 1e-3 * loss, ("%s, epoch %d: %.6f"):format(name, epoch, got))
      end
    end
  end)

  it("gives the same metrics, snapshot and log with one thread and with two", function ()
    for _, opt in ipairs {
      { clip = 0.5 }, { n_negatives = 256, lr_decay = 0.9 }, { backbone = "dnn", dim = 96 },
      { n_negatives = 200, proposal = "log_uniform", correct = "logq", cosine = true, temperature = 0.1,
        readout = "soft", lazy = false, weight_decay = 1e-4 },
    } do
      opt.users, opt.items, opt.dim, opt.batch, opt.epochs = 600, 900, opt.dim or 64, 256, 1
      for threads = 1, 2 do
        opt.threads = threads
        run("run" .. threads, opt)
      end
      assert.are.equal(metrics("run1"), metrics("run2"))
      assert.are.equal(file("run1", "snapshot.safetensors"), file("run2", "snapshot.safetensors"))
      assert.are.equal(file("run1", "log.jsonl"), file("run2", "log.jsonl"))
    end
  end)

  it("gives other numbers with another seed, under both protocols", function ()
    run("one", { epochs = 1 })
    run("two", { epochs = 1, seed = 2 })
    assert.are_not.equal(metrics("one"), metrics("two"))
    run("split", { epochs = 1, protocol = "user_split" })
    local m = json.decode(file("split", "metrics.json"))
    assert.are.same({ "user_split", false }, { m.protocol, m.exclude_seen })
  end)

  -- Starts a run and sends it a signal when a condition of the shell holds; its exit code and standard error.
  local function stopped (signal, condition, list)
    local code, _, said = child.run(([[
      %s & pid=$!
      tries=0
      until %s; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $pid 2>/dev/null || { wait $pid; exit 99; }
        sleep 0.01
      done
      kill -%s $pid
      wait $pid
    ]]):format(child.command("recipes/beauty.lua", list), condition, signal))
    return code, said
  end

  local function log_has (out, n)
    return ("[ $(wc -l 2>/dev/null <%s/%s/log.jsonl || echo 0) -ge %d ]"):format(folder, out, n)
  end

  -- Everything that draws random numbers or depends on the epoch.
  local ALL_RANDOM = { n_negatives = 64, proposal = "log_uniform", readout = "soft", lr_decay = 0.8 }

  local function and_random (changes)
    for name, value in pairs(ALL_RANDOM) do changes[name] = value end
    return changes
  end

  it("killed at three moments and resumed, ends with the same metrics and the same snapshot", function ()
    run("whole", ALL_RANDOM)
    local moments = { ("[ -e %s/cut/checkpoint.safetensors ]"):format(folder), log_has("cut", 1), log_has("cut", 3) }
    for i, moment in ipairs(moments) do
      local code, said = stopped("KILL", moment,
        words("cut", and_random { checkpoint_seconds = 0, resume = i > 1, threads = i % 2 + 1 }))
      assert.are.equal(137, code, said)
      assert.is_false(files.exists(folder .. "/cut/metrics.json"))
    end
    run("cut", and_random { resume = true })
    assert.are.equal(metrics("whole"), metrics("cut"))
    assert.are.equal(file("whole", "snapshot.safetensors"), file("cut", "snapshot.safetensors"))
    assert.are.equal(file("whole", "log.jsonl"), file("cut", "log.jsonl"))
    run("cut", and_random { resume = true })                       -- finished: only reports again
    assert.are.equal(metrics("whole"), metrics("cut"))
  end)

  it("ends with 130, a checkpoint and the command to go on after Ctrl-C; that command goes on", function ()
    local cuts = { examples = "cut", batch = 8, epochs = 12 }
    run("whole", cuts)
    local code, said = stopped("INT", log_has("cut", 1), words("cut", cuts))
    assert.are.equal(130, code, said)
    local out, command = said:match("\nstopped; a checkpoint is in (%S+)%. Go on with: (.*)\n$")
    assert.are.equal(folder .. "/cut", out, said)
    assert.is_true(files.exists(out .. "/checkpoint.safetensors"))
    assert.is_false(files.exists(out .. "/metrics.json"))
    local again, _, complaint = child.run(command)
    assert.are.equal(0, again, complaint)
    assert.are.equal(metrics("whole"), metrics("cut"))
  end)

  it("stops where the loss is no number: the step and the tensors, in one line", function ()
    local code, _, said = child.script("recipes/beauty.lua", words("run", { lr = "1e30" }))
    assert.are.equal(1, code)
    local step, names = said:match("^step (%d+): the loss is %-?[ni][an][nf]; not finite in ('[^\n]*')\n$")
    assert.is_truthy(step, said)
    assert.is_true(tonumber(step) <= 5)
    assert.is_truthy(names:find("'items'", 1, true), said)
    assert.is_false(files.exists(folder .. "/run/snapshot.safetensors"))
  end)

  it("serves what it evaluated: the lists of the example's server give the recall of metrics.json", function ()
    local split
    for name, changes in pairs {
      plain = { epochs = 2 }, cosine = { epochs = 2, cosine = true, temperature = 0.1 },
      dnn = { epochs = 2, backbone = "dnn" },
    } do
      run(name, changes)
      local users, items = small.OPTIONS.users, small.OPTIONS.items
      local set = assert(eimf.data.open("generated", { users = users, items = items, seed = 1 }))
      split = split or assert(set:split())
      local shop = assert(eimf.serve.open(folder .. "/" .. name .. "/snapshot.safetensors"))
      local part, hits = split.test, 0
      local history, starts = part.history:totable(), part.history_offsets:totable()
      for u = 1, part.users:size() do
        local raw = {}
        for i = starts[u] + 1, starts[u + 1] do raw[#raw + 1] = set.item_ids[history[i]] end
        for _, hit in ipairs(shop:recommend(raw, { n = 10 })) do
          if hit.number == part.targets:get(u) then hits = hits + 1 end
        end
      end
      assert.is_true(hits > 0)
      local recall = assert(json.decode(file(name, "metrics.json"))).test["recall@10"]
      assert.is_true(math.abs(hits / part.users:size() - recall) < 1e-9, name)
    end
  end)

  it("counts popularity in training only, so that an item only tested is cold", function ()
    run("run", { epochs = 1, users = 12, items = 240 })
    local set = assert(eimf.data.open("generated", { users = 12, items = 240, seed = 1 }))
    local split, trained = assert(set:split()), {}
    for _, id in ipairs(split.train.items:totable()) do trained[id] = true end
    local cold = 0
    for _, id in ipairs(split.test.targets:totable()) do if not trained[id] then cold = cold + 1 end end
    assert.is_true(cold > 0)
    local m = assert(json.decode(file("run", "metrics.json")))
    assert.are.equal(cold, m.groups.popularity.cold.users)
  end)

  it("recommends for histories that training never saw", function ()
    run("run", { epochs = 1 })
    local snapshot = folder .. "/run/snapshot.safetensors"
    local code, printed, said = child.script("examples/recommend.lua", { snapshot, "g0000007", "g0000031", "unknown" })
    assert.are.equal(0, code, said)
    assert.is_truthy(printed:find("^1 of 3 ids are not in this snapshot\n"))
    local hits = 0
    for rank, score, id, title in printed:gmatch("\n *(%d+) +(%-?%d+%.%d+)  (g%d+) +([^\n]+)") do
      hits = hits + 1
      assert.are.equal(hits, tonumber(rank))
      assert.is_true(id ~= "g0000007" and id ~= "g0000031" and #title > 5 and tonumber(score) ~= nil)
    end
    assert.are.equal(10, hits)
  end)

  it("runs every recipe of the tree", function ()
    local pipe = io.popen("grep -l 'return require \"recipes.eimf\" {' recipes/*.lua")
    local n = 0
    for path in pipe:lines() do
      n = n + 1
      local code, _, said = child.script(path, words("each", { epochs = 1, users = 40 }))
      assert.are.equal(0, code, path .. ": " .. said)
    end
    pipe:close()
    assert.is_true(n >= 5, n .. " recipes")
  end)

  it("lists its options", function ()
    local code, printed = child.script("recipes/beauty.lua", { "help" })
    assert.are.equal(0, code)
    for _, name in ipairs { "data", "out", "seed", "threads", "epochs", "backbone", "dim", "n_interests", "max_len",
                            "batch", "lr", "n_negatives", "resume" } do
      assert.is_truthy(printed:find("\n  " .. name .. "=", 1, true), name)
    end
  end)
end)
