--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

local offsets, segments = gradcheck.offsets, gradcheck.segments

local function of_rows (name, extra)
  local list = {}
  for _, shape in ipairs { { 11, 3 }, { 6, 17 } } do
    local case = { ("(%d, %d)"):format(shape[1], shape[2]), inputs = { shape },
      run = function (t, x) return t[name](t, x, offsets(x.data:dim(1))) end }
    for key, value in pairs(extra or {}) do case[key] = value end
    list[#list + 1] = case
  end
  list[1].big = { { 700, 65 } }
  return list
end

local function repeated (R)
  return function (t, x) return t:repeat_segments(x, offsets(x.data:dim(1) > 100 and 700 or R)) end
end

local function three (name, inputs, big, run)
  return { { name, inputs = inputs, big = big, run = run } }
end

local B, BIG_B = segments(11), segments(700)

return {
  segment_sum = of_rows "segment_sum", segment_mean = of_rows "segment_mean", segment_last = of_rows "segment_last",
  segment_softmax = of_rows("segment_softmax", { least = -2, most = 2 }),
  repeat_segments = {
    { "(B, D)", inputs = { { B, 5 } }, big = { { BIG_B, 65 } }, run = repeated(11) },
  },
  segment_weighted_sum = three("weights and rows", { { 11, 3 }, { 11, 5 } }, { { 700, 4 }, { 700, 33 } },
    function (t, w, x) return t:segment_weighted_sum(w, x, offsets(x.data:dim(1))) end),
  segment_dot = three("rows and vectors", { { 11, 5 }, { B, 3, 5 } }, { { 700, 33 }, { BIG_B, 4, 33 } },
    function (t, x, v) return t:segment_dot(x, v, offsets(x.data:dim(1))) end),
  segment_mix = three("weights and vectors", { { 11, 3 }, { B, 3, 5 } }, { { 700, 4 }, { BIG_B, 4, 33 } },
    function (t, w, v) return t:segment_mix(w, v, offsets(w.data:dim(1))) end),
}
