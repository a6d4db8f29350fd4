-- Options of recipes/interests.lua: of rules.lua, what concerns data; all of semantic_rules.lua; one of its own.
local all, rules = require "recipes.parts.rules", {}

for _, name in ipairs { "data", "out", "seed", "threads", "download", "protocol", "users", "items", "core",
                        "data_seed", "fraction" } do
  rules[name] = all[name]
end
for name, rule in pairs(require "recipes.parts.semantic_rules") do rules[name] = rule end
rules.summary = { "boolean", default = false, help = "write numbers, silhouette among them, to summary.json" }

return rules
