--- Documents as one HTML page that needs nothing else: style and pictures are in it, and no script. It follows the
-- reader's light or dark theme, and wide and narrow windows. Neighbour: cells.
-- @module eimf.report.html

local cells = require "eimf.report.cells"

local html = {}

local CONTENTS_FROM = 4                  -- headings that are worth a table of contents

local STYLE = [[
:root { color-scheme: light dark; --text: #1d2126; --quiet: #5c6670; --line: #d5dae0; --back: #ffffff; --shade: #f3f5f8;
  --best: #0b62a8; }
@media (prefers-color-scheme: dark) { :root { --text: #dfe3e8; --quiet: #98a2ad; --line: #3a424c; --back: #15181c;
  --shade: #1f242a; --best: #6db6f2; } }
body { margin: 0 auto; padding: 1rem clamp(0.75rem, 3vw, 2.5rem) 4rem; max-width: 76rem; color: var(--text);
  background: var(--back); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin-top: 1.6rem; } p, li { max-width: 46rem; }
nav { font-size: 0.92rem; } nav a { margin-right: 1rem; white-space: nowrap; } a { color: var(--best); }
.wide { overflow-x: auto; margin: 1rem 0; } table { border-collapse: collapse; font-size: 0.92rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.3rem; }
th, td { padding: 0.22rem 0.7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); white-space: nowrap; } tbody tr:hover { background: var(--shade); }
th:first-child, td:first-child { padding-left: 0; } td div { padding-left: 1rem; text-indent: -1rem; min-width: 13rem; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
sup { line-height: 0; }
.best { color: var(--best); font-weight: 700; } .quiet, .note { color: var(--quiet); font-size: 0.88em; }
.note { margin: 0.3rem 0 1rem; }
pre { background: var(--shade); padding: 0.7rem; overflow-x: auto; font-size: 0.88rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
figure { margin: 0.5rem 0; max-width: 40rem; } figcaption { font-weight: 600; font-size: 0.92rem; }
svg { width: 100%; height: auto; display: block; }
@media print { body { max-width: none; } figure, tr { break-inside: avoid; } }
]]

local SIGNS = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["\""] = "&quot;", ["'"] = "&#39;" }

local function escaped (text) return (text:gsub("[&<>\"']", SIGNS):gsub("[%z\1-\8\11-\31\127]", " ")) end

local function cell_text (cell)
  local out = escaped(cell.text)
  if out:find("\n", 1, true) then out = "<div>" .. out:gsub("\n", "</div><div>") .. "</div>" end
  if cell.best then out = "<span class=\"best\">" .. out .. "</span>" end
  if cell.deviation then out = ("%s <span class=\"quiet\">±%s</span>"):format(out, cell.deviation) end
  if cell.mark then out = out .. "<sup>" .. escaped(cell.mark) .. "</sup>" end
  return cell.gain and ("%s <span class=\"quiet\">(%s %%)</span>"):format(out, cell.gain) or out
end

local function row_text (tag, texts, columns)
  local out = {}
  for c, column in ipairs(columns) do
    out[c] = ("<%s%s>%s</%s>"):format(tag, column.right and " class=\"number\"" or "", texts[c], tag)
  end
  return "<tr>" .. table.concat(out) .. "</tr>"
end

local blocks = {}

function blocks.heading (block, n)
  local level = block.level or 2
  return ("<h%d id=\"s%d\">%s</h%d>"):format(level, n, escaped(block.text), level)
end

function blocks.text (block) return "<p>" .. escaped(block.text) .. "</p>" end
function blocks.code (block) return "<pre>" .. escaped(block.text) .. "</pre>" end

function blocks.list (block)
  local out = {}
  for i, item in ipairs(block.items) do out[i] = "<li>" .. escaped(item) .. "</li>" end
  return "<ul>\n" .. table.concat(out, "\n") .. "\n</ul>"
end

function blocks.table (block)
  local columns, rows = cells.of(block)
  local names, out = {}, { "<div class=\"wide\"><table>" }
  if block.title then out[2] = "<caption>" .. escaped(block.title) .. "</caption>" end
  for c, column in ipairs(columns) do names[c] = escaped(column.name) end
  out[#out + 1] = "<thead>" .. row_text("th", names, columns) .. "</thead>\n<tbody>"
  for _, row in ipairs(rows) do
    local texts = {}
    for c, cell in ipairs(row) do texts[c] = cell_text(cell) end
    out[#out + 1] = row_text("td", texts, columns)
  end
  out[#out + 1] = "</tbody></table></div>"
  if block.note then out[#out + 1] = "<p class=\"note\">" .. escaped(block.note) .. "</p>" end
  return table.concat(out, "\n")
end

function blocks.plot (block, _, figure)
  if not (figure and figure.svg) then
    local note = figure and "<p class=\"note\">" .. escaped(figure.missing) .. "</p>" or ""
    return blocks.table(cells.of_plot(block)) .. note
  end
  local caption = block.title and "<figcaption>" .. escaped(block.title) .. "</figcaption>\n" or ""
  return "<figure>" .. caption .. figure.svg .. "</figure>"
end

local function contents (doc)
  local links = {}
  for n, block in ipairs(doc.blocks) do
    if block.kind == "heading" and (block.level or 2) == 2 then
      links[#links + 1] = ("<a href=\"#s%d\">%s</a>"):format(n, escaped(block.text))
    end
  end
  return #links >= CONTENTS_FROM and "<nav>" .. table.concat(links, "\n") .. "</nav>" or ""
end

-- Plots that follow each other stand side by side where there is room.
local function body_of (doc, figures)
  local out, open = {}, false
  for n, block in ipairs(doc.blocks) do
    local drawn = figures[block] ~= nil and figures[block].svg ~= nil
    if drawn ~= open then out[#out + 1] = drawn and "<div class=\"figures\">" or "</div>" end
    open = drawn
    out[#out + 1] = blocks[block.kind](block, n, figures[block])
  end
  if open then out[#out + 1] = "</div>" end
  return table.concat(out, "\n")
end

--- A document as one page.
-- @tparam document doc
-- @tparam[opt] table figures { [plot block] = { svg } or { missing = why } }, of `eimf.report.plot.figures`; without
-- one a plot is a table
-- @treturn string
function html.render (doc, figures)
  local title = escaped(doc.title)
  return table.concat({
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    "<title>" .. title .. "</title>\n<style>\n" .. STYLE .. "</style>\n</head>\n<body>",
    "<h1>" .. title .. "</h1>", contents(doc), body_of(doc, figures or {}), "</body>\n</html>\n",
  }, "\n")
end

return html
