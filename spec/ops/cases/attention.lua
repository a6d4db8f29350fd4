--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

local function attended (heads, p)
  return function (t, x) return t:causal_attention(x, gradcheck.offsets(x.data:dim(1)), heads, p) end
end

local function placed (scale)
  return function (t, x, p) return t:add_positions(x, gradcheck.offsets(x.data:dim(1)), p, scale) end
end

return {
  add_positions = {
    { "scaled", inputs = { { 11, 5 }, { 7, 5 } }, big = { { 900, 65 }, { 20, 65 } }, run = placed(2.5) },
    { "rows older than the positions", inputs = { { 11, 5 }, { 3, 5 } }, run = placed() },
  },
  causal_attention = {
    { "one head", inputs = { { 11, 15 } }, big = { { 700, 99 } }, run = attended(1) },
    { "three heads", inputs = { { 11, 18 } }, big = { { 700, 90 } }, run = attended(3) },
    { "with dropout", inputs = { { 11, 12 } }, big = { { 700, 96 } }, run = attended(2, 0.4) },
    { "no rows", inputs = { { 0, 6 } }, run = attended(2) },
  },
}
