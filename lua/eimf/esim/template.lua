--- Templates of questions: a plain Lua file that returns a table of texts, which a user can copy and change.
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
-- Neighbours: answer, naming (the example keeps the contract), files, json. eimf.esim.prompt fills it in.
-- @module eimf.esim.template

local answer = require "eimf.esim.answer"
local files = require "eimf.files"
local json = require "eimf.json"
local naming = require "eimf.esim.naming"

local template = {}

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
function template.load (from)
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

--- What a template is, in one line of text: for hashes.
-- @tparam table t template
-- @treturn string
function template.key (t)
  return json.encode(t)
end

return template
