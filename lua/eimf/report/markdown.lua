--- Documents as Markdown. Columns are padded, so that it reads well on a terminal too. Neighbour: cells.
-- @module eimf.report.markdown

local cells = require "eimf.report.cells"

local markdown = {}

local SIGNS = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }
for sign in ("\\`*[]|"):gmatch(".") do SIGNS[sign] = "\\" .. sign end

-- Plain text, so that nothing in it is taken for a sign of Markdown; an underscore within a word is none.
local function escaped (text)
  text = text:gsub("[\\`*%[%]<>|&]", SIGNS)
  return (text:gsub("()(_+)()", function (from, run, to)
    local within = text:sub(from - 1, from - 1):find("%w") and text:sub(to, to):find("%w")
    return not within and run:gsub("_", "\\_") or nil
  end))
end

-- A line of its own: what begins a list or a heading does not here.
local function line (text)
  text = escaped((text:gsub("%c+", " "):gsub("^ +", "")))
  return (text:gsub("^([#+=~-])", "\\%1"):gsub("^(%d+)([.)])", "%1\\%2"))
end

local function width (text)
  local _, n = text:gsub("[^\128-\191]", "")
  return n
end

local function padded (text, wide, right)
  local space = (" "):rep(wide - width(text))
  return right and space .. text or text .. space
end

local function cell_text (cell)
  local text = escaped(cell.text):gsub("\n", "<br>"):gsub("%c", " ")
  if cell.best then text = "**" .. text .. "**" end
  if cell.deviation then text = text .. " ±" .. cell.deviation end
  if cell.mark then text = text .. escaped(cell.mark) end
  return cell.gain and ("%s (%s %%)"):format(text, cell.gain) or text
end

local function row_text (texts, columns, widths)
  local parts = {}
  for c, column in ipairs(columns) do parts[c] = padded(texts[c], widths[c], column.right) end
  return "| " .. table.concat(parts, " | ") .. " |"
end

local function rule_text (columns, widths)
  local parts = {}
  for c, column in ipairs(columns) do
    parts[c] = column.right and ("-"):rep(widths[c] - 1) .. ":" or ("-"):rep(widths[c])
  end
  return "| " .. table.concat(parts, " | ") .. " |"
end

local blocks = {}

function blocks.heading (block) return ("#"):rep(block.level or 2) .. " " .. line(block.text) end
function blocks.text (block) return line(block.text) end

function blocks.list (block)
  local out = {}
  for i, item in ipairs(block.items) do out[i] = "* " .. line(item) end
  return table.concat(out, "\n")
end

-- The fence is longer than any in the text.
function blocks.code (block)
  local fence = "```"
  while block.text:find(fence, 1, true) do fence = fence .. "`" end
  return fence .. "\n" .. block.text:gsub("\n+$", "") .. "\n" .. fence
end

function blocks.table (block)
  local columns, rows = cells.of(block)
  local texts, widths, names = {}, {}, {}
  for c, column in ipairs(columns) do
    names[c] = escaped(column.name)
    widths[c] = math.max(3, width(names[c]))
  end
  for r, row in ipairs(rows) do
    texts[r] = {}
    for c, cell in ipairs(row) do
      texts[r][c] = cell_text(cell)
      widths[c] = math.max(widths[c], width(texts[r][c]))
    end
  end
  local out = block.title and { line(block.title), "" } or {}
  out[#out + 1] = row_text(names, columns, widths)
  out[#out + 1] = rule_text(columns, widths)
  for _, row in ipairs(texts) do out[#out + 1] = row_text(row, columns, widths) end
  if block.note then out[#out + 1] = "\n" .. line(block.note) end
  return table.concat(out, "\n")
end

function blocks.plot (block, figure)
  if not (figure and figure.svg) then
    return blocks.table(cells.of_plot(block)) .. (figure and "\n\n" .. line(figure.missing) or "")
  end
  local title = line(block.title or block.y_label)
  return ("%s\n\n![%s: %s by %s](%s)"):format(title, title, escaped(block.y_label), escaped(block.x_label), figure.file)
end

--- A document as Markdown.
-- @tparam document doc
-- @tparam[opt] table figures { [plot block] = { svg, file } or { missing = why } }, of `eimf.report.plot.figures`;
-- without one a plot is a table
-- @treturn string
function markdown.render (doc, figures)
  local out = { "# " .. line(doc.title) }
  for i, block in ipairs(doc.blocks) do out[i + 1] = blocks[block.kind](block, (figures or {})[block]) end
  return table.concat(out, "\n\n") .. "\n"
end

return markdown
