-- Every backbone that learns, as recipes use it: under both protocols, with every form of ndcg.
local child = require "spec.child"
local eimf = require "eimf"
local evaluator = require "recipes.parts.evaluator"
local files = require "eimf.files"
local json = require "eimf.json"
local naive = require "spec.eval.naive"
local scratch = require "spec.scratch"

local CUTS = evaluator.CUTOFFS
local PROTOCOLS = { leave_one_out = true, user_split = false }           -- are seen items left out?

local function model_of (backbone, set)
  local opt = eimf.models.options(backbone, { dim = 8, max_len = 6, init = "torch", dropout = 0 })
  return eimf.models[backbone](opt, set.n_items, eimf.rng(1)), opt
end

local function list_of (ids, offsets, u)
  local from, to = offsets:get(u), offsets:get(u + 1)
  return to > from and ids:rows(from + 1, to):totable() or {}
end

-- Interests of each user, one by one, and the lists that evaluation works with.
local function by_hand (model, max_len, part)
  local interests, seen, targets = {}, {}, {}
  for u = 1, part.users:size() do
    seen[u] = list_of(part.history, part.history_offsets, u)
    targets[u] = list_of(part.targets, part.target_offsets, u)
    local newest = { table.unpack(seen[u], math.max(1, #seen[u] - max_len + 1)) }
    local positions = {}
    for r = 1, #newest do positions[r] = #newest - r + 1 end
    local v = model:interests(eimf.plain, { ids = eimf.ids(newest), offsets = eimf.ids { 0, #newest },
                                            positions = eimf.ids(positions) })
    interests[u] = v.data:totable()[1]
  end
  return interests, seen, targets
end

describe("backbones", function ()
  local set = eimf.data.open("generated", { generated = { preset = "tiny", users = 120 } })

  for _, backbone in ipairs(eimf.models.trained) do
    for protocol, leaves_out in pairs(PROTOCOLS) do
      it(("%s is ranked under %s as by hand, with every form of ndcg"):format(backbone, protocol), function ()
        local model, opt = model_of(backbone, set)
        local part = set:split(protocol, { seed = 1 }).test
        local interests, seen, targets = by_hand(model, opt.max_len, part)
        local ranked = naive.rank(interests, model.items.data:totable(), CUTS[#CUTS], leaves_out and seen or nil)
        opt.protocol, opt.exclude_seen = protocol, "auto"
        for _, form in ipairs { "standard", "hits", "target_index" } do
          opt.ndcg = form
          local got = evaluator.new(opt, model)(part)
          for name, value in pairs(naive.metrics(ranked, targets, CUTS, form)) do
            assert.is_true(math.abs(value - got[name]) < 1e-9, ("%s %s: %g, %g"):format(form, name, value, got[name]))
          end
        end
      end)
    end
  end
end)

describe("recipes of backbones #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function metrics (words)
    local code, _, said = child.script("recipes/beauty.lua", { "data=generated", "users=200", "items=240", "epochs=4",
      "batch=64", "dim=16", "threads=1", "lr=0.01", "n_negatives=0", "semantics=none", "start=none", "share=none",
      "lambda_text=0", "out=" .. folder .. "/out", table.unpack(words) })
    assert.are.equal(0, code, said)
    return assert(json.decode(assert(files.read(folder .. "/out/metrics.json"))))
  end

  for _, backbone in ipairs(eimf.models.trained) do
    it(backbone .. " learns under user_split, with ndcg=hits", function ()
      local m = metrics { "backbone=" .. backbone, "protocol=user_split", "ndcg=hits" }
      assert.are.same({ "user_split", false, "hits", backbone }, { m.protocol, m.exclude_seen, m.ndcg, m.backbone })
      assert.is_true(m.valid["ndcg@10"] > m.popular.valid["ndcg@10"], m.valid["ndcg@10"])
    end)
  end
end)
