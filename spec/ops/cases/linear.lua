--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local tensor = require "eimf.tensor"

local function shape (n, rows, columns, transposed)
  local s = transposed and { columns, rows } or { rows, columns }
  if n then table.insert(s, 1, n) end
  return s
end

local function cases_of (name, n, big_n)
  local list = {}
  for _, flags in ipairs { {}, { ta = true }, { tb = true }, { ta = true, tb = true } } do
    list[#list + 1] = {
      (flags.ta and "a transposed, " or "a, ") .. (flags.tb and "b transposed" or "b"),
      inputs = { shape(n, 3, 4, flags.ta), shape(n, 4, 5, flags.tb) },
      big = { shape(big_n, 700, 67, flags.ta), shape(big_n, 67, 51, flags.tb) },
      run = function (t, a, b) return t[name](t, a, b, flags) end,
    }
  end
  return list
end

-- Biases that keep every other unit on and the rest off.
local function rectified (t, x, w)
  local b = tensor.zeros(w.data:dim(2))
  for i = 1, b:size() do b:set(i, i % 2 == 0 and -10 or 10) end
  return t:linear(x, w, t:constant(b), "relu")
end

return {
  matmul = cases_of("matmul"), bmm = cases_of("bmm", 2, 3),
  linear = {
    { "rows", inputs = { { 5, 4 }, { 4, 3 }, { 3 } }, big = { { 700, 67 }, { 67, 51 }, { 51 } },
      run = function (t, x, w, b) return t:linear(x, w, b) end },
    { "without a bias", inputs = { { 5, 4 }, { 4, 3 } }, big = { { 700, 67 }, { 67, 51 } },
      run = function (t, x, w) return t:linear(x, w) end },
    { "rectified", inputs = { { 5, 4 }, { 4, 3 } }, big = { { 1700, 67 }, { 67, 51 } }, run = rectified },
    { "no rows", inputs = { { 0, 4 }, { 4, 3 }, { 3 } }, run = function (t, x, w, b) return t:linear(x, w, b) end },
  },
}
