local core = require "eimf.core"
local gradcheck = require "spec.gradcheck"
local head = require "eimf.esim.head"
local joint = require "spec.esim.joint"
local optim = require "eimf.optim"
local param = require "eimf.param"
local rng = require "eimf.rng"
local shared = require "eimf.esim.shared"
local start = require "eimf.esim.start"
local tensor = require "eimf.tensor"

describe("eimf.esim.shared", function ()
  local STEPS, LR, TEXTLESS = 6, 0.05, 4

  local function about (how)
    local known = joint.about()
    return known.items, how == "bank" and known.bank or nil
  end

  -- x (N+1, r) as the formula has it: coordinates at length 1, row 0 and items without text zero.
  local function places (how, dim)
    local texts, bank = about(how)
    local rows = joint.rows_of(start.coordinates(texts, bank, dim), joint.unit):totable()
    local none = {}
    for d = 1, #rows[1] do none[d] = 0 end
    table.insert(rows, 1, none)
    return tensor.tensor(rows)
  end

  -- A loss on rows of the table, another one at each step; some ids twice, one of them 0, and two parts.
  local IDS = { { 1, 2, 2, 0, 5 }, { 3, 6, 4 }, { 4, 1 }, { 5, 5, 5, 2 }, { 6, 0, 3 }, { 1, 4, 6, 2 } }

  local function loss_of (t, rows, step, name)
    local data = rows.data
    local wanted = t:constant(gradcheck.random(data:shape(), 40 + step + (name or 0)))
    return t:sum(t:tanh(t:mul(t:add(rows, wanted), rows)))
  end

  local function dense_loss (t, all, step)
    local users = t:constant(gradcheck.random({ 3, joint.D }, 60 + step))
    local scores = t:log_softmax(t:matmul(users, all, { tb = true }))
    return t:sum(t:mul(scores, t:constant(gradcheck.random({ 3, joint.N + 1 }, 80 + step))))
  end

  -- What the library does: one table, which holds the sum.
  local function held (how, dim, kind, opt, watch)
    local texts, bank = about(how)
    local items, t = joint.items(), joint.tape()
    local self = shared.new(items, texts, bank, { dim = dim, late = opt.late })
    local adam = optim.adam { params = { items, self.map }, lr = LR, lazy = opt.lazy, clip = opt.clip }
    for step = 1, STEPS do
      local loss
      if kind ~= "dense" then
        loss = t:add(loss_of(t, t:embedding(items, tensor.ids(IDS[step])), step),
          loss_of(t, t:embedding(items, tensor.ids(IDS[STEPS + 1 - step])), step, 7))
      end
      if kind ~= "sparse" then
        local all = dense_loss(t, items, step)
        loss = loss and t:add(loss, all) or all
      end
      t:backward(loss)
      self:gather(t)
      adam:step()
      self:spread(t)
      t:reset()
      if watch then watch(items, self) end
    end
    return items, self
  end

  -- What the formula says: a free table and a map, e = free + x W recorded on the tape.
  local function composed (how, dim, kind, opt)
    local x, t = places(how, dim), joint.tape()
    local free = joint.items()
    local map = param.new { data = tensor.zeros(x:dim(2), joint.D), name = "map" }
    local adam = optim.adam { params = { free, map }, lr = LR, lazy = opt.lazy, clip = opt.clip }
    local function rows (list)
      local ids = tensor.ids(list)
      local at = core.new("float32", #list, x:dim(2))
      core.gather_rows(at, x, ids)
      return t:add(t:embedding(free, ids), t:matmul(t:constant(at), map))
    end
    for step = 1, STEPS do
      local loss
      if kind ~= "dense" then
        loss = t:add(loss_of(t, rows(IDS[step]), step), loss_of(t, rows(IDS[STEPS + 1 - step]), step, 7))
      end
      if kind ~= "sparse" then
        local all = dense_loss(t, t:add(free, t:matmul(t:constant(x), map)), step)
        loss = loss and t:add(loss, all) or all
      end
      t:backward(loss)
      adam:step()
      t:reset()
    end
    return joint.tape():add(free, joint.tape():matmul(joint.tape():constant(x), map)).data, map.data
  end

  local function near (a, b)
    assert.are.same(a:shape(), b:shape())
    a, b = gradcheck.flat(a), gradcheck.flat(b)
    for i = 1, #a do assert.is_true(math.abs(a[i] - b[i]) < 2e-4, i .. ": " .. a[i] .. " ~= " .. b[i]) end
  end

  for _, kind in ipairs { "sparse", "dense", "both" } do
    it(("is a free vector plus a map of the text, %s gradients"):format(kind), function ()
      for _, case in ipairs { { "text", 3, lazy = true }, { "bank", 9, lazy = true }, { "bank", 2, lazy = false },
                              { "text", 2, lazy = true, clip = 0.1 } } do
        local items, self = held(case[1], case[2], kind, case)
        local sum, map = composed(case[1], case[2], kind, case)
        near(items.data, sum)
        near(self.map.data, map)
        assert.is_true(core.sum_squares(map) > 0.01)
      end
    end)
  end

  describe("that waits with the table", function ()
    it("comes to the same, by rows and once it is settled", function ()
      for _, case in ipairs { { "text", 3, lazy = true }, { "bank", 9, lazy = false },
                              { "bank", 2, lazy = true, clip = 0.1 } } do
        local sum, map = composed(case[1], case[2], "sparse", case)
        case.late = true
        local items, self = held(case[1], case[2], "sparse", case)
        local ids = tensor.ids { 6, 0, 1, TEXTLESS, 1 }
        local rows, lacking = core.new("float32", 5, joint.D), joint.tape():embedding(items, ids).data
        core.gather_rows(rows, sum, ids)
        near(lacking, rows)
        near(self.map.data, map)
        core.gather_rows(rows, items.data, ids)
        assert.has_error(function () near(lacking, rows) end)
        self:settle()
        near(items.data, sum)
        assert.are.equal(0, core.sum_squares(self.change.data))
        assert.are.equal(0, core.sum_squares(items.data:rows(1, 1)))
      end
    end)

    it("settles as often as wanted, without changing what is learned", function ()
      local opt = { lazy = true, late = true }
      local often = held("bank", 4, "sparse", opt, function (_, self) self:settle() end)
      local items, self = held("bank", 4, "sparse", opt)
      self:settle()
      near(items.data, often.data)
    end)
  end)

  it("moves items by what others with like texts learn; not those without text, nor row 0", function ()
    local texts = about()
    local items, t = joint.items(), joint.tape()
    local self = shared.new(items, texts, nil, { dim = 3 })
    local adam = optim.adam { params = { items, self.map }, lr = LR }
    local before = items.data:totable()
    t:backward(t:sum(t:embedding(items, tensor.ids { 2 })))
    self:gather(t)
    adam:step()
    self:spread(t)
    local x, after = self.x:totable(), items.data:totable()
    assert.are.same(before[1], after[1])
    assert.are.same(before[TEXTLESS + 1], after[TEXTLESS + 1])
    for id = 1, joint.N do
      for d = 1, id ~= 2 and joint.D or 0 do       -- one Adam step is lr against the gradient's sign
        local moved = 0
        for r = 1, 3 do moved = moved - LR * x[id + 1][r] * (x[3][r] > 0 and 1 or -1) end
        assert.is_true(math.abs(after[id + 1][d] - before[id + 1][d] - moved) < 1e-5)
      end
    end
  end)

  it("lets an item without text learn alone", function ()
    local texts = about()
    local items, t = joint.items(), joint.tape()
    local self = shared.new(items, texts, nil, { dim = 3 })
    local adam = optim.adam { params = { items, self.map }, lr = LR }
    local before = items.data:totable()
    t:backward(t:sum(t:embedding(items, tensor.ids { TEXTLESS })))
    self:gather(t)
    adam:step()
    self:spread(t)
    for id, row in ipairs(items.data:totable()) do
      assert.are.equal(id ~= TEXTLESS + 1, joint.dot(row, row) == joint.dot(before[id], before[id]))
    end
    assert.are.equal(0, core.sum_squares(self.map.data))
  end)

  it("keeps row 0 zero, at every step", function ()
    for _, kind in ipairs { "sparse", "dense", "both" } do
      local steps = 0
      held("bank", 4, kind, { lazy = false }, function (items)
        steps = steps + 1
        assert.are.equal(0, core.sum_squares(items.data:rows(1, 1)))
      end)
      assert.are.equal(STEPS, steps)
    end
  end)

  it("goes by texts, or by how they lie to the bank, over so many directions", function ()
    for how, most in pairs { text = 5, bank = 5 } do
      for _, dim in ipairs { 2, 64 } do
        local texts, bank = about(how)
        local self = shared.new(joint.items(), texts, bank, { dim = dim })
        assert.are.same({ joint.N + 1, math.min(dim, most) }, self.x:shape())
        assert.are.same({ math.min(dim, most), joint.D }, self.map.data:shape())
        near(self.x, places(how, dim))
      end
    end
    assert.are_not.equal(places("text", 3):tostring(), places("bank", 3):tostring())
  end)

  describe("in a head", function ()
    local function new (change)
      local opt = { dim = joint.D, semantics = "none" }
      for name, value in pairs(change) do opt[name] = value end
      return head.new(opt, joint.semantics(), rng.new(2))
    end

    it("begins where the table begins, and adds its map to what is trained", function ()
      for _, from in ipairs { "none", "bank" } do
        local items, alone = joint.items(), joint.items()
        local self = new { share = "bank", share_dim = 3, start = from }
        self:begin(items)
        new({ start = from }):begin(alone)
        assert.are.equal(alone.data:tostring(), items.data:tostring())
        assert.are.same({ "shared_map" }, { self:params()[1].name })
        assert.are.same({ 3, joint.D }, self:params()[1].data:shape())
      end
      local self = new { share = "none" }
      self:begin(joint.items())
      assert.are.same({}, self:params())
    end)

    it("spreads every step over the table; without it the optimiser's step is all", function ()
      local function after (share)
        local items, t, self = joint.items(), joint.tape(), new { share = share }
        self:begin(items)
        local params = self:params()
        table.insert(params, 1, items)
        local adam = optim.adam { params = params, lr = LR }
        t:backward(t:sum(t:embedding(items, tensor.ids { 2 })))
        self:step(t, adam)
        return items.data
      end
      local before, alone = joint.items().data:totable(), after("none"):totable()
      for id, row in ipairs(alone) do
        if id ~= 3 then assert.are.same(before[id], row) else assert.are_not.same(before[id], row) end
      end
      assert.are_not.equal(after("text"):tostring(), after("bank"):tostring())
      assert.are_not.same(before[2], after("text"):totable()[2])
    end)

    it("refuses what cannot be", function ()
      for _, change in ipairs { { share = "titles" }, { share_dim = 0 } } do
        assert.has_error(function () new(change) end)
      end
    end)
  end)
end)
