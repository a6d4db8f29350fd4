-- Whole recipes with interests, as processes of their own, on a small generated catalogue.
local child = require "spec.child"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local gradcheck = require "spec.gradcheck"
local made = require "spec.data.made"
local npy = require "eimf.npy"
local scratch = require "spec.scratch"
local small_recipes = require "spec.recipes.small"
local server = require "spec.llm.server"

describe("recipes with interests #slow", function ()
  local small, folder

  before_each(function ()
    small = small_recipes.new { epochs = 2 }
    folder = small.folder
  end)
  after_each(function () small:close() end)

  local function words (...) return small:words(...) end
  local function run (...) return small:run(...) end
  local function file (...) return small:file(...) end
  local function metrics (out) return assert(json.decode(file(out, "metrics.json"))) end

  -- The bytes of a run, but for time and memory.
  local function bytes (out)
    return { small:metrics(out), file(out, "snapshot.safetensors"), file(out, "log.jsonl"),
             file(out, "per_user.safetensors") }
  end

  -- assert.are.same would print megabytes
  local function same (a, b)
    for i in ipairs(a) do assert.is_true(a[i] == b[i], "part " .. i) end
  end

  it("compares the backbone alone with EIMF, from the same seed", function ()
    local printed = run("run", { semantics = "profile", compare = true })
    for _, text in ipairs { "interests +%d+, %d+ different names; clusters answered: %d+ by the offline rule",
                            "\ntest +popular ", "\ntest +comirec_sa alone ", "\ntest +comirec_sa %+ profile ",
                            "\ngain over the backbone alone, test, paired t%-test over users: recall@10 [+-]%d+%.%d %% "
                              .. "%(p %d[%d.e-]*%), ndcg@10 " } do
      assert.is_truthy(printed:find(text), text)
    end
    local m = metrics "run"
    assert.are.same({ "profile", 0, "offline", "none" }, { m.semantics, m.llm_calls, m.llm, m.shuffle })
    local artifact = assert(require("eimf.esim").load(folder .. "/run/semantics/semantics.safetensors"))
    assert.are.equal(#artifact.clusters, m.clusters)
    assert.are.equal(artifact.interests:dim(1), m.interests)
    assert.is_true(m.clusters > 1 and m.interests > m.clusters)
    assert.are.equal("none", m.alone.semantics)
    for name, gain in pairs(m.gain) do
      local percent = (m.test[name] / m.alone.test[name] - 1) * 100
      assert.is_true(math.abs(gain.percent - percent) < 1e-9)
      assert.is_true(gain.p >= 0 and gain.p <= 1)
      assert.are.equal(gain.percent > 0, gain.t > 0)
    end
    assert.is_truthy(m.gain["recall@10"] and m.gain["ndcg@10"])
    -- What stands as `alone` is a run of its own, bit for bit the one without interests.
    run("alone", {})
    assert.are.equal(file("alone", "snapshot.safetensors"), file("run/backbone", "snapshot.safetensors"))
    assert.are.equal(file("alone", "log.jsonl"), file("run/backbone", "log.jsonl"))
    local a, b = metrics "alone", metrics "run/backbone"
    assert.are.same({ "none", 0, 0, 0 }, { a.semantics, a.clusters, a.interests, a.llm_calls })
    assert.are.same(a.test, b.test)
    assert.are.same(a.popular, b.popular)
    assert.are.same(b.valid, m.alone.valid)
    assert.is_nil(a.alone or a.gain)
    assert.is_true(file("alone", "snapshot.safetensors") ~= file("run", "snapshot.safetensors"))
  end)

  it("learns otherwise with every switch", function ()
    local seen, names = {}, {}
    for name, changes in pairs {
      none = {}, profile = { semantics = "profile" }, matching = { semantics = "matching" },
      titles = { semantics = "profile", shuffle = "titles" }, align = { semantics = "profile", lambda_semantic = 0 },
      predict = { semantics = "profile", lambda_align = 0 }, text = { lambda_text = 0.3 }, bank = { start = "bank" },
      shared = { share = "bank" }, narrow = { share = "bank", share_dim = 2 }, alike = { share = "text" },
      knn = { semantics = "matching", scope = "knn", scope_users = 2 },
      clusters = { semantics = "matching", shuffle = "clusters" },
      own = { semantics = "profile", own = 2, adapter = "linear" },
    } do
      changes.epochs = 1
      local printed = run(name, changes)
      local snapshot = file(name, "snapshot.safetensors")
      for other, known in pairs(seen) do assert.is_true(known ~= snapshot, name .. " is " .. other) end
      seen[name], names[name] = snapshot, printed:match("\ntest   (comirec_sa.-)  ")
      assert.are.equal(changes.semantics or (name == "none" and "none") or "none", metrics(name).semantics)
    end
    assert.are.equal("comirec_sa + profile + titles shuffled", names.titles)
    assert.are.equal("comirec_sa + text", names.text)
    assert.are.equal("comirec_sa + bank start", names.bank)
    assert.are.equal("comirec_sa + shared bank", names.shared)
    assert.are.equal("comirec_sa", names.none)
  end)

  it("clusters nobody where plain text alone is asked for", function ()
    local printed = run("text", { lambda_text = 0.3, start = "text", share = "text" })
    assert.is_truthy(printed:find("texts +lsa"), printed)
    assert.is_nil(printed:find("clusters"), printed)
    assert.is_false(files.exists(folder .. "/text/semantics/interests.jsonl"))
    local m = metrics "text"
    assert.are.same({ "none", 0, 0 }, { m.semantics, m.clusters, m.interests })
    run("none")
    assert.are_not.equal(metrics("none").valid["ndcg@20"], m.valid["ndcg@20"])
  end)

  it("is the backbone alone with semantics=none, whatever else the recipe's defaults have", function ()
    run "alone"
    local list = {}
    for _, word in ipairs(words("bare", { out = folder .. "/bare" })) do
      if not (word:match("^start=") or word:match("^share=") or word:match("^lambda_text=")) then
        list[#list + 1] = word
      end
    end
    local code, printed, said = child.script("recipes/beauty.lua", list)
    assert.are.equal(0, code, said)
    assert.is_nil(printed:find("texts +lsa") or printed:find("interests +%d"), printed)
    assert.are.equal(file("alone", "snapshot.safetensors"), file("bare", "snapshot.safetensors"))
    local m = metrics "bare"
    assert.are.same({ "none", 0, 0 }, { m.semantics, m.clusters, m.interests })
  end)

  it("asks and trains nothing in a dry run", function ()
    local printed = run("dry", { semantics = "profile", llm = "http://127.0.0.1:9/v1", model = "toy", dry_run = true })
    assert.is_truthy(printed:find("%d+ prompts, 0 answered in the cache, %d+ to ask toy"), printed)
    assert.is_truthy(run("dry", { dry_run = true }):find("nobody would be asked", 1, true))
    assert.is_false(files.exists(folder .. "/dry/log.jsonl"))
  end)

  it("asks nobody where nothing could be trained or written", function ()
    local running, why = server.start()
    if not running then return pending("is not tried: " .. why) end
    finally(function () running:stop() end)
    scratch.put(folder .. "/a_file", "")
    for wanted, changes in pairs {
      ["has no interests after every row"] = { examples = "all" }, ["heads"] = { backbone = "sasrec", heads = 3 },
      ["File exists"] = { out = folder .. "/a_file" },
    } do
      changes.semantics, changes.llm, changes.model = "profile", running:at "good", "toy"
      local code, _, said = child.script("recipes/beauty.lua", words("run", changes))
      assert.are.equal(1, code)
      assert.is_truthy(said:find(wanted, 1, true), said)
    end
    assert.are.equal(0, running:counts().requests)
  end)

  it("counts what it asked an LLM for, and asks nothing twice", function ()
    local running, why = server.start()
    if not running then return pending("is not tried: " .. why) end
    finally(function () running:stop() end)
    local opt = { semantics = "profile", epochs = 1, llm = running:at "good", model = "toy" }
    run("run", opt)
    local m = metrics "run"
    assert.are.equal(m.clusters, m.llm_calls)
    assert.are.equal(m.clusters, running:counts().answers)
    opt.lambda_align = 0.1
    run("other", opt)
    assert.are.equal(0, metrics("other").llm_calls)
  end)

  it("says that there are no titles, and trains the backbone alone", function ()
    local rows = {}
    for u = 1, 12 do
      for i = 1, 8 do rows[#rows + 1] = { "u" .. u, "i" .. (u + i) % 12, i } end
    end
    assert(files.mkdirs(folder .. "/set"))
    scratch.put(folder .. "/set/interactions.tsv", made.tsv(rows))
    for _, changes in ipairs { { semantics = "profile" }, { start = "text" } } do
      changes.data, changes.compare, changes.users, changes.items = folder .. "/set", true, 0, 0
      local printed = run("run", changes)
      assert.is_truthy(printed:find("text[^\n]*; the backbone is trained alone\n"), printed)
      assert.is_truthy(printed:find("\ntest +comirec_sa  "))
      local m = metrics "run"
      assert.are.same({ "none", 0, 0, 0 }, { m.semantics, m.clusters, m.interests, m.llm_calls })
      assert.is_nil(m.gain)
    end
  end)

  it("stops where interests cannot be had", function ()
    for wanted, changes in pairs {
      ["encoder=file needs vectors=PATH"] = { encoder = "file" },
      ["option 'semantics': magic is not one of none, profile, matching"] = { semantics = "magic" },
      ["option 'scope'"] = { scope = "all" }, ["option 'lambda_align'"] = { lambda_align = -1 },
    } do
      changes.semantics = changes.semantics or "profile"
      local code, _, said = child.script("recipes/beauty.lua", words("run", changes))
      assert.are.equal(1, code)
      assert.is_truthy(said:find(wanted, 1, true), said)
      assert.is_nil(said:find("traceback") or said:find("%.lua:%d"), said)
    end
    assert.is_false(files.exists(folder .. "/run/snapshot.safetensors"))
  end)

  local ALL = { semantics = "profile", lambda_text = 0.2, start = "bank", own = 1, readout = "soft", n_negatives = 64,
                compare = true }

  local function with (more)
    local out = {}
    for name, value in pairs(ALL) do out[name] = value end
    for name, value in pairs(more) do out[name] = value end
    return out
  end

  it("gives the same bits with one thread and with two", function ()
    for _, more in ipairs { with { epochs = 1 }, with { epochs = 1, semantics = "matching", start = "text", batch = 256,
                                                        dim = 64 } } do
      for threads = 1, 2 do
        more.threads, more.cache = threads, folder .. "/cache" .. threads
        run("run" .. threads, more)
      end
      same(bytes "run1", bytes "run2")
      for _, name in ipairs { "semantics.safetensors", "interests.jsonl" } do
        assert.is_true(file("run1/semantics", name) == file("run2/semantics", name))
      end
    end
  end)

  -- Starts a run and kills it when a condition of the shell holds.
  local function killed (condition, list)
    local code = child.run(([[
      %s & pid=$!
      tries=0
      until %s; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $pid 2>/dev/null || { wait $pid; exit 99; }
        sleep 0.01
      done
      kill -KILL $pid
      wait $pid
    ]]):format(child.command("recipes/beauty.lua", list), condition))
    assert.are.equal(137, code)
  end

  it("killed and resumed, with and without the backbone trained, ends with the same bits", function ()
    local opt = with { epochs = 3, checkpoint_seconds = 0 }
    run("whole", opt)
    opt.cache = folder .. "/cache2"
    for i, place in ipairs { "cut/backbone", "cut", "cut" } do
      opt.resume = i > 1
      killed(("[ -e %s/%s/checkpoint.safetensors ] && [ $(wc -l 2>/dev/null <%s/%s/log.jsonl || echo 0) -ge %d ]")
        :format(folder, place, folder, place, i - 1), words("cut", opt))
      assert.is_false(files.exists(folder .. "/cut/metrics.json"))
    end
    opt.resume = true
    run("cut", opt)
    same(bytes "whole", bytes "cut")
    same(bytes "whole/backbone", bytes "cut/backbone")
    -- Other texts under the same options are another run.
    opt.encoder, opt.vectors, opt.compare = "file", folder .. "/v.npy", false
    for _, x in ipairs { 1, 2 } do
      assert(npy.save(opt.vectors, gradcheck.random({ 240, 8 }, x)))
      opt.resume = x == 2
      local code, _, said = child.script("recipes/beauty.lua", words("vectors", opt))
      assert.are.equal(x - 1, code, said)
      assert.is_truthy(x == 1 or said:find("made with other options (now semantics_hash=", 1, true), said)
    end
  end)

  it("shares the same bits with one thread and with two, and killed and resumed", function ()
    local opt = { share = "bank", share_dim = 8, epochs = 3, checkpoint_seconds = 0, n_negatives = 64 }
    run("one", opt)
    opt.threads = 2
    run("two", opt)
    opt.threads = 1
    killed(("[ $(wc -l 2>/dev/null <%s/cut/log.jsonl || echo 0) -ge 1 ]"):format(folder), words("cut", opt))
    assert.is_false(files.exists(folder .. "/cut/metrics.json"))
    opt.resume = true
    run("cut", opt)
    same(bytes "one", bytes "two")
    same(bytes "one", bytes "cut")
  end)

  it("serves the same bits with every file of interests deleted, and without their code", function ()
    run("run", with { compare = false })
    local function served ()
      local code, printed, said = child.lua(([[
        local found = table.remove(package.searchers, 2)
        table.insert(package.searchers, 2, function (name)
          for _, part in ipairs { "esim", "text", "cluster", "llm" } do
            if name:find("^eimf%%." .. part) then error(name .. " is asked for") end
          end
          return found(name)
        end)
        local shop = assert(require("eimf").serve.open(%q))
        for i = 1, 40 do
          for _, hit in ipairs(shop:recommend({ ("g%%07d"):format(i), ("g%%07d"):format(3 * i) }, { n = 20 })) do
            print(hit.number, ("%%a"):format(hit.score))
          end
        end
      ]]):format(folder .. "/run/snapshot.safetensors"))
      assert.are.equal(0, code, said)
      return printed
    end
    local before = served()
    assert.are.equal(800, select(2, before:gsub("\n", "")))
    os.execute(("rm -r %s/cache %s/run/semantics %s/run/checkpoint.safetensors"):format(folder, folder, folder))
    assert.is_true(before == served())
    local snapshot = assert(eimf.safetensors.load(folder .. "/run/snapshot.safetensors"))
    local names = {}
    for name in pairs(snapshot.tensors) do names[#names + 1] = name end
    table.sort(names)
    assert.are.same({ "items", "positions", "w1", "w2" }, names)
  end)
end)
