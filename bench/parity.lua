-- Quality beside torch: for finished runs of a backbone alone, the torch model of bench/peers is trained on the same
-- split with the same options, and both are ranked by the same code.
--   lua5.4 bench/parity.lua runs=runs/sasrec-1,runs/sasrec-2 python=python3 threads=2
-- What torch found stays in each run's folder, in torch/; without that folder it is trained again.
require "recipes.path"
local eimf = require "eimf"
local files = require "eimf.files"
local json = require "eimf.json"
local safetensors = require "eimf.safetensors"
local text_table = require "eimf.text_table"
local given = require "bench.given"
local evaluator = require "recipes.parts.evaluator"
local finished = require "recipes.parts.finished"

local MEASURES = { "recall@10", "ndcg@10", "recall@20", "ndcg@20" }
local NEAR = 2e-3                        -- of a metric: other sums, other order among equals

local fail = given.fail

local function save_data (path, split)
  local tensors = { ["train.offsets"] = split.train.offsets, ["train.items"] = split.train.items }
  for _, part in ipairs { "valid", "test" } do
    for _, name in ipairs { "history_offsets", "history", "target_offsets", "targets" } do
      tensors[part .. "." .. name] = split[part][name]
    end
  end
  assert(safetensors.save(path, tensors))
end

-- What the torch model became: { tensors, metadata }.
local function trained (folder, opt, split, python)
  local own = folder .. "/torch"
  if not files.exists(own .. "/torch.safetensors") then
    assert(files.mkdirs(own))
    save_data(own .. "/data.safetensors", split)
    assert(files.write(own .. "/options.json", json.encode(opt)))
    local done = os.execute(("'%s' bench/peers/train.py '%s' >&2"):format(python, own))
    if not done then fail("%s: torch was not trained", own) end
  end
  return assert(safetensors.load(own .. "/torch.safetensors"))
end

local function normalised (x) return eimf.plain:l2_normalise(eimf.plain:constant(x)).data end

-- Metrics of interests that are there already, (V, K, D).
local function metrics_of (torch, part, split, opt)
  local at, v, items = 0, torch.tensors[part], torch.tensors.items
  if opt.cosine then
    v, items = normalised(v), normalised(items)
  end
  return eimf.eval.evaluate {
    interests = function (history)
      local lo = at + 1
      at = at + history.offsets:size() - 1
      return v:rows(lo, at)
    end,
    items = items, part = split[part], exclude_seen = opt.leaves_seen_out, n = evaluator.CUTOFFS, ndcg = opt.ndcg,
  }
end

local function compare (folder, threads, python)
  local run = finished.open(folder)
  local opt, split, found = run.opt, run.split, run.metrics
  if found.semantics ~= "none" then fail("%s: not of a backbone alone", folder) end
  opt.threads, opt.n_items, opt.leaves_seen_out = threads, run.set.n_items, evaluator.leaves_seen_out(opt)
  local torch = trained(folder, opt, split, python)
  local valid, own = metrics_of(torch, "valid", split, opt)[opt.metric], tonumber(torch.metadata.valid)
  if math.abs(valid - own) > NEAR * math.max(own, NEAR) then
    fail("%s: valid %s of torch's model is %.5f by eimf, %.5f by torch", folder, opt.metric, valid, own)
  end
  return { eimf = found.test, torch = metrics_of(torch, "test", split, opt), epochs = found.best_epoch,
           torch_epochs = tonumber(torch.metadata.best_epoch) }
end

local function row (name, epochs, metrics)
  local cells = { name, epochs }
  for i, measure in ipairs(MEASURES) do cells[i + 2] = ("%.4f"):format(metrics[measure]) end
  return cells
end

local function mean (list, side)
  local out = {}
  for _, measure in ipairs(MEASURES) do
    local sum = 0
    for _, result in ipairs(list) do sum = sum + result[side][measure] end
    out[measure] = sum / #list
  end
  return out
end

local function main (opt)
  local rows, list = { { "run", "best epoch", table.unpack(MEASURES) } }, {}
  for folder in opt.runs:gmatch("[^,]+") do
    local result = compare(folder, opt.threads, opt.python)
    list[#list + 1] = result
    rows[#rows + 1] = row(folder, result.epochs, result.eimf)
    rows[#rows + 1] = row("  torch", result.torch_epochs, result.torch)
  end
  local ours, theirs, ratio = mean(list, "eimf"), mean(list, "torch"), { "difference", "" }
  for i, measure in ipairs(MEASURES) do
    ratio[i + 2] = ("%+.1f %%"):format(100 * (ours[measure] / theirs[measure] - 1))
  end
  rows[#rows + 1], rows[#rows + 2], rows[#rows + 3] = row("mean", "", ours), row("  torch", "", theirs), ratio
  print(text_table.format(rows, { header = true }))
end

given.run(main, given.options({ python = os.getenv("EIMF_PYTHON") or "python3", threads = 2 }, {
  runs = { "string", required = true, help = "folders, with commas between" },
}))
