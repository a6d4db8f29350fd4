--- From text vectors to the space of interests, while training only:
-- Linear(Dt -> (Dt + D) / 2), LeakyReLU, Linear(-> D); or one linear map.
-- @module eimf.esim.adapter

local linear = require "eimf.nn.linear"

local adapter = {}

local Adapter = {}
Adapter.__index = Adapter

--- An adapter.
-- @tparam string kind "mlp" or "linear"
-- @tparam integer n_in Dt
-- @tparam integer n_out D
-- @tparam rng rng
-- @tparam[opt="adapter"] string name of its parameters
-- @treturn adapter
function adapter.new (kind, n_in, n_out, rng, name)
  name = name or "adapter"
  if kind == "linear" then return setmetatable({ linear.new(rng, name, n_in, n_out) }, Adapter) end
  local hidden = math.floor((n_in + n_out) / 2)
  return setmetatable({ linear.new(rng, name .. ".1", n_in, hidden), linear.new(rng, name .. ".2", hidden, n_out) },
    Adapter)
end

--- y = f(x).
-- @tparam tape t
-- @tparam value x (R, Dt)
-- @treturn value (R, D)
function Adapter:forward (t, x)
  local y = self[1]:forward(t, x)
  return self[2] and self[2]:forward(t, t:leaky_relu(y)) or y
end

--- Weights and biases.
-- @treturn {param,...}
function Adapter:params ()
  local out = {}
  for _, layer in ipairs(self) do
    for _, p in ipairs(layer:params()) do out[#out + 1] = p end
  end
  return out
end

return adapter
