local param = require "eimf.param"
local profile = require "eimf.profile"
local system = require "eimf.system"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

describe("eimf.profile", function ()
  local function wait (seconds)
    local until_ = system.now() + seconds
    repeat local now = system.now() until now >= until_
  end

  it("gives each lap the time since the one before", function ()
    local p = profile.new()
    wait(0.02)
    p:lap "slow"
    p:lap "fast"
    wait(0.01)
    p:lap("slow", "backward")
    local entries = p:entries()
    assert.are.same({ "slow", "fast" }, { entries[1].name, entries[2].name })
    assert.is_true(entries[1].forward >= 0.02 and entries[1].backward >= 0.01 and entries[2].forward < 0.02)
    assert.are.same({ 1, 1 }, { entries[1].count, entries[2].count })
    assert.is_true(math.abs(p:seconds() - entries[1].forward - entries[1].backward - entries[2].forward) < 1e-9)
  end)

  it("leaves out what came before a restart", function ()
    local p = profile.new()
    wait(0.02)
    p:restart()
    p:lap "fast"
    assert.is_true(p:seconds() < 0.02)
  end)

  it("knows a tape's operations, forward and backward, and changes nothing", function ()
    local function gradient (watch)
      local w = param.new { data = tensor.tensor { { 1, 2 }, { 3, 4 } }, name = "w" }
      local t = tape.new { profile = watch }
      t:backward(t:sum(t:tanh(t:matmul(w, w))))
      return w:grad():tostring()
    end
    local p = profile.new()
    assert.are.equal(gradient(), gradient(p))
    local seen = {}
    for _, e in ipairs(p:entries()) do
      seen[e.name] = e.count
      assert.is_true(e.backward > 0, e.name)
    end
    assert.are.same({ matmul = 1, tanh = 1, sum = 1 }, seen)
  end)

  it("prints a table", function ()
    local p = profile.new()
    p:lap "gather"
    local text = tostring(p)
    assert.is_truthy(text:find("operation +forward, s +backward, s +share, %% +times"))
    assert.is_truthy(text:find("gather"))
  end)
end)
