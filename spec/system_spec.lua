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
end)
