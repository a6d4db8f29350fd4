--- The same two layers for every row: y = dropout(relu(x W1 + b1)) W2 + b2, dropped out once more.
-- Neighbour: linear.lua.
-- @module eimf.nn.feed_forward

local linear = require "eimf.nn.linear"

local feed_forward = {}

local FeedForward = {}
FeedForward.__index = FeedForward

--- A layer.
-- @tparam rng rng
-- @tparam string name parameters are `name.inner.weight` (dim, hidden), `name.outer.weight` (hidden, dim) and biases
-- @tparam integer dim
-- @tparam integer hidden units
-- @tparam number dropout in training
-- @treturn feed_forward
function feed_forward.new (rng, name, dim, hidden, dropout)
  return setmetatable({
    dropout = dropout,
    inner = linear.new(rng, name .. ".inner", dim, hidden), outer = linear.new(rng, name .. ".outer", hidden, dim),
  }, FeedForward)
end

--- Row by row.
-- @tparam tape t
-- @tparam value x (R, dim)
-- @treturn value (R, dim)
function FeedForward:forward (t, x)
  local h = t:dropout(self.inner:forward(t, x, "relu"), self.dropout)
  return t:dropout(self.outer:forward(t, h), self.dropout)
end

--- The layer's parameters.
-- @treturn {param,...}
function FeedForward:params ()
  return { self.inner.weight, self.inner.bias, self.outer.weight, self.outer.bias }
end

return feed_forward
