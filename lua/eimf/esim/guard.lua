--- The leakage guard: what users like is read from training interactions only.
-- @module eimf.esim.guard

local guard = {}

local function fail (...) error("eimf.esim: " .. string.format(...), 0) end

local function starts_of (part, n_users)
  if type(part) ~= "table" or not part.offsets or not part.items then
    fail("train must be the training part of a split { offsets, items }")
  end
  if part.offsets:size() ~= n_users + 1 then
    fail("train has %d users, the set %d", part.offsets:size() - 1, n_users)
  end
  return part.offsets:totable()
end

-- Every user's training items are the first ones of the user's sequence.
local function check_prefix (set, train)
  local t, s = starts_of(train, set.n_users), set.offsets:totable()
  local mine, all = train.items:totable(), set.items:totable()
  for u = 1, set.n_users do
    local n = t[u + 1] - t[u]
    if n > s[u + 1] - s[u] then fail("user %d trains on %d items of %d", u, n, s[u + 1] - s[u]) end
    for i = 1, n do
      if mine[t[u] + i] ~= all[s[u] + i] then
        fail("training item %d of user %d is not item %d of the user's sequence", i, u, i)
      end
    end
  end
  return t
end

-- What a part asks for comes after everything that trains.
local function check_part (t, part)
  local starts = part.history_offsets:totable()
  for i, u in ipairs(part.users:totable()) do
    local trained, seen = t[u + 1] - t[u], starts[i + 1] - starts[i]
    if trained > seen then
      fail("leak: user %d trains on %d items, but the held-out ones begin after %d", u, trained, seen)
    end
  end
end

--- Raises where training holds what is not the beginning of a user's sequence, or what a part holds out.
-- @tparam table set
-- @tparam table train part { offsets, items }
-- @tparam[opt] {table,...} held_out evaluation parts, as of a split
function guard.check (set, train, held_out)
  local t = check_prefix(set, train)
  for _, part in ipairs(held_out or {}) do check_part(t, part) end
end

return guard
