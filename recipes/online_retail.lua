#!/usr/bin/env lua5.4
-- EIMF on UCI Online Retail, beside its backbone alone.     lua5.4 recipes/online_retail.lua seed=1
return require "recipes.eimf" {             -- name = default; name=value overrides
  data = "online-retail", out = "runs/online_retail", backbone = "comirec_sa", dim = 64, n_interests = 4, max_len = 20,
  lr = 1e-3, dropout = 0.5, readout = "soft", patience = 3,
  semantics = "profile", start = "bank", share = "bank", lambda_text = 0.3,
  adapter = "linear", every = 2, step_items = 256, encoder = "lsa", prompt = "goods",
}
