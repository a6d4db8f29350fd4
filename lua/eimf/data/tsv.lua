--- The folder form: interactions.tsv (user, item, rating, timestamp) and
-- items.jsonl (item, title, categories), each plain or gzip.
-- Neighbours: builder, items, lines, rows, source.
-- @module eimf.data.tsv
local builder = require "eimf.data.builder"
local items = require "eimf.data.items"
local lines = require "eimf.data.lines"
local rows = require "eimf.data.rows"
local source = require "eimf.data.source"

local tsv = {}

local match = string.match

local HEADER = "user\titem\trating\ttimestamp"
local INTERACTIONS, ITEMS = "interactions.tsv", "items.jsonl"
local LAYOUT = { separator = "\t", n_columns = 4, user = 1, item = 2, time = 4 }      -- what ROW matches
local ROW = "^([^\t]+)\t([^\t]+)\t[^\t]*\t([^\t]*)$"

--- First of `folder`/`stem`.gz and `folder`/`stem` that is there.
-- @tparam string folder
-- @tparam string stem
-- @treturn string|nil path
function tsv.find (folder, stem)
  for _, ending in ipairs { ".gz", "" } do
    local path = folder .. "/" .. stem .. ending
    if source.kind(path) == "file" then return path end
  end
end

local function row_reason (line)
  local _, tabs = line:gsub("\t", "")
  if tabs ~= 3 then return string.format("%d columns where 4 are expected", tabs + 1) end
  return "empty user or item"
end

local function check_header (line)
  if line == HEADER then return true end
  return nil, "wrong columns: the header must be user, item, rating, timestamp with tabs between", "BAD_FORMAT"
end

local function row_consumer (into)
  return function (line, number)
    if number == 1 then return check_header(line) end
    local user, item, text = match(line, ROW)
    if not user then return nil, row_reason(line) end
    local time, reason = rows.time(text)
    if not time then return nil, reason end
    into:add(user, item, time)
    return true
  end
end

--- Reads interactions.tsv into a builder.
-- @tparam string path
-- @tparam table into builder (see `eimf.data.builder`)
-- @tparam table policy for bad lines
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function tsv.read_interactions (path, into, policy)
  local text, message, code = lines.open(path)
  if not text then return nil, message, code end
  local ok
  ok, message, code = rows.feed(text, policy, row_consumer(into), into:reader(LAYOUT))
  if not ok then return nil, message, code end
  into.no_valid = into:gaps()
  return true
end

--- Opens a folder of this form.
-- @tparam string folder
-- @tparam table opts core, on_bad_line, name
-- @treturn[1] table set (see `eimf.data.set`)
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function tsv.open (folder, opts)
  local path = tsv.find(folder, INTERACTIONS)
  if not path then return nil, folder .. ": holds no " .. INTERACTIONS .. "(.gz)", "ENOENT" end
  return builder.open {
    path = folder, opts = opts,
    interactions = function (into, policy) return tsv.read_interactions(path, into, policy) end,
    items = function (set, ids, policy)
      local listing = tsv.find(folder, ITEMS)
      if not listing then return true end
      return items.read_jsonl(listing, set, ids, policy)
    end,
  }
end

return tsv
