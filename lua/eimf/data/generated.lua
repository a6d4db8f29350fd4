--- The generated catalogue: users, items and time-ordered interactions made
-- from a written-down model with a known truth. Never data of anybody; every
-- set of it says GENERATED. docs/generated.md has the model in full; in short:
--
-- * Items belong to one of S interests (sizes within 1:4); popularity within an
--   interest is Zipf. Eight neighbours by popularity make a line (one brand).
-- * A group of users shares up to 4 interests, strongest first. A user holds
--   1 to 4: the group's, each replaced by an own one with chance 0.2. Weights go
--   in a straight line from those of the start to those of the end of time.
-- * An event is noise (any interest) or stays with the latest interest
--   (persistence) or draws one by its weight now; within it the user goes on
--   along the line of the latest item (succession) or takes one by popularity.
--   No user has an item twice.
--
-- Everything is a function of (seed, user, event): the same with any number of
-- threads. Neighbours: grammar (titles), set.
-- @module eimf.data.generated
local core = require "eimf.core"
local grammar = require "eimf.data.grammar"
local new_set = require("eimf.data.set").new

local generated = {}

local MIN_LENGTH = 5                 -- events of the shortest user
local LONGEST = 20                   -- times the mean: no user is longer
local USERS_PER_GROUP = 100

local defaults = {
  interests = 60, mean_length = 12, noise = 0.1, persistence = 0.6, succession = 0.5, seed = 1,
}

--- Sizes by name; any option may be given over them.
generated.presets = {
  tiny = { users = 200, items = 240, interests = 12 },
  small = { users = 5000, items = 3000 },
  medium = { users = 50000, items = 30000 },
  large = { users = 200000, items = 200000, mean_length = 16 },
  million = { users = 1000000, items = 1000000, mean_length = 20 },
}

local OTHER = { preset = true, in_place_of = true }

-- lowest, highest, whole number?
local ranges = {
  users = { 1, 2000000000, true }, items = { 16, 2000000000, true },
  interests = { 1, grammar.n_interests, true }, groups = { 1, 2000000000, true },
  mean_length = { MIN_LENGTH, 1000 }, noise = { 0, 1 }, persistence = { 0, 1 }, succession = { 0, 1 },
  seed = { 0, 9007199254740991, true },
}

local function check (name, value)
  local range = ranges[name]
  if not range then error("unknown option '" .. tostring(name) .. "' of the generated catalogue", 4) end
  local fits = type(value) == "number" and value >= range[1] and value <= range[2]
    and (not range[3] or value == math.floor(value))
  if not fits then
    error(string.format("option '%s' of the generated catalogue must be a %s within %.0f..%.0f, not %s", name,
                        range[3] and "whole number" or "number", range[1], range[2], tostring(value)), 4)
  end
end

local function overlay (opt, more)
  for name, value in pairs(more) do
    if not OTHER[name] then
      check(name, value)
      opt[name] = value
    end
  end
end

-- Options in full: defaults, then the preset's, then the caller's.
local function resolve (given)
  local preset = generated.presets[given.preset or "small"]
  if not preset then error("unknown preset '" .. tostring(given.preset) .. "' of the generated catalogue", 3) end
  local opt = {}
  overlay(opt, defaults)
  overlay(opt, preset)
  overlay(opt, given)
  opt.groups = opt.groups or math.max(4, math.floor(opt.users / USERS_PER_GROUP))
  opt.min_length = MIN_LENGTH
  opt.max_length = math.min(math.floor(LONGEST * opt.mean_length), math.floor(opt.items / 2))
  if opt.items < 2 * opt.interests or opt.mean_length > opt.max_length then
    error(string.format("the generated catalogue needs more than %d items for %d interests and users of mean length %g",
                        opt.items, opt.interests, opt.mean_length), 3)
  end
  return opt
end

