--- Questions about a cluster: a template and the titles of its exemplar make requests, one about all titles or one
-- about each group of like ones. Neighbours: answer and naming (their schemas), groups, json; templates:
-- eimf.esim.template.
-- @module eimf.esim.prompt

local answer = require "eimf.esim.answer"
local groups_of = require "eimf.esim.groups"
local json = require "eimf.json"
local naming = require "eimf.esim.naming"

local prompt = {}

local function filled (text, values)
  return (text:gsub("{(%l+)}", function (name) return values[name] and tostring(values[name]) end))
end

local function heading_of (template, g, others)
  if others and template.others then return template.others end
  return template.heading and filled(template.heading, { letter = string.char(64 + (g - 1) % 26 + 1) })
end

-- Lines of groups of titles, numbered on.
local function lines_of (template, list)
  local lines, number = {}, 0
  for g, group in ipairs(list) do
    if #list > 1 then
      if g > 1 then lines[#lines + 1] = "" end
      lines[#lines + 1] = heading_of(template, g, g == list.others)
    end
    for _, title in ipairs(group) do
      number = number + 1
      lines[#lines + 1] = filled(template.title, { number = number, title = title })
    end
  end
  return table.concat(lines, "\n")
end

-- Each group of the example with its answer, as a question is about one.
local function examples_text (template)
  local parts = {}
  for g, titles in ipairs(template.example.titles) do
    parts[g] = lines_of(template, { titles }) .. "\nAnswer:\n" .. json.encode(template.example.interests[g])
  end
  return table.concat(parts, "\n\n")
end

local function example_text (template)
  if not template.example then return "" end
  if template.ask == "group" then return examples_text(template) end
  local titles = template.example.titles
  local list = { others = #titles > 1 and #titles[#titles] == 1 and #titles or nil, (table.unpack or unpack)(titles) }
  return lines_of(template, list) .. "\nAnswer:\n"
    .. json.encode { interests = template.example.interests }
end

local function request_of (template, most, shown, n, schema)
  return {
    system = filled(template.system, { max = most, example = example_text(template) }),
    user = filled(template.user, { titles = lines_of(template, shown), n = n, max = most }),
    template = template.name .. "/" .. ("%g"):format(template.version), schema = schema, n = n,
  }
end

-- One question about all titles; its `order` has their positions by the number shown.
local function about_all (template, list, groups, most)
  local order, shown, placed = {}, {}, {}
  local function place (group)
    local texts = {}
    table.sort(group)                                            -- oldest first
    for i, p in ipairs(group) do texts[i], order[#order + 1], placed[p] = list[p], p, true end
    if #texts > 0 then shown[#shown + 1] = texts end
  end
  if template.order ~= "time" then
    for _, group in ipairs(groups) do
      if #group > 1 then place({ (table.unpack or unpack)(group) }) end
    end
  end
  local rest = {}
  for p = 1, #list do
    if not placed[p] then rest[#rest + 1] = p end
  end
  place(rest)
  if #rest > 0 then shown.others = #shown end
  local request = request_of(template, most, shown, #list, answer.schema(#list, most))
  request.order = order
  return request
end

-- The question about one group; its `items` are the group's positions.
local function about_group (template, list, group, most)
  local shown = {}
  for i = 1, math.min(template.shown or #group, #group) do shown[i] = list[group[i]] end
  local request = request_of(template, most, { shown }, #shown, naming.schema())
  request.items = group
  return request
end

--- The questions about one cluster.
-- @tparam table template
-- @tparam {string,...} list titles, oldest first
-- @tparam {{integer,...},...} groups positions in the list by likeness, largest group first, most central first in
-- each; those in none, or alone, come last, or are not asked about where a question is about a group
-- @tparam integer most interests
-- @treturn {table,...} requests { system, user, template = "goods/1", schema, n = titles shown } and either
-- `order` = positions in the list by the number shown, or `items` = positions of the group that is asked about
function prompt.requests (template, list, groups, most)
  if template.ask ~= "group" then return { about_all(template, list, groups, most) } end
  local out = {}
  for g = 1, math.min(most, #groups) do out[g] = about_group(template, list, groups[g], most) end
  if #out == 0 then out[1] = about_group(template, list, groups_of.whole(#list), most) end
  return out
end

return prompt
