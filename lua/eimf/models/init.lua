--- Backbones by name: `models.comirec_sa(opt, n_items, rng)`. Options are those of models/options.lua: one that is left
-- out has its default, one that the backbone does not know raises. A model offers
-- `items` (its table), `params()` and `interests(tape, history)`, and may offer
-- `every(tape, history)`, the interests after each row, and `extra(tape, step)`,
-- losses of its own (docs/models.md). Neighbour: models/options.lua.
-- @module eimf.models

local check = require "eimf.options".check
local options = require "eimf.models.options"
local rules = require "eimf.option_rules"

local models = {}

--- Names of the backbones, the plainest first.
models.names = { "popular", "dnn", "gru4rec", "sasrec", "mind", "comirec_dr", "comirec_sa", "re4", "remi" }

--- Those that learn: all but popular.
models.trained = {}
for i = 2, #models.names do models.trained[i - 1] = models.names[i] end

local known = {}
for _, name in ipairs(models.names) do known[name] = true end

--- Options of a backbone, checked, defaults filled in, as its constructor does it.
-- @tparam string name
-- @tparam[opt] table given
-- @treturn table
-- @usage print(models.options("mind", { dim = 32 }).iterations)
function models.options (name, given)
  local opt = check("eimf.models." .. name, given, options.of(name))          -- no tail call: the caller is blamed
  return opt
end

--- What of a larger table of options, a run's for instance, a backbone is built from. The constructors themselves
-- refuse what they do not know.
-- @function pick
-- @tparam string name
-- @tparam table given not changed
-- @treturn table
-- @usage local model = models[opt.backbone](models.pick(opt.backbone, opt), set.n_items, eimf.rng(opt.seed))
models.pick = options.pick

local N_ITEMS = { "integer", min = 1, max = 2147483646 }            -- ids are int32, a table has N+1 rows

local function bad_argument (n, name, ...)
  error(("bad argument #%d to '%s' (%s)"):format(n, name, string.format(...)), 3)
end

--- The constructor of a backbone: options checked and filled in once for all of them.
local function constructor (name)
  local new = require("eimf.models." .. name).new
  return function (given, n_items, rng)
    local opt = check("eimf.models." .. name, given, options.of(name))
    if not rules.fits(N_ITEMS, n_items) then
      bad_argument(2, name, "n_items: %s expected, got %s", rules.wanted(N_ITEMS), tostring(n_items))
    end
    if name ~= "popular" and not (type(rng) == "table" and rng.normal and rng.uniform) then
      bad_argument(3, name, "rng: eimf.rng(seed) expected, got %s", tostring(rng))
    end
    return new(opt, n_items, rng)
  end
end

return setmetatable(models, {
  __index = function (self, name)
    if not known[name] then return nil end
    local new = constructor(name)
    rawset(self, name, new)
    return new
  end,
})
