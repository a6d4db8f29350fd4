#!/usr/bin/env lua5.4
-- ComiRec-SA on Amazon Beauty.     lua5.4 recipes/beauty.lua seed=1 dim=64
return require "recipes.eimf" {             -- name = default; overridden by name=value
  data = "beauty", out = "runs/beauty", backbone = "comirec_sa", dim = 64, n_interests = 4, max_len = 20,
  lr = 3e-3, dropout = 0.5, n_negatives = 0, batch = 256,
}
