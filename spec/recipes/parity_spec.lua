-- Quality beside torch, small: the torch models of bench/peers learn from the same examples. EIMF_PYTHON has torch.
local child = require "spec.child"
local scratch = require "spec.scratch"

local PYTHON = os.getenv("EIMF_PYTHON") or "python3"

describe("bench/parity.lua #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local SMALL = { data = "generated", users = 300, items = 240, threads = 1, dim = 16, epochs = 6, lr = 0.01,
                  readout = "hard", semantics = "none", start = "none", share = "none", lambda_text = 0 }

  local function run (changes)
    local words = { "out=" .. folder .. "/run" }
    for name, value in pairs(SMALL) do
      if changes[name] == nil then words[#words + 1] = name .. "=" .. tostring(value) end
    end
    for name, value in pairs(changes) do words[#words + 1] = name .. "=" .. tostring(value) end
    local code, _, said = child.script("recipes/office.lua", words)
    assert.are.equal(0, code, said)
  end

  -- ndcg@20 of ours and of torch's, on test.
  local function compared ()
    local code, printed, said = child.script("bench/parity.lua", { "runs=" .. folder .. "/run", "threads=1",
                                                                   "python=" .. PYTHON })
    assert.are.equal(0, code, said)
    return tonumber(printed:match("\n" .. folder .. "/run[^\n]- ([%d.]+)\n")),
           tonumber(printed:match("\n  torch[^\n]- ([%d.]+)\n"))
  end

  local CASES = {
    prefix = { backbone = "comirec_sa" },
    cut = { backbone = "comirec_sa", examples = "cut", readout = "soft", n_negatives = 100, cosine = true,
            temperature = 0.1, epochs = 20 },
    all = { backbone = "sasrec", examples = "all", batch = 512 },
    user_split = { backbone = "remi", protocol = "user_split", n_negatives = 100, lazy = false, clip = 1 },
  }

  if child.run(("'%s' -c 'import torch, safetensors'"):format(PYTHON)) ~= 0 then
    pending("no torch here; give EIMF_PYTHON, a python that has it")
    CASES = {}
  end

  for name, changes in pairs(CASES) do
    it("learns as torch does: " .. name, function ()
      run(changes)
      local ours, torch = compared()
      assert.is_true(math.abs(ours - torch) < 0.5 * math.max(ours, torch), ("%g, torch %g"):format(ours, torch))
    end)
  end

  it("refuses what is no run of a backbone alone", function ()
    local code, _, said = child.script("bench/parity.lua", { "runs=" .. folder .. "/none" })
    assert.are.equal(1, code)
    assert.is_truthy(said:find("options.json", 1, true), said)
  end)
end)
