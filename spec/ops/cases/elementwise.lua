--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local BIG = { 300, 130 }

local function unary (name, extra)
  local case = { "any rank", inputs = { { 2, 3, 5 } }, big = { BIG }, run = function (t, x) return t[name](t, x) end }
  for key, value in pairs(extra or {}) do case[key] = value end
  return { case }
end

local function binary (name, extra)
  local case = {
    "two inputs", inputs = { { 3, 5 }, { 3, 5 } }, big = { BIG, BIG },
    run = function (t, a, b) return t[name](t, a, b) end,
  }
  for key, value in pairs(extra or {}) do case[key] = value end
  local same = { "the same input twice", inputs = { { 7 } }, run = function (t, a) return t[name](t, a, a) end }
  for key, value in pairs(extra or {}) do same[key] = value end
  return { case, same }
end

local function spread (name, by_column)
  return { {
    "odd sizes", inputs = { { 5, 3 }, { by_column and 5 or 3 } }, big = { BIG, { by_column and 300 or 130 } },
    run = function (t, x, v) return t[name](t, x, v) end,
  }, {
    "wide rows", inputs = { { 2, 37 }, { by_column and 2 or 37 } },
    run = function (t, x, v) return t[name](t, x, v) end,
  } }
end

return {
  add = binary "add", sub = binary "sub", mul = binary "mul",
  div = binary("div", { least = 0.5, most = 2 }),
  neg = unary "neg",
  scale = unary("scale", { run = function (t, x) return t:scale(x, -2.5) end }),
  add_rows = spread "add_rows", mul_rows = spread "mul_rows",
  add_columns = spread("add_columns", true), mul_columns = spread("mul_columns", true),
  tanh = unary("tanh", { least = -3, most = 3 }), sigmoid = unary("sigmoid", { least = -4, most = 4 }),
  gelu = unary("gelu", { least = -3, most = 3 }), exp = unary("exp", { least = -3, most = 2 }),
  log = unary("log", { least = 0.5, most = 3 }),
  positive = {
    { "of a parameter", no_gradient = function (t)
      local x = require("eimf.param").new { data = require("eimf.tensor").tensor { -2, 0, 0.5, 3 }, name = "x" }
      local y = t:positive(x)
      assert(not y.needs_grad, "needs a gradient")
      assert(table.concat(y.data:totable(), " ") == "0.0 0.0 1.0 1.0")
    end },
  },
  relu = unary("relu", { away = 0.05 }), leaky_relu = unary("leaky_relu", {
    away = 0.05, run = function (t, x) return t:leaky_relu(x, 0.2) end,
  }),
}
