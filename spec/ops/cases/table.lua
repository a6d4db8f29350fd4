--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

local function looked_up (t, weight)
  local N = weight.data:dim(1) - 1
  return t:embedding(weight, gradcheck.ids(N > 10 and 900 or 8, 1, N))
end

-- Each row once, and again for every id.
local function distinct (t, weight)
  local N = weight.data:dim(1) - 1
  return t:embedding(t:distinct(weight, gradcheck.ids(N > 10 and 900 or 8, 1, N)))
end

return {
  embedding = {
    { "sparse", inputs = { { 6, 5 } }, sparse = 1, big = { { 50, 65 } }, run = looked_up },
    { "dense", inputs = { { 6, 5 } }, big = { { 50, 65 } }, run = looked_up },
  },
  distinct = {
    { "sparse", inputs = { { 6, 5 } }, sparse = 1, big = { { 50, 65 } }, run = distinct, stale = "embedding" },
    { "dense", inputs = { { 6, 5 } }, big = { { 50, 65 } }, run = distinct, stale = "embedding" },
  },
  dropout = {
    { "two draws", inputs = { { 5, 7 } }, big = { { 300, 130 } },
      run = function (t, x) return t:add(t:dropout(x, 0.3), t:dropout(x, 0.6)) end, stale = "add" },
    { "one draw", inputs = { { 5, 7 } }, run = function (t, x) return t:dropout(x, 0.5) end },
  },
}
