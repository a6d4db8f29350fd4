--- Makes a set out of interactions that come one by one: grouped by user,
-- stably sorted by (time, order of adding), cut to its k-core, ids given by
-- falling popularity. Rows wait in int32 tensors of a chunk each, 16 bytes a
-- row: user, item, time. Neighbours: set, rows.
-- @module eimf.data.builder
local core = require "eimf.core"
local new_set = require("eimf.data.set").new
local rows = require "eimf.data.rows"

local builder = {}

local Builder = {}
Builder.__index = Builder

local CHUNK = 16384                       -- rows
local COLLECT = 32                        -- chunks; between them text that was read piles up
local MAX_ROWS = 2147483647 - CHUNK       -- offsets are int32
local DEFAULT_CORE = 5

local function ids (...) return core.new("int32", ...) end

--- An empty builder.
-- @treturn table builder
function builder.new ()
  return setmetatable({ users = core.names(), items = core.names(),           -- raw ids, numbered as first seen
                        chunks = {}, filled = CHUNK }, Builder)               -- rows of the last chunk
end

-- A chunk that has room for a row.
local function open_chunk (self)
  local chunks = self.chunks
  if self.filled == CHUNK then
    if #chunks * CHUNK > MAX_ROWS then error("more interactions than 2^31: int32 offsets cannot count them", 0) end
    if #chunks % COLLECT == COLLECT - 1 then collectgarbage() end
    chunks[#chunks + 1], self.filled = { users = ids(CHUNK), items = ids(CHUNK), times = ids(CHUNK, 2) }, 0
  end
  return chunks[#chunks]
end

--- Adds an interaction. The same (user, item) may come again.
-- @tparam string user
-- @tparam string item
-- @tparam number time finite; ties keep the order of adding
function Builder:add (user, item, time)
  local chunk, n = open_chunk(self), self.filled + 1
  core.events_put(chunk.users, chunk.items, chunk.times, n, self.users:number(user), self.items:number(item), time)
  self.filled = n
end

--- Nothing more is to be learned of an item: a reader whose layout says `settled` takes its lines.
-- @tparam string item
function Builder:settle (item)
  self.items:settle(item)
end

--- What adds ordinary lines of a text, many at once (`take` of `eimf.data.lines`).
-- @tparam table layout of the columns, see `core.delimited_read`
-- @treturn function (text, at, mixed) -> where the next line begins, lines taken
function Builder:reader (layout)
  return function (text, at, mixed)
    local lines, more, chunk = 0
    repeat
      chunk = open_chunk(self)
      at, more, self.filled = core.delimited_read(self.users, self.items, chunk.users, chunk.items, chunk.times,
                                                  self.filled, text, at, mixed, layout)
      lines = lines + more
    until self.filled < CHUNK
    return at, lines
  end
end

-- Ends adding: the last chunk holds as many rows as were added.
local function finish (self)
  local last = self.chunks[#self.chunks]
  if not last then return end
  last.users:resize_(self.filled)
  last.items:resize_(self.filled)
  last.times:resize_(self.filled, 2)
end

--- Users whose row before the last is missing, where the times are an order index: 0, 1, 2, ... for each user. Adding
-- has ended.
-- @treturn table|nil {[user] = true}; nil: none, or the times are no order index
function Builder:gaps ()
  local gap, user, before, last = ids(self.users:count()), 0, 0, 0
  finish(self)
  for _, chunk in ipairs(self.chunks) do
    user, before, last = core.events_gaps(gap, chunk.users, chunk.times, user, before, last)
    if not user then return nil end
  end
  if last - before > 1 then gap:set(user, 1) end
  local found = {}
  for n, name in ipairs(self.users:list()) do
    if gap:get(n) == 1 then found[name] = true end
  end
  return next(found) and found or nil
end

-- Counting sort of the chunks by user, then by time within each user.
local function sorted (self)
  local offsets = ids(self.users:count() + 1)
  for _, chunk in ipairs(self.chunks) do core.events_count(offsets, chunk.users) end
  core.events_starts(offsets)
  local items, times, cursor = ids(self.n_rows), ids(self.n_rows, 2), offsets:clone()
  for i, chunk in ipairs(self.chunks) do
    core.events_place(items, times, cursor, chunk.users, chunk.items, chunk.times)
    self.chunks[i] = false
  end
  collectgarbage()                                 -- what the chunks held
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
  local n_all = self.items:count()
  local user_counts, item_counts = ids(self.users:count()), ids(n_all)
  local n_users, n_items, n = core.events_core(user_counts, item_counts, offsets, items, k)
  if n == 0 then return nil end
  local rank, origin, counts = ids(n_all), ids(n_items), ids(n_items + 1)
  core.events_rank(rank, origin, counts, item_counts)
  local set = { n_users = n_users, n_items = n_items, n_interactions = n,
                offsets = ids(n_users + 1), items = ids(n), counts = counts }
  local kept = ids(n_users)
  core.events_compact(set.offsets, set.items, kept, offsets, items, user_counts, rank)
  set.users, set.item_ids = pick(self.users:list(), kept, n_users), pick(self.items:list(), origin, n_items)
  return set
end

-- nil, message, code of a set that would be empty.
local function refuse (self, path, k)
  if self.n_rows == 0 then return nil, path .. ": no interactions", "EMPTY" end
  return nil, string.format("%s: the %d-core filter leaves nothing of %d interactions of %d users and %d items",
                            path, k, self.n_rows, self.users:count(), self.items:count()), "EMPTY_SET"
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
  finish(self)
  self.n_rows = #self.chunks > 0 and (#self.chunks - 1) * CHUNK + self.filled or 0
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
