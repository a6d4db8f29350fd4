local files = require "eimf.files"
local json = require "eimf.json"
local report = require "eimf.report"
local scratch = require "spec.scratch"

describe("eimf.report.run", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function all (x)
    local out = {}
    for _, measure in ipairs { "recall", "ndcg" } do
      for _, n in ipairs { 5, 10, 20, 50 } do out[measure .. "@" .. n] = x end
    end
    return out
  end

  local function groups (x)
    local function group (users)
      return { users = users, ["recall@10"] = x }
    end
    return { history = { ["<5"] = group(30), ["5-9"] = group(20), ["10-19"] = group(0), ["20+"] = group(10) },
             popularity = { head = group(40), middle = group(15), tail = group(5), cold = group(0) } }
  end

  local function metrics (changes)
    local m = { model = "sasrec + profile", protocol = "leave_one_out", exclude_seen = true, ndcg = "standard",
      seed = 3, data = "toy, 5-core", best_epoch = 2, seconds = 12.4, peak_rss_mb = 99,
      test = all(0.3), valid = all(0.4),
      groups = groups(0.3), popular = { test = all(0.1), valid = all(0.15) },
      alone = { model = "sasrec alone", test = all(0.25), valid = all(0.45), groups = groups(0.25) },
      gain = { ["recall@10"] = { percent = 20, t = 3, p = 0.003 }, ["ndcg@10"] = { percent = 20, t = 1, p = 0.3 } },
      encoder = "lsa", interests = 3, llm_calls = 2 }
    for name, value in pairs(changes or {}) do m[name] = value ~= "none" and value or nil end
    return m
  end

  local function put (name, ...)
    local lines = {}
    for i, value in ipairs { ... } do lines[i] = json.encode(value) .. "\n" end
    assert(files.mkdirs((folder .. "/" .. name):match("^(.*)/")))
    scratch.put(folder .. "/" .. name, table.concat(lines))
  end

  local function cluster (exemplar, size, ...)
    local interests = {}
    for j, name in ipairs { ... } do
      interests[j] = { name = name, description = "about " .. name, items = { 1, 2 } }
    end
    return { exemplar = exemplar, size = size, interests = interests, titles = { "T1", "T2", "T3", "T4", "T5" },
             source = exemplar == 1 and "offline rule" or "llm:small" }
  end

  local function run (changes)
    put("metrics.json", metrics(changes))
    put("options.json", { data = "beauty", metric = "ndcg@10", dim = 64, llm = "http://host/v1?key=secret" })
    put("log.jsonl", { epoch = 1, loss = 5, valid = all(0.3) }, { epoch = 2, loss = 4, valid = all(0.4) })
  end

  local function find (doc, kind, title)
    for _, block in ipairs(doc.blocks) do
      if block.kind == kind and block.title == title then return block end
    end
  end

  it("puts the models side by side: gain, significance, best", function ()
    run()
    local doc = assert(report.run(folder))
    assert.are.equal("beauty: sasrec + profile", doc.title)
    assert.are.equal("leave_one_out, full ranking, seen items left out, ndcg standard, seed 3; toy, 5-core. "
      .. "Best epoch 2, 12 s, peak memory 99 MB.", doc.blocks[1].text)
    local rows = find(doc, "table", "Test").rows
    assert.are.same({ "popular", "sasrec alone", "sasrec + profile" }, { rows[1][1], rows[2][1], rows[3][1] })
    assert.are.same({ 0.3, gain = 20, mark = "*" }, rows[3][3])                  -- recall@10
    assert.are.same({ 0.3, gain = 20 }, rows[3][7])                              -- ndcg@10: p = 0.3
    assert.are.same({ 0.25 }, rows[2][3])
    assert.are.same({ 0.4 }, find(doc, "table", "Validation").rows[3][3])
    assert.are.same({ "recall@10", 0.25, 0.3, 20, 0.003 },
      find(doc, "table", "Gain over the backbone alone, test").rows[1])
  end)

  it("draws learning, beside the backbone's", function ()
    run()
    put("backbone/log.jsonl", { epoch = 1, loss = 6, valid = all(0.2) })
    local series = find(assert(report.run(folder)), "plot", "ndcg@10 on validation").series
    assert.are.same({ { name = "sasrec alone", points = { { 1, 0.2 } } },
                      { name = "sasrec + profile", points = { { 1, 0.3 }, { 2, 0.4 } } } }, series)
  end)

  it("groups users and items, and leaves out groups of nobody", function ()
    run()
    local doc = assert(report.run(folder))
    assert.are.same({ { "<5", 30, 0.25, 0.3 }, { "5-9", 20, 0.25, 0.3 }, { "20+", 10, 0.25, 0.3 } },
      find(doc, "table", "recall@10 by items in the history, test").rows)
    assert.are.same({ { "head (40)", 0.3 }, { "middle (15)", 0.3 }, { "tail (5)", 0.3 } },
      find(doc, "plot", "recall@10 by popularity of the target").series[2].points)
  end)

  it("shows interests in words beside typical titles, the largest cluster first", function ()
    run()
    put("semantics/interests.jsonl", cluster(1, 10, "Tea", "Jazz"), cluster(2, 25, "Tea"))
    local doc = assert(report.run(folder))
    local rows = find(doc, "table", "Interests beside typical titles").rows
    assert.are.same({ 1, 25, "Tea: about Tea [2 titles]", "T1\nT2\nT3\nT4", "llm:small" }, rows[1])
    assert.are.same({ 2, 10, "Tea: about Tea [2 titles]\nJazz: about Jazz [2 titles]", "T1\nT2\nT3\nT4",
                      "the offline rule, not an LLM" }, rows[2])
    assert.are.same({ { 1, 25 }, { 2, 10 } }, find(doc, "plot", "Sizes of clusters").series[1].points)
    assert.are.same({ { "Tea", 35 }, { "Jazz", 10 } },
      find(doc, "plot", "The most widespread interests").series[1].points)
  end)

  it("shows what diversity costs, where it was measured", function ()
    run()
    put("diversity.json", { part = "test", n = 20, points = {
      { lambda = 0, recall = 0.5, ndcg = 0.3, diversity = 0.6 },
      { lambda = 0.5, recall = 0.4, ndcg = 0.2, diversity = 0.9 } } })
    local series = find(assert(report.run(folder)), "plot", "What diversity costs").series
    assert.are.same({ name = "recall@20", points = { { 0.6, 0.5 }, { 0.9, 0.4 } } }, series[1])
  end)

  it("lists data and options, an address without its query", function ()
    run()
    local doc = assert(report.run(folder))
    assert.are.same({ { "data", "beauty" }, { "dim", "64" }, { "llm", "http://host/v1" }, { "metric", "ndcg@10" } },
      find(doc, "table", "Options").rows)
    assert.is_nil(report.markdown(doc):find("secret", 1, true))
    assert.is_truthy(report.markdown(doc):find("* data: toy, 5-core\n", 1, true))
  end)

  it("does with what there is: no test, no backbone alone, no interests", function ()
    run { test = "none", alone = "none", gain = "none", groups = "none", popular = "none", peak_rss_mb = "none" }
    local doc = assert(report.run(folder))
    assert.is_nil(find(doc, "table", "Test"))
    assert.are.equal(1, #find(doc, "table", "Validation").rows)
    assert.is_string(report.markdown(doc))
  end)

  it("says what is missing or damaged, naming the file", function ()
    local function refused (code_wanted, words)
      local doc, message, code = report.run(folder)
      assert.is_nil(doc)
      assert.are.equal(code_wanted, code)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    refused("ENOENT", folder .. "/metrics.json: No such file")
    scratch.put(folder .. "/metrics.json", "{")
    refused("BAD_FORMAT", folder .. "/metrics.json: not JSON")
    put("metrics.json", { seed = 1 })
    put("options.json", { dim = 1 })
    refused("BAD_FORMAT", folder .. "/metrics.json: not the metrics of a run")
  end)
end)
