--- Metrics of ranked lists. Neighbours: accumulator, lists, options.
-- @module eimf.eval.metrics

local core = require "eimf.core"
local accumulator = require "eimf.eval.accumulator"
local lists = require "eimf.eval.lists"
local options = require "eimf.options"

local metrics = {}

local MOST_CUTS = 32
local NDCG = { "standard", "hits", "target_index" }
local WHERE = "eimf.eval.metrics"
local SPEC = {
  ranked = { "userdata", required = true },
  targets = { "table", required = true },
  n = { "table|number", required = true },
  ndcg = { one_of = NDCG, default = "standard" },
  per_user = { "boolean", default = false },
  n_items = { "integer", min = 1 },
  categories = { "userdata" },
  counts = { "userdata" },
  histories = { "table" },
}

--- Cut-offs as a list, checked: whole numbers from 1 to the columns ranked. Raises otherwise.
-- @tparam {integer,...}|integer n
-- @tparam ?integer columns nil: not known yet
-- @tparam string where for errors
-- @treturn {integer,...}
function metrics.cutoffs (n, columns, where)
  local cuts = type(n) == "number" and { n } or n
  if #cuts == 0 or #cuts > MOST_CUTS then
    error(("%s: n holds %d cut-offs; expected 1 to %d"):format(where, #cuts, MOST_CUTS), 3)
  end
  for _, cut in ipairs(cuts) do
    if type(cut) ~= "number" or cut < 1 or math.floor(cut) ~= cut or cut > 2147483647 then
      error(("%s: cut-off %s of n is not a whole number of at least 1"):format(where, tostring(cut)), 3)
    end
    if columns and cut > columns then
      error(("%s: cut-off %d of n, but only %d items are ranked for each user"):format(where, cut, columns), 3)
    end
  end
  return cuts
end


local function check_table (name, x)
  if x and not (core.is_tensor(x) and x:dtype() == "int32" and x:rank() == 1) then
    error(("%s: %s must be an int32 tensor (N+1)"):format(WHERE, name), 3)
  end
end


--- Metrics of ranked lists against targets; see docs/evaluation.md for each formula.
-- Repeated targets count once, id 0 is no target, and users without targets are left out of the means.
-- @tparam table given
-- @tparam tensor given.ranked (U, n) int32, best first, 0 where a list has ended
-- @tparam table given.targets list of U id lists, or `{ ids = (m), offsets = (U+1) }` int32
-- @tparam {integer,...} given.n cut-offs, each at most the columns of `ranked`
-- @tparam[opt="standard"] string given.ndcg "standard", "hits" or "target_index"
-- @tparam[opt=false] boolean given.per_user keep each user's values
-- @tparam[opt] integer given.n_items N: also coverage@n
-- @tparam[opt] tensor given.categories (N+1) int32 (`eimf.eval.categories`): also diversity@n
-- @tparam[opt] tensor given.counts (N+1) int32, training interactions: also groups by popularity of the target
-- @tparam[opt] table given.histories list of U id lists, or jagged: also groups by length of history
-- @treturn table `{ ["recall@10"] =, ["ndcg@10"] =, ["hit@10"] =, ["mrr@10"] =, ..., users = U with targets }`, and
-- where asked for `["coverage@10"]`, `["diversity@10"]`, `groups = { history = {["<5"] = {...}}, popularity = {} }`,
-- `per_user = { names = {"recall@10", ...}, values = (U, columns) float32 }`, NaN for users without targets
-- @usage local m = eimf.eval.metrics { ranked = ids, targets = { {7}, {3, 9} }, n = { 10, 20 } }
function metrics.of (given)
  local opt = options.check(WHERE, given, SPEC)
  local ranked = opt.ranked
  if not core.is_tensor(ranked) or ranked:dtype() ~= "int32" or ranked:rank() ~= 2 then
    error(WHERE .. ": ranked must be an int32 tensor (U, n)", 2)
  end
  check_table("categories", opt.categories)
  check_table("counts", opt.counts)
  local U = ranked:dim(1)
  local targets = lists.jagged(opt.targets, U, WHERE .. ": targets", 2)
  local histories = opt.histories and lists.jagged(opt.histories, U, WHERE .. ": histories", 2)
  local sums = accumulator.new {
    n = metrics.cutoffs(opt.n, ranked:dim(2), WHERE), ndcg = opt.ndcg, users = U, n_items = opt.n_items,
    categories = opt.categories, counts = opt.counts, by_history = histories ~= nil, per_user = opt.per_user,
  }
  return sums:add(ranked, targets, histories and histories.offsets):result()
end


return metrics
