--- Tables as text of fixed width, for statistics and reports.
-- @module eimf.text_table

local text_table = {}

local GAP = "  "
local DEFAULT_FORM = "%.4f"

-- Letters a text takes on a terminal: bytes that do not go on with a UTF-8 letter.
local function width_of (text)
  local _, n = text:gsub("[^\128-\191]", "")
  return n
end


local function cell_text (cell, form)
  if cell == nil or cell == false then return "" end
  if type(cell) ~= "number" then return tostring(cell) end
  if cell == math.floor(cell) and math.abs(cell) < 1e15 then return ("%.0f"):format(cell) end
  return form:format(cell)
end


-- Texts of all cells, and the widest of each column; rows may differ in length and have holes.
local function measured (rows, form)
  local texts, widths = {}, {}
  for r, row in ipairs(rows) do
    texts[r] = {}
    local last = 0
    for c in pairs(row) do last = math.max(last, c) end
    for c = 1, last do
      texts[r][c] = cell_text(row[c], form)
      widths[c] = math.max(widths[c] or 0, width_of(texts[r][c]))
    end
  end
  return texts, widths
end


-- A column is right-aligned where it was asked for, or where all that is below its first cell are numbers.
local function alignments (rows, widths, align, header)
  local right = {}
  for c = 1, #widths do
    local numbers, others = 0, 0
    for r = header and 2 or 1, #rows do
      local cell = rows[r][c]
      if type(cell) == "number" then numbers = numbers + 1
      elseif cell ~= nil and cell ~= false and cell ~= "" then others = others + 1 end
    end
    local asked = align and align:sub(c, c) or ""
    right[c] = asked == "r" or asked ~= "l" and numbers > 0 and others == 0
  end
  return right
end


local function line_of (texts, widths, right)
  local cells = {}
  for c = 1, #widths do
    local text = texts[c] or ""
    local space = (" "):rep(widths[c] - width_of(text))
    cells[c] = right[c] and space .. text or text .. space
  end
  return (table.concat(cells, GAP):gsub(" +$", ""))
end


local function rule_of (widths)
  local parts = {}
  for c, width in ipairs(widths) do parts[c] = ("-"):rep(width) end
  return table.concat(parts, GAP)
end


--- Rows as lines of equal columns; whole numbers as they are, others with four digits, numbers to the right.
-- @tparam {{string|number|nil,...},...} rows
-- @tparam[opt] table opts `align`: a letter for each column, "l" or "r" ("-": by content);
-- `header = true`: the first row is a heading, with a rule below; `form`: of numbers that are not whole, "%.4f"
-- @treturn string lines, the last without a line feed
-- @usage print(text_table.format({ { "users", 22363 }, { "density", 0.00073 } }))
function text_table.format (rows, opts)
  opts = opts or {}
  local texts, widths = measured(rows, opts.form or DEFAULT_FORM)
  local right = alignments(rows, widths, opts.align, opts.header)
  local lines = {}
  for r = 1, #rows do
    lines[#lines + 1] = line_of(texts[r], widths, right)
    if r == 1 and opts.header then lines[#lines + 1] = rule_of(widths) end
  end
  return table.concat(lines, "\n")
end


return text_table
