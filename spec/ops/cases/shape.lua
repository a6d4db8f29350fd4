--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

return {
  gather = {
    { "rows met twice", inputs = { { 4, 5 } }, big = { { 50, 65 } },
      run = function (t, x)
        local R = x.data:dim(1)
        return t:gather(x, gradcheck.ids(R > 10 and 700 or 9, 0, R - 1))
      end },
  },
  concat = {
    { "rows", inputs = { { 2, 3 }, { 0, 3 }, { 4, 3 } }, big = { { 300, 65 }, { 0, 65 }, { 301, 65 } },
      run = function (t, a, b, c) return t:concat({ a, b, c }) end },
    { "columns", inputs = { { 3, 2 }, { 3, 1 }, { 3, 4 } }, big = { { 700, 35 }, { 700, 1 }, { 700, 30 } },
      run = function (t, a, b, c) return t:concat({ a, b, c }, 2) end },
    { "one matrix twice", inputs = { { 3, 2 } }, run = function (t, a) return t:concat({ a, a }, 2) end },
  },
  slice = {
    { "rows", inputs = { { 5, 3 } }, big = { { 1000, 65 } },
      run = function (t, x) return t:slice(x, 1, 2, x.data:dim(1) - 1) end },
    { "columns", inputs = { { 3, 5 } }, big = { { 1000, 65 } },
      run = function (t, x) return t:slice(x, 2, 2, x.data:dim(2)) end },
    { "nothing", inputs = { { 3, 5 } }, run = function (t, x) return t:slice(x, 1, 3, 2) end },
  },
  reshape = {
    { "matrix to cube", inputs = { { 4, 6 } }, big = { { 600, 60 } },
      run = function (t, x) return t:reshape(x, 2, -1, 3) end },
  },
  stop_gradient = {
    { "product with itself stopped", no_gradient = function (t)
      local x = require("eimf.param").new { data = gradcheck.random({ 3, 2 }, 1), name = "x" }
      local stopped = t:stop_gradient(x)
      assert(not stopped.needs_grad, "needs a gradient")
      t:backward(t:sum(t:mul(x, stopped)))
      assert(x:grad():tostring() == x.data:tostring(), "the gradient of x times a constant x is x")
    end },
  },
}
