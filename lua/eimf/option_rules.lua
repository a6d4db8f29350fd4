--- What an option may be: checks, conversion from text, words for messages. Used by `eimf.options`, which says
-- how rules are written.
-- @module eimf.option_rules

local rules = {}

local MAX_WHOLE = 9007199254740992       -- 2^53: what a double counts exactly
local MAX_DISTANCE = 2                   -- changes between a name and one that is suggested for it
local TRUTH = { ["true"] = true, yes = true, on = true, ["1"] = true,
                ["false"] = false, no = false, off = false, ["0"] = false }

--- The rule of a plain default; rules are tables with a kind or names.
-- @param entry rule, default or nil
-- @param default of an option without a rule
-- @treturn table rule
function rules.rule_of (entry, default)
  if type(entry) == "table" and (type(entry[1]) == "string" or entry.one_of) then return entry end
  local example = entry
  if example == nil then example = default end
  return { example == nil and "any" or type(example), default = example }
end


local function kind_of (rule)
  return rule.one_of and "string" or rule[1]
end


-- "of at least 1 and below 8", or "" without limits.
local function limits_text (rule)
  local parts = {}
  if rule.min and rule.max then return ("from %s to %s"):format(rule.min, rule.max) end
  if rule.min then parts[#parts + 1] = "of at least " .. rule.min end
  if rule.above then parts[#parts + 1] = "above " .. rule.above end
  if rule.max then parts[#parts + 1] = "of at most " .. rule.max end
  if rule.below then parts[#parts + 1] = "below " .. rule.below end
  return table.concat(parts, " and ")
end


local WORDS = { integer = "a whole number", number = "a number", boolean = "true or false", string = "text" }

--- What a rule allows, in words: "a whole number from 1 to 4096".
-- @tparam table rule
-- @treturn string
function rules.wanted (rule)
  if rule.one_of then return "one of " .. table.concat(rule.one_of, ", ") end
  local word = WORDS[rule[1]] or "a " .. rule[1]:gsub("|", " or ")
  local limits = limits_text(rule)
  return limits == "" and word or word .. " " .. limits
end


local function within (rule, value)
  return value > -math.huge and value < math.huge
    and not (rule.min and value < rule.min or rule.max and value > rule.max
      or rule.above and value <= rule.above or rule.below and value >= rule.below)
end


local function has_kind (kind, value)
  if kind == "any" then return true end
  if kind == "integer" then
    return type(value) == "number" and math.abs(value) <= MAX_WHOLE and math.floor(value) == value
  end
  return type(value) == kind
end


local function listed (names, value)
  for _, name in ipairs(names) do
    if name == value then return true end
  end
  return false
end


--- Does the value keep the rule?
-- @tparam table rule
-- @param value anything
-- @treturn boolean
function rules.fits (rule, value)
  if rule.one_of then return listed(rule.one_of, value) end
  for kind in rule[1]:gmatch("[^|]+") do
    if has_kind(kind, value) then return type(value) ~= "number" or within(rule, value) end
  end
  return false
end


-- Changes of one letter that make b of a (Levenshtein).
local function distance (a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + (same and 0 or 1))
    end
  end
  return row[#b]
end


--- The message for a name that is not known, with the nearest one that is.
-- @tparam string name
-- @tparam {string,...} names the known ones
-- @treturn string "unknown option 'bacth'; did you mean 'batch'?"
function rules.unknown (name, names)
  local best, least = nil, math.min(MAX_DISTANCE, #name - 1) + 1
  for _, known in ipairs(names) do
    local d = distance(name, known)
    if d < least then best, least = known, d end
  end
  return ("unknown option '%s'"):format(name) .. (best and ("; did you mean '%s'?"):format(best) or "")
end


local function shown (value)
  if type(value) == "string" then return "'" .. value .. "'" end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return "a " .. type(value)
end


--- The message for a value that breaks its rule.
-- @tparam string name
-- @param value anything
-- @tparam table rule
-- @treturn string
function rules.misfit (name, value, rule)
  return ("option '%s': %s is not %s"):format(name, shown(value), rules.wanted(rule))
end


--- A value from its text; nil where the text cannot be one.
-- @tparam table rule
-- @tparam string text
-- @return value or nil
function rules.converted (rule, text)
  local kind = kind_of(rule)
  if kind == "string" or kind == "any" then return text end
  if kind == "boolean" then return TRUTH[text] end
  if kind ~= "number" and kind ~= "integer" then return nil end
  local value = text:match("^[+-]?[%d.]+[eE]?[+-]?%d*$") and tonumber(text)
  if value and kind == "integer" and has_kind(kind, value) then return math.floor(value) end
  return value or nil
end


--- A value from its text, by its rule.
-- @tparam string name
-- @tparam string text
-- @tparam table rule
-- @return value; or nil and the message
function rules.read (name, text, rule)
  local value = rules.converted(rule, text)
  if value ~= nil and rules.fits(rule, value) then return value end
  return nil, ("option '%s': %s is not %s"):format(name, text, rules.wanted(rule))
end


return rules
