--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

-- Candidates with ids 1..S; some of them are the target of their row. `beta` of the operations that have one.
local function sampled (extra, name, beta)
  return function (t, u, pos, c)
    local B, S = u.data:dim(1), c.data:dim(1)
    local options = { ids = gradcheck.ids(S, 1, 2 * S), target = gradcheck.ids(B, 1, 2 * S) }
    if extra then
      options.bias, options.pos_bias = gradcheck.random({ S }, 7), gradcheck.random({ B }, 8)
    end
    if beta then return t[name](t, u, pos, c, beta, options) end
    return t:sampled_softmax(u, pos, c, options)
  end
end

local SMALL, BIG = { { 3, 17 }, { 3, 17 }, { 5, 17 } }, { { 70, 33 }, { 70, 33 }, { 300, 33 } }

return {
  sampled_softmax = {
    { "accidental hits", inputs = { { 4, 5 }, { 4, 5 }, { 7, 5 } }, big = { { 70, 33 }, { 70, 33 }, { 300, 33 } },
      run = sampled() },
    { "with biases", inputs = { { 3, 17 }, { 3, 17 }, { 5, 17 } }, big = { { 70, 33 }, { 70, 33 }, { 300, 33 } },
      run = sampled(true) },
    { "without ids", inputs = { { 3, 2 }, { 3, 2 }, { 5, 2 } },
      run = function (t, u, pos, c) return t:sampled_softmax(u, pos, c) end },
  },
  hard_softmax = {
    { "accidental hits", inputs = SMALL, big = BIG, run = sampled(false, "hard_softmax", 2) },
    { "with biases", inputs = SMALL, run = sampled(true, "hard_softmax", 0.5) },
    { "without ids", inputs = SMALL, run = function (t, u, pos, c) return t:hard_softmax(u, pos, c, 1) end },
  },
  binary_cross_entropy = {
    { "accidental hits", inputs = SMALL, big = BIG, run = sampled(false, "binary_cross_entropy", 1) },
    { "with biases", inputs = SMALL, run = sampled(true, "binary_cross_entropy", 0.3) },
    { "without ids", inputs = SMALL, run = function (t, u, pos, c) return t:binary_cross_entropy(u, pos, c, 1) end },
  },
  full_softmax = {
    { "targets among the candidates", inputs = { { 4, 5 }, { 9, 5 } }, big = { { 70, 33 }, { 700, 33 } },
      run = function (t, u, c)
        return t:full_softmax(u, c, gradcheck.ids(u.data:dim(1), 0, c.data:dim(1) - 1))
      end },
    { "with a bias", inputs = { { 4, 5 }, { 9, 5 } },
      run = function (t, u, c)
        return t:full_softmax(u, c, gradcheck.ids(4, 0, 8), gradcheck.random({ 9 }, 7))
      end },
  },
}
