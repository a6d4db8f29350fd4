--- What backbones are built from: for each the rules of its options (see eimf.options), besides those that all take.
-- Recipes, snapshots and serving read them here; a new backbone adds its line.
-- @module eimf.models.options

local ALL = {
  dim         = { "integer", min = 1, max = 4096, default = 64, help = "width of vectors" },
  n_interests = { "integer", min = 1, max = 64, default = 4, help = "of backbones with several" },
  max_len     = { "integer", min = 1, max = 10000, default = 20, help = "newest items of a history that count" },
  init        = { one_of = { "normal", "tf", "torch" }, default = "normal", help = "of the item table" },
  dropout     = { "number", min = 0, below = 1, default = 0.5, help = "on the history's item vectors" },
}

local ROUTING = {
  iterations   = { "integer", min = 1, max = 16, default = 3, help = "of dynamic routing" },
  routing_axis = { one_of = { "interest", "time" }, default = "interest", help = "what a routing softmax sums over" },
}

local DROPOUT_OF = { one_of = { "place", "item" }, default = "place",
                     help = "item: one loses the same elements wherever a batch has it" }

local OWN = {
  comirec_sa = { dropout_of = DROPOUT_OF },
  gru4rec = {
    layers = { "integer", min = 1, max = 16, default = 1, help = "gru4rec: recurrent layers" },
    reset  = { one_of = { "after", "before" }, default = "after", help = "gru4rec: where the reset gate stands" },
  },
  sasrec = {
    blocks = { "integer", min = 1, max = 64, default = 2, help = "sasrec: attention blocks" },
    heads  = { "integer", min = 1, max = 64, default = 1, help = "sasrec: heads of a block; they divide dim" },
    norm   = { one_of = { "pre", "post" }, default = "pre", help = "sasrec: where layer norms stand" },
    ffn    = { "integer", min = 1, max = 16, default = 1, help = "sasrec: width of the feed forward layer over dim" },
  },
  mind = {
    iterations = ROUTING.iterations, routing_axis = ROUTING.routing_axis,
    routing_std = { "number", min = 0, default = 1, help = "mind: deviation of the first routing logits" },
    routing_seed = { "integer", min = 0, default = 1, help = "mind: of the first routing logits" },
    dynamic_k  = { "boolean", default = false, help = "mind: fewer interests for short histories" },
  },
  comirec_dr = { iterations = ROUTING.iterations, routing_axis = ROUTING.routing_axis },
  remi = {
    lambda_routing = { "number", min = 0, default = 10, help = "remi: weight of the routing regulariser" },
  },
  re4 = {
    dropout_of = DROPOUT_OF,
    lambda_attend    = { "number", min = 0, default = 0.1, help = "re4: weight of re-attend" },
    lambda_contrast  = { "number", min = 0, default = 0.1, help = "re4: weight of re-contrast" },
    lambda_construct = { "number", min = 0, default = 0.1, help = "re4: weight of re-construct" },
  },
}

local options = {}

local function merged (into, ...)
  for _, rules in ipairs { ... } do
    for name, rule in pairs(rules) do into[name] = rule end
  end
  return into
end

--- Rules of one backbone's options.
-- @tparam string name
-- @treturn {string=table}
function options.of (name) return merged({}, ALL, OWN[name] or {}) end

--- What of a larger table of options, a run's for instance, a backbone is built from.
-- @tparam string name
-- @tparam table given not changed
-- @treturn table
function options.pick (name, given)
  local out = {}
  for option in pairs(options.of(name)) do out[option] = given[option] end
  return out
end

--- Rules of every backbone's options together; a name means the same in all of them.
-- @treturn {string=table}
function options.all ()
  local out = merged({}, ALL)
  for _, rules in pairs(OWN) do merged(out, rules) end
  return out
end

return options
