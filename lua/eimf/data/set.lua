--- A set: users, items, and each user's items in the order of time.
-- Neighbours: split.
-- @module eimf.data.set
local core = require "eimf.core"
local split = require "eimf.data.split"

local set = {}

local Set = {}
Set.__index = Set

local REQUIRED = { "name", "n_users", "n_items", "n_interactions", "offsets", "items", "users", "item_ids", "counts",
                   "provenance" }

local function check (fields)
  for _, key in ipairs(REQUIRED) do
    if fields[key] == nil then error("set.new: no field '" .. key .. "'", 3) end
  end
  local function same (what, got, wanted)
    if got == wanted then return end
    error(string.format("set.new: %s has %d elements, wanted %d", what, got, wanted), 4)
  end
  same("offsets", fields.offsets:size(), fields.n_users + 1)
  same("items", fields.items:size(), fields.n_interactions)
  same("counts", fields.counts:size(), fields.n_items + 1)
  same("offsets' last", fields.offsets:get(-1), fields.n_interactions)
end

--- A set of its fields, which are kept as they are.
-- @tparam table fields name, provenance: strings; n_users U, n_items N, n_interactions n;
-- offsets: (U+1) int32; items: (n) int32, ids 1..N; counts: (N+1) int32, popularity, counts[0] = 0;
-- users, item_ids: raw ids as strings; optional titles, categories: by id; generated: boolean;
-- no_valid: {[raw user id] = true} for users whose last row but one is not known
-- @treturn table set
function set.new (fields)
  check(fields)
  fields.titles, fields.categories = fields.titles or {}, fields.categories or {}
  fields.generated, fields.skipped = fields.generated or false, fields.skipped or 0
  return setmetatable(fields, Set)
end

--- Cuts the set for training, validation and test (see `eimf.data.split`).
-- @tparam[opt="leave_one_out"] string protocol "leave_one_out" | "user_split"
-- @tparam[opt] table opts seed = integer, for user_split
-- @treturn[1] table split { protocol, train, valid, test }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "EMPTY_SPLIT"
function Set:split (protocol, opts)
  return split.new(self, protocol, opts)
end

--- Hash of what a model depends on: ids, their raw names, sequences. A
-- snapshot carries it, so that it meets its own data only. It does not depend
-- on paths or titles.
-- @treturn string 16 hexadecimal digits
function Set:fingerprint ()
  if not self.hash then
    local names = self.generated and self.provenance or table.concat(self.item_ids, "\n")
    self.hash = core.hash(self.offsets, self.items, names)
  end
  return self.hash
end

-- Lengths of the users' sequences, the middle one (the mean of two).
local function median_length (self)
  local starts, lengths = self.offsets:totable(), {}
  for u = 1, self.n_users do lengths[u] = starts[u + 1] - starts[u] end
  table.sort(lengths)
  local middle = (self.n_users + 1) / 2
  return (lengths[math.floor(middle)] + lengths[math.ceil(middle)]) / 2
end

-- Items with a title. A generated catalogue makes a title when it is asked
-- for one, and has all: no need to make a million here.
local function titles_known (self)
  if self.generated then return self.n_items end
  local n = 0
  for id = 1, self.n_items do
    if self.titles[id] then n = n + 1 end
  end
  return n
end

local function thousands (n)
  local text = string.format("%.0f", n)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

--- Statistics, as rows of a name and a text.
-- @treturn {{string,string},...}
function Set:stats ()
  local n, format = self.n_interactions, string.format
  local rows = {
    { "users", thousands(self.n_users) },
    { "items", thousands(self.n_items) },
    { "interactions", thousands(n) },
    { "density", format("%.4f %%", 100 * n / self.n_users / self.n_items) },
    { "mean length", format("%.2f", n / self.n_users) },
    { "median length", format("%g", median_length(self)) },
    { "titles known", format("%.2f %%", 100 * titles_known(self) / self.n_items) },
  }
  if self.skipped > 0 then
    rows[#rows + 1] = { "lines skipped", format("%s, the first: %s", thousands(self.skipped), self.first_skipped) }
  end
  return rows
end

--- The statistics as a table to print, below the line of provenance.
-- @treturn string
function Set:__tostring ()
  local out = { self.provenance }
  for _, row in ipairs(self:stats()) do out[#out + 1] = string.format("  %-14s %12s", row[1], row[2]) end
  return table.concat(out, "\n")
end

--- Prints the statistics.
function Set:print_stats ()
  print(tostring(self))
end

return set
