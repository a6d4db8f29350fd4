--- Optimisers. Adam (Kingma and Ba 2015), with sparse gradients of tables.
-- lazy (default): a step touches the rows that have a gradient and no others,
-- moments included, as torch's SparseAdam does, but with eps where Adam has it;
-- lazy = false: the textbook update of every row, equal to torch's. A table that
-- got a dense gradient (full softmax) is updated densely either way.
-- @module eimf.optim

local core = require "eimf.core"
local pool = require "eimf.pool"
local options = require "eimf.options"

local optim = {}

local Adam = {}
Adam.__index = Adam

local RULES = {
  params = { "table", required = true },
  lr = { "number", above = 0, default = 1e-3 },
  beta1 = { "number", min = 0, below = 1, default = 0.9 },
  beta2 = { "number", min = 0, below = 1, default = 0.999 },
  eps = { "number", above = 0, default = 1e-8 },
  weight_decay = { "number", min = 0, default = 0 },
  clip = { "number", min = 0, default = 0 },
  lazy = { "boolean", default = true },
}

local function zeros_like (x) return core.new("float32", (table.unpack or unpack)(x:shape())) end

--- Adam.
-- @tparam table opt `params` (list, required), `lr`, `beta1`, `beta2`, `eps`, `weight_decay` (L2, added to the
--   gradient as torch's Adam does; of a lazy table only the rows touched), `clip` (largest norm of all gradients
--   together; 0: none), `lazy`
-- @treturn adam
function optim.adam (opt)
  local self = setmetatable(options.check("optim.adam", opt, RULES), Adam)
  self.t, self.pool, self.moments = 0, pool.new(), {}
  for _, p in ipairs(self.params) do
    self.moments[p] = { m = zeros_like(p.data), v = zeros_like(p.data) }
    if p.sparse then p:marks() end
  end
  return self
end

--- Rows that have a gradient, each once, and their gradients. Nothing is asked of memory while rows are marked: where
-- it is refused, the marker stays clean.
local function merge (self, p)
  local marker, n, total, slots = p:marks(), 0, 0, {}
  for i, part in ipairs(p.parts) do
    total = total + part.ids:size()
    slots[i] = self.pool:take("int32", part.ids:size())
  end
  local unique = self.pool:take("int32", math.min(total, p.data:dim(1)))
  for i, part in ipairs(p.parts) do n = core.rows_mark(slots[i], unique, marker, part.ids, n) end
  core.rows_unmark(marker, unique, n)
  local values, filled = self.pool:take("float32", n, p.data:dim(2)), 0
  for i, part in ipairs(p.parts) do filled = core.rows_merge(values, slots[i], part.values, filled) end
  return unique:resize_(n), values
end

--- One gradient for each parameter: { param, g = tensor, ids = the rows of a table that g is of, or nil }.
local function gradients (self)
  local list = {}
  for _, p in ipairs(self.params) do
    if p.sparse and not p.touched then
      if #p.parts > 0 then
        local ids, g = merge(self, p)
        list[#list + 1] = { param = p, g = g, ids = ids }
      end
    elseif p.touched or #p.parts > 0 then
      local g = p:grad()
      for _, part in ipairs(p.parts) do core.rows_add(g, part.ids, part.values, 0) end
      if p.sparse then g:rows(1, 1):fill_(0) end
      list[#list + 1] = { param = p, g = g }
    end
  end
  return list
end

--- What gradients are multiplied with so that their norm is at most `clip`.
local function clip_scale (list, clip)
  if clip == 0 then return 1 end
  local sum = 0
  for _, e in ipairs(list) do sum = sum + core.sum_squares(e.g) end
  local norm = math.sqrt(sum)
  return norm > clip and clip / norm or 1
end

--- Updates one parameter.
local function update (self, e, scale)
  local p, s, ids = e.param, self.moments[e.param], e.ids
  local lr, beta1, beta2, eps, decay, t = self.lr, self.beta1, self.beta2, self.eps, self.weight_decay, self.t
  if not ids then
    core.adam_dense(p.data, s.m, s.v, e.g, lr, beta1, beta2, eps, decay, scale, t)
    if p.sparse then p.data:rows(1, 1):fill_(0) end
  elseif self.lazy then
    core.adam_rows(p.data, s.m, s.v, ids, e.g, lr, beta1, beta2, eps, decay, scale, t)
  else
    local slots, unique = self.pool:take("int32", ids:size()), self.pool:take("int32", ids:size())
    core.rows_mark(slots, unique, p:marks(), ids, 0)                -- row i's number is that of its gradient
    core.adam_table(p.data, s.m, s.v, p:marks(), e.g, lr, beta1, beta2, eps, decay, scale, t)
    core.rows_unmark(p:marks(), ids, ids:size())
  end
end

--- Updates every parameter that has a gradient, and forgets the gradients.
function Adam:step ()
  self.t = self.t + 1
  local list = gradients(self)
  local scale = clip_scale(list, self.clip)
  for _, e in ipairs(list) do
    update(self, e, scale)
    e.param:zero_grad()
  end
  self.pool:reset()
end

--- Moments by name, for checkpoints: the tensors themselves, not copies.
-- @treturn {string=tensor}
function Adam:state ()
  local out = {}
  for _, p in ipairs(self.params) do
    out["adam.m." .. p.name], out["adam.v." .. p.name] = self.moments[p].m, self.moments[p].v
  end
  return out
end

return optim
