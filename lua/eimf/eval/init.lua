--- Exact evaluation: top n over all items, metrics, groups. docs/evaluation.md has the formulas and the protocols.
-- @module eimf.eval
-- @usage
-- local ids, scores = eimf.eval.rank { interests = v, items = table, n = 50, exclude = histories }
-- local m = eimf.eval.metrics { ranked = ids, targets = targets, n = { 10, 20 } }
-- print(m["recall@10"], m["ndcg@10"])

local diverse = require "eimf.eval.diverse"
local groups = require "eimf.eval.groups"
local metrics = require "eimf.eval.metrics"

return {
  rank = require "eimf.eval.rank",
  metrics = metrics.of,
  evaluate = require "eimf.eval.evaluate",
  diverse = diverse.lists,
  paired = require "eimf.eval.paired",
  bootstrap = require "eimf.eval.bootstrap",
  randomisation = require "eimf.eval.randomisation",
  holm = require "eimf.eval.holm",
  counts = groups.counts,
  categories = groups.categories,
}
