--- A model on an evaluation part: interests, exact ranking, metrics, batch by batch. Neighbours: accumulator, diverse,
-- groups, lists, metrics, options, rank.
-- @module eimf.eval.evaluate

local core = require "eimf.core"
local accumulator = require "eimf.eval.accumulator"
local diverse = require "eimf.eval.diverse"
local lists = require "eimf.eval.lists"
local metrics = require "eimf.eval.metrics"
local options = require "eimf.options"
local rank = require "eimf.eval.rank"

local WHERE = "eimf.eval.evaluate"
local ROWS = 51200                       -- of histories that a model reads together, at most
local SPEC = {
  interests = { "function", required = true },
  items = { "userdata", required = true },
  part = { "table", required = true },
  max_len = { "integer", min = 1, default = 1000000000 },
  exclude_seen = { "boolean", default = true },
  n = { "table|number", default = { 5, 10, 20, 50 } },
  ndcg = { one_of = { "standard", "hits", "target_index" }, default = "standard" },
  batch = { "integer", min = 1, default = 1024 },
  groups = { "boolean", default = false },
  counts = { "userdata" },
  categories = { "userdata" },
  diversity = { "number", min = 0, default = 0 },
  candidates = { "integer", min = 1 },
  coverage = { "boolean", default = true },
  per_user = { "boolean", default = false },
}

local PART = { "history_offsets", "history", "target_offsets", "targets" }

local function check_part (part)
  for _, name in ipairs(PART) do
    local x = part[name]
    if not (core.is_tensor(x) and x:dtype() == "int32" and x:rank() == 1) then
      error(("%s: part.%s must be an int32 vector; part is split.valid or split.test"):format(WHERE, name), 3)
    end
  end
  if part.history_offsets:size() ~= part.target_offsets:size() then
    error(("%s: part has %d histories and %d lists of targets"):format(WHERE, part.history_offsets:size() - 1,
      part.target_offsets:size() - 1), 3)
  end
end


local function longest_of (offsets)
  local starts, longest = offsets:totable(), 1
  for u = 1, #starts - 1 do longest = math.max(longest, starts[u + 1] - starts[u]) end
  return longest
end


-- The newest max_len items of users lo .. lo+B-1, as models take them: ids (R), offsets (B+1), positions (R).
local function history_of (part, lo, B, max_len)
  local room = B * max_len
  local history = { ids = core.new("int32", room), offsets = core.new("int32", B + 1),
                    positions = core.new("int32", room) }
  core.jagged_tails(history.ids, history.offsets, history.positions, part.history_offsets, part.history, lo, B, max_len)
  return history
end


local function largest (list)
  return math.max((table.unpack or unpack)(list))
end


-- Ranks users lo .. lo+B-1 and adds what came of it.
local function add_batch (sums, opt, lo, B)
  local part = opt.part
  local seen = { ids = part.history, offsets = part.history_offsets }
  local v = opt.interests(history_of(part, lo, B, opt.max_len))
  if not core.is_tensor(v) or v:dim(1) ~= B then
    error(("%s: interests gave %s for %d histories; expected a tensor (%d, K, D)"):format(WHERE,
      core.is_tensor(v) and v:dim(1) .. " rows" or "a " .. type(v), B, B), 3)
  end
  local ids, scores, odd = rank {
    interests = v, items = opt.items, n = opt.ranked,
    exclude = opt.exclude_seen and lists.slice(seen, lo, B) or nil,
  }
  if opt.diversity > 0 then
    ids = diverse.lists { ranked = ids, scores = scores, categories = opt.categories, lambda = opt.diversity,
                          n = largest(opt.n) }
  end
  sums.nan = sums.nan + odd
  sums:add(ids, lists.slice({ ids = part.targets, offsets = part.target_offsets }, lo, B),
           lists.slice(seen, lo, B).offsets)
end


--- Ranks every user of a part over all items, and says what that is worth. Memory depends on `batch`, not on the
-- number of users (but for `per_user`).
-- @tparam table given
-- @tparam function given.interests history { ids (R), offsets (B+1), positions (R), 1 = newest } -> tensor (B, K, D)
-- or (B, D)
-- @tparam tensor given.items (N+1, D)
-- @tparam table given.part `split.valid` or `split.test`
-- @tparam[opt] integer given.max_len newest items of a history that the model sees; without it all
-- @tparam[opt=true] boolean given.exclude_seen leave out the items of the whole history, whatever max_len
-- @tparam[opt={5,10,20,50}] {integer,...} given.n cut-offs
-- @tparam[opt="standard"] string given.ndcg "standard", "hits" or "target_index"
-- @tparam[opt=1024] integer given.batch users ranked together, fewer where max_len is long
-- @tparam[opt=false] boolean given.groups also by length of history and, given counts, by popularity of the target
-- @tparam[opt] tensor given.counts (N+1) int32, training interactions (`eimf.eval.counts`)
-- @tparam[opt] tensor given.categories (N+1) int32 (`eimf.eval.categories`): also diversity@n
-- @tparam[opt=0] number given.diversity lambda of `eimf.eval.diverse`; above 0 it wants categories
-- @tparam[opt] integer given.candidates that diverse lists are taken from; without it 4 times the largest n, and at
-- least 200
-- @tparam[opt=true] boolean given.coverage also coverage@n
-- @tparam[opt=false] boolean given.per_user keep each user's values, in the part's order
-- @treturn table as `eimf.eval.metrics` gives; `nan` counts users whose interests were not finite (their lists are
-- empty)
-- @usage local m = eimf.eval.evaluate { interests = f, items = table, part = split.valid, max_len = 20 }
local function evaluate (given)
  local opt = options.check(WHERE, given, SPEC)
  check_part(opt.part)
  opt.n = metrics.cutoffs(opt.n, nil, WHERE)
  if opt.diversity > 0 and not opt.categories then error(WHERE .. ": diversity above 0 wants categories", 2) end
  opt.ranked = largest(opt.n)
  if opt.diversity > 0 then opt.ranked = math.max(opt.ranked, opt.candidates or diverse.pool(opt.ranked)) end
  opt.max_len = math.min(opt.max_len, longest_of(opt.part.history_offsets))
  opt.batch = math.min(opt.batch, math.max(1, math.floor(ROWS / math.max(1, opt.max_len))))
  if not core.is_tensor(opt.items) then error(WHERE .. ": items must be a tensor (N+1, D)", 2) end
  local U = opt.part.history_offsets:size() - 1
  local sums = accumulator.new {
    n = opt.n, ndcg = opt.ndcg, users = U, n_items = opt.coverage and opt.items:dim(1) - 1 or nil,
    categories = opt.categories, counts = opt.groups and opt.counts or nil, by_history = opt.groups,
    per_user = opt.per_user,
  }
  for lo = 1, U, opt.batch do add_batch(sums, opt, lo, math.min(opt.batch, U - lo + 1)) end
  return sums:result()
end


return evaluate
