local files = require "eimf.files"
local gnuplot = require "eimf.report.gnuplot"
local json = require "eimf.json"
local made = require "spec.report.made"
local report = require "eimf.report"
local scratch = require "spec.scratch"

describe("eimf.report", function ()
  local function metrics (value)
    local out = {}
    for _, measure in ipairs { "recall", "ndcg", "hit", "mrr" } do
      for _, n in ipairs { 5, 10 } do out[measure .. "@" .. n] = value + n / 1000 end
    end
    return out
  end

  local rows = {
    { name = "popular", valid = metrics(0.1), test = metrics(0.2) },
    { name = "dnn", valid = metrics(0.3), test = metrics(0.4) },
  }

  it("puts models side by side: valid first, then test, every measure at every n", function ()
    local lines = {}
    for line in (report.table(rows, { 5, 10 }) .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
    assert.are.equal(6, #lines)
    local columns = {}
    for word in lines[1]:gmatch("%S+") do columns[#columns + 1] = word end
    assert.are.same({ "part", "model", "recall@5", "recall@10", "ndcg@5", "ndcg@10", "hit@5", "hit@10", "mrr@5",
      "mrr@10" }, columns)
    assert.is_truthy(lines[3]:find("^valid  popular +0%.1050 +0%.1100 "))
    assert.is_truthy(lines[4]:find("^valid  dnn +0%.3050 "))
    assert.is_truthy(lines[5]:find("^test   popular +0%.2050 "))
    assert.is_truthy(lines[6]:find("^test   dnn +0%.4050 +0%.4100 "))
  end)

  it("says protocol, number of items, seen items, form of ndcg, seed and data in one line", function ()
    local opt = { protocol = "leave_one_out", ndcg = "standard", seed = 7 }
    local set = { n_items = 12101, provenance = "beauty, 5-core, data/beauty" }
    assert.are.equal("leave_one_out, full ranking of 12101 items, seen items left out, ndcg standard, seed 7; " ..
      "data: beauty, 5-core, data/beauty", report.protocol_line(opt, set, true))
    assert.is_truthy(report.protocol_line(opt, set, false):find("seen items kept", 1, true))
  end)

  it("writes metrics that JSON reads, the same bytes for the same numbers", function ()
    local folder = scratch.folder()
    finally(function () scratch.remove(folder) end)
    local path = folder .. "/metrics.json"
    assert(report.write_metrics(path, { test = { ["recall@5"] = 0.25, ["ndcg@5"] = 0.125 }, seed = 1 }))
    local text = files.read(path)
    assert(report.write_metrics(path, { seed = 1, test = { ["ndcg@5"] = 0.125, ["recall@5"] = 0.25 } }))
    assert.are.equal(text, files.read(path))
    assert.are.same({ seed = 1, test = { ["recall@5"] = 0.25, ["ndcg@5"] = 0.125 } }, json.decode(text))
    assert.are.equal("\n", text:sub(-1))
    local done, message, code = report.write_metrics(folder .. "/none/metrics.json", {})
    assert.is_nil(done)
    assert.are.equal(folder .. "/none/metrics.json: No such file or directory", message)
    assert.are.equal("ENOENT", code)
  end)

  it("writes a document as Markdown, HTML, LaTeX, and its plots", function ()
    local folder = scratch.folder()
    finally(function () scratch.remove(folder) end)
    local here = gnuplot.available()
    local done, missing = report.write(made.document(), folder .. "/new", "study")
    assert.are.same({ true, not here }, { done, missing ~= nil })
    assert.is_truthy(assert(files.read(folder .. "/new/study.md")):find("# Title &amp;", 1, true))
    assert.is_truthy(assert(files.read(folder .. "/new/study.tex")):find("\\toprule", 1, true))
    local page = assert(files.read(folder .. "/new/study.html"))
    assert.are.equal(here, page:find("<svg", 1, true) ~= nil)
    assert.are.equal(here and "file" or nil, files.kind(folder .. "/new/study-1.svg"))
    assert(report.write(made.document(), folder, "study"))
    assert.are.equal(page, files.read(folder .. "/study.html"))
  end)

  it("says where a document cannot be written", function ()
    local folder = scratch.folder()
    finally(function () scratch.remove(folder) end)
    scratch.put(folder .. "/file", "x")
    local done, message, code = report.write(report.document("T"), folder .. "/file/x")
    assert.is_nil(done)
    assert.is_truthy(message:find(folder .. "/file", 1, true), message)
    assert.is_string(code)
  end)
end)
