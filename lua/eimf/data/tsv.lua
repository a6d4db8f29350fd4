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

local find, match = string.find, string.match

local HEADER = "user\titem\trating\ttimestamp"
local INTERACTIONS, ITEMS = "interactions.tsv", "items.jsonl"
local SIMPLE_TIME = "^%d%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?$"    -- at most 12 digits
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

-- Watches an order index: a column that counts 0, 1, 2, ... for each user.
-- A user whose last step is larger than 1 misses the row before the last.
local function gap_watcher ()
  local gaps, is_index = {}, true
  local user, before, last
  local function finish ()
    if last and last - before > 1 then gaps[user] = true end
  end
  return function (u, time)
    if not is_index then return end
    if u == user then
      before, last = last, time
      return
    end
    finish()
    if time ~= 0 then is_index = false end
    user, before, last = u, time, time
  end, function ()
    if not is_index then return nil end
    finish()
    return next(gaps) and gaps or nil
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

local function row_consumer (into, watch)
  return function (line, number)
    if number == 1 then return check_header(line) end
    local user, item, text = match(line, ROW)
    if not user then return nil, row_reason(line) end
    local time, reason = find(text, SIMPLE_TIME) and tonumber(text), nil
    if not time then time, reason = rows.time(text) end
    if not time then return nil, reason end
    watch(user, time)
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
  local watch, gaps = gap_watcher()
  local ok
  ok, message, code = rows.feed(text, policy, row_consumer(into, watch))
  if not ok then return nil, message, code end
  into.no_valid = gaps()
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
