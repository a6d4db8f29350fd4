--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local BIG = { 300, 130 }

local function rowwise (name, extra)
  local list = {}
  for _, inputs in ipairs { { 3, 5 }, { 2, 33 }, { 4, 1 } } do
    local case = { ("(%d, %d)"):format(inputs[1], inputs[2]), inputs = { inputs },
      run = function (t, x) return t[name](t, x) end }
    for key, value in pairs(extra or {}) do case[key] = value end
    list[#list + 1] = case
  end
  list[1].big = { BIG }
  return list
end

local function with_cube (name, extra)
  local list = rowwise(name, extra)
  local case = { "rank 3", inputs = { { 2, 3, 4 } }, run = function (t, x) return t[name](t, x) end }
  for key, value in pairs(extra or {}) do case[key] = value end
  list[#list + 1] = case
  return list
end

local function layer_norm (t, x, gain, bias) return t:layer_norm(x, gain, bias, 1e-2) end

return {
  softmax = with_cube("softmax", { least = -2, most = 2 }),
  log_softmax = with_cube("log_softmax", { least = -2, most = 2 }),
  log_sum_exp = rowwise("log_sum_exp", { least = -2, most = 2 }),
  l2_normalise = with_cube("l2_normalise", { away = 0.3 }),
  squash = with_cube("squash", { away = 0.3, least = -2, most = 2 }),
  layer_norm = {
    { "matrix", inputs = { { 4, 7 }, { 7 }, { 7 } }, big = { BIG, { 130 }, { 130 } }, run = layer_norm },
    { "rank 3", inputs = { { 2, 3, 18 }, { 18 }, { 18 } }, run = layer_norm },
  },
  row_dot = {
    { "two inputs", inputs = { { 4, 19 }, { 4, 19 } }, big = { BIG, BIG },
      run = function (t, a, b) return t:row_dot(a, b) end },
    { "the same input twice", inputs = { { 4, 3 } }, run = function (t, a) return t:row_dot(a, a) end },
  },
  sum = rowwise "sum", mean = rowwise "mean", sum_rows = rowwise "sum_rows", sum_columns = rowwise "sum_columns",
}
