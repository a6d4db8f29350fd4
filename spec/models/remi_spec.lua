local models = require "eimf.models"
local param = require "eimf.param"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N = 20

local function options (changes)
  local opt = { dim = 8, n_interests = 3, max_len = 6, dropout = 0 }
  for name, x in pairs(changes or {}) do opt[name] = x end
  return models.options("remi", opt)
end

-- The regulariser of an attention, whose histories have the given lengths.
local function regulariser (rows, offsets, lambda, t)
  local model = models.remi(options { lambda_routing = lambda }, N, rng.new(1))
  t = t or tape.plain
  return model:extra(t, { aux = t:constant(tensor.tensor(rows)),
    batch = { history = { offsets = tensor.ids(offsets) } } })[1].data:get(1)
end

describe("eimf.models.remi", function ()
  it("has the parameters and interests of comirec_sa, and the attention beside them", function ()
    local model = models.remi(options(), N, rng.new(3))
    local backbone = models.comirec_sa(models.pick("comirec_sa", options()), N, rng.new(3))
    local history = { ids = tensor.ids { 4, 9, 2, 7 }, offsets = tensor.ids { 0, 3, 4 } }
    local v, a = model:interests(tape.plain, history)
    assert.are.equal(backbone:interests(tape.plain, history).data:tostring(), v.data:tostring())
    assert.are.same({ 4, 3 }, a.data:shape())
    for i, p in ipairs(backbone:params()) do assert.are.equal(p.name, model:params()[i].name) end
  end)

  it("wants hard negatives where nothing else is said", function ()
    assert.are.equal("ihn", models.remi(options(), N, rng.new(1)).loss)
  end)

  it("is zero for even attention, and the squared variances of an uneven one", function ()
    assert.are.equal(0, regulariser({ { 0.5, 0.5 }, { 0.5, 0.5 }, { 1, 1 } }, { 0, 2, 3 }, 10))
    -- one history of two: variance 1/4 and (0.3^2 + 0.3^2) / 2; one of one item: none
    local want = 10 * ((1 / 4) ^ 2 + 0.09 ^ 2) / 2
    local got = regulariser({ { 1, 0.2 }, { 0, 0.8 }, { 1, 1 } }, { 0, 2, 3 }, 10)
    assert.is_true(math.abs(want - got) < 1e-6, got)
  end)

  it("is the same for a history alone and twice in a batch", function ()
    local rows = { { 0.7, 0.1 }, { 0.2, 0.1 }, { 0.1, 0.8 } }
    local twice = { rows[1], rows[2], rows[3], rows[1], rows[2], rows[3] }
    assert.is_true(math.abs(regulariser(rows, { 0, 3 }, 1) - regulariser(twice, { 0, 3, 6 }, 1)) < 1e-7)
  end)

  it("teaches the weights of the attention, and makes it more even", function ()
    local model = models.remi(options { init = "torch", lambda_routing = 1 }, N, rng.new(2))
    local history = { ids = tensor.ids { 4, 9, 2, 7, 11, 3 }, offsets = tensor.ids { 0, 4, 6 } }
    local function loss (t)
      local v, a = model:interests(t, history)
      return model:extra(t, { interests = v, aux = a, batch = { history = history } })[1]
    end
    local t = tape.new()
    local before = loss(t)
    t:backward(before)
    for _, name in ipairs { "w1", "w2" } do
      for _, p in ipairs(model:params()) do
        if p.name == name then
          assert.is_true(p.touched)
          p.data:copy_(tape.plain:sub(p, tape.plain:scale(param.new { data = p:grad(), name = "g" }, 0.1)).data)
        end
      end
    end
    assert.is_true(loss(tape.plain).data:get(1) < before.data:get(1))
  end)
end)
