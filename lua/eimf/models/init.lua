--- Backbones by name: `models.comirec_sa(opt, n_items, rng)`. A model offers
-- `items` (its table), `params()` and `interests(tape, history)`, and may offer
-- `every(tape, history)`, the interests after each row, and `extra(tape, step)`,
-- losses of its own (docs/models.md). Neighbour: models/options.lua.
-- @module eimf.models

local check = require "eimf.options".check
local options = require "eimf.models.options"

local models = {}

--- Names of the backbones, the plainest first.
models.names = { "popular", "dnn", "gru4rec", "sasrec", "mind", "comirec_dr", "comirec_sa", "re4", "remi" }

--- Those that learn: all but popular.
models.trained = {}
for i = 2, #models.names do models.trained[i - 1] = models.names[i] end

local known = {}
for _, name in ipairs(models.names) do known[name] = true end

--- Options of a backbone, checked, defaults filled in.
-- @tparam string name
-- @tparam[opt] table given
-- @treturn table
-- @usage local model = models.mind(models.options("mind", { dim = 32 }), set.n_items, eimf.rng(1))
function models.options (name, given) return check("eimf.models." .. name, given, options.of(name)) end

return setmetatable(models, {
  __index = function (_, name)
    if not known[name] then return nil end
    return require("eimf.models." .. name).new
  end,
})
