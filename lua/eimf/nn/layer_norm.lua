--- Layer norm (Ba et al. 2016) with gain and bias.
-- @module eimf.nn.layer_norm

local tensor = require "eimf.tensor"
local param = require "eimf.param"

local layer_norm = {}

local LayerNorm = {}
LayerNorm.__index = LayerNorm

--- A layer; gains begin as 1, biases as 0.
-- @tparam string name parameters are `name.gain` and `name.bias`
-- @tparam integer dim
-- @treturn layer_norm
function layer_norm.new (name, dim)
  return setmetatable({
    gain = param.new { data = tensor.zeros(dim):fill_(1), name = name .. ".gain" },
    bias = param.new { data = tensor.zeros(dim), name = name .. ".bias" },
  }, LayerNorm)
end

--- Rows with mean 0 and variance 1, times gain, plus bias.
-- @tparam tape t
-- @tparam value x (R, dim)
-- @treturn value (R, dim)
function LayerNorm:forward (t, x) return t:layer_norm(x, self.gain, self.bias) end

--- The layer's parameters.
-- @treturn {param,...}
function LayerNorm:params () return { self.gain, self.bias } end

return layer_norm
