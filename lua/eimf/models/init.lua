--- Backbones by name: `models.comirec_sa(opt, n_items, rng)`. A model offers
-- `items` (its table), `params()` and `interests(tape, history)`.
-- @module eimf.models

local models = {}

--- Names of the backbones, the plainest first.
models.names = { "popular", "dnn", "comirec_sa" }

local known = {}
for _, name in ipairs(models.names) do known[name] = true end

return setmetatable(models, {
  __index = function (_, name)
    if not known[name] then return nil end
    return require("eimf.models." .. name).new
  end,
})
