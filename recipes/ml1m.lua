#!/usr/bin/env lua5.4
-- EIMF on MovieLens-1M, beside its backbone alone.     lua5.4 recipes/ml1m.lua seed=1
return require "recipes.eimf" {             -- name = default; name=value overrides
  data = "ml1m", out = "runs/ml1m", backbone = "comirec_sa", dim = 64, n_interests = 4, max_len = 20,
  lr = 1e-3, dropout = 0.2, dropout_of = "item", readout = "soft", patience = 3,
  semantics = "profile", start = "bank", lambda_align = 0.05, lambda_semantic = 0.05,    -- titles say little of films
  adapter = "linear", every = 2, step_items = 256, encoder = "lsa", prompt = "films",
}
