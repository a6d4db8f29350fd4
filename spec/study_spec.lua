local child = require "spec.child"
local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local scratch = require "spec.scratch"
local study = require "eimf.study"
local system = require "eimf.system"

-- A recipe that notes its words in out/words, and does as `act` says.
local RECIPE = [[
local opt = {}
for _, word in ipairs(arg) do
  local name, value = word:match("^([^=]+)=(.*)$")
  opt[name] = value
end
local function put (name, text)
  local f = assert(io.open(opt.out .. "/" .. name, "a"))
  f:write(text, "\n")
  f:close()
end
put("words", table.concat(arg, " "))
if opt.act == "fail" then
  io.stderr:write("first\nit broke\n")
  os.exit(3)
end
if opt.act == "vanish" then os.exit(0) end
if opt.act == "sleep" then
  put("began", "now")
  if not os.execute("sleep " .. opt.seconds) then os.exit(130) end
end
print "all went well"
put("metrics.json", "{}")
]]

describe("eimf.study", function ()
  local folder, recipe, said

  before_each(function ()
    folder, said = scratch.folder(), {}
    recipe = scratch.put(folder .. "/recipe.lua", RECIPE)
  end)
  after_each(function () scratch.remove(folder) end)

  local function run (runs, more)
    for _, one in ipairs(runs) do
      one.recipe, one.options = one.recipe or recipe, one.options or {}
    end
    local given = { out = folder .. "/out", runs = runs, say = function (line) said[#said + 1] = line end }
    for name, value in pairs(more or {}) do given[name] = value end
    return study.run(given)
  end

  local function words (name)
    local list = {}
    for line in (files.read(folder .. "/out/" .. name .. "/words") or ""):gmatch("[^\n]+") do list[#list + 1] = line end
    return list
  end

  it("runs each in a folder of its own, and none twice", function ()
    local runs = { { name = "a", options = { seed = 1, data = "a b'c" } }, { name = "b", options = { lr = 0.001 } } }
    local got = run(runs)
    assert.are.equal(2, got.n_done)
    assert.are.same({}, got.failed)
    assert.is_false(got.interrupted)
    assert.are.equal(folder .. "/out/a", got.by_name.a.folder)
    local cores = core.threads(0)
    core.threads(1)
    assert.are.equal(("data=a b'c out=%s/out/a seed=1 threads=%d"):format(folder, cores), words("a")[1])
    assert.are.equal("all went well\n", files.read(folder .. "/out/a/run.log"))
    assert.are.same({ recipe = recipe, options = { lr = 0.001 } },
      json.decode(files.read(folder .. "/out/b/study.json")))
    assert.are.equal(2, run(runs).n_done)
    assert.are.same({ 1, 1 }, { #words "a", #words "b" })
    assert.are.equal("2 runs, 2 of them done; 1 side by side", said[#said])
  end)

  it("begins anew what was run with other options, and goes on with more epochs", function ()
    run { { name = "a", options = { epochs = 2 } } }
    run { { name = "a", options = { epochs = 5 } } }
    assert.is_truthy(words("a")[2]:find("epochs=5.+ resume=true "), words("a")[2])
    run { { name = "a", options = { epochs = 5, seed = 2 } } }
    assert.is_nil(words("a")[3]:find("resume", 1, true))
    run { { name = "a", options = { epochs = 5, seed = 2 }, result = "other.json" } }
    assert.is_truthy(words("a")[4]:find("resume=true", 1, true))
    run { { name = "b", options = { act = "vanish" }, resumes = false } }
    run { { name = "b", options = { act = "vanish" }, resumes = false } }
    assert.are.same({ 2, nil }, { #words "b", (words("b")[2]:find("resume", 1, true)) })
  end)

  it("does not begin anew what differs in options that change nothing of a result", function ()
    local function once (options) return run { { name = "a", options = options, aside = { "timeout" } } }.n_done end
    once { epochs = 2, timeout = 5 }
    assert.are.equal(1, once { epochs = 2, timeout = 50 })
    assert.are.equal(1, once { epochs = 2 })
    assert.are.equal(1, #words "a")
    once { epochs = 3, timeout = 1 }
    assert.is_truthy(words("a")[2]:find("resume=true", 1, true), words("a")[2])
    once { epochs = 3, timeout = 1, seed = 9 }
    assert.is_nil(words("a")[3]:find("resume", 1, true))
  end)

  it("reports what failed, with its last line, and runs the rest; tries it again", function ()
    local runs = { { name = "bad", options = { act = "fail" } }, { name = "after", after = { "bad" } },
                   { name = "later", after = { "after" } }, { name = "good" },
                   { name = "lost", options = { act = "vanish" } } }
    local got = run(runs)
    assert.are.equal(1, got.n_done)
    assert.is_true(got.by_name.good.done)
    local messages = {}
    for i, one in ipairs(got.failed) do messages[i] = one.name .. ": " .. one.message end
    assert.are.same({ ("bad: it broke (exit code 3; %s/out/bad/run.log)"):format(folder),
      "after: bad failed, which it needs", "later: after failed, which it needs",
      ("lost: ended without metrics.json (exit code 0; %s/out/lost/run.log)"):format(folder) }, messages)
    run(runs)
    assert.are.same({ 2, 1, 0 }, { #words "bad", #words "good", #words "after" })
  end)

  it("says what cannot be started", function ()
    local got = run({ { name = "a" } }, { lua = "no-such-lua" })
    assert.is_truthy(got.failed[1].message:find("no-such-lua: No such file", 1, true), got.failed[1].message)
  end)

  it("keeps the order of runs that come after others", function ()
    run({ { name = "first", options = { act = "sleep", seconds = 0.3 } }, { name = "second", after = { "first" } },
          { name = "free" } }, { jobs = 3 })
    local text = table.concat(said, "\n")
    local function at (words_said) return assert(text:find(words_said, 1, true), text) end
    assert.is_true(at "first: done" < at "second: begins")
    assert.is_true(at "free: begins" < at "first: done")
  end)

  it("runs so many side by side, and shares the cores", function ()
    local runs = {}
    for i = 1, 4 do runs[i] = { name = "r" .. i, options = { act = "sleep", seconds = 0.4 } } end
    local since = system.now()
    run(runs, { jobs = 4 })
    assert.is_true(system.now() - since < 1.4)
    local cores = core.threads(0)
    core.threads(1)
    assert.is_truthy(words("r1")[1]:find("threads=" .. math.max(1, cores // 4), 1, true))
  end)

  it("does not run twice at once", function ()
    assert(files.mkdirs(folder .. "/out"))
    local lock = assert(system.lock(folder .. "/out/study.lock"))
    local none, message, code = run { { name = "a" } }
    assert.are.same({ nil, "BUSY" }, { none, code })
    assert.is_truthy(message:find("another process", 1, true))
    system.unlock(lock)
    assert.are.equal(1, run({ { name = "a" } }).n_done)
  end)

  -- A study as a process of its own: sleeping runs, one of which has begun when the signal comes.
  local function stopped (signal, seconds)
    local script = scratch.put(folder .. "/study.lua", ([[
      local runs = {}
      for i = 1, 3 do
        runs[i] = { name = "r" .. i, recipe = %q, options = { act = "sleep", seconds = %q } }
      end
      local got = require("eimf.study").run { out = %q, jobs = 2, runs = runs }
      print(got.interrupted, got.n_done)
    ]]):format(recipe, seconds, folder .. "/out"))
    local code, printed = child.run(([[
      LUA_PATH=%s LUA_CPATH=%s lua5.4 %s & pid=$!
      for i in $(seq 200); do [ -e %s/out/r2/began ] && break; sleep 0.02; done
      kill -%s $pid
      wait $pid
    ]]):format(child.quoted(package.path), child.quoted(package.cpath), script, folder, signal))
    return code, printed
  end

  it("passes Ctrl-C on to its runs and waits for them", function ()
    local code, printed = stopped("INT", "30")
    assert.are.same({ 0, "true\t0\n" }, { code, printed })
    assert.are.equal(0, #words "r3")
    assert.is_nil(files.read(folder .. "/out/r1/metrics.json"))
  end)

  it("takes its runs with it when it is killed, so that they do not meet those of the next start", function ()
    assert.are.equal(137, (stopped("KILL", "1")))
    os.execute "sleep 1.3"
    assert.is_nil(files.read(folder .. "/out/r1/metrics.json"))
    local runs = {}
    for i = 1, 3 do runs[i] = { name = "r" .. i, options = { act = "sleep", seconds = "1" } } end
    assert.are.equal(3, run(runs, { jobs = 3 }).n_done)
    assert.is_truthy(words("r1")[2]:find("resume=true", 1, true))
    assert.is_nil(words("r3")[1]:find("resume", 1, true))
  end)

  it("refuses lists that are none", function ()
    local function refused (wanted, runs)
      assert.error_matches(function () run(runs) end, wanted)
    end
    refused("run 1: unknown option 'nam'", { { nam = "a" } })
    refused("two runs are called 'a'", { { name = "a" }, { name = "a" } })
    refused("a name of letters", { { name = "../a" } })
    refused("'a' comes after 'b', which is no run before it", { { name = "a", after = { "b" } }, { name = "b" } })
  end)
end)
