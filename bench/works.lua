--- What bench/all.lua runs, in order: the bench, its arguments, small ones for a try, which options it takes. Works
-- that are `printed` have no peer; what their bench says stands on the page as it is.
local BACKBONES = { "dnn", "gru4rec", "sasrec", "mind", "comirec_dr", "comirec_sa", "re4", "remi" }
local PEERS, PYTHON = { "peers", "python" }, { "python" }
local QUICK_STEP = "batch=64 n_negatives=256 seconds=0.5"

local works = {
  { name = "Limits", bench = "limits", args = "seconds=0.5", quick = "seconds=0.05", printed = true },
  { name = "ComiRec-SA step, full histories, N = 12,101", label = "step 12k", bench = "step", args = "",
    quick = QUICK_STEP, takes = PEERS },
  { name = "the same, N = 367,982", label = "step 368k", bench = "step", args = "n_items=367982",
    quick = QUICK_STEP .. " n_items=50000", takes = PEERS },
  { name = "ComiRec-SA epoch, every prefix of Beauty", label = "epoch", bench = "epoch", args = "data=beauty",
    quick = "data=office", takes = PEERS },
  { name = "exact top 50, K = 4, N = 12,101", label = "rank 12k", bench = "rank", args = "", quick = "users=500",
    takes = PEERS },
  { name = "the same, N = 367,982", label = "rank 368k", bench = "rank", args = "n_items=367982 users=2000",
    quick = "n_items=50000 users=200", takes = PEERS },
  { name = "Affinity Propagation, an iteration, n = 1,000", label = "AP 1k", bench = "affinity", args = "n=1000",
    quick = "n=300 dim=16", takes = PYTHON },
  { name = "the same, n = 4,000", label = "AP 4k", bench = "affinity", args = "n=4000", quick = "n=600 dim=16",
    takes = PYTHON },
}

for _, backbone in ipairs(BACKBONES) do
  works[#works + 1] = { name = backbone .. " step, full sequences", label = backbone, bench = "backbone_step",
    args = ("backbone=%s folder=/tmp/eimf-step"):format(backbone),
    quick = ("backbone=%s batch=64 max_len=10 seconds=0.3 folder=/tmp/eimf-step"):format(backbone), takes = PYTHON }
end

works[#works + 1] = { name = "step with the semantic module, Beauty", bench = "joint", args = "data=beauty",
  quick = "data=office steps=2 rounds=1" }
works[#works + 1] = { name = "A million users and items", bench = "scale", args = "", printed = true,
  quick = "users=20000 items=20000 interactions=400000 steps=20 ranked=500" }
works[#works + 1] = { name = "Time of a step by the number of items", bench = "scale", args = "curve=true",
  quick = "curve=true largest=100000 seconds=0.5", printed = true }

return works
