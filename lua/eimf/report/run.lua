--- The report of one run, from the files in its folder: metrics.json, options.json, log.jsonl, and where they are
-- backbone/log.jsonl (the backbone alone), semantics/interests.jsonl, diversity.json (recipes/diversity.lua).
-- Neighbours: document, interests, files, json, url.
-- @module eimf.report.run

local document = require "eimf.report.document"
local files = require "eimf.files"
local interests = require "eimf.report.interests"
local json = require "eimf.json"
local url = require "eimf.endpoint.url"

local MEASURES = { "recall@5", "recall@10", "recall@20", "recall@50", "ndcg@5", "ndcg@10", "ndcg@20", "ndcg@50" }
local GROUPED = "recall@10"              -- of groups of users and items
local SIGNIFICANT = 0.05
local NOTE = "in brackets the gain over the backbone alone; *: p < %g, paired t-test over users"
local HISTORY = { "<5", "5-9", "10-19", "20+" }
local POPULARITY = { "head", "middle", "tail", "cold" }

local function read_json (path)
  local text, message, code = files.read(path)
  if not text then return nil, message, code end
  local value = json.decode(text)
  if type(value) ~= "table" then return nil, path .. ": not JSON", "BAD_FORMAT" end
  return value
end

-- Objects of a file, a line each; none where there is no file.
local function read_lines (path)
  local out = {}
  for line in (files.read(path) or ""):gmatch("[^\n]+") do out[#out + 1] = json.decode(line) end
  return out
end

local function read (folder)
  local metrics, message, code = read_json(folder .. "/metrics.json")
  if not metrics then return nil, message, code end
  local options
  options, message, code = read_json(folder .. "/options.json")
  if not options then return nil, message, code end
  if type(metrics.valid) ~= "table" then
    return nil, folder .. "/metrics.json: not the metrics of a run", "BAD_FORMAT"
  end
  metrics.model = metrics.model or metrics.backbone               -- older runs
  return { metrics = metrics, options = options, log = read_lines(folder .. "/log.jsonl"),
           log_alone = read_lines(folder .. "/backbone/log.jsonl"),
           clusters = read_lines(folder .. "/semantics/interests.jsonl"),
           diversity = read_json(folder .. "/diversity.json") }
end

-- The models of a run, the plainest first: { name, metrics, log }.
local function models_of (run)
  local m, out = run.metrics, {}
  if m.popular then out[1] = { name = "popular", metrics = m.popular, log = {} } end
  if m.alone then out[#out + 1] = { name = m.alone.model, metrics = m.alone, log = run.log_alone } end
  out[#out + 1] = { name = m.model, metrics = m, log = run.log }
  return out
end

-- A table of the models on test or on valid; gain { [measure] = { percent, p } } is the last one's.
local function results (run, part, gain)
  local rows, columns, best = {}, { "model" }, {}
  for c, measure in ipairs(MEASURES) do columns[c + 1], best[measure] = measure, "max" end
  for r, model in ipairs(models_of(run)) do
    rows[r] = { model.name }
    for c, measure in ipairs(MEASURES) do
      local won = model.metrics == run.metrics and gain[measure]
      rows[r][c + 1] = { model.metrics[part][measure], gain = won and won.percent or nil,
                         mark = won and won.p < SIGNIFICANT and "*" or nil }
    end
  end
  return { columns = columns, rows = rows, best = best, note = next(gain) and NOTE:format(SIGNIFICANT) or nil }
end

local function add_results (doc, run)
  for _, part in ipairs { "test", "valid" } do
    if run.metrics[part] then
      local block = results(run, part, part == "test" and run.metrics.gain or {})
      block.title = part == "test" and "Test" or "Validation"
      doc:table(block)
    end
  end
end

local function add_gain (doc, run)
  local rows = {}
  for _, measure in ipairs(MEASURES) do
    local won = run.metrics.gain[measure]
    if won then
      rows[#rows + 1] = { measure, run.metrics.alone.test[measure], run.metrics.test[measure], won.percent, won.p }
    end
  end
  doc:table { title = "Gain over the backbone alone, test", rows = rows,
              columns = { "measure", "alone", run.metrics.model, { name = "gain, %", form = "%+.1f" },
                          { name = "p", form = "%.2g" } } }
end

local function curve (log, pick)
  local points = {}
  for _, record in ipairs(log) do points[#points + 1] = { record.epoch, pick(record) } end
  return points
end

local function add_learning (doc, run)
  local metric, valid, loss = run.options.metric or "ndcg@10", {}, {}
  for _, model in ipairs(models_of(run)) do
    if model.log[1] then
      valid[#valid + 1] = { name = model.name, points = curve(model.log, function (r) return r.valid[metric] end) }
      loss[#loss + 1] = { name = model.name, points = curve(model.log, function (r) return r.loss end) }
    end
  end
  if not valid[1] then return end
  doc:heading("Learning")
  doc:plot { title = metric .. " on validation", x_label = "epoch", y_label = metric, series = valid }
  doc:plot { title = "Training loss; joint training adds its own terms", x_label = "epoch",
             y_label = "loss per example", series = loss }
end

-- A table and a plot of one kind of groups; a group without users is left out.
local function add_group (doc, models, kind, names, label)
  local rows, series, columns = {}, {}, { label, "users" }
  for s, model in ipairs(models) do
    columns[s + 2], series[s] = model.name, { name = model.name, points = {} }
  end
  for _, name in ipairs(names) do
    local users = models[1].metrics.groups[kind][name].users
    if users > 0 then
      local row = { name, users }
      for s, model in ipairs(models) do
        row[s + 2] = model.metrics.groups[kind][name][GROUPED]
        table.insert(series[s].points, { ("%s (%.0f)"):format(name, users), row[s + 2] })
      end
      rows[#rows + 1] = row
    end
  end
  doc:plot { title = ("%s by %s"):format(GROUPED, label), x_label = label .. " (users)", y_label = GROUPED .. ", test",
             style = "bars", series = series }
  return { title = ("%s by %s, test"):format(GROUPED, label), columns = columns, rows = rows }
end

local function add_groups (doc, run)
  local models = {}
  for _, model in ipairs(models_of(run)) do
    if model.metrics.groups then models[#models + 1] = model end
  end
  if not models[1] then return end
  doc:heading("Groups")
  local by_history = add_group(doc, models, "history", HISTORY, "items in the history")
  local by_popularity = add_group(doc, models, "popularity", POPULARITY, "popularity of the target")
  doc:table(by_history):table(by_popularity)
end

local function add_diversity (doc, run)
  local curve_of, rows = run.diversity, {}
  local n, points = curve_of.n, { recall = {}, ndcg = {} }
  for i, p in ipairs(curve_of.points) do
    rows[i] = { ("%g"):format(p.lambda), p.recall, p.ndcg, p.diversity }
    for measure, list in pairs(points) do list[i] = { p.diversity, p[measure] } end
  end
  doc:heading("Accuracy and diversity")
  doc:plot { title = "What diversity costs", x_label = ("diversity@%g, share of pairs"):format(n), series = {
               { name = ("recall@%g"):format(n), points = points.recall },
               { name = ("ndcg@%g"):format(n), points = points.ndcg } },
             y_label = ("recall@%g, ndcg@%g, %s"):format(n, n, curve_of.part) }
  doc:table { columns = { "lambda", ("recall@%g"):format(n), ("ndcg@%g"):format(n), ("diversity@%g"):format(n) },
              rows = rows, note = "lambda: what an item of another category than each before it is worth, in scores" }
end

local ABOUT = { { "data", "data" }, { "protocol", "protocol" }, { "encoder", "texts" }, { "clustering", "clustering" },
                { "interests", "interests" }, { "llm_calls", "calls of the LLM" }, { "llm_account", "asked" } }

local function shown (value)
  local text = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
  return text:find("://", 1, true) and url.shown(text) or text
end

local function add_options (doc, run)
  local about, names, rows = {}, {}, {}
  for _, pair in ipairs(ABOUT) do
    local value = run.metrics[pair[1]]
    if value ~= nil and value ~= "" then about[#about + 1] = ("%s: %s"):format(pair[2], shown(value)) end
  end
  for name in pairs(run.options) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do rows[i] = { name, shown(run.options[name]) } end
  doc:heading("Data and options"):list(about):table { title = "Options", columns = { "option", "value" }, rows = rows }
end

local function summary (m)
  local words = ("%s, full ranking, seen items %s, ndcg %s, seed %g; %s. Best epoch %g, %.0f s"):format(m.protocol,
    m.exclude_seen and "left out" or "kept", m.ndcg, m.seed, m.data, m.best_epoch, m.seconds)
  return m.peak_rss_mb and ("%s, peak memory %.0f MB."):format(words, m.peak_rss_mb) or words .. "."
end

--- The report of a finished run, as a document.
-- @tparam string folder
-- @treturn document
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT" where the run has no metrics.json yet, "BAD_FORMAT"
-- @usage assert(report.write(assert(report.run("runs/beauty")), "runs/beauty"))
local function report_of (folder)
  local run, message, code = read(folder)
  if not run then return nil, message, code end
  local doc = document.new(("%s: %s"):format(run.options.data, run.metrics.model)):text(summary(run.metrics))
  add_results(doc, run)
  if run.metrics.alone and run.metrics.gain then add_gain(doc, run) end
  add_learning(doc, run)
  add_groups(doc, run)
  if run.diversity then add_diversity(doc, run) end
  if run.clusters[1] then interests(doc, run.clusters) end
  add_options(doc, run)
  return doc
end

return report_of
