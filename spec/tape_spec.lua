local tape = require "eimf.tape"
local tensor = require "eimf.tensor"
local param = require "eimf.param"

describe("eimf.tape", function ()
  local t, p
  before_each(function ()
    t = tape.new { seed = 3 }
    p = param.new { data = tensor.tensor { 1, 2 }, name = "p" }
  end)

  it("refuses options that it does not know", function ()
    assert.error_matches(function () tape.new { sede = 1 } end, "unknown option 'sede' of tape.new")
  end)

  it("walks backwards through what was recorded", function ()
    local x = t:mul(p, p)                        -- x = p^2, y = 3 p^2 + p
    t:backward(t:sum(t:add(t:scale(x, 3), p)))
    assert.same({ 7, 13 }, p:grad():totable())
  end)

  it("adds up the gradients of a value that is used twice", function ()
    local x = t:scale(p, 1)
    t:backward(t:sum(t:add(t:mul(x, x), x)))
    assert.same({ 3, 5 }, p:grad():totable())
    assert.same({ 3, 5 }, x:grad():totable())
  end)

  it("passes over what the loss was not made from", function ()
    local q = param.new { data = tensor.tensor { 5, 5 }, name = "q" }
    t:mul(q, q)
    t:backward(t:sum(p))
    assert.is_false(q.touched)
  end)

  it("gives constants no gradient, and records nothing that has no use for one", function ()
    local c = t:constant(tensor.tensor { 1, 1 })
    local y = t:exp(t:add(c, c))
    assert.is_false(y.needs_grad)
    assert.equal(0, #t.closures)
    t:backward(t:sum(t:mul(p, y)))
    assert.is_nil(c.gradient)
    assert.is_nil(y.gradient)
  end)

  it("starts from one number only", function ()
    assert.error_matches(function () t:backward(t:scale(p, 1)) end,
      "backward starts from one number, got tensor float32 %(2%)")
    assert.has_no.errors(function () t:backward(t:sum(t:constant(tensor.zeros(2)))) end)
  end)

  it("names the operation and the step of a value that is used after reset", function ()
    local x = t:tanh(p)
    local c = t:constant(tensor.zeros(2))
    t:reset()
    assert.error_matches(function () return x.data end,
      "'tanh' of step 1 was used after tape:reset%(%) %(field 'data'%)")
    assert.error_matches(function () return x:grad() end, "'tanh' of step 1")
    assert.error_matches(function () t:exp(x) end, "'tanh' of step 1")
    assert.error_matches(function () t:add(p, x) end, "'tanh' of step 1")
    assert.error_matches(function () t:add(p, c) end, "'constant' of step 1")
  end)

  it("counts steps, or is told which comes", function ()
    assert.equal(1, t.step)
    t:reset()
    assert.equal(2, t.step)
    t:reset(40)
    assert.equal(40, t.step)
    local x = t:scale(p, 1)
    t:reset()
    assert.error_matches(function () return x.data end, "of step 40")
  end)

  it("numbers draws anew in each step", function ()
    assert.equal(1, t:draw())
    assert.equal(2, t:draw())
    t:reset()
    assert.equal(1, t:draw())
  end)

  it("uses the memory of the step before", function ()
    local first = t:scale(p, 2).data
    t:reset()
    assert.equal(first, t:exp(p).data)
  end)

  it("holds no more memory when the same step is repeated", function ()
    local function step ()
      local x = t:tanh(t:scale(p, 2))
      t:backward(t:sum(t:mul(x, x)))
      t:reset()
      p:zero_grad()
    end
    for _ = 1, 5 do step() end
    collectgarbage()
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 200 do step() end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 64)
  end)

  describe("scope", function ()
    it("gives back what the function returned, and resets", function ()
      local kept
      local a, b = t:scope(function (inner)
        assert.equal(t, inner)
        kept = inner:scale(p, 2)
        return kept.data:get(1), "two"
      end)
      assert.equal(2, a)
      assert.equal("two", b)
      assert.error_matches(function () return kept.data end, "'scale' of step 1")
    end)

    it("resets on error too, and passes the error on", function ()
      local kept
      assert.error_matches(function ()
        t:scope(function (inner)
          kept = inner:scale(p, 2)
          error("something went wrong")
        end)
      end, "something went wrong")
      assert.equal(2, t.step)
      assert.error_matches(function () return kept.data end, "'scale' of step 1")
    end)

    it("works on the plain tape", function ()
      assert.equal(2, tape.plain:scope(function (inner) return inner:scale(p, 2).data:get(1) end))
    end)
  end)

  describe("that records nothing", function ()
    it("computes with pooled memory and refuses backward", function ()
      local quiet = tape.new { record = false }
      local x = quiet:scale(p, 2)
      assert.same({ 2, 4 }, x.data:totable())
      assert.is_false(x.needs_grad)
      assert.equal(0, #quiet.closures)
      assert.error_matches(function () quiet:backward(quiet:sum(x)) end, "this tape records nothing")
      quiet:reset()
      assert.error_matches(function () return x.data end, "'scale' of step 1")
    end)

    it("plain: values stay as long as somebody holds them", function ()
      local x = tape.plain:scale(p, 2)
      tape.plain:reset()
      assert.same({ 2, 4 }, x.data:totable())
      assert.error_matches(function () tape.plain:backward(tape.plain:sum(x)) end, "records nothing")
    end)

    it("plain: nothing is kept between calls", function ()
      tape.plain:exp(p)
      collectgarbage()
      collectgarbage()
      local before = collectgarbage("count")
      for _ = 1, 500 do tape.plain:exp(tape.plain:scale(p, 2)) end
      collectgarbage()
      collectgarbage()
      assert.is_true(collectgarbage("count") - before < 64)
    end)
  end)
end)
