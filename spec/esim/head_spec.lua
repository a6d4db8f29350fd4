local core = require "eimf.core"
local esim = require "eimf.esim"
local files = require "eimf.files"
local head = require "eimf.esim.head"
local item_loss = require "eimf.nn.item_loss"
local joint = require "spec.esim.joint"
local made = require "spec.esim.made"
local optim = require "eimf.optim"
local rng = require "eimf.rng"
local scratch = require "spec.scratch"
local tensor = require "eimf.tensor"

describe("eimf.esim.head", function ()
  local function new (change, semantics)
    local opt = { dim = joint.D }
    for name, value in pairs(change or {}) do opt[name] = value end
    return head.new(opt, semantics or joint.semantics(), rng.new(2))
  end

  -- What the head adds to a loss of 10.
  local function added (self)
    local t = joint.tape()
    local step = joint.step(t, { item_loss = item_loss.new { n_items = joint.N } })
    local loss = self:add(t, t:constant(tensor.tensor { 10 }), step)
    return loss.data:get(1) - 10, step, loss, t
  end

  -- What the terms are given for a step.
  local function seen (change, semantics, batch)
    local self, got = new(change, semantics), nil
    self.terms = { { losses = function (_, _, step) got = step return {} end } }
    local t = joint.tape()
    self:add(t, t:constant(tensor.tensor { 0 }), { batch = batch or joint.batch() })
    return got, self
  end

  local function near (a, b) assert.is_true(math.abs(a - b) < 1e-4 * math.max(1, math.abs(b)), a .. " ~= " .. b) end

  it("adds nothing where nothing is known", function ()
    local t, self = joint.tape(), head.new({ dim = 4 }, nil, rng.new(1))
    local loss = t:constant(tensor.tensor { 10 })
    assert.are.equal(loss, self:add(t, loss, {}))
    assert.are.same({}, self:params())
    local items = joint.items()
    local before = items.data:tostring()
    self:begin(items)
    assert.are.equal(before, items.data:tostring())
  end)

  it("says why nothing is taught", function ()
    local without = new({ start = "bank" }, joint.semantics { items = tensor.zeros(6, 5) })
    assert.are.equal("no item has a text: nothing is taught", without.note)
    without = new({ start = "bank" }, joint.semantics { interests = tensor.zeros(0, 5) })
    assert.are.equal("no interests were found: nothing is taught", without.note)
    assert.are.same({}, without:params())
    local items = joint.items()
    local before = items.data:tostring()
    without:begin(items)
    assert.are.equal(before, items.data:tostring())
    assert.are.equal(0, (added(without)))
  end)

  it("hands its terms the distinct items with text, targets first, and who is taught what", function ()
    local step = seen()
    assert.are.same({ 2, 5, 6, 1, 3 }, step.distinct:totable())            -- item 4 has no text
    assert.are.same({ 2, 0, 0, 6 }, step.taught:totable())                 -- nor has user 3 a cluster
    assert.are.equal(2, step.n_taught)
    assert.are.same({ 1, 2, 0, 2 }, step.clusters:totable())
    assert.are.same({ 2, 4, 5, 6 }, step.targets:totable())
  end)

  it("looks at the first `step_items` of them", function ()
    assert.are.same({ 2, 5, 6 }, seen({ step_items = 3 }).distinct:totable())
    assert.are.same({ 2, 5, 6, 1, 3 }, seen({ step_items = 5 }).distinct:totable())
  end)

  it("teaches at every so manieth step, so many times as much; what is shared moves then too", function ()
    local function at (step, every)
      local self, t, items = new({ every = every, share = "text" }), joint.tape(), joint.items()
      self:begin(items)
      t:reset(step)
      local facts = joint.step(t)
      facts.items = items
      local nothing = t:constant(tensor.tensor { 0 })
      local loss = self:add(t, nothing, facts)
      local taught = loss ~= nothing and loss.data:get(1) or nil
      local params = self:params()
      params[#params + 1] = items
      local adam = optim.adam { params = params, lr = 0.1 }
      t:backward(t:add(t:sum(t:embedding(items, tensor.ids { 2 })), loss))
      self:step(t, adam)
      return taught, core.sum_squares(params[1].data)
    end
    local each = at(1, 1)
    near(at(6, 3), 3 * each)
    for step = 1, 6 do
      local taught, moved = at(step, 3)
      assert.are.equal(step % 3 == 0, taught ~= nil)
      assert.are.equal(step % 3 == 0, moved > 0)
    end
  end)

  it("goes through a batch in which no item has a text", function ()
    local batch = { size = 1, targets = tensor.ids { 4 }, users = tensor.ids { 1 },
                    history = { ids = tensor.ids { 4 }, offsets = tensor.ids { 0, 1 } } }
    local step = seen({}, nil, batch)
    assert.are.equal(0, step.distinct:size())
    assert.are.equal(0, step.n_taught)
    local self, t = new { lambda_text = 1 }, joint.tape()
    local loss = t:constant(tensor.tensor { 10 })
    assert.are.equal(loss, self:add(t, loss, joint.step(t, { batch = batch })))
  end)

  it("teaches all users of clusters, the exemplars, or those nearest to them", function ()
    for scope, want in pairs { cluster = { 1, 2, 0, 1, 2 }, exemplar = { 1, 2, 0, 0, 0 } } do
      assert.are.same(want, new({ scope = scope }).users:totable())
    end
    local labels = { labels = tensor.ids { 1, 1, 1, 1, 0 }, clusters = { { exemplar = 3 } },
                     nearness = tensor.tensor { 0.5, 0.25, 0.5, 0.75, 0 } }
    for n, want in ipairs { { 0, 0, 1, 0, 0 }, { 0, 0, 1, 1, 0 }, { 1, 0, 1, 1, 0 }, { 1, 1, 1, 1, 0 },
                            { 1, 1, 1, 1, 0 } } do
      assert.are.same(want, new({ scope = "knn", scope_users = n }, joint.semantics(labels)).users:totable())
    end
    assert.are.same({ 2, 0, 0, 0 }, seen({ scope = "exemplar" }).taught:totable())
  end)

  it("teaches exemplars the cluster they were shuffled into", function ()
    local shuffled = joint.semantics { labels = tensor.ids { 2, 1, 0, 1, 2 } }
    assert.are.same({ 2, 1, 0, 0, 0 }, new({ scope = "exemplar" }, shuffled).users:totable())
  end)

  it("adds profile's terms by their weights", function ()
    local function by (change) return (added(new(change))) end
    local align, predict = by { lambda_semantic = 0, lambda_align = 1 }, by { lambda_align = 0, lambda_semantic = 1 }
    assert.is_true(align > 0 and predict > 0)
    near(by(), 0.3 * align + 0.3 * predict)
    near(by { lambda_align = 0.5, lambda_semantic = 2 }, 0.5 * align + 2 * predict)
    assert.are.equal(0, by { lambda_align = 0, lambda_semantic = 0 })
    for name, value in pairs { semantic_temperature = 0.3, profile_temperature = 1, profile_top = 1, own = 2,
                               scope = "exemplar", adapter = "linear" } do
      assert.is_true(math.abs(by { [name] = value } - by()) > 1e-4, name)
    end
  end)

  it("adds matching's terms instead, or plain text's alone or besides", function ()
    local profile, text = (added(new())), (added(new { semantics = "none", lambda_text = 0.5 }))
    local matching = (added(new { semantics = "matching" }))
    assert.is_true(text > 0 and matching > 0)
    assert.are_not.equal(profile, matching)
    near((added(new { semantics = "none", lambda_text = 1 })), 2 * text)
    assert.are.equal(0, (added(new { semantics = "none" })))
    assert.are_not.equal(text, (added(new { semantics = "none", lambda_text = 0.5, text_temperature = 1 })))
    assert.are_not.equal(text, (added(new { semantics = "none", lambda_text = 0.5, step_items = 2 })))
    assert.are_not.equal(matching, (added(new { semantics = "matching", matching_temperature = 1 })))
    assert.is_true((added(new { lambda_text = 0.5 })) > profile)
  end)

  it("sends gradients to the item table, the interests read out and every adapter", function ()
    for semantics, name in pairs { profile = "chosen", matching = "interests" } do
      local self = new { semantics = semantics, lambda_text = 0.1 }
      local _, step, loss, t = added(self)
      t:backward(loss)
      assert.is_true(joint.gradient(step.items) > 0)
      assert.is_true(joint.gradient(step[name]) > 0, semantics)
      local names = {}
      for _, p in ipairs(self:params()) do
        assert.is_true(joint.gradient(p) > 0, p.name)
        assert.is_nil(names[p.name])
        names[p.name] = true
      end
      assert.is_true(names["adapter.1.weight"] and names["text_map.weight"])
    end
  end)

  it("lets items begin from the bank, or from texts; those without text stay", function ()
    local plain, rows = joint.items().data:totable(), {}
    for _, from in ipairs { "none", "bank", "text" } do
      local items = joint.items()
      new({ start = from }):begin(items)
      rows[from] = items.data:totable()
      assert.are.same(plain[1], rows[from][1])
      assert.are.same(plain[5], rows[from][5])
    end
    assert.are.same(plain, rows.none)
    for id = 1, 6 do
      if id ~= 4 then
        assert.are_not.same(plain[id + 1], rows.bank[id + 1])
        assert.are_not.same(rows.text[id + 1], rows.bank[id + 1])
      end
    end
  end)

  it("is the same for the same seed", function ()
    local a, b = new(), new()
    for i, p in ipairs(a:params()) do assert.are.equal(p.data:tostring(), b:params()[i].data:tostring()) end
  end)

  it("refuses options that do not exist or cannot be", function ()
    for _, change in ipairs { { lambda = 1 }, { semantics = "magic" }, { scope = "all" }, { lambda_align = -1 },
                              { semantic_temperature = 0 }, { profile_top = 0 }, { start = "titles" } } do
      assert.has_error(function () new(change) end)
    end
    assert.has_error(function () head.new({}, joint.semantics(), rng.new(1)) end)
  end)

  describe("with a built artifact", function ()
    local folder, set

    before_each(function ()
      folder = scratch.folder()
      set = made.three_groups()
    end)
    after_each(function () scratch.remove(folder) end)

    local function build (of, more)
      local split = assert(of:split())
      local opt = { set = of, train = split.train, held_out = { split.valid, split.test }, encoder = made.encoder(),
                    cluster = { preference = -2 }, out = folder .. "/out" }
      for key, value in pairs(more or {}) do opt[key] = value end
      return assert(esim.build(opt))
    end

    it("knows how near users are to their exemplars, when read back too", function ()
      local s = build(set)
      local near_ = s.nearness:totable()
      assert.are.equal(set.n_users, #near_)
      for _, cluster in ipairs(s.clusters) do assert.is_true(math.abs(near_[cluster.exemplar] - 1) < 1e-5) end
      for _, v in ipairs(near_) do assert.is_true(v > 0 and v < 1.00001) end
      assert.are.equal(s.nearness:tostring(), build(set).nearness:tostring())
      local taught = head.new({ dim = 4, scope = "knn", scope_users = 2 }, s, rng.new(1)).users:totable()
      local n = 0
      for u, g in ipairs(taught) do
        if g > 0 then n = n + 1 end
        assert.is_true(g == 0 or g == s.labels:get(u))
      end
      assert.are.equal(2 * #s.clusters, n)
    end)

    it("changes no byte, nor a profile, with what valid and test hold", function ()
      local function bytes (of)
        local self = head.new({ dim = 4 }, build(of), rng.new(1))
        local p = self.terms[1].profiles
        local words = { p.offsets:tostring(), p.columns:tostring(), p.weights:tostring(), self.users:tostring() }
        for _, name in ipairs { "semantics.safetensors", "interests.jsonl", "interests.txt" } do
          words[#words + 1] = assert(files.read(folder .. "/out/" .. name))
          assert(files.remove(folder .. "/out/" .. name))
        end
        return words
      end
      local before = bytes(set)
      local changed = set.items:clone()
      for u = 1, 30 do
        for back = 0, 1 do changed:set(set.offsets:get(u + 1) - back, 1 + (u + back) % 45) end
      end
      local other = made.set({ {} }, set.titles, { offsets = set.offsets, items = changed, users = set.users,
        n_interactions = set.n_interactions, n_users = 30, n_items = 45, counts = set.counts, item_ids = set.item_ids })
      assert.is_true(set.items:tostring() ~= changed:tostring())
      assert.are.same(before, bytes(other))
    end)
  end)
end)
