--- Item tables: (N+1, D), row 0 always zero, sparse gradients.
-- @module eimf.nn.embedding

local tensor = require "eimf.tensor"
local param = require "eimf.param"
local options = require "eimf.options"

local embedding = {}

--- How a table may begin.
--   normal: N(0, 0.02^2);  tf: Glorot's uniform over [N, D];  torch: N(0, 1)
local initial = {}
function initial.normal (rng, x) return rng:normal(x, 0, 0.02) end
function initial.tf (rng, x)
  local bound = math.sqrt(6 / (x:dim(1) + x:dim(2)))
  return rng:uniform(x, -bound, bound)
end
function initial.torch (rng, x) return rng:normal(x, 0, 1) end

--- An item table.
-- @tparam table opt `n` items, `dim`, `name`, `init` = "normal" | "tf" | "torch"
-- @tparam rng rng
-- @treturn param (n+1, dim), sparse
function embedding.new (opt, rng)
  opt = options.check("nn.embedding", opt, {
    n = { "integer", min = 1, required = true }, dim = { "integer", min = 1, required = true },
    name = { "string", default = "items" }, init = { one_of = { "normal", "tf", "torch" }, default = "normal" },
  })
  local table_ = tensor.zeros(opt.n + 1, opt.dim)
  initial[opt.init](rng, table_)
  table_:rows(1, 1):fill_(0)
  return param.new { data = table_, name = opt.name, sparse = true }
end

return embedding
