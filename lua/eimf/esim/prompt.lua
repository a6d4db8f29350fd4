--- Prompts: a template (a plain Lua file that returns a table of texts) and a user's titles make a request.
--
--     return {
--       name = "goods", version = 1,                  -- both go into the key of every cached answer
--       ask = "cluster",                              -- what a question is about; or "group": each group for itself
--       shown = 6,                                    -- most central titles of a group, where it is asked about alone
--       order = "groups",                             -- titles of like text stand together; or "time"
--       heading = "Group {letter}",                   -- above each group; without it a line stays empty
--       others = "Others",                            -- above titles that are like no other
--       title = "{number}. {title}",
--       system = "... at most {max} interests ... {example}",
--       user = "... {titles} ...",
--       example = { titles = { { "...", "..." }, { "..." } },      -- groups of titles
--                   interests = { { name =, description =, items = { 1, 2 } } } },
--     }
-- Neighbours: answer, naming (the example keeps the contract), files, json.
-- @module eimf.esim.prompt

local answer = require "eimf.esim.answer"
local files = require "eimf.files"
local json = require "eimf.json"
local naming = require "eimf.esim.naming"

local prompt = {}

local FIELDS = { name = "string", version = "number", order = "string", heading = "string", others = "string",
                 title = "string", system = "string", user = "string", example = "table", ask = "string",
                 shown = "number" }
local CHOICES = { order = { "groups", "time" }, ask = { "cluster", "group" } }
local REQUIRED = { "name", "version", "title", "system", "user" }

local function fail (reason, ...) error({ reason = reason:format(...) }, 0) end

local function check_holders (t)
  local known = { system = "max example", user = "titles n max", title = "number title", heading = "letter" }
  for field, names in pairs(known) do
    for name in (t[field] or ""):gmatch("{(%l+)}") do
      if not (" " .. names .. " "):find(" " .. name .. " ", 1, true) then
        fail("{%s} in '%s' is not known; there are {%s}", name, field, (names:gsub(" ", "}, {")))
      end
    end
  end
  if not t.user:find("{titles}", 1, true) then fail("'user' has no {titles}") end
  if not t.title:find("{title}", 1, true) then fail("'title' has no {title}") end
  if t.ask ~= "group" and not t.title:find("{number}", 1, true) then fail("'title' has no {number}") end
end

-- Why the interests of an example of n titles break the contract.
local function example_fault (t, n)
  local interests = t.example.interests or {}
  if t.ask ~= "group" then return select(2, answer.check_list(interests, n, #interests)) end
  for g in ipairs(t.example.titles) do
    local good, reason = naming.check(interests[g] or {}, {})
    if not good then return ("group %d: %s"):format(g, reason) end
  end
end

local function check_example (t)
  local example, n = t.example, 0
  for _, group in ipairs(type(example.titles) == "table" and example.titles or fail("the example has no titles")) do
    if type(group) ~= "table" then fail("the example's titles are not in groups") end
    n = n + #group
  end
  local reason = example_fault(t, n)
  if reason then fail("the example breaks the contract: %s", reason) end
end

-- Raises { reason = } for a table that is no template.
local function checked (t)
  if type(t) ~= "table" then fail("the file returns a %s, not a table", type(t)) end
  for key, value in pairs(t) do
    if not FIELDS[key] then fail("unknown field '%s'", tostring(key)) end
    if type(value) ~= FIELDS[key] then fail("'%s' is a %s, not a %s", key, type(value), FIELDS[key]) end
  end
  for _, key in ipairs(REQUIRED) do
    if t[key] == nil then fail("no field '%s'", key) end
  end
  for key, two in pairs(CHOICES) do
    if t[key] and t[key] ~= two[1] and t[key] ~= two[2] then
      fail("'%s' is neither \"%s\" nor \"%s\"", key, two[1], two[2])
    end
  end
  if t.shown and (t.shown < 1 or t.shown ~= math.floor(t.shown)) then fail("'shown' is no number of titles") end
  check_holders(t)
  if t.example then check_example(t) end
  return t
end

-- The chunk of a template: it sees no globals, in any Lua.
local function chunk_of (source, path)
  if setfenv then                                                -- luacheck: ignore 113
    local chunk, message = loadstring(source, "@" .. path)       -- luacheck: ignore 113
    return chunk and setfenv(chunk, {}), message                 -- luacheck: ignore 113
  end
  return load(source, "@" .. path, "t", {})                      -- luacheck: ignore 113
end

--- A template from a table or a file.
-- @tparam string|table from path of a Lua file, or the table itself
-- @treturn table template
-- @treturn[2] nil
-- @treturn[2] string "path: reason"
-- @treturn[2] string code "BAD_TEMPLATE", "ENOENT" ...
function prompt.load (from)
  local path, value = "prompt", from
  if type(from) == "string" then
    local source, message, code = files.read(from)
    if not source then return nil, message, code end
    local chunk, why = chunk_of(source, from)
    if not chunk then return nil, why, "BAD_TEMPLATE" end
    local ran, result = pcall(chunk)
    if not ran then return nil, tostring(result), "BAD_TEMPLATE" end
    path, value = from, result
  end
  local good, result = pcall(checked, value)
  if good then return result end
  if type(result) ~= "table" then error(result, 0) end
  return nil, path .. ": " .. result.reason, "BAD_TEMPLATE"
end

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

--- What a template is, in one line of text: for hashes.
-- @tparam table template
-- @treturn string
function prompt.key (template)
  return json.encode(template)
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

local function everything (n)
  local all = {}
  for p = 1, n do all[p] = p end
  return all
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
  if #out == 0 then out[1] = about_group(template, list, everything(#list), most) end
  return out
end

return prompt
