-- Reports of a real run on a small generated catalogue: with the run, afterwards, and with its diversity.
local child = require "spec.child"
local files = require "eimf.files"
local json = require "eimf.json"
local scratch = require "spec.scratch"

describe("recipes/report.lua and recipes/diversity.lua #slow", function ()
  local folder, out

  setup(function ()
    folder = scratch.folder()
    out = folder .. "/run"
    local code, _, said = child.script("recipes/beauty.lua", { "data=generated", "users=200", "items=240", "core=0",
      "epochs=2", "n_negatives=64", "dim=16", "threads=1", "preference=-3", "cache=" .. folder .. "/cache",
      "out=" .. out, "report=true" })
    assert.are.equal(0, code, said)
  end)
  teardown(function () scratch.remove(folder) end)

  it("come with a run that asks for one, and are the same when made again", function ()
    local page = assert(files.read(out .. "/report.html"))
    for _, words in ipairs {
      "Gain over the backbone alone", "ndcg@10 on validation", "recall@10 by popularity",
      "Interests beside typical titles", "the offline rule, not an LLM", "GENERATED catalogue",
    } do
      assert.is_truthy(page:find(words, 1, true), words)
    end
    local code, printed, said = child.script("recipes/report.lua", { out })
    assert.are.equal(0, code, said)
    assert.are.equal(("written to %s/report.md, report.html, report.tex\n"):format(out), printed)
    assert.are.equal(page, files.read(out .. "/report.html"))
  end)

  it("hold the diversity that was measured; without it lists are the run's", function ()
    local code, printed, said = child.script("recipes/diversity.lua", { "run=" .. out, "lambdas=0,1", "threads=1" })
    assert.are.equal(0, code, said)
    assert.is_truthy(printed:find("lambda  recall@20  ndcg@20  diversity@20\n", 1, true), printed)
    local curve = assert(json.decode(assert(files.read(out .. "/diversity.json"))))
    local metrics = assert(json.decode(assert(files.read(out .. "/metrics.json"))))
    assert.are.equal(metrics.test["recall@20"], curve.points[1].recall)
    assert.is_true(curve.points[2].diversity > curve.points[1].diversity)
    assert.are.equal(0, (child.script("recipes/report.lua", { out })))
    assert.is_truthy(assert(files.read(out .. "/report.md")):find("What diversity costs", 1, true))
  end)

  it("say in one line what is wrong", function ()
    for words, case in pairs {
      ["usage: lua5.4 recipes/report.lua FOLDER ..."] = { "recipes/report.lua", {} },
      ["/none/metrics.json: No such file or directory"] = { "recipes/report.lua", { folder .. "/none" } },
      ["/none/options.json: No such file or directory"] = { "recipes/diversity.lua", { "run=" .. folder .. "/none" } },
      ["option 'lambdas': x is not a number"] = { "recipes/diversity.lua", { "run=" .. out, "lambdas=x" } },
      ["option 'run' is missing"] = { "recipes/diversity.lua", {} },
    } do
      local code, _, said = child.script(case[1], case[2])
      assert.are.equal(1, code)
      assert.is_truthy(said:find(words, 1, true), said)
      assert.is_nil(said:sub(1, -2):find("\n", 1, true), said)
    end
  end)
end)
