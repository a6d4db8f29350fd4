--- Exact top n over all items. Neighbours: lists, options.
-- @module eimf.eval.rank

local core = require "eimf.core"
local lists = require "eimf.eval.lists"
local options = require "eimf.options"

local WHERE = "eimf.eval.rank"
local MOST = 2147483647
local SPEC = {
  interests = { "userdata", required = true },
  items = { "userdata", required = true },
  n = { "integer", min = 1, max = MOST, default = 50 },
  exclude = { "table" },
}

local function shape_text (x)
  return "(" .. table.concat(x:shape(), ", ") .. ")"
end


local function check_tensor (name, x, ranks)
  if not core.is_tensor(x) or x:dtype() ~= "float32" then
    error(("%s: %s must be a float32 tensor"):format(WHERE, name), 4)
  end
  if not ranks[x:rank()] then
    error(("%s: %s has shape %s; wanted %s"):format(WHERE, name, shape_text(x), ranks.wanted), 4)
  end
end


-- Interests as (U, K, D), checked against the items.
local function checked (opt)
  check_tensor("interests", opt.interests, { [2] = true, [3] = true, wanted = "(U, K, D) or (U, D)" })
  check_tensor("items", opt.items, { [2] = true, wanted = "(N+1, D)" })
  local v = opt.interests
  if v:rank() == 2 then v = v:reshape(v:dim(1), 1, v:dim(2)) end
  if v:dim(3) ~= opt.items:dim(2) or v:dim(2) == 0 or v:dim(3) == 0 or opt.items:dim(1) == 0 then
    error(("%s: interests %s do not go with items %s; wanted (U, K, D) or (U, D) and (N+1, D)"):format(
      WHERE, shape_text(opt.interests), shape_text(opt.items)), 3)
  end
  return v
end


--- The n items with the highest scores for each user, of all items: score(u, i) = max_k v_uk . e_i.
-- Equal scores: the smaller id first. Where fewer than n items are left, a row ends with id 0 and score -inf.
-- A user whose interests hold a NaN or an infinity gets a row of 0. The result does not depend on threads, nor on
-- the users ranked beside one.
-- @tparam table given
-- @tparam tensor given.interests (U, K, D) float32, or (U, D) for one vector a user
-- @tparam tensor given.items (N+1, D) float32; row 0 is no item
-- @tparam[opt=50] integer given.n how many
-- @tparam[opt] table given.exclude ids to leave out, any order: a list of U id lists, or
-- `{ ids = (m) int32, offsets = (U+1) int32 }`
-- @treturn tensor ids (U, n) int32, best first
-- @treturn tensor scores (U, n) float32
-- @treturn integer users whose interests are not finite
-- @usage local ids, scores = eimf.eval.rank { interests = v, items = e, n = 10, exclude = { {1, 2}, {} } }
local function rank (given)
  local opt = options.check(WHERE, given, SPEC)
  local v = checked(opt)
  local U = v:dim(1)
  local ids, scores = core.new("int32", U, opt.n), core.new("float32", U, opt.n)
  if opt.exclude then
    local list = lists.jagged(opt.exclude, U, WHERE .. ": exclude", 2)
    core.rank_top(ids, scores, v, opt.items, lists.distinct(list, 1, U, opt.items:dim(1) - 1))
  else
    core.rank_top(ids, scores, v, opt.items)
  end
  return ids, scores, core.odd_rows(v)
end


return rank
