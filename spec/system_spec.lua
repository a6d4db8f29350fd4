local child = require "spec.child"
local system = require "eimf.system"

describe("eimf.system", function ()
  it("has a clock that does not go back", function ()
    local before = system.now()
    for _ = 1, 100 do
      local now = system.now()
      assert.is_true(now >= before)
      before = now
    end
  end)

  it("has a clock that counts seconds", function ()
    local since = system.now()
    os.execute("sleep 0.05")
    local passed = system.now() - since
    assert.is_true(passed >= 0.05 and passed < 30, tostring(passed))
  end)

  it("tells the largest memory in MiB, which grows with what is held", function ()
    local before = system.peak_rss()
    assert.is_true(before > 1)
    local block = ("x"):rep(64 * 2 ^ 20)
    assert.is_true(system.peak_rss() >= before)
    assert.is_true(system.peak_rss() > 64)
    assert.are.equal(64 * 2 ^ 20, #block)
  end)

  it("says that a file is no terminal", function ()
    local _, printed = child.lua [[print(require "eimf.system".is_terminal())]]
    assert.are.equal("false\n", printed)
  end)

  -- A process that sends itself signals; io.popen, because os.execute ignores Ctrl-C while it waits.
  local KILL = [[
    local function kill (signal)
      io.popen(("kill -%s %d"):format(signal, io.open("/proc/self/stat"):read("n"))):close()
    end
  ]]
  local WAIT = [[
    local system = require "eimf.system"
    system.trap()
    assert(not system.caught())
    kill "%s"
    assert(system.caught())
    io.write("noted ")
    io.stdout:flush()
    %s
  ]]

  local function ended_by (signal, rest)
    return KILL .. WAIT:format(signal, rest)
  end

  it("notes Ctrl-C and SIGTERM instead of ending", function ()
    for _, signal in ipairs { "INT", "TERM" } do
      local code, printed, said = child.lua(ended_by(signal, "system.trap(); print(system.caught())"))
      assert.are.equal("noted false\n", printed, said)
      assert.are.equal(0, code)
    end
  end)

  it("keeps what was noted where it is asked to, and lets the next Ctrl-C end the process", function ()
    local code, printed = child.lua(ended_by("INT", [[
      system.trap(true)
      io.write(tostring(system.caught()))
      io.stdout:flush()
      kill "INT"
      print(" still here")
    ]]))
    assert.are.equal("noted true", printed)
    assert.are_not.equal(0, code)
  end)

  it("lets the second Ctrl-C end the process", function ()
    local code, printed = child.lua(ended_by("INT", [[
      kill "INT"
      print("still here")
    ]]))
    assert.are.equal("noted ", printed)
    assert.are_not.equal(0, code)
  end)

  it("leaves signals alone until it is asked to trap them", function ()
    local code = child.lua(KILL .. [[
      require "eimf.system"
      kill "TERM"
      print "still here"
    ]])
    assert.are_not.equal(0, code)
  end)

  describe("processes", function ()
    local scratch = require "spec.scratch"
    local files = require "eimf.files"
    local folder

    before_each(function () folder = scratch.folder() end)
    after_each(function () scratch.remove(folder) end)

    local function log () return folder .. "/log" end

    local function wait (id)
      for _ = 1, 6000 do           -- a minute: under valgrind a process takes seconds to end
        local code = system.ended(id)
        if code then return code end
        system.sleep(0.01)
      end
    end

    local function shell (text) return assert(system.start({ "sh", "-c", text }, log())) end

    it("print into a file, read nothing, and end with a code", function ()
      assert.are.equal(7, wait(shell "echo one; echo two >&2; cat; exit 7"))
      assert.are.equal(0, wait(shell "echo three"))
      assert.are.equal("one\ntwo\nthree\n", files.read(log()))
    end)

    it("get their words as they are", function ()
      assert.are.equal(0, wait(assert(system.start({ "printf", "%s|", "a b", "$HOME", "'\"" }, log()))))
      assert.are.equal("a b|$HOME|'\"|", files.read(log()))
    end)

    it("run meanwhile, and are asked until they end", function ()
      local id = shell "sleep 0.2"
      assert.is_nil(system.ended(id))
      assert.are.equal(0, wait(id))
      assert.error_matches(function () system.ended(id) end, "bad argument #1 to 'ended'")
    end)

    it("are interrupted, with those that they started", function ()
      local id = shell "sleep 30; echo done"
      system.sleep(0.1)
      system.interrupt(id)
      assert.are.equal(128 + 2, wait(id))
    end)

    it("that cannot be started say why", function ()
      assert.are.equal(127, wait(assert(system.start({ "no-such-program" }, log()))))
      assert.are.equal("no-such-program: No such file or directory\n", files.read(log()))
      local none, message, code = system.start({ "true" }, folder .. "/none/log")
      assert.are.same({ nil, folder .. "/none/log: No such file or directory", "ENOENT" }, { none, message, code })
      assert.error_matches(function () system.start({}, log()) end, "one word at least")
      assert.error_matches(function () system.start({ 1 }, log()) end, "a list of strings")
    end)

    it("hold a lock that nobody else gets", function ()
      local path = folder .. "/lock"
      local held = assert(system.lock(path))
      local none, _, code = system.lock(path)
      assert.are.same({ nil, "BUSY" }, { none, code })
      local _, printed = child.lua(("print(require('eimf.system').lock(%q))"):format(path))
      assert.is_truthy(printed:find("another process is at work here\tBUSY", 1, true), printed)
      system.unlock(held)
      child.lua(("require('eimf.system').lock(%q)"):format(path))          -- and is gone with its process
      system.unlock(assert(system.lock(path)))
      none, _, code = system.lock(folder)
      assert.are.same({ nil, "EIO" }, { none, code })
    end)
  end)
end)
