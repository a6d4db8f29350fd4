--- A block of a causal transformer: attention, then a feed forward layer, each with a norm and a way past it.
--   norm = "pre":   x = x + attention(norm x)             norm = "post":  x = norm(x + attention(x))
--                   x = x + feed_forward(norm x)                          x = norm(x + feed_forward(x))
-- Neighbours: attention.lua, feed_forward.lua, layer_norm.lua.
-- @module eimf.nn.transformer_block

local attention = require "eimf.nn.attention"
local feed_forward = require "eimf.nn.feed_forward"
local layer_norm = require "eimf.nn.layer_norm"

local transformer_block = {}

local Block = {}
Block.__index = Block

--- A block.
-- @tparam rng rng
-- @tparam string name begins the names of all parameters
-- @tparam table opt `dim`, `heads`, `norm` = "pre" | "post", `ffn`: hidden units over dim, `dropout`
-- @treturn transformer_block
function transformer_block.new (rng, name, opt)
  return setmetatable({
    pre = opt.norm == "pre",
    norm1 = layer_norm.new(name .. ".norm1", opt.dim), norm2 = layer_norm.new(name .. ".norm2", opt.dim),
    attention = attention.new(rng, name .. ".attention", opt.dim, opt.heads, opt.dropout),
    feed_forward = feed_forward.new(rng, name .. ".feed_forward", opt.dim, opt.ffn * opt.dim, opt.dropout),
  }, Block)
end

--- Rows of histories, each with those of its segment before it.
-- @tparam tape t
-- @tparam value x (R, dim)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, dim)
function Block:forward (t, x, offsets)
  if self.pre then
    x = t:add(x, self.attention:forward(t, self.norm1:forward(t, x), offsets))
    return t:add(x, self.feed_forward:forward(t, self.norm2:forward(t, x)))
  end
  x = self.norm1:forward(t, t:add(x, self.attention:forward(t, x, offsets)))
  return self.norm2:forward(t, t:add(x, self.feed_forward:forward(t, x)))
end

--- The block's parameters.
-- @treturn {param,...}
function Block:params ()
  local list = {}
  for _, layer in ipairs { self.norm1, self.attention, self.norm2, self.feed_forward } do
    for _, p in ipairs(layer:params()) do list[#list + 1] = p end
  end
  return list
end

return transformer_block
