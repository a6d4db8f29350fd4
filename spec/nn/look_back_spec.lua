local gradcheck = require "spec.gradcheck"
local look_back = require "eimf.nn.look_back"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local TAU = 0.1
local OFFSETS = { 0, 3, 4, 8 }
local R, B, K, D = 8, 3, 2, 5

local function dot (a, b)
  local sum = 0
  for d = 1, #a do sum = sum + a[d] * b[d] end
  return sum
end

local function cos (a, b) return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b)) end

local function random (shape, seed) return tape.plain:constant(gradcheck.random(shape, seed)) end

local function made ()
  local v, x, offsets = random({ B, K, D }, 1), random({ R, D }, 2), tensor.ids(OFFSETS)
  local a = tape.plain:segment_softmax(random({ R, K }, 3), offsets)
  return v, x, a, offsets
end

-- The history rows (from 1) of user b.
local function rows_of (b)
  local list = {}
  for r = OFFSETS[b] + 1, OFFSETS[b + 1] do list[#list + 1] = r end
  return list
end

local function assert_near (want, got) assert.is_true(math.abs(want - got) < 1e-4, ("%g, got %g"):format(want, got)) end

describe("eimf.nn.look_back", function ()
  it("takes for representative what has more attention than its share", function ()
    local a = tape.plain:constant(tensor.tensor { { 0.5, 0.2 }, { 0.3, 0.2 }, { 0.2, 0.6 }, { 1, 1 } })
    assert.are.same({ { 1, 0 }, { 0, 0 }, { 0, 1 }, { 0, 0 } },
      look_back.representative(tape.plain, a, tensor.ids { 0, 3, 4 }).data:totable())
  end)

  it("contrasts with the history, other interests and the user before", function ()
    local v, x, a, offsets = made()
    local chosen = look_back.representative(tape.plain, a, offsets)
    local vs, xs, picked = v.data:totable(), x.data:totable(), chosen.data:totable()
    local sum, n = 0, 0
    for b = 1, B do
      for k = 1, K do
        local z = 0
        for _, r in ipairs(rows_of(b)) do z = z + math.exp(cos(vs[b][k], xs[r]) / TAU) end
        for _, r in ipairs(rows_of((b - 2) % B + 1)) do z = z + math.exp(cos(vs[b][k], xs[r]) / TAU) end
        for j = 1, K do z = z + (j ~= k and math.exp(cos(vs[b][k], vs[b][j]) / TAU) or 0) end
        for _, r in ipairs(rows_of(b)) do
          if picked[r][k] == 1 then sum, n = sum + math.log(z) - cos(vs[b][k], xs[r]) / TAU, n + 1 end
        end
      end
    end
    assert.is_true(n > 0)
    assert_near(sum / n, look_back.contrast(tape.plain, v, x, chosen, n, offsets).data:get(1))
  end)

  it("attends again, by products", function ()
    local v, x, a, offsets = made()
    local vs, xs, as = v.data:totable(), x.data:totable(), a.data:totable()
    local sum = 0
    for b = 1, B do
      for k = 1, K do
        local z = 0
        for _, r in ipairs(rows_of(b)) do z = z + math.exp(dot(vs[b][k], xs[r])) end
        for _, r in ipairs(rows_of(b)) do
          sum = sum - math.exp(dot(vs[b][k], xs[r])) / z * math.log(as[r][k])
        end
      end
    end
    assert_near(sum / (B * K), look_back.attend(tape.plain, v, x, a, offsets).data:get(1))
  end)

  it("is finite where attention has run out of numbers", function ()
    local v, x, _, offsets = made()
    local a = tape.plain:constant(tensor.zeros(R, K))
    local loss = look_back.attend(tape.plain, v, x, a, offsets).data:get(1)
    assert.is_true(loss > 0 and loss < math.huge)
  end)

  local interests = { { B, K, D }, { R, D } }
  it("has the gradients of central differences", function ()
    local _, _, a, offsets = made()
    local chosen = look_back.representative(tape.plain, a, offsets).data
    gradcheck.compare { "contrast", inputs = interests, run = function (t, v, x)
      return look_back.contrast(t, v, x, t:constant(chosen), 8, offsets)
    end }
    gradcheck.compare { "attend", inputs = { interests[1], interests[2], { R, K } }, run = function (t, v, x, l)
      return look_back.attend(t, v, x, t:segment_softmax(l, offsets), offsets)
    end }
  end)
end)
