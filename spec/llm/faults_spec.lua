-- Each fault with the answers that were paid for before it and after it: nothing is paid for twice.
-- With EIMF_SHOW=1 the table of counts is printed (docs/llm.md shows it).
local child = require "spec.child"
local files = require "eimf.files"
local scratch = require "spec.scratch"
local server = require "spec.llm.server"
local system = require "eimf.system"
local toy = require "spec.llm.toy"

describe("eimf.llm after a fault", function ()
  local running, missing = server.start()
  if not running then
    pending("skipped: " .. missing)
    return
  end
  local N = 40
  local folder, cache
  local rows = {}

  before_each(function ()
    running:reset()
    folder = scratch.folder()
    cache = folder .. "/answers.jsonl"
  end)
  after_each(function () scratch.remove(folder) end)
  teardown(function ()
    running:stop()
    if not os.getenv("EIMF_SHOW") then return end
    print(("\n%-44s %6s %6s %6s"):format("fault", "before", "after", "in all"))
    for _, row in ipairs(rows) do print(("%-44s %6d %6d %6d"):format(row[1], row[2], row[3], row[2] + row[3])) end
  end)

  local function open (mode, changes)
    local opt = { cache = cache }
    for name, value in pairs(changes or {}) do opt[name] = value end
    return toy.open(running:at(mode), opt)
  end

  local function ask (client, n) return client:ask(toy.requests(n or N), toy.ask) end

  local function paid () return running:counts().answers end

  -- The same prompts at a server that is well: how many it answers, all results there.
  local function afterwards (fault, before)
    running:reset()
    local client = open("good")
    local results = assert(ask(client))
    assert.same({ ["llm:toy"] = N }, toy.sources(results))
    rows[#rows + 1] = { fault, before, paid() }
    client:close()
    return paid()
  end

  local function lines ()
    local n = 0
    for line in io.lines(cache) do n = n + (line:find('"text"', 1, true) and 1 or 0) end
    return n
  end

  -- A process of its own that asks N prompts.
  local function asker (mode, more)
    return ([[
      package.path = %q
      local toy = require "spec.llm.toy"
      local client = toy.open(%q, { cache = %q, concurrency = 4 })
      %s
      local results, message, code = client:ask(toy.requests(%d), toy.ask)
      print(results and #results or code, client.account.requests)
    ]]):format(package.path, running:at(mode), cache, more or "", N)
  end

  -- `flying`: answers that may be on their way when it stops; the server counts them, nobody has them.
  local function stops (fault, mode, code, changes, flying)
    it("is there again: " .. fault, function ()
      local client = open(mode, changes)
      local results, message, got = ask(client)
      assert.is_nil(results)
      assert.equal(code, got)
      local before, kept = paid(), lines()
      assert.matches(("%d of %d prompts"):format(kept, N), message, 1, true)
      assert.is_true(kept <= before and before - kept <= (flying or 0), kept .. " kept of " .. before)
      client:close()
      assert.equal(N - kept, afterwards(fault, before))
    end)
  end

  stops("401, the key is refused", "auth", "AUTH")
  stops("401 after ten answers", "after=10+status=401", "AUTH", { concurrency = 1 })
  stops("quota gone in the middle", "after=10+quota", "QUOTA", { concurrency = 1 })
  stops("429 without end", "after=10+status=429", "RATE_LIMITED", { concurrency = 1 })
  stops("a login page after ten answers", "after=10+html", "BAD_TYPE", { concurrency = 1 })
  stops("budget of 12 requests", "good", "BUDGET", { budget_requests = 12 })
  stops("Ctrl-C", "ms=20", "INTERRUPTED", { concurrency = 1, interrupted = (function ()
    local n = 0
    return function () n = n + 1 return n > 10 end
  end)() }, 1)

  it("is there again: the endpoint goes down", function ()
    local mine = assert(server.start())
    local client = toy.open(mine:at("ms=30"), { cache = cache, max_retries = 1 })
    local before
    local results, _, code = client:ask(toy.requests(N), { check = toy.check, on_result = function ()
      if lines() ~= 9 then return end
      before = mine:counts().answers
      mine:stop()
    end })
    assert.is_nil(results)
    assert.equal("UNREACHABLE", code)
    client:close()
    local kept = lines()
    assert.is_true(kept >= 9 and before - kept <= 4)
    assert.equal(N - kept, afterwards("endpoint goes down", kept))
  end)

  it("gets through: 500s, 429 with Retry-After, cut and closed connections", function ()
    local modes = { "first=3+status=500", "first=1+wait=1+status=429", "first=3+cut", "first=3+close" }
    for i, mode in ipairs(modes) do
      running:reset()
      local client = toy.open(running:at(mode), { cache = folder .. "/" .. i, max_retries = 4 })
      assert.same({ ["llm:toy"] = N }, toy.sources(assert(ask(client))))
      assert.equal(N, paid())
      rows[#rows + 1] = { mode, paid(), 0 }
    end
  end)

  it("keeps what was asked and could not be used", function ()
    for i, mode in ipairs { "text", "empty", "range", "short" } do
      running:reset()
      local path = folder .. "/" .. i
      for _ = 1, 2 do
        local results = assert(ask(toy.open(running:at(mode), { cache = path })))
        assert.same({ ["offline rule"] = N }, toy.sources(results))
        assert.equal(2 * N, paid())
      end
      rows[#rows + 1] = { mode .. ", twice: answer and repair", paid(), 0 }
    end
  end)

  it("takes single failures for what they are: 100 MB, wrong type, broken JSON, too slow", function ()
    local modes = { huge = "max_bytes", html = "text/html", broken = "not JSON", ["ms=3000"] = "imed out" }
    for mode, reason in pairs(modes) do
      running:reset()
      local slow = mode == "ms=3000"
      local client = toy.open(running:at("first=" .. (slow and 3 or 1) .. "+" .. mode), { timeout = slow and 0.2 or 5 })
      local results = assert(ask(client, 8))
      assert.same({ mode, 1, 7 }, { mode, toy.sources(results)["offline rule"], toy.sources(results)["llm:toy"] })
      assert.matches(reason, results[1].reason)
    end
  end)

  it("loses one answer with a line that was cut", function ()
    ask(open("good"))
    local text = files.read(cache)
    scratch.put(cache, text:sub(1, -60))
    local client = open("good")
    assert.equal(1, client.cache.bad)
    client:close()
    assert.equal(1, afterwards("cache cut in the middle of a line", N))
    assert.equal(1, open("good").cache.bad)
    assert.equal(N + 1, lines())
  end)

  it("loses what a hand spoilt, and says how many lines", function ()
    ask(open("good"))
    local text = files.read(cache)
    local n = 0
    text = text:gsub("[^\n]+", function (line)
      n = n + 1
      if n == 5 then return "what is this?" end
      if n == 6 then return line:sub(3) end
      if n == 7 then return "" end
      if n == 8 then return '{"key": 3, "text": []}' end
      if n == 9 then return "[]" end
    end)
    scratch.put(cache, text .. "\n\n   \n")
    local client = open("good")
    local sums = select(2, ask(client))
    assert.matches("4 unreadable lines in the cache", tostring(sums), 1, true)
    assert.equal(N + 5, paid())
    rows[#rows + 1] = { "cache edited by hand: five lines spoilt", N, 5 }
  end)

  it("uses an answer that was mended by hand", function ()
    ask(open("good"))
    local text = files.read(cache)
    assert(files.write(cache, (text:gsub("number %d+", "by hand"))))
    running:reset()
    assert.equal("by hand", assert(ask(open("good")))[3].value[1].name)
    assert.equal(0, paid())
  end)

  it("follows an editor that replaces the file while it asks", function ()
    local client, n = open("ms=5", { concurrency = 2 }), 0
    assert(client:ask(toy.requests(N), { check = toy.check, on_result = function ()
      n = n + 1
      if n == 10 then assert(files.write(cache, files.read(cache))) end
    end }))
    assert.equal(N, lines())
  end)

  it("pays for nothing where the disk is full from the start", function ()
    if not files.exists("/dev/full") then return end
    local _, message, code = ask(open("good", { cache = "/dev/full" }))
    assert.equal("ENOSPC", code)
    assert.matches("/dev/full: No space left", message, 1, true)
    assert.equal(0, running:counts().requests)
    rows[#rows + 1] = { "disk full from the start", 0, 0 }
  end)

  it("stops asking when the disk fills up", function ()
    local printed = scratch.with_small_disk(10, asker("ms=5"))
    assert.matches("^EFBIG", printed)
    local before, kept = paid(), lines()
    assert.is_true(kept > 3 and before - kept >= 1 and before - kept <= 4, before .. " paid, " .. kept .. " kept")
    assert.equal(N - kept, afterwards("disk full in the middle", before))
  end)

  it("has what was paid for when it was killed", function ()
    local more = [[
      toy.ask.on_result = function (i) if i == 15 then os.execute("kill -9 $PPID") end end
    ]]
    child.lua(asker("ms=20", more))
    local before, kept = paid(), lines()
    assert.is_true(kept >= 12 and before - kept <= 4, before .. " paid, " .. kept .. " kept")
    assert.equal(N - kept, afterwards("kill -9 while asking", before))
    assert.equal(0, open("good").cache.bad)
  end)

  it("shares its cache: three processes pay for each answer once", function ()
    local script = scratch.put(folder .. "/asker.lua", asker("ms=20"))
    local one = ("LUA_PATH=%s LUA_CPATH=%s lua5.4 %s & "):format(child.quoted(package.path),
      child.quoted(package.cpath), script)
    local code, printed, said = child.run(one:rep(3) .. "wait")
    assert.same({ 0, "" }, { code, said })
    local processes, requests = 0, 0
    for results, n in printed:gmatch("(%d+)\t(%d+)") do
      assert.equal(tostring(N), results)
      processes, requests = processes + 1, requests + tonumber(n)
    end
    assert.same({ 3, N, N, N }, { processes, requests, running:counts().requests, lines() })
    rows[#rows + 1] = { "three processes, one cache", paid(), 0 }
  end)

  it("asks itself when another process dies that was asking", function ()
    child.lua(asker("ms=5000", [[
      client.options.interrupted = nil
      client.endpoint.options.interrupted = function ()
        if client.endpoint.requests > 0 then os.execute("kill -9 $PPID") end
        return false
      end
    ]]))
    local since = system.now()
    assert.equal(N, afterwards("killed before the first answer", 0))
    assert.is_true(system.now() - since < 5)
  end)

  it("shows the key nowhere: not in answers, cache, results or messages", function ()
    local code, printed, said = child.run(("EIMF_LLM_KEY=sk-right LUA_PATH=%s LUA_CPATH=%s lua5.4 %s"):format(
      child.quoted(package.path), child.quoted(package.cpath), scratch.put(folder .. "/key.lua", asker("auth+echo", [[
      toy.ask.on_result = function (_, r) print(require "eimf.json".encode(r.value)) end
      toy.ask.check = function (_, _, value) return value end
      client.options.notice = print
    ]]))))
    assert.equal(0, code)
    assert.same({ N, N }, { running:counts().keys, paid() })
    assert.matches("[key]", printed, 1, true)
    for _, text in ipairs { printed, said, files.read(cache) } do assert.is_nil(text:find("sk-right", 1, true)) end
    assert.is_true(files.read(cache):find("[key]", 1, true) ~= nil)
    os.remove(folder .. "/key.lua")
    assert.equal(1, (child.run("grep -r sk-right " .. folder)))
  end)
end)
