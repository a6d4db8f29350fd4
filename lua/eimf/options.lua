--- Options: `name=value` arguments of recipes, and the one table that constructors take.
-- A rule says what an option may be:
--
--     { "integer", min = 1, max = 4096, default = 64, help = "width of vectors" }
--     { "number", above = 0, below = 1 }         -- min and max are allowed values, above and below are not
--     { one_of = { "uniform", "log_uniform" } }  -- names
--     { "boolean" }, { "string" }, { "table" }, { "function|table", required = true }, { "any" }
--
-- A plain value in a rule's place is its default, and the type is the default's.
-- Numbers are finite; "integer" is a whole number. The rules themselves are in `eimf.option_rules`.
-- @module eimf.options

local rules = require "eimf.option_rules"

local options = {}

local function names_of (...)
  local seen, names = {}, {}
  for i = 1, select("#", ...) do
    for name in pairs((select(i, ...))) do
      if not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  table.sort(names)
  return names
end


-- Puts one argument into `given`; nil, or what is wrong with it.
local function take (argument, known, names, given)
  argument = argument:gsub("%c", "?")                        -- messages stay on one line
  local name, text = argument:match("^([^=]+)=(.*)$")
  if not name then return ("'%s' is not name=value"):format(argument) end
  local rule = known[name]
  if not rule then return rules.unknown(name, names) end
  if given[name] ~= nil then return ("option '%s' is given twice"):format(name) end
  if text == "" then return ("option '%s' has no value; expected %s"):format(name, rules.wanted(rule)) end
  local message
  given[name], message = rules.read(name, text, rule)
  return message
end


local function rules_for (defaults, spec)
  local names, known = names_of(defaults, spec), {}
  for _, name in ipairs(names) do known[name] = rules.rule_of(spec[name], defaults[name]) end
  return known, names
end


local function default_of (rule, defaults, name)
  if defaults[name] ~= nil then return defaults[name] end
  return rule.default
end


--- Options of a recipe from its arguments.
-- Never raises for what a user typed; raises where a default breaks its own rule.
-- @tparam {string,...} arguments as in `arg`: `{"dim=64", "resume=true"}`
-- @tparam table defaults `{name = value}`; the type is the default's where `spec` has no rule
-- @tparam[opt] table spec `{name = rule}`
-- @treturn table `{name = value}`, every default filled in
-- @treturn[2] nil
-- @treturn[2] string one line; or the listing of options where `help` is among the arguments
-- @treturn[2] string "BAD_OPTION", or "HELP"
-- @usage local opt, message = options.parse(arg, { dim = 64, lr = 1e-3 }, { dim = { "integer", min = 1 } })
function options.parse (arguments, defaults, spec)
  local known, names = rules_for(defaults, spec or {})
  local given = {}
  for _, argument in ipairs(arguments) do
    if argument == "help" or argument == "--help" or argument == "-h" then
      return nil, options.describe(defaults, spec), "HELP"
    end
    local message = take(argument, known, names, given)
    if message then return nil, message, "BAD_OPTION" end
  end
  for _, name in ipairs(names) do
    local rule, default = known[name], default_of(known[name], defaults, name)
    if default ~= nil and not rules.fits(rule, default) then
      error("default of " .. rules.misfit(name, default, rule), 2)
    end
    if given[name] == nil then given[name] = default end
    if given[name] == nil and rule.required then
      return nil, ("option '%s' is missing; expected %s"):format(name, rules.wanted(rule)), "BAD_OPTION"
    end
  end
  return given
end


--- Options of a constructor: checks them and fills in defaults. Raises, blaming the constructor's caller, for
-- unknown names, wrong types, values out of range and missing required ones.
-- @tparam string where the constructor's name, for messages: "eimf.models.dnn"
-- @tparam ?table given what the caller passed; not changed
-- @tparam table spec `{name = rule or default}`
-- @treturn table a new table
-- @usage local opt = options.check("eimf.optim.adam", given, { lr = { "number", above = 0, default = 1e-3 } })
function options.check (where, given, spec)
  given = given == nil and {} or given
  if type(given) ~= "table" then error(where .. ": a table of options expected, got a " .. type(given), 3) end
  local known, names = rules_for({}, spec)
  local result = {}
  for name in pairs(given) do
    if not known[name] then error(where .. ": " .. rules.unknown(tostring(name), names), 3) end
  end
  for _, name in ipairs(names) do
    local rule, value = known[name], given[name]
    if value == nil then value = rule.default
    elseif not rules.fits(rule, value) then error(where .. ": " .. rules.misfit(name, value, rule), 3) end
    if value == nil and rule.required then
      error(("%s: option '%s' is missing; expected %s"):format(where, name, rules.wanted(rule)), 3)
    end
    result[name] = value
  end
  return result
end


--- The options as a listing: name, default, what is allowed, help.
-- @tparam table defaults
-- @tparam[opt] table spec
-- @treturn string lines, sorted by name
function options.describe (defaults, spec)
  local known, names = rules_for(defaults, spec or {})
  local lines, width = {}, 0
  for i, name in ipairs(names) do
    local default = default_of(known[name], defaults, name)
    lines[i] = name .. "=" .. (default == nil and "" or type(default) == "table" and "..." or tostring(default))
    width = math.max(width, #lines[i])
  end
  for i, name in ipairs(names) do
    local help = known[name].help and "; " .. known[name].help or ""
    lines[i] = "  " .. lines[i] .. (" "):rep(width - #lines[i] + 2) .. rules.wanted(known[name]) .. help
  end
  return table.concat(lines, "\n")
end


return options
