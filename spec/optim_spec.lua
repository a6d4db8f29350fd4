local core = require "eimf.core"
local optim = require "eimf.optim"
local param = require "eimf.param"
local rng = require "eimf.rng"
local tensor = require "eimf.tensor"

local NEAR = 1e-6                        -- of the step taken

local function dense (values, name)
  return param.new { data = tensor.tensor(values), name = name or "w" }
end

-- A table (rows, dim) of ones but for row 0.
local function table_of (rows, dim)
  local p = param.new { data = tensor.zeros(rows, dim):fill_(1), name = "items", sparse = true }
  p.data:rows(1, 1):fill_(0)
  return p
end

local function add_rows (p, ids, values) p:add_rows(tensor.ids(ids), tensor.tensor(values)) end

-- Adam of one number as in the paper, in double.
local function textbook (x, gradients, options)
  local o = { lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0 }
  for key, value in pairs(options or {}) do o[key] = value end
  local m, v = 0, 0
  for t, g in ipairs(gradients) do
    g = g + o.weight_decay * x
    m = o.beta1 * m + (1 - o.beta1) * g
    v = o.beta2 * v + (1 - o.beta2) * g * g
    x = x - o.lr * (m / (1 - o.beta1 ^ t)) / (math.sqrt(v / (1 - o.beta2 ^ t)) + o.eps)
  end
  return x
end

local function assert_near (want, got, allowed)
  assert.is_true(math.abs(want - got) <= allowed, ("wanted %.9g, got %.9g"):format(want, got))
end

-- Steps of a dense parameter that starts at `x`, with these gradients one after another.
local function stepped (x, gradients, options)
  local p = dense { x }
  options.params = { p }
  local adam = optim.adam(options)
  for _, g in ipairs(gradients) do
    p:grad():fill_(g)
    adam:step()
  end
  return p.data:get(1)
end

describe("eimf.optim", function ()
  describe("a dense parameter", function ()
    local GRADIENTS = { 0.5, -2, 1e-3, 3, 0 }

    it("moves as in the paper", function ()
      assert_near(textbook(0, GRADIENTS), stepped(0, GRADIENTS, {}), NEAR * 1e-3)
      local options = { lr = 0.1, beta1 = 0.5, beta2 = 0.9, eps = 1e-2 }
      assert_near(textbook(0, GRADIENTS, options), stepped(0, GRADIENTS, options), NEAR * 0.1)
    end)

    it("moves by lr at the first step, whatever the gradient's size", function ()
      for _, g in ipairs { 1e-4, 1, -1e4 } do
        assert_near(g > 0 and -0.01 or 0.01, stepped(0, { g }, { lr = 0.01 }), 2e-4 * 0.01)
      end
    end)

    it("adds the weights' decay to the gradient", function ()
      local options = { lr = 0.1, weight_decay = 0.3 }
      assert_near(textbook(2, GRADIENTS, options), stepped(2, GRADIENTS, options), 1e-6)
    end)

    it("without a gradient stays as it is, decay or not", function ()
      local p, other = dense { 1, 2 }, dense({ 1 }, "other")
      local adam = optim.adam { params = { p, other }, weight_decay = 0.5 }
      other:grad():fill_(1)
      adam:step()
      assert.are.same({ 1, 2 }, p.data:totable())
    end)

    it("forgets its gradient after a step", function ()
      local p = dense { 1 }
      local adam = optim.adam { params = { p } }
      p:grad():fill_(1)
      adam:step()
      local after = p.data:get(1)
      adam:step()
      assert.are.equal(after, p.data:get(1))
      assert.are.equal(0, p:grad():get(1))
    end)
  end)

  describe("a table with lazy = false", function ()
    it("moves every row as in the paper", function ()
      local p = table_of(4, 1)
      local adam = optim.adam { params = { p }, lr = 0.1, weight_decay = 0.2, lazy = false }
      for _, id in ipairs { 1, 2, 1 } do
        add_rows(p, { id, id, 0 }, { { 0.25 }, { 0.5 }, { 8 } })
        adam:step()
      end
      local options = { lr = 0.1, weight_decay = 0.2 }
      assert_near(textbook(1, { 0.75, 0, 0.75 }, options), p.data:get(2, 1), 1e-6)
      assert_near(textbook(1, { 0, 0.75, 0 }, options), p.data:get(3, 1), 1e-6)
      assert_near(textbook(1, { 0, 0, 0 }, options), p.data:get(4, 1), 1e-6)
      assert.are.equal(0, p.data:get(1, 1))
    end)
  end)

  describe("clipping", function ()
    -- Moments after one step are a tenth of the gradient: they show what it was scaled with.
    local function scaled (clip)
      local w, items = dense { 0, 0 }, table_of(4, 1)
      local adam = optim.adam { params = { w, items }, clip = clip }
      w:grad():copy_(tensor.tensor { 2, 1 })
      add_rows(items, { 3, 3, 0 }, { { 1 }, { 1 }, { 100 } })  -- the norm of all is 3
      adam:step()
      local state = adam:state()
      return 10 * state["adam.m.w"]:get(1) / 2, 10 * state["adam.m.items"]:get(4, 1) / 2
    end

    it("scales all gradients to the norm asked for", function ()
      local of_dense, of_rows = scaled(1.5)
      assert_near(0.5, of_dense, 1e-6)
      assert_near(0.5, of_rows, 1e-6)
    end)

    it("leaves smaller ones alone, and 0 is none", function ()
      for _, clip in ipairs { 3.001, 0 } do assert_near(1, scaled(clip), 1e-6) end
    end)

    it("comes before the weights' decay", function ()
      local p = dense { 10 }
      local adam = optim.adam { params = { p }, clip = 1, weight_decay = 0.1 }
      p:grad():fill_(4)
      adam:step()
      assert_near(0.1 * (1 + 1), adam:state()["adam.m.w"]:get(1), 1e-6)
    end)
  end)

  it("gives the same bits with one thread and with two", function ()
    local function run (threads)
      local before = core.threads()
      core.threads(threads)
      local source = rng.new(5)
      local items, w = table_of(1200, 48), dense(source:normal(tensor.zeros(300, 200), 0, 1):totable())
      local adam = optim.adam { params = { items, w }, clip = 1 }
      local ids = {}
      for i = 1, 1000 do ids[i] = i * i % 1200 end
      items:add_rows(tensor.ids(ids), source:normal(tensor.zeros(1000, 48), 0, 1))
      source:normal(w:grad(), 0, 1)
      adam:step()
      core.threads(before)
      return items.data:tostring() .. w.data:tostring()
    end
    assert.is_true(run(1) == run(2))
  end)

  it("keeps its moments by the parameters' names", function ()
    local adam = optim.adam { params = { dense { 1, 2 }, table_of(3, 2) } }
    local names = {}
    for name, x in pairs(adam:state()) do names[#names + 1] = name .. " " .. x:size() end
    table.sort(names)
    assert.are.same({ "adam.m.items 6", "adam.m.w 2", "adam.v.items 6", "adam.v.w 2" }, names)
    assert.are.equal(adam:state()["adam.m.w"], adam:state()["adam.m.w"])
  end)

  it("raises for options that are none or make no sense", function ()
    assert.has_error(function () optim.adam { params = {}, rate = 1 } end)
    assert.has_error(function () optim.adam {} end)
    for name, value in pairs { lr = 0, beta1 = 1, beta2 = -0.1, eps = 0, weight_decay = -1, clip = -1, lazy = 1 } do
      assert.has_error(function () optim.adam { params = {}, [name] = value } end, nil, name)
    end
  end)
end)