-- A list that is not there: entry i is made when asked for. `#` works from 5.2.
local function lazy (n, make)
  return setmetatable({}, {
    __index = function (_, i)
      if type(i) == "number" and i >= 1 and i <= n and i == math.floor(i) then return make(i) end
    end,
    __len = function () return n end,
  })
end

local function ids (...) return core.new("int32", ...) end

-- Users: the group of each, where events and held interests of each begin.
local function make_users (opt)
  local group, offsets, held_offsets = ids(opt.users), ids(opt.users + 1), ids(opt.users + 1)
  local n = core.catalogue_users(group, offsets, held_offsets, opt)
  local held = ids(held_offsets:get(opt.users + 1))
  core.catalogue_held(held, held_offsets, opt)
  return n, offsets, { user_group = group, user_interests = { offsets = held_offsets, ids = held } }
end

-- Events, then ids by falling popularity; `starts` are raw items (the model's).
local function make_events (opt, n, offsets, truth)
  local starts, items = ids(opt.interests + 1), ids(n)
  local counts, origin, interest = ids(opt.items + 1), ids(opt.items + 1), ids(opt.items + 1)
  core.catalogue_interests(starts, opt)
  core.catalogue_events(items, offsets, starts, opt)
  core.catalogue_number(items, counts, origin, opt)
  core.catalogue_label(interest, origin, starts, opt)
  truth.item_interest, truth.item_origin, truth.starts = interest, origin, starts
  return items, counts
end

-- Rank of an item within its interest, from 0: what its line and title follow.
local function rank_of (truth, id)
  return truth.item_origin:get(id + 1) - 1 - truth.starts:get(truth.item_interest:get(id + 1))
end

local function titles (opt, truth)
  return lazy(opt.items, function (id)
    return grammar.title(opt.seed, truth.item_interest:get(id + 1), rank_of(truth, id))
  end)
end

local function categories (opt, truth)
  return lazy(opt.items, function (id) return { grammar.family(truth.item_interest:get(id + 1)) } end)
end

local function named (letter, n)
  return lazy(n, function (i) return string.format("%s%07d", letter, i) end)
end

local function provenance (opt, in_place_of)
  local stands_in = in_place_of and ", in place of '" .. in_place_of .. "' which is not here" or ""
  return string.format("GENERATED catalogue, no real data%s: %d users, %d items, %d interests, %d groups, seed %.0f",
                       stands_in, opt.users, opt.items, opt.interests, opt.groups, opt.seed)
end

--- Makes a generated set.
-- @tparam[opt] table options preset ("tiny", "small" (default), "medium",
-- "large", "million"); over it users, items, interests (up to 60), groups,
-- mean_length (events of a user, at least 5), noise, persistence, succession
-- (chances), seed; in_place_of = name of the data set it stands in for, told in the provenance
-- @treturn table set, as of any reader, with generated = true and
-- truth = { user_interests = { offsets (U+1), ids } int32 of 1..S, strongest of the start first;
-- user_group (U) int32 of 1..groups; item_interest (N+1) int32, row of item 0 = 0;
-- interest_names, interest_families = lists of S strings; item_origin, starts: the model's numbering }
function generated.open (options)
  options = options or {}
  local opt = resolve(options)
  local n, offsets, truth = make_users(opt)
  local items, counts = make_events(opt, n, offsets, truth)
  truth.interest_names, truth.interest_families = {}, {}
  for s = 1, opt.interests do
    truth.interest_names[s], truth.interest_families[s] = grammar.interest(s), grammar.family(s)
  end
  return new_set {
    name = "generated", generated = true, provenance = provenance(opt, options.in_place_of), core = 0,
    n_users = opt.users, n_items = opt.items, n_interactions = n,
    offsets = offsets, items = items, counts = counts, truth = truth,
    users = named("u", opt.users), item_ids = named("g", opt.items),
    titles = titles(opt, truth), categories = categories(opt, truth),
  }
end

return generated
