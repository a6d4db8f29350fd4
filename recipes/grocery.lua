#!/usr/bin/env lua5.4
-- EIMF on Amazon Grocery and Gourmet Food, beside its backbone alone.     lua5.4 recipes/grocery.lua seed=1
return require "recipes.eimf" {        -- name = default, chosen on validation (docs/results.md); name=value overrides
  data = "grocery", out = "runs/grocery", backbone = "comirec_sa", dim = 64, n_interests = 4, max_len = 20,
  lr = 1e-3, lr_joint = 2e-3, dropout = 0.5, readout = "soft", n_negatives = 4096, lazy = false,
  semantics = "profile", start = "bank", share = "bank", lambda_text = 0.3,
  adapter = "linear", every = 2, step_items = 256, encoder = "lsa", prompt = "goods",
}
