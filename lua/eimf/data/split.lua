--- Protocols: which part of a set trains, validates, tests.
-- A train part is { offsets (U+1), items }, users numbered as in the set. An
-- evaluation part is { users (V), history_offsets (V+1), history,
-- target_offsets (V+1), targets }: all int32 tensors, users from 1.
-- @module eimf.data.split
local core = require "eimf.core"

local split = {}

local OPTIONS = { seed = true, fraction = true }
local LEAST_LENGTH = 3                    -- one item to train, one to validate, one to test
local TENTHS = { train = 8, valid = 1 }   -- of ten; the rest tests
local HISTORY_TENTHS = 8

local function ids (values) return core.from_table("int32", values) end

local function sum (values)
  local total = 0
  for i = 1, #values do total = total + values[i] end
  return total
end

local function slice (set, users, first, count)
  local offsets, items = core.new("int32", #users + 1), core.new("int32", sum(count))
  core.jagged_slice(offsets, items, set.offsets, set.items, ids(users), ids(first), ids(count))
  return offsets, items
end

-- First `count[u]` items of every user.
local function train_part (set, count)
  local users, first = {}, {}
  for u = 1, set.n_users do users[u], first[u] = u, 0 end
  local offsets, items = slice(set, users, first, count)
  return { offsets = offsets, items = items }
end

-- For each of `users`: history[v] items, and target[v] items behind them.
local function evaluation_part (set, users, history, target)
  local zero = {}
  for v = 1, #users do zero[v] = 0 end
  local part = { users = ids(users) }
  part.history_offsets, part.history = slice(set, users, zero, history)
  part.target_offsets, part.targets = slice(set, users, history, target)
  return part
end

local function lengths (set)
  local starts, out = set.offsets:totable(), {}
  for u = 1, set.n_users do out[u] = starts[u + 1] - starts[u] end
  return out
end

-- Users of an evaluation part, each with a last item behind `n - back`.
local function last_items (set, length, back, left_out)
  local users, history, target = {}, {}, {}
  for u = 1, set.n_users do
    if length[u] >= LEAST_LENGTH and not (left_out and left_out[set.users[u]]) then
      local v = #users + 1
      users[v], history[v], target[v] = u, length[u] - back, 1
    end
  end
  return evaluation_part(set, users, history, target)
end

local protocols = {}

--- Test: the last item; valid: the last but one; train: what is before. A user
-- of fewer than 3 items only trains; one whose last item but one is not known
-- (set.no_valid) trains and tests.
function protocols.leave_one_out (set)
  local length, count = lengths(set), {}
  for u = 1, set.n_users do
    local held = set.no_valid and set.no_valid[set.users[u]] and 1 or 2
    count[u] = length[u] < LEAST_LENGTH and length[u] or length[u] - held
  end
  return {
    train = train_part(set, count),
    valid = last_items(set, length, 2, set.no_valid),
    test = last_items(set, length, 1),
  }
end

-- Users order[lo..hi]: history = the first 80 %, targets = the rest. A user of
-- one item has no history and is left out.
local function shared_part (set, length, order, lo, hi)
  local users, history, target = {}, {}, {}
  for i = lo, hi do
    local u = order[i]
    local n = math.floor(length[u] * HISTORY_TENTHS / 10)
    if n > 0 then
      local v = #users + 1
      users[v], history[v], target[v] = u, n, length[u] - n
    end
  end
  return evaluation_part(set, users, history, target)
end

--- Users 8 : 1 : 1, disjoint, by a seeded permutation (ComiRec's protocol).
function protocols.user_split (set, opts)
  local length, count, all = lengths(set), {}, {}
  for u = 1, set.n_users do all[u], count[u] = u, 0 end
  local shuffled = ids(all)
  core.permute(shuffled, opts.seed or 1, "split", 0)
  local order = shuffled:totable()
  local train_end = math.floor(set.n_users * TENTHS.train / 10)
  local valid_end = math.floor(set.n_users * (TENTHS.train + TENTHS.valid) / 10)
  for i = 1, train_end do count[order[i]] = length[order[i]] end
  return {
    train = train_part(set, count),
    valid = shared_part(set, length, order, train_end + 1, valid_end),
    test = shared_part(set, length, order, valid_end + 1, set.n_users),
  }
end

-- The users whose training sequences are kept: the first of a seeded permutation, so that a larger fraction has
-- those of a smaller one.
local function kept_users (count, fraction, seed)
  local users = {}
  for u = 1, #count do
    if count[u] > 0 then users[#users + 1] = u end
  end
  if #users == 0 then return {} end
  local order, keep = ids(users), {}
  core.permute(order, seed, "split", 1)
  order = order:totable()
  for i = 1, math.ceil(fraction * #users) do keep[order[i]] = true end
  return keep
end

-- The training part of a fraction of the users; the others' sequences are empty.
local function thinned (set, train, fraction, seed)
  local starts, count = train.offsets:totable(), {}
  for u = 1, set.n_users do count[u] = starts[u + 1] - starts[u] end
  local keep = kept_users(count, fraction, seed)
  for u = 1, set.n_users do count[u] = keep[u] and count[u] or 0 end
  return train_part(set, count)
end

local function check (protocol, opts)
  if not protocols[protocol] then
    error(string.format("split: protocol must be \"leave_one_out\" or \"user_split\", got %q", tostring(protocol)), 4)
  end
  for key in pairs(opts) do
    if not OPTIONS[key] then error("split: unknown option '" .. tostring(key) .. "'", 4) end
  end
  local fraction = opts.fraction or 1
  if type(fraction) ~= "number" or not (fraction > 0 and fraction <= 1) then
    error("split: fraction must be a number above 0 and of at most 1, got " .. tostring(fraction), 4)
  end
end

--- Cuts a set.
-- @tparam table set
-- @tparam[opt="leave_one_out"] string protocol "leave_one_out" | "user_split"
-- @tparam[opt] table opts seed = integer >= 0 (default 1), used by user_split and for fraction; fraction = 1: share of
-- the training users whose sequences are kept, the other users train nothing; all are validated and tested
-- @treturn[1] table split { protocol, train, valid, test }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "EMPTY_SPLIT": nobody is left to validate or test
function split.new (set, protocol, opts)
  protocol, opts = protocol or "leave_one_out", opts or {}
  check(protocol, opts)
  local out = protocols[protocol](set, opts)
  if opts.fraction and opts.fraction < 1 then
    out.train = thinned(set, out.train, opts.fraction, opts.seed or 1)
  end
  for _, part in ipairs { "valid", "test" } do
    if out[part].users:size() == 0 then
      return nil, string.format("%s: %s leaves no user to %s: %d users, and a user needs at least %d interactions",
                                set.name, protocol, part == "valid" and "validate" or "test", set.n_users,
                                protocol == "leave_one_out" and LEAST_LENGTH or 2), "EMPTY_SPLIT"
    end
  end
  out.protocol = protocol
  return out
end

return split
