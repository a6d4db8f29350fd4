-- Covered interests: the study as a process of its own, and what it looks at.
local child = require "spec.child"
local covered = require "recipes.parts.covered"
local files = require "eimf.files"
local scratch = require "spec.scratch"

describe("recipes/studies/coverage.lua #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function study (...)
    return child.script("recipes/studies/coverage.lua", { "users=200", "items=240", "epochs=2", "seeds=1,2",
      "threads=1", "out=" .. folder .. "/out", ... })
  end

  -- Numbers of a model's row: K, dim, recall@20 ±, covered ±, ...
  local function numbers (printed, model)
    local row, out = assert(printed:match("\n| " .. model:gsub("%-", "%%-") .. " +|([^\n]+)"), printed), {}
    for number in row:gsub("[*±(+%%)]", " "):gmatch("[%d.]+") do out[#out + 1] = tonumber(number) end
    return out
  end

  it("puts models with several interests beside those with one vector", function ()
    local code, printed, said = study("models=dnn,comirec_sa-k1,comirec_sa")
    assert.are.equal(0, code, said)
    for model, K in pairs { dnn = 1, ["comirec_sa-k1"] = 1, comirec_sa = 4 } do
      local row = numbers(printed, model)
      assert.are.same({ K, 8 }, { row[1], row[2] })
      assert.is_true(row[3] > 0 and row[3] < 1 and row[5] > 0.2 and row[5] < 4, printed)
    end
    assert.is_truthy(printed:find("GENERATED catalogue, no real data", 1, true))
  end)

  it("refuses data whose truth nobody knows", function ()
    local lines, run = { "user\titem\trating\ttimestamp" }, folder .. "/run"
    for user = 1, 40 do
      for i = 1, 8 do lines[#lines + 1] = ("u%d\ti%d\t5\t%d"):format(user, (user * 3 + i) % 30, i) end
    end
    assert(files.mkdirs(folder .. "/data"))
    scratch.put(folder .. "/data/interactions.tsv", table.concat(lines, "\n") .. "\n")
    local code, _, said = child.script("recipes/office.lua", { "data=" .. folder .. "/data", "out=" .. run, "core=0",
      "semantics=none", "start=none", "share=none", "lambda_text=0", "epochs=1", "dim=8", "threads=1" })
    assert.are.equal(0, code, said)
    assert.error_matches(function () covered.of(run) end, "where nobody knows the truth")
  end)
end)
