--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

-- Candidates with ids 1..S; some of them are the target of their row.
local function sampled (extra)
  return function (t, u, pos, c)
    local B, S = u.data:dim(1), c.data:dim(1)
    local options = { ids = gradcheck.ids(S, 1, 2 * S), target = gradcheck.ids(B, 1, 2 * S) }
    if extra then
      options.bias, options.pos_bias = gradcheck.random({ S }, 7), gradcheck.random({ B }, 8)
    end
    return t:sampled_softmax(u, pos, c, options)
  end
end

return {
  sampled_softmax = {
    { "accidental hits", inputs = { { 4, 5 }, { 4, 5 }, { 7, 5 } }, big = { { 70, 33 }, { 70, 33 }, { 300, 33 } },
      run = sampled() },
    { "with biases", inputs = { { 3, 17 }, { 3, 17 }, { 5, 17 } }, big = { { 70, 33 }, { 70, 33 }, { 300, 33 } },
      run = sampled(true) },
    { "without ids", inputs = { { 3, 2 }, { 3, 2 }, { 5, 2 } },
      run = function (t, u, pos, c) return t:sampled_softmax(u, pos, c) end },
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
