--- Jagged batches: training examples, and histories for evaluation.
-- An example is a target and what its user did before it. A batch holds the
-- histories end to end, no padding: ids (R), offsets (B+1), positions (R) that
-- count back from the newest item. What epoch e, step s holds is a function of
-- (seed, e, s): a run that is resumed sees what it would have seen.
-- @module eimf.data.examples
-- @usage
-- local ex = examples.new(split.train, { max_len = 20, batch = 256, seed = 1 })
-- local batch
-- for step = 1, ex:steps() do batch = ex:batch(1, step, batch) end
local core = require "eimf.core"

local examples = {}

local Examples, Histories = {}, {}
Examples.__index, Histories.__index = Examples, Histories

local DEFAULTS = { mode = "prefix", max_len = 20, batch = 256, seed = 1 }
local MODES = { prefix = true, cut = true }
local MAX_ROWS = 2147483647

local function ids (n) return core.new("int32", n) end

local function check_count (who, name, value, least)
  if type(value) == "number" and value >= least and value == math.floor(value) and value <= MAX_ROWS then return end
  error(string.format("%s: %s must be a whole number >= %d, got %s", who, name, least, tostring(value)), 4)
end

local function with_defaults (who, opts, known)
  local out = {}
  for key in pairs(opts or {}) do
    if not known[key] then error(string.format("%s: unknown option '%s'", who, tostring(key)), 3) end
  end
  for _, key in ipairs(known) do
    out[key] = opts and opts[key]
    if out[key] == nil then out[key] = DEFAULTS[key] end
  end
  check_count(who, "max_len", out.max_len, 1)
  check_count(who, "batch", out.batch, 1)
  if out.batch * out.max_len > MAX_ROWS then error(who .. ": batch * max_len is beyond int32", 3) end
  out.batch_size, out.batch = out.batch, nil    -- `batch` is the method's name
  return out
end

local EXAMPLE_OPTIONS = { "mode", "max_len", "batch", "seed", mode = true, max_len = true, batch = true, seed = true }
local HISTORY_OPTIONS = { "max_len", "batch", max_len = true, batch = true }

-- Number of examples: positions with something before them, or users who have
-- one ("cut").
local function count_examples (train, mode)
  local starts, n = train.offsets:totable(), 0
  for u = 1, #starts - 1 do
    local choices = math.max(starts[u + 1] - starts[u] - 1, 0)
    n = n + (mode == "cut" and math.min(choices, 1) or choices)
  end
  return n
end

--- Training examples of a train part.
-- @tparam table train { offsets = (U+1) int32, items = (n) int32 }
-- @tparam[opt] table opts mode = "prefix" (every position that has a history) | "cut" (one random position
-- of each user and epoch), max_len = 20, batch = 256, seed = 1
-- @treturn[1] table examples
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "EMPTY": no user has two training items
function examples.new (train, opts)
  local self = with_defaults("examples", opts, EXAMPLE_OPTIONS)
  if not MODES[self.mode] then
    error(string.format("examples: mode must be \"prefix\" or \"cut\", got %q", tostring(self.mode)), 2)
  end
  check_count("examples", "seed", self.seed, 0)
  self.train, self.n = train, count_examples(train, self.mode)
  if self.n == 0 then return nil, "no training examples: no user has two training items", "EMPTY" end
  self.order = ids(self.n)                -- of the epoch last asked for
  return setmetatable(self, Examples)
end

--- Number of examples of an epoch.
-- @treturn integer
function Examples:count () return self.n end

--- Number of batches of an epoch; the last one may be smaller.
-- @treturn integer
function Examples:steps () return math.ceil(self.n / self.batch_size) end

local function shuffle (self, epoch)
  if self.epoch == epoch then return end
  if self.mode == "cut" then core.jagged_cuts(self.order, self.train.offsets, self.seed, epoch)
  else core.jagged_prefixes(self.order, self.train.offsets) end
  core.permute(self.order, self.seed, "shuffle", epoch)
  self.epoch = epoch
end

local function new_batch (batch, max_len)
  return {
    history = { ids = ids(batch * max_len), offsets = ids(batch + 1), positions = ids(batch * max_len) },
    targets = ids(batch), users = ids(batch),
  }
end

--- One batch.
-- @tparam integer epoch from 0
-- @tparam integer step 1..steps()
-- @tparam[opt] table into a batch of the same examples, written over; without it a new one is made
-- @treturn table { history = { ids (R), offsets (B+1), positions (R) }, targets (B), users (B), size = B, rows = R }
function Examples:batch (epoch, step, into)
  check_count("batch", "epoch", epoch, 0)
  check_count("batch", "step", step, 1)
  local size = math.min(self.batch_size, self.n - (step - 1) * self.batch_size)
  if size < 1 then error(string.format("batch: step %d of %d", step, self:steps()), 2) end
  shuffle(self, epoch)
  into = into or new_batch(self.batch_size, self.max_len)
  local history, train = into.history, self.train
  into.rows = core.jagged_gather(history.ids, history.offsets, history.positions, into.targets, into.users, self.order,
                                 train.offsets, train.items, (step - 1) * self.batch_size + 1, size, self.max_len)
  into.size = size
  return into
end

--- Histories of an evaluation part, batch by batch, in its order.
-- @tparam table part { history_offsets = (V+1) int32, history = int32 }
-- @tparam[opt] table opts max_len = 20, batch = 256
-- @treturn table histories
function examples.histories (part, opts)
  local self = with_defaults("histories", opts, HISTORY_OPTIONS)
  self.part, self.n = part, part.history_offsets:size() - 1
  return setmetatable(self, Histories)
end

--- Number of histories.
-- @treturn integer
function Histories:count () return self.n end

--- Number of batches.
-- @treturn integer
function Histories:steps () return math.ceil(self.n / self.batch_size) end

--- One batch: the newest max_len items of histories first .. first+B-1.
-- @tparam integer step 1..steps()
-- @tparam[opt] table into a batch of the same histories, written over
-- @treturn table { history = { ids (R), offsets (B+1), positions (R) }, first, size = B, rows = R }
function Histories:batch (step, into)
  check_count("batch", "step", step, 1)
  local first = (step - 1) * self.batch_size + 1
  local size = math.min(self.batch_size, self.n - first + 1)
  if size < 1 then error(string.format("batch: step %d of %d", step, self:steps()), 2) end
  into = into or new_batch(self.batch_size, self.max_len)
  local history, part = into.history, self.part
  into.rows = core.jagged_tails(history.ids, history.offsets, history.positions, part.history_offsets, part.history,
                                first, size, self.max_len)
  into.first, into.size = first, size
  return into
end

return examples
