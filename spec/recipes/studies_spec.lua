-- Every study as a process of its own, on the generated catalogue.
local child = require "spec.child"
local files = require "eimf.files"
local json = require "eimf.json"
local scratch = require "spec.scratch"
local server = require "spec.llm.server"

describe("recipes/studies #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function words (more)
    local list = { "data=generated", "users=200", "items=240", "epochs=2", "dim=8", "threads=1", "seeds=1,2", "jobs=2",
                   "out=" .. folder .. "/out", "cache=" .. folder .. "/cache" }
    for _, word in ipairs(more or {}) do
      local name = word:match("^[^=]+=")
      for i = #list, 1, -1 do
        if list[i]:sub(1, #name) == name then table.remove(list, i) end
      end
      list[#list + 1] = word
    end
    return list
  end

  local function study (name, ...)
    local code, printed, said = child.script("recipes/studies/" .. name .. ".lua", words { ... })
    assert.are.equal(0, code, said)
    return printed, said
  end

  local function refused (wanted, name, ...)
    local code, _, said = child.script("recipes/studies/" .. name .. ".lua", words { ... })
    assert.are.equal(1, code, said)
    assert.is_truthy(said:find(wanted, 1, true), said)
    assert.is_nil(said:find("traceback") or said:find("%.lua:%d"), said)
  end

  -- The same, and nothing was begun.
  local function refused_at_once (wanted, name, ...)
    refused(wanted, name, ...)
    assert.is_nil(files.kind(folder .. "/out"))
  end

  -- Tables and tests: what does not tell of time and memory.
  local function figures (printed) return assert(printed:match("^(.-)\n## Runs")) end

  local function rows_of (printed, title)
    local n, block = 0, assert(printed:match("\n## " .. title .. "\n.-\n(|.-)\n\n"), printed)
    for _ in block:gmatch("[^\n]+") do n = n + 1 end
    return n - 2, block
  end

  it("compare backbones with and without EIMF, and write the report", function ()
    local printed, said = study("compare", "backbones=comirec_sa,dnn")
    assert.are.equal(5, (rows_of(printed, "Models")))
    assert.are.equal(4, (rows_of(printed, "Tests")))
    assert.is_truthy(said:find("4 runs, 0 of them done; 2 side by side", 1, true), said)
    assert.is_truthy(printed:find("GENERATED catalogue", 1, true))
    for _, name in ipairs { "report.md", "report.html", "report.tex" } do
      assert.is_true(files.exists(folder .. "/out/" .. name), name)
    end
    local page = assert(files.read(folder .. "/out/report.md"))
    assert.is_truthy(page:find("\n## Learning\n", 1, true) and page:find("\n## Command\n", 1, true), page)
    assert.is_nil(printed:find("## Learning", 1, true))
    for _, name in ipairs { "generated-comirec_sa alone", "generated-comirec_sa + EIMF", "generated-dnn alone" } do
      assert.is_truthy(files.read(folder .. "/out/report.html"):find(name, 1, true), name)
    end
    local metrics = json.decode(assert(files.read(folder .. "/out/generated-dnn-2/metrics.json")))
    assert.are.same({ "dnn", 2, true }, { metrics.backbone, metrics.seed, metrics.generated })
    local again, nothing = study("compare", "backbones=comirec_sa,dnn")
    assert.are.equal(printed, again)
    assert.is_truthy(nothing:find("4 runs, 4 of them done", 1, true), nothing)
  end)

  -- Starts a study and sends it a signal when its log says `when`.
  local function stopped (signal, when, list)
    local err = folder .. "/said"
    os.remove(err)                       -- what an earlier one said is not to be taken for this one's
    local code = child.run(([[
      %s >/dev/null 2>%s & pid=$!
      for i in $(seq 3000); do grep -qs '%s' %s && break; sleep 0.01; done
      kill -%s $pid
      wait $pid
    ]]):format(child.command("recipes/studies/compare.lua", list), err, when, err, signal))
    return code, files.read(err)
  end

  it("that are killed or stopped go on with what is missing, and come to the same", function ()
    local list = { "backbones=comirec_sa,dnn", "epochs=6" }
    local whole = study("compare", list[1], list[2], "out=" .. folder .. "/whole")
    assert.are.equal(137, (stopped("KILL", "1 of 4. .*done", words(list))))
    local code, said = stopped("INT", ": begins\\|: goes on", words(list))
    assert.are.equal(130, code, said)
    local go_on = "of 4 runs are done. Go on with: lua5.4 recipes/studies/compare.lua data=generated"
    assert.is_truthy(said:find(go_on, 1, true), said)
    local printed, rest = study("compare", list[1], list[2])
    assert.are.equal(figures(whole), figures(printed))
    assert.is_truthy(rest:find("4 runs, [1-3] of them done"), rest)
  end)

  it("report a run that failed and show the rest", function ()
    assert(files.mkdirs(folder .. "/out/generated-dnn-2/snapshot.safetensors"))          -- nothing can be written there
    local code, printed, said = child.script("recipes/studies/compare.lua", words { "backbones=comirec_sa,dnn" })
    assert.are.equal(1, code)
    assert.is_truthy(said:find("1 of 4 runs failed; the same command tries them again", 1, true), said)
    assert.is_truthy(printed:find("## Runs that failed", 1, true), printed)
    assert.is_truthy(printed:find("generated%-dnn%-2: [^\n]+snapshot.safetensors: not a file"), printed)
    assert.are.equal(5, (rows_of(printed, "Models")))
  end)

  it("ablation, with two marks", function ()
    local printed = study("ablation",
      "controls=alone,eimf,matching,shuffled_clusters,shuffled_titles,random,offline,text")
    assert.are.equal(7, (rows_of(printed, "Controls")))              -- the offline rule is no control of itself
    assert.are.equal(2 * (6 + 5), (rows_of(printed, "Tests")))
    refused("controls: no 'magic'; there are alone, eimf", "ablation", "controls=magic")
  end)

  it("clusters, by preference and by other ways", function ()
    local printed = study("clusters", "preferences=-1,-10", "seeds=1")
    local n, block = rows_of(printed, "Clusters and quality")
    assert.are.equal(4, n)
    local few = tonumber(block:match("affinity +| +%-10 | +(%d+)"))
    assert.is_true(tonumber(block:match("affinity +| +%-1 | +(%d+)")) > few)
    assert.are.equal(few, tonumber(block:match("random +| +%-10 | +(%d+)")))
    refused("option 'preferences': few is not a number", "clusters", "preferences=few")
    refused("option 'others': best is not one of affinity, kmedoids, random", "clusters", "others=best")
  end)

  it("sparsity, by users trained on, by history and popularity", function ()
    local printed = study("sparsity", "fractions=0.3,1", "seeds=1")
    assert.are.equal(4, (rows_of(printed, "Fewer users to train on")))
    assert.are.equal(4, (rows_of(printed, "Length of the history")))
    assert.are.equal(4, (rows_of(printed, "Popularity of the item[^\n]*")))
    local fewer = json.decode(files.read(folder .. "/out/generated-30-1/options.json"))
    assert.are.equal(0.3, fewer.fraction)
  end)

  it("transfer, from another catalogue", function ()
    local printed = study("transfer", "from=generated-2", "seeds=1")
    local n, block = rows_of(printed, "Whose interests")
    assert.are.equal(3, n)
    assert.is_truthy(block:find("| generated-2 ", 1, true))
    local numbers = json.decode(files.read(folder .. "/out/interests-generated-2/summary.json"))
    assert.is_true(numbers.interests > 0 and numbers.silhouette > -1)
    refused("bank_from: interests of another data set go with semantics=profile", "compare", "backbones=dnn",
      "semantics=matching", "bank_from=" .. folder, "seeds=1", "jobs=1", "out=" .. folder .. "/bad")
  end)

  it("llm, the rule beside a server", function ()
    local running, why = server.start()
    if not running then return pending("is not tried: " .. why) end
    finally(function () running:stop() end)
    local printed = study("llm", "llms=toy@" .. running:at "good", "prompts=goods,goods_groups", "seeds=1")
    local n, block = rows_of(printed, "Answers and their cost")
    assert.are.equal(3, n)
    local n_clusters, n_asked = 0, 0
    for _, name in ipairs { "toy%-goods", "toy%-goods_groups" } do
      local clusters, by_llm, requests = block:match("| " .. name .. " +| +(%d+) | +(%d+) | +%d+ | +(%d+) ")
      assert.are.equal(clusters, by_llm)
      n_clusters, n_asked = n_clusters + clusters, n_asked + requests
    end
    assert.is_true(n_asked > n_clusters)                                       -- a cluster has several groups
    assert.are.equal(n_asked, running:counts().answers)                        -- training asked nobody again
    assert.are.equal(3, (rows_of(printed, "Quality")))
    refused("llms: 'toy' is not MODEL@URL", "llm", "llms=toy")
  end)

  it("damping, with the ladder and scikit-learn's defaults beside it", function ()
    local function damping (...)
      local list = { "data=generated", "users=60", "items=120", "max_iter=60", "threads=1", ... }
      return child.script("recipes/studies/damping.lua", list)
    end
    local code, printed, said = damping("dampings=0.5,0.9")
    assert.are.equal(0, code, said)
    assert.is_truthy(printed:find("^generated: 60 users by %d+ terms of TF%-IDF, preference %-10\n"), printed)
    for _, name in ipairs { "0.5 ", "0.9 ", "0.5, and the ladder ", "scikit-learn's defaults " } do
      local line = printed:match("\n" .. name:gsub("%p", "%%%0") .. "[^\n]+")
      local clusters, iterations = line:sub(#name + 2):match("^ *(%d+) +(%d+) +%l+ +%-[%d.]+")
      assert.is_true(tonumber(clusters) >= 1 and tonumber(iterations) >= 1, line)
    end
    for _, wrong in ipairs { "x", "0.4", "1" } do
      code, _, said = damping("dampings=" .. wrong)
      assert.are.equal(1, code)
      assert.are.equal(("option 'dampings': '%s' is not a number of at least 0.5 and below 1\n"):format(wrong), said)
    end
  end)

  it("tune, on validation alone", function ()
    local list = { "backbone=dnn", "candidates=4", "eta=2", "least=1", "most=2", "seeds=1" }
    local printed = study("tune", table.unpack(list))
    assert.is_truthy(printed:find("4 candidates, 2 rungs; budget: 6 epochs at most", 1, true), printed)
    assert.is_truthy(printed:find("-- found by: lua5.4 recipes/studies/tune.lua", 1, true))
    local pipe = io.popen("cat " .. folder .. "/out/c*/metrics.json")
    local all = pipe:read("*a")
    pipe:close()
    assert.is_truthy(all:find('"valid"', 1, true))
    assert.is_nil(all:find('"test"', 1, true))
    local again, said = study("tune", table.unpack(list))
    assert.are.equal(printed, again)
    assert.are.equal("", said)
  end)

  it("tune says in a sentence that the defaults won", function ()
    local printed = study("tune", "backbone=dnn", "candidates=1", "least=1", "most=1", "seeds=1")
    assert.is_truthy(printed:find("No candidate is better than the recipe as it is", 1, true), printed)
    local code = assert(printed:match("```[^\n]*\n(.-)\n```"), printed)
    assert.is_truthy(code:find("^%-%- found by: lua5%.4 recipes/studies/tune%.lua"), code)
  end)

  it("tune checks the names and values of its space before the first run", function ()
    for space, wanted in pairs {
      ["zzz=1,2"] = "space: unknown option 'zzz'",
      ["dropuot=0.1,0.2"] = "space: unknown option 'dropuot'; did you mean 'dropout'?",
      ["seed=1,2"] = "space: unknown option 'seed'",
      ["epochs=1,2"] = "space: option 'epochs': the search gives epochs: least=, most=",
      ["lr=1..x"] = "space: option 'lr': 1..x is not a number above 0",
      ["lr=1e-3 dropout=0.1,1.5"] = "space: option 'dropout': 1.5 is not a number of at least 0 and below 1",
      ["dropout=0.1..2"] = "space: option 'dropout': 2 is not a number of at least 0 and below 1",
      ["lr=5e-3..1e-3"] = "space: option 'lr': a range is of two numbers above 0, the smaller first",
      ["lr=1..2..3"] = "space: option 'lr': a range is of two numbers above 0, the smaller first",
      ["n_interests=2..8"] = "space: option 'n_interests': from a range that begins below 10",
      ["norm=pre,past"] = "space: option 'norm': past is not one of pre, post",
      ["norm=1..2"] = "space: option 'norm': a range is of numbers; expected one of pre, post",
      ["dynamic_k=true,maybe"] = "space: option 'dynamic_k': maybe is not true or false",
      ["lr=1e-3 dropout"] = "space: 'dropout' is not name=value,value or name=low..high",
      ["lr=1e-3 lr=2e-3"] = "space: 'lr' is given twice",
    } do
      refused_at_once(wanted, "tune", "space=" .. space)
    end
  end)

  it("check the values of their lists before the first run", function ()
    refused_at_once("option 'backbones': zzz is not one of dnn, gru4rec", "compare", "backbones=comirec_sa,zzz")
    refused_at_once("option 'fractions': 2 is not a number above 0 and of at most 1", "sparsity", "fractions=0.5,2")
    refused_at_once("option 'seeds': -1 is not a whole number of at least 0", "compare", "seeds=1,-1")
    refused_at_once("option 'seeds': ',' names nothing", "compare", "seeds=,")
    refused_at_once("option 'data': ',' names nothing", "clusters", "data=,")
    refused_at_once("option 'models': zzz is not one of dnn, gru4rec", "coverage", "models=dnn,zzz")
    refused_at_once("option 'models': comirec_sa-k is not one of dnn", "coverage", "models=dnn,comirec_sa-k")
    refused_at_once("interests of comirec_sa-k0': 0 is not a whole number", "coverage", "models=dnn,comirec_sa-k0")
    refused_at_once("option 'base': mind is none of models=dnn,remi", "coverage", "models=dnn,remi", "base=mind")
  end)

  it("refuse what they do not know", function ()
    refused("unknown option 'seed'; did you mean 'seeds'?", "compare", "seed=1")
    refused("data=mars: no recipes/mars.lua", "compare", "data=mars")
    refused("option 'seeds': one is not a whole number", "compare", "seeds=one")
    refused("option 'dim'", "compare", "dim=-1")
  end)
end)

describe("recipes.parts.results.learning", function ()
  it("is the mean over the runs, for as long as all of them were trained", function ()
    local results, folder, group = require "recipes.parts.results", scratch.folder(), {}
    for i, values in ipairs { { 0.25, 0.5, 0.75 }, { 0.75, 1.5 } } do
      group[i] = { folder = folder .. "/" .. i }
      assert(files.mkdirs(group[i].folder))
      for epoch, x in ipairs(values) do
        local line = json.encode { epoch = epoch, valid = { recall = x } }
        assert(files.append_line(group[i].folder .. "/log.jsonl", line))
      end
    end
    assert.are.same({ { 1, 0.5 }, { 2, 1 } }, results.learning(group, "recall"))
    assert.are.same({}, results.learning(group, "ndcg"))
    assert.are.same({}, results.learning({ { folder = folder } }, "recall"))
    scratch.remove(folder)
  end)
end)

describe("recipes.parts.spaces", function ()
  it("has nothing that a run would not take", function ()
    local space, rules = require "recipes.parts.space", require "recipes.parts.rules"
    for name, text in pairs(require "recipes.parts.spaces") do
      local found = space({ space = text }, nil, rules)
      assert.is_truthy(next(found), name)
    end
    local found = space({ space = "batch=128..1024 bank_from=1,2 exclude_seen=true,auto" }, nil, rules)
    assert.are.same({ log = { 128, 1024 } }, found.batch)
  end)
end)
