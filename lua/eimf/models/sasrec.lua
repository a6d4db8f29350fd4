--- SASRec (Kang and McAuley 2018): a causal transformer over the history. K = 1: its newest row.
--   x_r = dropout(sqrt(D) e_r + p_r)      e item vectors, p by position from the newest
--   x   = block(x), once for each of `blocks`
--   v   = norm x_n                        with norms before the layers of a block ("pre"); "post": x_n
-- @module eimf.models.sasrec

local tensor = require "eimf.tensor"
local param = require "eimf.param"
local embedding = require "eimf.nn.embedding"
local layer_norm = require "eimf.nn.layer_norm"
local transformer_block = require "eimf.nn.transformer_block"

local POSITION_STD = 0.1

local sasrec = {}

local Sasrec = {}
Sasrec.__index = Sasrec

--- A model.
-- @tparam table opt `dim`, `max_len`, `blocks`, `heads`, `norm` = "pre" | "post", `ffn`, `dropout`, `init`
-- @tparam integer n_items
-- @tparam rng rng
-- @treturn model
function sasrec.new (opt, n_items, rng)
  local D = opt.dim
  local self = setmetatable({
    dropout = opt.dropout, scale = math.sqrt(D), blocks = {},
    items = embedding.new({ n = n_items, dim = D, init = opt.init }, rng),
    positions = param.new { data = rng:normal(tensor.zeros(opt.max_len, D), 0, POSITION_STD), name = "positions" },
    norm = opt.norm == "pre" and layer_norm.new("norm", D) or nil,
  }, Sasrec)
  for i = 1, opt.blocks do self.blocks[i] = transformer_block.new(rng, "block" .. i, opt) end
  return self
end

--- What each row knows of the history up to it.
local function rows (self, t, history)
  local x = t:embedding(self.items, history.ids)                               -- (R, D)
  x = t:dropout(t:add_positions(x, history.offsets, self.positions, self.scale), self.dropout)
  for _, block in ipairs(self.blocks) do x = block:forward(t, x, history.offsets) end
  return self.norm and self.norm:forward(t, x) or x
end

--- Interests of histories. An empty history gives zeros.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (B, 1, D)
function Sasrec:interests (t, history)
  local v = t:segment_last(rows(self, t, history), history.offsets)            -- (B, D)
  return t:reshape(v, v.data:dim(1), 1, v.data:dim(2))
end

--- Interest after each row of the histories.
-- @tparam tape t
-- @tparam table history { ids (R), offsets (B+1) }
-- @treturn value (R, 1, D)
function Sasrec:every (t, history)
  local x = rows(self, t, history)
  return t:reshape(x, x.data:dim(1), 1, x.data:dim(2))
end

--- Parameters, the item table first.
-- @treturn {param,...}
function Sasrec:params ()
  local list = { self.items, self.positions }
  local function add (layer)
    for _, p in ipairs(layer:params()) do list[#list + 1] = p end
  end
  for _, block in ipairs(self.blocks) do add(block) end
  if self.norm then add(self.norm) end
  return list
end

return sasrec
