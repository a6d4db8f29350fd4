--- Makes a set out of interactions that come one by one: grouped by user,
-- stably sorted by (time, order of adding), cut to its k-core, ids given by
-- falling popularity. Rows wait in int32 tensors of a chunk each, so that
-- nothing is a Lua table per interaction. Neighbours: set, rows.
-- @module eimf.data.builder
local core = require "eimf.core"
local new_set = require("eimf.data.set").new
local rows = require "eimf.data.rows"

local builder = {}

local Builder = {}
Builder.__index = Builder

local CHUNK = 16384                       -- rows
local MAX_ROWS = 2147483647 - CHUNK       -- offsets are int32
local DEFAULT_CORE = 5

local function ids (...) return core.new("int32", ...) end

--- An empty builder.
-- @treturn table builder
function builder.new ()
  return setmetatable({
    users = {}, user_number = {}, n_users = 0,        -- raw id <-> number, as first seen
    items = {}, item_number = {}, n_items = 0,
    row_users = {}, row_items = {}, row_times = {}, filled = 0,
    chunks = {}, n_rows = 0,
  }, Builder)
end

local function number_user (self, user)
  local n = self.n_users + 1
  self.n_users, self.users[n], self.user_number[user] = n, user, n
  return n
end

local function number_item (self, item)
  local n = self.n_items + 1
  self.n_items, self.items[n], self.item_number[item] = n, item, n
  return n
end

-- Moves the waiting rows into tensors.
local function flush (self)
  local n = self.filled
  if n == 0 then return end
  if self.n_rows > MAX_ROWS then error("more interactions than 2^31: int32 offsets cannot count them", 0) end
  local chunk = { users = ids(n), items = ids(n), times = ids(n, 2) }
  core.events_pack(chunk.users, chunk.items, chunk.times, self.row_users, self.row_items, self.row_times)
  self.chunks[#self.chunks + 1] = chunk
  self.n_rows, self.filled = self.n_rows + n, 0
end

--- Adds an interaction. The same (user, item) may come again.
-- @tparam string user
-- @tparam string item
-- @tparam number time finite; ties keep the order of adding
function Builder:add (user, item, time)
  local n = self.filled + 1
  self.row_users[n] = self.user_number[user] or number_user(self, user)
  self.row_items[n] = self.item_number[item] or number_item(self, item)
  self.row_times[n] = time
  self.filled = n
  if n == CHUNK then flush(self) end
end

-- Counting sort of the chunks by user, then by time within each user.
local function sorted (self)
  local offsets = ids(self.n_users + 1)
  for _, chunk in ipairs(self.chunks) do core.events_count(offsets, chunk.users) end
  core.events_starts(offsets)
  local items, times, cursor = ids(self.n_rows), ids(self.n_rows, 2), offsets:clone()
  for i, chunk in ipairs(self.chunks) do
    core.events_place(items, times, cursor, chunk.users, chunk.items, chunk.times)
    self.chunks[i] = false
  end
  core.events_sort(items, times, offsets)
  return offsets, items
end

local function pick (raw, numbers, n)
  local out = {}
  for i = 1, n do out[i] = raw[numbers:get(i)] end
  return out
end

-- The k-core, renumbered: fields of a set, and raw item -> id.
local function compact (self, k)
  local offsets, items = sorted(self)
  local user_counts, item_counts = ids(self.n_users), ids(self.n_items)
  local n_users, n_items, n = core.events_core(user_counts, item_counts, offsets, items, k)
  if n == 0 then return nil end
  local rank, origin, counts = ids(self.n_items), ids(n_items), ids(n_items + 1)
  core.events_rank(rank, origin, counts, item_counts)
  local set = { n_users = n_users, n_items = n_items, n_interactions = n,
                offsets = ids(n_users + 1), items = ids(n), counts = counts }
  local kept = ids(n_users)
  core.events_compact(set.offsets, set.items, kept, offsets, items, user_counts, rank)
  set.users, set.item_ids = pick(self.users, kept, n_users), pick(self.items, origin, n_items)
  return set
end

-- nil, message, code of a set that would be empty.
local function refuse (self, path, k)
  if self.n_rows == 0 then return nil, path .. ": no interactions", "EMPTY" end
  return nil, string.format("%s: the %d-core filter leaves nothing of %d interactions of %d users and %d items",
                            path, k, self.n_rows, self.n_users, self.n_items), "EMPTY_SET"
end

--- Ends adding and makes the set; the builder is used up.
-- @tparam table opts path = string (for messages), core = 5 | 0 or any size,
-- name = string, provenance = string
-- @treturn[1] table set
-- @treturn[1] table raw item id -> id, for titles
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "EMPTY", "EMPTY_SET"
function Builder:build (opts)
  local k = opts.core or DEFAULT_CORE
  flush(self)
  self.row_users, self.row_items, self.row_times, self.user_number, self.item_number = nil, nil, nil, nil, nil
  local fields = self.n_rows > 0 and compact(self, k)
  if not fields then return refuse(self, opts.path, k) end
  local filter = k > 0 and string.format("%d-core", k) or "unfiltered"
  fields.name, fields.no_valid, fields.core = opts.name, self.no_valid, k
  fields.provenance = opts.provenance or string.format("%s, %s, %s", opts.name, filter, opts.path)
  local of_raw = {}
  for id, raw in ipairs(fields.item_ids) do of_raw[raw] = id end
  return new_set(fields), of_raw
end

local function check_core (k)
  if k == nil or (type(k) == "number" and k >= 0 and k == math.floor(k)) then return end
  error(string.format("core must be a whole number >= 0, got %s", tostring(k)), 3)
end

-- The last part of a path, without its endings.
local function base_name (path)
  return (path:gsub("/+$", ""):match("[^/]+$") or path):gsub("%.gz$", ""):gsub("%.%w+$", "")
end

--- The course of every reader: interactions, set, what is known of items.
-- @tparam table form path, opts (core, on_bad_line, name),
-- interactions = function (builder, policy), items = function (set, ids, policy)
-- @treturn[1] table set
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function builder.open (form)
  local opts = form.opts
  check_core(opts.core)
  local policy, into = rows.policy(opts.on_bad_line), builder.new()
  local ok, message, code = form.interactions(into, policy)
  if not ok then return nil, message, code end
  local set, of_raw, code2 = into:build { path = form.path, core = opts.core, name = opts.name or base_name(form.path) }
  if not set then return nil, of_raw, code2 end
  ok, message, code = form.items(set, of_raw, policy)
  if not ok then return nil, message, code end
  set.skipped, set.first_skipped = policy.skipped, policy.first
  return set
end

return builder
