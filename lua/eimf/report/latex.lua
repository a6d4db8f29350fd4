--- The tables of a document for a paper: LaTeX, booktabs. Neighbour: cells.
-- @module eimf.report.latex

local cells = require "eimf.report.cells"

local latex = {}

local LONG = 60                          -- letters that do not stand in one line

local SIGNS = {
  ["\\"] = "\\textbackslash{}", ["~"] = "\\textasciitilde{}", ["^"] = "\\textasciicircum{}", ["<"] = "\\textless{}",
  [">"] = "\\textgreater{}", ["|"] = "\\textbar{}", ["\""] = "''",
}
for sign in ("&%$#_{}"):gmatch(".") do SIGNS[sign] = "\\" .. sign end

local function escaped (text) return (text:gsub("\n", "; "):gsub("%c+", " "):gsub("[\\~^<>|\"&%%$#_{}]", SIGNS)) end

local function cell_text (cell)
  local text = escaped(cell.text)
  if cell.best then text = "\\textbf{" .. text .. "}" end
  if cell.deviation then text = text .. " $\\pm$ " .. cell.deviation end
  if cell.mark then text = text .. "\\textsuperscript{" .. escaped(cell.mark) .. "}" end
  return cell.gain and ("%s (%s\\,\\%%)"):format(text, cell.gain) or text
end

local function line (texts) return "    " .. table.concat(texts, " & ") .. " \\\\" end

-- Numbers to the right, words to the left, long texts in lines of their own.
local function letter_of (column, rows, c)
  if column.right then return "r" end
  for _, row in ipairs(rows) do
    if #row[c].text > LONG then return "p{0.35\\linewidth}" end
  end
  return "l"
end

local function table_of (block)
  local columns, rows = cells.of(block)
  local names, letters = {}, {}
  for c, column in ipairs(columns) do names[c], letters[c] = escaped(column.name), letter_of(column, rows, c) end
  local out = { "\\begin{table}", "  \\centering" }
  if block.title then out[#out + 1] = "  \\caption{" .. escaped(block.title) .. "}" end
  out[#out + 1] = "  \\begin{tabular}{" .. table.concat(letters) .. "}\n    \\toprule"
  out[#out + 1] = line(names) .. "\n    \\midrule"
  for _, row in ipairs(rows) do
    local texts = {}
    for c, cell in ipairs(row) do texts[c] = cell_text(cell) end
    out[#out + 1] = line(texts)
  end
  out[#out + 1] = "    \\bottomrule\n  \\end{tabular}"
  if block.note then out[#out + 1] = "  \\par\\smallskip{\\footnotesize " .. escaped(block.note) .. "}" end
  out[#out + 1] = "\\end{table}"
  return table.concat(out, "\n")
end

--- The tables of a document, each an environment to paste; headings stand between them as comments.
-- @tparam document doc
-- @treturn string
function latex.render (doc)
  local out = { "% " .. doc.title:gsub("%c+", " ") .. "\n% \\usepackage{booktabs}" }
  for _, block in ipairs(doc.blocks) do
    if block.kind == "heading" then out[#out + 1] = "% " .. block.text:gsub("%c+", " ") end
    if block.kind == "table" then out[#out + 1] = table_of(block) end
  end
  return table.concat(out, "\n\n") .. "\n"
end

return latex
