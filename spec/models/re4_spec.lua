local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local N = 20
local HISTORY = { ids = tensor.ids { 4, 9, 2, 7, 11, 3, 5 }, offsets = tensor.ids { 0, 4, 6, 7 } }

local function model_of (changes)
  local opt = { dim = 8, n_interests = 3, max_len = 6, dropout = 0, init = "torch" }
  for name, x in pairs(changes or {}) do opt[name] = x end
  return models.re4(models.options("re4", opt), N, rng.new(3))
end

local function losses (model, t, history)
  history = history or HISTORY
  local v, a = model:interests(t, history)
  return model:extra(t, { interests = v, aux = a, batch = { history = history } })
end

describe("eimf.models.re4", function ()
  it("has the interests of comirec_sa, and the attention beside them", function ()
    local options = { dim = 8, n_interests = 3, max_len = 6, dropout = 0, init = "torch" }
    local backbone = models.comirec_sa(options, N, rng.new(3))
    local v, a = model_of():interests(tape.plain, HISTORY)
    assert.are.equal(backbone:interests(tape.plain, HISTORY).data:tostring(), v.data:tostring())
    assert.are.same({ 7, 3 }, a.data:shape())
  end)

  it("has the parameters of comirec_sa, and those that construct histories again, named", function ()
    local shapes = {}
    for i, p in ipairs(model_of():params()) do shapes[i] = p.name .. " " .. table.concat(p.data:shape(), "x") end
    assert.are.same({ "items 21x8", "positions 6x8", "w1 8x32", "w2 32x3", "places 6x8x8", "w3 8x8",
                      "w4 8x6", "w5 8x8" }, shapes)
  end)

  it("has three losses, by their weights; one of weight 0 is not there", function ()
    local t = tape.plain
    assert.are.equal(3, #losses(model_of(), t))
    for _, name in ipairs { "contrast", "attend", "construct" } do
      local others = { lambda_contrast = 0, lambda_attend = 0, lambda_construct = 0 }
      others["lambda_" .. name] = 0.5
      local half = losses(model_of(others), t)
      others["lambda_" .. name] = 1
      local whole = losses(model_of(others), t)
      assert.are.equal(1, #half)
      assert.are.equal(whole[1].data:get(1), 2 * half[1].data:get(1))
      assert.is_true(whole[1].data:get(1) > 0)
    end
  end)

  it("teaches every parameter", function ()
    local model, t, total = model_of(), tape.new(), nil
    for _, loss in ipairs(losses(model, t)) do total = total and t:add(total, loss) or loss end
    t:backward(total)
    for _, p in ipairs(model:params()) do
      if p.sparse then assert.is_true(#p.parts > 0)
      else
        local sum = 0
        for _, g in ipairs(p:grad():reshape(-1):totable()) do sum = sum + math.abs(g) end
        assert.is_true(sum > 0, p.name)
      end
    end
  end)

  it("does without items that represent an interest", function ()
    local alone = { ids = tensor.ids { 4, 9 }, offsets = tensor.ids { 0, 1, 2 } }
    local found = losses(model_of(), tape.plain, alone)
    assert.are.equal(0, found[1].data:get(1))
    assert.are.equal(0, found[3].data:get(1))
  end)
end)
