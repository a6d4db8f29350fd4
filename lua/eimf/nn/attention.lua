--- Causal self-attention of several heads (Vaswani et al. 2017) within the segments of a jagged batch.
-- Queries, keys and values come from one product, without biases: a key's cancels in the softmax, a value's is no other
-- than the last layer's. Neighbour: linear.lua.
-- @module eimf.nn.attention

local linear = require "eimf.nn.linear"

local attention = {}

local Attention = {}
Attention.__index = Attention

--- A layer.
-- @tparam rng rng
-- @tparam string name parameters are `name.qkv` (dim, 3 dim), `name.out.weight` (dim, dim), `name.out.bias`
-- @tparam integer dim
-- @tparam integer heads which divide dim
-- @tparam number dropout of the weights, in training
-- @treturn attention
function attention.new (rng, name, dim, heads, dropout)
  if dim % heads ~= 0 then error(("heads = %d does not divide dim = %d"):format(heads, dim), 0) end
  return setmetatable({
    heads = heads, dropout = dropout,
    qkv = linear.weight(rng, name .. ".qkv", dim, 3 * dim), out = linear.new(rng, name .. ".out", dim, dim),
  }, Attention)
end

--- What each row gathers from the rows of its segment up to itself.
-- @tparam tape t
-- @tparam value x (R, dim)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, dim)
function Attention:forward (t, x, offsets)
  return self.out:forward(t, t:causal_attention(t:linear(x, self.qkv), offsets, self.heads, self.dropout))
end

--- The layer's parameters.
-- @treturn {param,...}
function Attention:params () return { self.qkv, self.out.weight, self.out.bias } end

return attention
