local pool = require "eimf.pool"

describe("eimf.pool", function ()
  local p
  before_each(function () p = pool.new() end)

  it("gives tensors of the type and shape asked for", function ()
    local x, ids = p:take("float32", 3, 5), p:take("int32", 7)
    assert.same({ 3, 5 }, x:shape())
    assert.equal("float32", x:dtype())
    assert.same({ 7 }, ids:shape())
    assert.equal("int32", ids:dtype())
    assert.same({ 0, 4 }, p:take("float32", 0, 4):shape())
  end)

  it("never gives the same memory twice between resets", function ()
    local taken = {}
    for i = 1, 20 do taken[i] = p:take("float32", 10):fill_(i) end
    for i = 1, 20 do assert.equal(i, taken[i]:get(10)) end
  end)

  it("gives memory again after reset, for other shapes of about the size too", function ()
    local x = p:take("float32", 10, 12):fill_(5)
    p:reset()
    local y = p:take("float32", 4, 29)
    assert.equal(x, y)
    assert.same({ 4, 29 }, y:shape())
    assert.equal(5, y:get(1, 1))                 -- elements are whatever the memory held
  end)

  it("keeps types apart", function ()
    local x = p:take("float32", 10)
    p:reset()
    assert.not_equal(x, p:take("int32", 10))
    assert.equal(x, p:take("float32", 10))
  end)

  it("wastes at most a quarter, above the smallest size", function ()
    for n = 64, 5000, 7 do
      local capacity = p:take("float32", n):capacity()
      assert.is_true(capacity >= n and capacity <= n * 1.25 + 1, n .. " elements took " .. capacity)
    end
    assert.equal(64, p:take("float32", 1):capacity())
  end)

  it("holds no more memory when the same steps are repeated", function ()
    local function step ()
      for n = 1, 50 do p:take("float32", n * 100, 3) end
      p:reset()
    end
    for _ = 1, 3 do step() end
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 50 do step() end
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 64)
  end)
end)
