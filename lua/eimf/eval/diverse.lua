--- Lists between accuracy and diversity: from each user's best candidates the n that, one after the other, have the
-- largest score(i) + lambda * |{ j in the list : category(j) differs from category(i) }| (Cen et al., KDD 2020).
-- Neighbour: options.
-- @module eimf.eval.diverse

local core = require "eimf.core"
local options = require "eimf.options"

local diverse = {}

local WHERE = "eimf.eval.diverse"
local LEAST_POOL, POOL = 200, 4          -- candidates: so many times n, and at least so many
local SPEC = {
  ranked = { "userdata", required = true }, scores = { "userdata", required = true },
  categories = { "userdata", required = true }, lambda = { "number", min = 0, required = true },
  n = { "integer", min = 1, required = true },
}

--- How many candidates a list of n is taken from, where nobody says: 4 n, and at least 200.
-- @tparam integer n
-- @treturn integer
function diverse.pool (n) return math.max(LEAST_POOL, POOL * n) end

--- Greedy lists. With lambda 0 they are the first n of the candidates; equal values go to the better candidate. Items
-- of unknown category differ from nobody, so that a large lambda puts them last.
-- @tparam table given
-- @tparam tensor given.ranked (U, M) int32 candidates, best first, as `eimf.eval.rank` gives them
-- @tparam tensor given.scores (U, M) float32
-- @tparam tensor given.categories (N+1) int32 (`eimf.eval.categories`)
-- @tparam number given.lambda what an item of another category is worth, in units of scores
-- @tparam integer given.n length of the lists
-- @treturn tensor ids (U, n) int32, in the order they were taken; 0 where a list has ended
-- @treturn tensor scores (U, n) float32, the candidates' own
-- @usage local ids = eimf.eval.diverse { ranked = ids, scores = scores, categories = c, lambda = 0.2, n = 20 }
function diverse.lists (given)
  local opt = options.check(WHERE, given, SPEC)
  local U = opt.ranked:dim(1)
  local ids, scores = core.new("int32", U, opt.n), core.new("float32", U, opt.n)
  core.diverse(ids, scores, opt.ranked, opt.scores, opt.categories, opt.lambda)
  return ids, scores
end

return diverse
