-- Options that every recipe takes: what they may be, their defaults, and a word of help.
-- A data set's recipe gives its own defaults; name=value on the command line overrides both.
local item_loss = require "eimf.nn.item_loss"
local models = require "eimf.models"

local METRICS = {}
for _, measure in ipairs { "recall", "ndcg", "hit", "mrr" } do
  for _, n in ipairs { 5, 10, 20, 50 } do METRICS[#METRICS + 1] = measure .. "@" .. n end
end

local rules = {
  data       = { "string", default = "generated", help = "a known name, a path, or generated" },
  out        = { "string", default = "runs/run", help = "folder for options, log, metrics, snapshot" },
  seed       = { "integer", min = 0, default = 1 },
  threads    = { "integer", min = 0, max = 1024, default = 0, help = "0: all cores" },
  resume     = { "boolean", default = false, help = "go on from the checkpoint in out" },
  download   = { "boolean", default = false, help = "fetch the published files where data is not here" },
  protocol   = { one_of = { "leave_one_out", "user_split" }, default = "leave_one_out" },
  users      = { "integer", min = 0, default = 0, help = "of a generated catalogue; 0: as docs/generated.md says" },
  items      = { "integer", min = 0, default = 0, help = "of a generated catalogue; 0: as docs/generated.md says" },
  data_seed  = { "integer", min = 0, default = 0, help = "of a generated catalogue; 0: seed" },
  fraction   = { "number", above = 0, max = 1, default = 1, help = "share of the users that are trained on" },
  report     = { "boolean", default = false, help = "write report.md, report.html, report.tex too" },
  test       = { "boolean", default = true, help = "false: valid alone is looked at, as when options are chosen" },
  core       = { "integer", min = 0, default = 5, help = "least interactions of a user and an item; 0: no filter" },

  backbone   = { one_of = models.trained, default = "comirec_sa" },

  examples   = { one_of = { "prefix", "cut", "all" }, default = "prefix",
                 help = "all: every position of a history at once; batch counts positions" },
  batch      = { "integer", min = 1, max = 1048576, default = 256 },
  passes     = { "integer", min = 1, default = 1, help = "over the examples in an epoch: more where they are few" },
  epochs     = { "integer", min = 1, default = 100, help = "at most" },
  patience   = { "integer", min = 1, default = 5, help = "evaluations without a better one before it stops" },
  metric     = { one_of = METRICS, default = "ndcg@10", help = "on valid; chooses the snapshot" },
  lr         = { "number", above = 0, default = 1e-3 },
  lr_joint   = { "number", min = 0, default = 0, help = "lr of joint training; 0: lr" },
  lr_decay   = { "number", above = 0, max = 1, default = 1, help = "factor of lr after each epoch" },
  weight_decay = { "number", min = 0, default = 0 },
  clip       = { "number", min = 0, default = 0, help = "largest norm of the gradients; 0: none" },
  lazy       = { "boolean", default = true, help = "Adam on touched rows only" },
  profile    = { "boolean", default = false, help = "print where the time of training went, by operation" },
  checkpoint_seconds = { "integer", min = 0, default = 60 },

  ndcg       = { one_of = { "standard", "hits", "target_index" }, default = "standard" },
  exclude_seen = { one_of = { "auto", "true", "false" }, default = "auto",
                   help = "auto: true for leave_one_out, false for user_split" },

  semantics  = { one_of = { "none", "profile", "matching" }, default = "none", help = "docs/interests.md" },
  compare    = { "boolean", default = true, help = "train the backbone alone too" },
  start      = { one_of = { "none", "bank", "text" }, default = "none", help = "what the item table begins from" },
  bank_from  = { "string", default = "", help = "folder with semantics.safetensors of another data set" },
  share      = { one_of = { "none", "bank", "text" }, default = "none", help = "items with like texts learn together" },
  share_dim  = { "integer", min = 1, default = 64, help = "directions that they share" },
  unseen_near = { "integer", min = 0, default = 0, help = "of training's items, mean for one that it never saw" },
  every      = { "integer", min = 1, default = 1, help = "steps from one that texts teach at to the next" },
  step_items = { "integer", min = 2, default = 1024, help = "of a step, at most, that texts teach" },
  lambda_align = { "number", min = 0, default = 0.3, help = "weight of the alignment loss" },
  lambda_semantic = { "number", min = 0, default = 0.3, help = "weight of the semantic prediction loss" },
  lambda_text = { "number", min = 0, default = 0, help = "weight of the item-to-title loss; no interests needed" },
  scope      = { one_of = { "cluster", "exemplar", "knn" }, default = "cluster", help = "users who are taught" },
  scope_users = { "integer", min = 1, default = 10, help = "scope=knn: taught of each cluster" },
  own        = { "number", min = 0, default = 0, help = "extra weight of interests of the user's own cluster" },
  adapter    = { one_of = { "mlp", "linear" }, default = "mlp", help = "from text vectors to interests" },
  semantic_temperature = { "number", above = 0, default = 0.1 },
  matching_temperature = { "number", above = 0, default = 0.2 },
  text_temperature = { "number", above = 0, default = 0.1 },
  profile_temperature = { "number", above = 0, default = 0.05 },
  profile_top = { "integer", min = 1, default = 64, help = "entries of an item's profile" },
}

-- What they are trained on.
for name, rule in pairs(item_loss.rules) do rules[name] = rule end
rules.loss = { one_of = { "auto", "softmax", "ihn", "bce", "gbce" }, default = "auto",
               help = "docs/losses.md; auto: ihn for remi, else softmax" }
-- What backbones are built from.
for name, rule in pairs(require "eimf.models.options".all()) do rules[name] = rule end
-- What users like, in words: options that recipes/interests.lua takes too.
for name, rule in pairs(require "recipes.parts.semantic_rules") do rules[name] = rule end

return rules
