-- Options of recipes that train nothing: of rules.lua, what concerns data, its split, seed and threads.
local all, rules = require "recipes.parts.rules", {}

for _, name in ipairs { "data", "seed", "threads", "download", "protocol", "users", "items", "core", "data_seed",
                        "fraction" } do
  rules[name] = all[name]
end

return rules
