#!/usr/bin/env lua5.4
-- EIMF on Amazon Beauty, beside its backbone alone.     lua5.4 recipes/beauty.lua seed=1 llm=offline
return require "recipes.eimf" {        -- name = default, chosen on validation (docs/results.md); name=value overrides
  data = "beauty", out = "runs/beauty", backbone = "comirec_sa", dim = 64, n_interests = 4, max_len = 20,
  lr = 1.5e-3, lr_joint = 2e-3, dropout = 0.5, readout = "soft", n_negatives = 1024, lazy = false,
  semantics = "profile", start = "bank", share = "bank", lambda_text = 0.3,
  adapter = "linear", every = 4, step_items = 256, encoder = "lsa", prompt = "goods", form = "sparse",
}
