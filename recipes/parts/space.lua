-- The space of recipes/studies/tune.lua, from its text or by backbone: every name and value is one that a run would
-- take, so that a wrong one is refused before anything is trained.
local option_rules = require "eimf.option_rules"
local spaces = require "recipes.parts.spaces"
local tune = require "eimf.tune"

local WHOLE_FROM = 10                    -- what is drawn from a range has two digits: whole from here on
local SEARCH = { epochs = "the search gives epochs: least=, most=" }

local function refuse (...) error("space: " .. string.format(...), 0) end

local function sorted_names (table_)
  local names = {}
  for name in pairs(table_) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_value (name, value, rule)
  local _, message = option_rules.read(name, tostring(value), rule)            -- as a run's command line takes it
  if message then refuse("%s", message) end
end

local function check_range (name, range, rule)
  local low, high = range[1], range[2]
  if rule[1] ~= "number" and rule[1] ~= "integer" then
    refuse("option '%s': a range is of numbers; expected %s", name, option_rules.wanted(rule))
  end
  if not (low and high and low > 0 and low < high) then
    refuse("option '%s': a range is of two numbers above 0, the smaller first", name)
  end
  check_value(name, low, rule)
  check_value(name, high, rule)
  if rule[1] == "integer" and low < WHOLE_FROM then
    refuse("option '%s': from a range that begins below %d, numbers are drawn that are not whole; list them", name,
      WHOLE_FROM)
  end
end

--- A space, checked; raises one line.
-- @tparam table opt `space` = "lr=3e-4..5e-3 norm=pre,post", or ""; `what` = "alone" | "eimf"
-- @tparam ?string backbone
-- @tparam {string=table} rules of options that go to every run
-- @treturn table as of eimf.tune.space
return function (opt, backbone, rules)
  local text = opt.space ~= "" and opt.space or opt.what == "eimf" and spaces.eimf or spaces[backbone] or spaces.alone
  local space, names = tune.space(text), sorted_names(rules)
  for _, name in ipairs(sorted_names(space)) do
    local rule, values = rules[name], space[name]
    if SEARCH[name] then refuse("option '%s': %s", name, SEARCH[name]) end
    if not rule then refuse("%s", option_rules.unknown(name, names)) end
    if values.log then check_range(name, values.log, rule) end
    for _, value in ipairs(values) do check_value(name, value, rule) end
  end
  return space
end
