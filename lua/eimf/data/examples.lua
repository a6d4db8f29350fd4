--- Jagged batches: training examples, and histories for evaluation.
-- An example is a target and what its user did before it. A batch holds the
-- histories end to end, no padding: ids (R), offsets (B+1), positions (R) that
-- count back from the newest item. In mode "all" it holds windows of sequences,
-- and every row has a target, the item that follows it. What epoch e, step s
-- holds is a function of (seed, e, s): a run that is resumed sees what it would
-- have seen.
-- @module eimf.data.examples
-- @usage
-- local ex = examples.new(split.train, { max_len = 20, batch = 256, seed = 1 })
-- local batch
-- for step = 1, ex:steps() do batch = ex:batch(1, step, batch) end
local core = require "eimf.core"

local examples = {}

local Examples, Histories = {}, {}
Examples.__index, Histories.__index = Examples, Histories

local DEFAULTS = { mode = "prefix", max_len = 20, batch = 256, seed = 1, passes = 1 }
local MODES = { prefix = true, cut = true, all = true }
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

local EXAMPLE_OPTIONS = { "mode", "max_len", "batch", "seed", "passes",
                          mode = true, max_len = true, batch = true, seed = true, passes = true }
local HISTORY_OPTIONS = { "max_len", "batch", max_len = true, batch = true }

-- Number of examples: positions with something before them, or users who have
-- one ("cut"); and the most of one user.
local function count_examples (train, mode)
  local starts, n, most = train.offsets:totable(), 0, 0
  for u = 1, #starts - 1 do
    local choices = math.max(starts[u + 1] - starts[u] - 1, 0)
    n, most = n + (mode == "cut" and math.min(choices, 1) or choices), math.max(most, choices)
  end
  return n, most
end

-- Windows are whole: a batch of them has about as many rows as another, and as many batches make every epoch. No share
-- of the rows is shorter than a window, so there is a window for every batch.
local function plan_windows (self, most)
  local longest = math.min(self.max_len, most)
  self.n_steps = math.max(1, math.floor(self.n / math.max(self.batch_size, longest)))
  self.room = math.ceil(self.n / self.n_steps) + longest
  self.order = ids(core.jagged_windows(nil, self.train.offsets, self.max_len))
  self.starts = ids(self.n_steps + 1)
end

--- Training examples of a train part.
-- @tparam table train { offsets = (U+1) int32, items = (n) int32 }
-- @tparam[opt] table opts mode = "prefix" (every position that has a history) | "cut" (one random position
-- of each user and epoch) | "all" (sequences in windows of at most max_len, cut from their ends: every position
-- is a target once a pass, and `batch` counts positions, about), max_len = 20, batch = 256, seed = 1, passes = 1: how
-- many times an epoch goes over the examples, each time in another order
-- @treturn[1] table examples
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "EMPTY": no user has two training items
function examples.new (train, opts)
  local self = with_defaults("examples", opts, EXAMPLE_OPTIONS)
  if not MODES[self.mode] then
    error(string.format("examples: mode must be \"prefix\", \"cut\" or \"all\", got %q", tostring(self.mode)), 2)
  end
  check_count("examples", "seed", self.seed, 0)
  check_count("examples", "passes", self.passes, 1)
  local most
  self.train = train
  self.n, most = count_examples(train, self.mode)
  if self.n == 0 then return nil, "no training examples: no user has two training items", "EMPTY" end
  if self.mode == "all" then plan_windows(self, most)
  else self.n_steps, self.order = math.ceil(self.n / self.batch_size), ids(self.n) end
  return setmetatable(self, Examples)
end

--- Number of examples of a pass.
-- @treturn integer
function Examples:count () return self.n end

--- Number of batches of an epoch.
-- @treturn integer
function Examples:steps () return self.passes * self.n_steps end

-- The order of a pass, kept until another one is asked for; of windows, also where each batch begins.
local function shuffle (self, pass)
  if self.pass == pass then return end
  local order, offsets = self.order, self.train.offsets
  if self.mode == "cut" then core.jagged_cuts(order, offsets, self.seed, pass)
  elseif self.mode == "all" then core.jagged_windows(order, offsets, self.max_len)
  else core.jagged_prefixes(order, offsets) end
  core.permute(order, self.seed, "shuffle", pass)
  if self.starts then core.jagged_shares(self.starts, order, offsets, self.max_len, self.n) end
  self.pass = pass
end

local function new_batch (histories, rows, targets)
  return {
    history = { ids = ids(rows), offsets = ids(histories + 1), positions = ids(rows) },
    targets = ids(targets), users = ids(targets),
  }
end

-- Examples lo .. lo+n-1 of the order, gathered into a batch.
local function gathered (self, gather, into, lo, n)
  local history, train = into.history, self.train
  return gather(history.ids, history.offsets, history.positions, into.targets, into.users, self.order, train.offsets,
                train.items, lo, n, self.max_len)
end

local function batch_of_windows (self, step, into)
  local lo, hi = self.starts:get(step), self.starts:get(step + 1)
  into = into or new_batch(self.room, self.room, self.room)
  into.rows = gathered(self, core.jagged_gather_windows, into, lo + 1, hi - lo)
  into.size = into.rows
  return into
end

--- One batch.
-- @tparam integer epoch from 0
-- @tparam integer step 1..steps()
-- @tparam[opt] table into a batch of the same examples, written over; without it a new one is made
-- @treturn table { history = { ids (R), offsets (B+1), positions (R) }, targets (B), users (B), size = B, rows = R };
--   mode "all": targets (R), users (R), size = R, and B windows
function Examples:batch (epoch, step, into)
  check_count("batch", "epoch", epoch, 0)
  check_count("batch", "step", step, 1)
  if step > self:steps() then error(string.format("batch: step %d of %d", step, self:steps()), 2) end
  shuffle(self, epoch * self.passes + math.floor((step - 1) / self.n_steps))
  step = (step - 1) % self.n_steps + 1
  if self.mode == "all" then return batch_of_windows(self, step, into) end
  local first = (step - 1) * self.batch_size
  into = into or new_batch(self.batch_size, self.batch_size * self.max_len, self.batch_size)
  into.size = math.min(self.batch_size, self.n - first)
  into.rows = gathered(self, core.jagged_gather, into, first + 1, into.size)
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
  into = into or new_batch(self.batch_size, self.batch_size * self.max_len, 0)
  local history, part = into.history, self.part
  into.rows = core.jagged_tails(history.ids, history.offsets, history.positions, part.history_offsets, part.history,
                                first, size, self.max_len)
  into.first, into.size = first, size
  return into
end

return examples
