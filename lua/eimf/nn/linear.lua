--- Linear layers: weights (in, out), y = x W + b.
-- @module eimf.nn.linear

local tensor = require "eimf.tensor"
local param = require "eimf.param"

local linear = {}

local Linear = {}
Linear.__index = Linear

--- Weights as torch begins them: even within 1 / sqrt(inputs) of 0.
-- @tparam rng rng
-- @tparam string name
-- @tparam integer n_in
-- @tparam integer n_out
-- @treturn param (n_in, n_out)
function linear.weight (rng, name, n_in, n_out)
  local bound = 1 / math.sqrt(n_in)
  return param.new { data = rng:uniform(tensor.zeros(n_in, n_out), -bound, bound), name = name }
end

--- A layer.
-- @tparam rng rng
-- @tparam string name parameters are `name.weight` and `name.bias`
-- @tparam integer n_in
-- @tparam integer n_out
-- @treturn linear
function linear.new (rng, name, n_in, n_out)
  local bound = 1 / math.sqrt(n_in)
  return setmetatable({
    weight = linear.weight(rng, name .. ".weight", n_in, n_out),
    bias = param.new { data = rng:uniform(tensor.zeros(n_out), -bound, bound), name = name .. ".bias" },
  }, Linear)
end

--- y = f(x W + b).
-- @tparam tape t
-- @tparam value x (R, n_in)
-- @tparam[opt="none"] string activation f: "none" or "relu"
-- @treturn value (R, n_out)
function Linear:forward (t, x, activation) return t:linear(x, self.weight, self.bias, activation) end

--- The layer's parameters.
-- @treturn {param,...}
function Linear:params () return { self.weight, self.bias } end

return linear
