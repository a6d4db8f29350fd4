local joint = require "spec.esim.joint"
local head = require "eimf.esim.head"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"
local unseen = require "eimf.esim.unseen"

describe("eimf.esim.unseen", function ()
  -- Items 1..6 by text: 2 lies nearest to 1, then 3; 4 has no text; 5 nearest to 6, then 3.
  local texts = tensor.tensor { { 1, 0 }, { 0.98, 0.2 }, { 0.6, 0.8 }, { 0, 0 }, { -0.6, 0.8 }, { -1, 0 } }
  local function counts (...) return tensor.ids { 0, ... } end
  local function row (items, i) return items.data:rows(i + 1, i + 1):totable()[1] end

  local function mean (items, ...)
    local out = {}
    for d = 1, joint.D do
      out[d] = 0
      for _, j in ipairs { ... } do out[d] = out[d] + row(items, j)[d] / select("#", ...) end
    end
    return out
  end

  local function near (wanted, got)
    for d = 1, joint.D do assert.is_true(math.abs(wanted[d] - got[d]) < 1e-6) end
  end

  it("puts items that training never saw among those that it saw and that they read like", function ()
    local items = joint.items()
    local before = items.data:clone()
    local self = unseen.new(items, texts, counts(0, 3, 1, 0, 0, 2), 2)           -- 1, 4 and 5 were never seen
    assert.equal(2, self:count())
    self:settle()
    near(mean(items, 2, 3), row(items, 1))
    near(mean(items, 6, 3), row(items, 5))
    for _, i in ipairs { 0, 2, 3, 4, 6 } do
      assert.same(before:rows(i + 1, i + 1):totable(), items.data:rows(i + 1, i + 1):totable())
    end
    self:settle()                                                                -- again: from the same neighbours
    near(mean(items, 2, 3), row(items, 1))
  end)

  it("takes those that there are, and leaves items alone where there are none", function ()
    local items = joint.items()
    unseen.new(items, texts, counts(0, 5, 0, 0, 0, 0), 3):settle()
    for _, i in ipairs { 1, 3, 5, 6 } do near(row(items, 2), row(items, i)) end
    local others, before = joint.items(), joint.items().data:tostring()
    unseen.new(others, texts, counts(0, 0, 0, 9, 0, 0), 3):settle()              -- the one that was seen has no text
    unseen.new(others, texts, counts(1, 1, 1, 1, 1, 1), 3):settle()
    assert.equal(before, others.data:tostring())
  end)

  it("is the head's work before items are evaluated, after what they share", function ()
    local items, self = joint.items(), head.new({ dim = joint.D, unseen_near = 1 }, joint.semantics(), rng.new(1))
    assert.error_matches(function () self:begin(items) end, "unseen_near wants 'counts'")
    self:begin(items, false, counts(1, 0, 1, 1, 1, 1))
    local before = row(items, 2)
    assert.same(before, row(items, 2))
    self:settle()
    local is_one, own = false, table.concat(row(items, 2))
    for _, j in ipairs { 1, 3, 5, 6 } do is_one = is_one or table.concat(row(items, j)) == own end
    assert.is_true(is_one)
  end)
end)
