--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
-- Central differences see the weights of routing move, through which no gradient flows: so the cases of `route` have
-- one iteration, and spec/ops/routing_spec.lua compares several with their composition.
local gradcheck = require "spec.gradcheck"

local offsets = gradcheck.offsets

local function routed (K, options)
  return function (t, x)
    local R, call = x.data:dim(1), { iterations = 1, logits = gradcheck.random({ x.data:dim(1), K }, 7) }
    for key, value in pairs(options) do call[key] = value end
    return t:route(x, offsets(R), K, call)
  end
end

return {
  route = {
    { "shared rows", inputs = { { 11, 16 } }, big = { { 700, 33 } }, run = routed(3, {}) },
    { "over time", inputs = { { 11, 5 } }, big = { { 700, 33 } }, run = routed(4, { axis = "time" }) },
    { "own rows", inputs = { { 11, 15 } }, big = { { 700, 64 } },
      run = function (t, x) return routed(x.data:dim(2) == 15 and 3 or 4, { own = true })(t, x) end },
    { "dynamic", inputs = { { 38, 3 } }, big = { { 700, 33 } }, run = routed(4, { dynamic = true }) },
  },
  position_linear = {
    { "fewer positions than rows", inputs = { { 11, 3 }, { 2, 3, 5 } }, big = { { 700, 33 }, { 20, 33, 65 } },
      run = function (t, h, w) return t:position_linear(h, offsets(h.data:dim(1)), w) end },
    { "one column", inputs = { { 7, 4 }, { 9, 4, 1 } },
      run = function (t, h, w) return t:position_linear(h, offsets(h.data:dim(1)), w) end },
  },
}
