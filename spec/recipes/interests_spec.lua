-- The recipe of interests alone: as a person starts it.
local child = require "spec.child"
local files = require "eimf.files"
local json = require "eimf.json"
local made = require "spec.data.made"
local npy = require "eimf.npy"
local scratch = require "spec.scratch"
local server = require "spec.llm.server"
local tensor = require "eimf.tensor"

describe("recipes/interests.lua #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function words (...)
    return { "data=generated", "users=300", "items=240", "threads=1", "out=" .. folder .. "/out",
             "cache=" .. folder .. "/cache", ... }
  end

  local function recipe (...) return child.script("recipes/interests.lua", words(...)) end

  local function clusters ()
    local list = {}
    for line in assert(files.read(folder .. "/out/interests.jsonl")):gmatch("[^\n]+") do
      list[#list + 1] = assert(json.decode(line))
    end
    return list
  end

  local function refused (wanted, code, said)
    assert.are.equal(1, code, said)
    assert.is_truthy(said:find(wanted, 1, true), said)
    assert.is_nil(said:find("traceback") or said:find("%.lua:%d"), said)
    assert.are.equal("\n", said:sub(-1))
  end

  it("writes interests of every cluster, and how well they meet the truth", function ()
    local code, printed, said = recipe()
    assert.are.equal(0, code, said)
    assert.is_truthy(printed:find("GENERATED catalogue", 1, true))
    local ami = tonumber(printed:match("AMI of clusters with true groups of users%s+([%d.]+)"))
    local met = tonumber(printed:match("AMI of inferred interests with true interests[^\n]-%s+([%d.]+)\n"))
    assert.is_true(ami > 0.3 and ami <= 1, printed)
    assert.is_true(met > 0.5 and met <= 1, printed)
    local list, size = clusters(), 0
    for _, cluster in ipairs(list) do
      size = size + cluster.size
      assert.are.equal("offline rule", cluster.source)
      assert.is_true(#cluster.interests >= 1 and #cluster.interests <= 4)
    end
    assert.are.equal(300, size)
    code, printed = recipe()
    assert.are.equal(0, code)
    assert.is_truthy(printed:find("nothing was asked", 1, true))
  end)

  it("gives the same bytes with any number of threads", function ()
    assert.are.equal(0, (recipe()))
    local one = files.read(folder .. "/out/semantics.safetensors")
    files.remove(folder .. "/out/semantics.safetensors")
    os.execute("rm -rf " .. folder .. "/cache")
    local code, _, said = child.script("recipes/interests.lua",
      { "data=generated", "users=300", "items=240", "threads=2", "out=" .. folder .. "/out",
        "cache=" .. folder .. "/cache" })
    assert.are.equal(0, code, said)
    assert.is_true(one == files.read(folder .. "/out/semantics.safetensors"))
  end)

  it("refuses options that do not exist or do not go together", function ()
    for word, wanted in pairs {
      ["dim=3"] = "unknown option 'dim'", ["damping=1"] = "option 'damping'", ["encoder=magic"] = "option 'encoder'",
      ["encoder=file"] = "encoder=file needs vectors=PATH", ["encoder=http"] = "encoder=http needs encoder_url=URL",
      ["vectors=x.npy"] = "vectors=x.npy goes with encoder=file, not with encoder=lsa",
      ["form=round"] = "form", ["llm=gpt"] = "preset", ["prompt=none"] = "none",
    } do
      local code, _, said = recipe(word, word:find("prompt") and "llm=http://127.0.0.1:1/v1" or nil,
        word:find("prompt") and "model=toy" or nil)
      refused(wanted, code, said)
    end
    assert.is_false(files.exists(folder .. "/out/interests.jsonl"))
  end)

  it("says what is wrong with a file of vectors", function ()
    local path = folder .. "/v.npy"
    local function with (x, wanted, ...)
      assert(npy.save(path, x))
      local code, _, said = recipe("encoder=file", "vectors=" .. path, ...)
      refused(wanted, code, said)
    end
    refused("No such file", (function () local c, _, s = recipe("encoder=file", "vectors=" .. path) return c, s end)())
    with(tensor.zeros(7, 3), "v.npy")
    local bad = tensor.zeros(240, 3)
    bad:fill_(1)
    bad:set(5, 2, 0 / 0)
    with(bad, "NaN")
    with(tensor.zeros(240, 3), "no item has a text vector")
  end)

  it("says that there are no titles", function ()
    local rows = {}
    for u = 1, 8 do
      for i = 1, 8 do rows[#rows + 1] = { "u" .. u, "i" .. i, i } end
    end
    assert(files.mkdirs(folder .. "/set"))
    scratch.put(folder .. "/set/interactions.tsv", made.tsv(rows))
    local code, _, said = child.script("recipes/interests.lua", { "data=" .. folder .. "/set", "threads=1",
      "out=" .. folder .. "/out", "cache=" .. folder .. "/cache" })
    refused("text", code, said)
  end)

  describe("with a server", function ()
    local running, why = server.start()
    if not running then
      pending("is not tried: " .. why)
      return
    end

    teardown(function () running:stop() end)
    before_each(function () running:reset() end)

    local function ask (mode, ...)
      return recipe("llm=" .. running:at(mode), "model=toy", "concurrency=2", ...)
    end

    it("asks once for each cluster, and nothing twice", function ()
      local code, printed, said = ask "good"
      assert.are.equal(0, code, said)
      local list = clusters()
      assert.are.equal(#list, running:counts().answers)
      for _, cluster in ipairs(list) do assert.are.equal("llm:toy", cluster.source) end
      assert.is_truthy(printed:find("answered by llm:toy", 1, true))
      files.remove(folder .. "/out/semantics.safetensors")
      os.execute("rm " .. folder .. "/cache/semantics-*")
      assert.are.equal(0, (ask "good"))
      assert.are.equal(#list, running:counts().answers)
    end)

    it("has texts encoded by a server, none twice, and stops where its key is wrong", function ()
      local url = "encoder_url=" .. running:at "good"
      local code, _, said = recipe("encoder=http", "encoder_model=toy", url)
      assert.are.equal(0, code, said)
      local asked = running:counts().requests
      assert.is_true(asked > 0)
      os.execute("rm -r " .. folder .. "/out " .. folder .. "/cache/semantics-*")
      assert.are.equal(0, (recipe("encoder=http", "encoder_model=toy", url)))
      assert.are.equal(asked, running:counts().requests)
      code, _, said = recipe("encoder=http", "encoder_model=other", "encoder_url=" .. running:at "status=401")
      refused("401", code, said)
    end)

    it("shows what it would ask and asks nothing", function ()
      local code, printed, said = ask("good", "dry_run=true")
      assert.are.equal(0, code, said)
      assert.is_truthy(printed:find("%d+ prompts, 0 answered in the cache"), printed)
      assert.is_truthy(printed:find("Group A\n1. ", 1, true))
      assert.are.equal(0, running:counts().requests)
      assert.is_false(files.exists(folder .. "/out/interests.jsonl"))
    end)

    it("leaves to the offline rule what no repair mends, and counts it", function ()
      local code, printed, said = ask "text"
      assert.are.equal(0, code, said)
      assert.are.equal("offline rule", clusters()[1].source)
      assert.is_truthy(printed:find("why the rule: ", 1, true))
    end)

    it("stops at once where the key is wrong, and where nobody answers", function ()
      local code, _, said = ask "status=401"
      refused("401", code, said)
      assert.is_true(running:counts().requests <= 2)
      code, _, said = recipe("llm=http://127.0.0.1:1/v1", "model=toy")
      refused("0 of", code, said)
      assert.is_false(files.exists(folder .. "/out/interests.jsonl"))
    end)

    it("keeps what was paid for when the budget ends, and goes on from there", function ()
      local code, _, said = ask("good", "budget_requests=3")
      refused("kept in", code, said)
      assert.are.equal(3, running:counts().answers)
      assert.are.equal(0, (ask "good"))
      assert.are.equal(#clusters(), running:counts().answers)
    end)

    it("keeps what was paid for when it is killed while asking", function ()
      local line = child.command("recipes/interests.lua", words("llm=" .. running:at "ms=300", "model=toy",
        "concurrency=1"))
      os.execute(line .. " >/dev/null 2>&1 & echo $! >" .. folder .. "/pid; for i in $(seq 100); do sleep 0.1; "
        .. "[ $(cat " .. folder .. "/cache/answers.jsonl 2>/dev/null | wc -l) -ge 3 ] && break; done; kill -9 $(cat "
        .. folder .. "/pid)")
      local paid = running:counts().answers
      assert.is_true(paid >= 2)
      local code, _, said = ask "good"
      assert.are.equal(0, code, said)
      local asked_twice = running:counts().answers - #clusters()
      assert.is_true(asked_twice >= 0 and asked_twice <= 1)              -- the one in flight when it was killed
    end)
  end)
end)
