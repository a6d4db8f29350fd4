--- Recurrent layers: GRU (Cho et al. 2014) over the rows of each history.
-- @module eimf.nn.gru

local tensor = require "eimf.tensor"
local param = require "eimf.param"

local gru = {}

local Gru = {}
Gru.__index = Gru

local GATES = 3              -- r, z, n: columns of weights and biases

--- A layer. All its numbers begin even within 1 / sqrt(n_hidden) of 0, as in torch.
-- @tparam rng rng
-- @tparam string name parameters are `name.input.weight`, `name.hidden.weight`, `name.input.bias`, `name.hidden.bias`
-- @tparam integer n_in
-- @tparam integer n_hidden
-- @tparam string reset "after" or "before": where the reset gate stands (see the op)
-- @treturn gru
function gru.new (rng, name, n_in, n_hidden, reset)
  local bound = 1 / math.sqrt(n_hidden)
  local function even (part, ...)
    return param.new { data = rng:uniform(tensor.zeros(...), -bound, bound), name = name .. "." .. part }
  end
  return setmetatable({
    reset = reset,
    wx = even("input.weight", n_in, GATES * n_hidden), wh = even("hidden.weight", n_hidden, GATES * n_hidden),
    bx = even("input.bias", GATES * n_hidden), bh = even("hidden.bias", GATES * n_hidden),
  }, Gru)
end

--- States after each row, histories oldest first.
-- @tparam tape t
-- @tparam value x (R, n_in)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, n_hidden)
function Gru:forward (t, x, offsets)
  return t:gru(x, offsets, self.wx, self.wh, self.bx, self.bh, self.reset)
end

--- The layer's parameters.
-- @treturn {param,...}
function Gru:params () return { self.wx, self.wh, self.bx, self.bh } end

return gru
