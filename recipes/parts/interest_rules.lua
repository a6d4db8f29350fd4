-- Options of recipes/interests.lua: data_rules.lua and all of semantic_rules.lua; a folder, and one of its own.
local rules = { out = require("recipes.parts.rules").out }

for _, more in ipairs { require "recipes.parts.data_rules", require "recipes.parts.semantic_rules" } do
  for name, rule in pairs(more) do rules[name] = rule end
end
rules.summary = { "boolean", default = false, help = "write numbers, silhouette among them, to summary.json" }

return rules
