--- What a run or a study says: tables on a terminal, metrics.json, and documents as Markdown, HTML and LaTeX.
-- Neighbours: json.lua, files.lua, text_table.lua.
-- @module eimf.report
-- @usage
-- local d = report.document("Beauty"):table { columns = { "model", "recall@10" }, rows = { { "popular", 0.0115 } } }
-- print(report.markdown(d))
-- assert(report.write(d, "runs/beauty"))           -- report.md, report.html, report.tex, report-1.svg ...

local files = require "eimf.files"
local json = require "eimf.json"
local text_table = require "eimf.text_table"
local document = require "eimf.report.document"
local html = require "eimf.report.html"
local latex = require "eimf.report.latex"
local markdown = require "eimf.report.markdown"
local plot = require "eimf.report.plot"
local run = require "eimf.report.run"

local report = {}

--- A document; see `eimf.report.document.new`.
report.document = document.new

--- A document as Markdown, plots as tables: for a terminal. See `eimf.report.markdown.render`.
report.markdown = markdown.render

--- The report of a finished run; see `eimf.report.run`.
report.run = run

local MEASURES = { "recall", "ndcg", "hit", "mrr" }

--- One line that says what the numbers are.
-- @tparam table opt `protocol`, `ndcg`, `seed`
-- @tparam table set `n_items`, `provenance`
-- @tparam boolean seen are seen items left out
-- @treturn string
function report.protocol_line (opt, set, seen)
  return ("%s, full ranking of %d items, seen items %s, ndcg %s, seed %d; data: %s"):format(
    opt.protocol, set.n_items, seen and "left out" or "kept", opt.ndcg, opt.seed, set.provenance)
end

--- Models side by side on valid, and on test where it was looked at.
-- @tparam {table,...} rows { name, valid = {metric=value}, test = {metric=value} or nil }
-- @tparam {integer,...} cutoffs
-- @treturn string
function report.table (rows, cutoffs)
  local lines = { { "part", "model" } }
  for _, measure in ipairs(MEASURES) do
    for _, n in ipairs(cutoffs) do table.insert(lines[1], measure .. "@" .. n) end
  end
  for _, part in ipairs { "valid", rows[1].test and "test" } do
    for _, row in ipairs(rows) do
      local line = { part, row.name }
      for _, measure in ipairs(MEASURES) do
        for _, n in ipairs(cutoffs) do line[#line + 1] = row[part][measure .. "@" .. n] end
      end
      lines[#lines + 1] = line
    end
  end
  return text_table.format(lines, { header = true })
end

--- Writes metrics.json: keys in order, so that equal runs give equal files but for `seconds` and `peak_rss_mb`.
-- @tparam string path
-- @tparam table metrics
-- @treturn boolean true; or nil, message, code
function report.write_metrics (path, metrics)
  return files.write(path, json.encode(metrics, true) .. "\n")
end

--- Writes a document: Markdown, one HTML page, the tables for LaTeX, and the plots as SVG beside them.
-- @tparam document doc
-- @tparam string folder
-- @tparam[opt="report"] string name of the files, before the dot
-- @treturn boolean true
-- @treturn ?string why a plot has no picture
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function report.write (doc, folder, name)
  name = name or "report"
  local figures = plot.figures(doc, name)
  local wanted = {
    { name .. ".md", markdown.render(doc, figures) }, { name .. ".html", html.render(doc, figures) },
    { name .. ".tex", latex.render(doc) },
  }
  local missing
  for _, figure in pairs(figures) do
    if figure.svg then wanted[#wanted + 1] = { figure.file, plot.standalone(figure.svg) }
    else missing = figure.missing end
  end
  local done, message, code = files.mkdirs(folder)
  for _, file in ipairs(wanted) do
    if done then done, message, code = files.write(folder .. "/" .. file[1], file[2]) end
  end
  if not done then return nil, message, code end
  return true, missing
end

return report
