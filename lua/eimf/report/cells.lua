--- Tables of documents, as every renderer takes them: texts in cells, what is best, what stands to the right.
-- @module eimf.report.cells

local cells = {}

local FORM = "%.4f"                      -- of numbers, in columns that are not of whole ones
local WHOLE_FORM = "%.0f"

local function name_of (column) return type(column) == "table" and column.name or column end

--- Where the columns of a table block are.
-- @tparam table block
-- @treturn {string=integer} place by name
function cells.places (block)
  local at = {}
  for c, column in ipairs(block.columns) do at[name_of(column)] = c end
  return at
end

local function value_of (cell)
  if type(cell) == "table" then cell = cell[1] end
  return type(cell) == "number" and cell or nil
end

local function is_whole (x) return x == math.floor(x) and math.abs(x) < 1e15 end

-- How the numbers of a column are written, and whether it holds numbers alone.
local function form_of (block, c)
  local whole, numbers, others = true, 0, 0
  for _, row in ipairs(block.rows) do
    local x = value_of(row[c])
    if x then numbers, whole = numbers + 1, whole and is_whole(x) and not (type(row[c]) == "table" and row[c][2])
    elseif row[c] ~= nil and row[c] ~= "" then others = others + 1 end
  end
  local column = block.columns[c]
  local given = type(column) == "table" and column.form
  return given or (whole and WHOLE_FORM or FORM), numbers > 0 and others == 0
end

-- The extreme of a column in each group of rows.
local function extremes (block, c, which, group_of)
  local best = {}
  for r, row in ipairs(block.rows) do
    local x, g = value_of(row[c]), group_of(r)
    if x and x == x and (not best[g] or which == "max" and x > best[g] or which == "min" and x < best[g]) then
      best[g] = x
    end
  end
  return best
end

local function mark_best (block, rows)
  local at = cells.places(block)
  local function group_of (r)
    return block.within and tostring(block.rows[r][at[block.within]]) or ""
  end
  for name, which in pairs(block.best or {}) do
    local c = at[name]
    local best = extremes(block, c, which, group_of)
    for r, row in ipairs(block.rows) do
      local x = value_of(row[c])
      rows[r][c].best = x ~= nil and x == best[group_of(r)]
    end
  end
end

local function as_text (cell, form)
  if type(cell) == "number" then return form:format(cell) end
  return cell == nil and "" or tostring(cell)
end

local function cell_of (cell, form)
  if type(cell) ~= "table" then return { text = as_text(cell, form) } end
  return {
    text = as_text(cell[1], form), deviation = cell[2] and form:format(cell[2]), mark = cell.mark,
    gain = cell.gain and ("%+.1f"):format(cell.gain),
  }
end

--- A table block as texts.
-- @tparam table block
-- @treturn {table,...} columns { name, right = is it of numbers alone }
-- @treturn {{table,...},...} cells { text, deviation, mark, gain, best }; all but `text` and `best` may be nil
function cells.of (block)
  local columns, rows = {}, {}
  for r in ipairs(block.rows) do rows[r] = {} end
  for c, column in ipairs(block.columns) do
    local form, right = form_of(block, c)
    columns[c] = { name = name_of(column), right = right }
    for r, row in ipairs(block.rows) do rows[r][c] = cell_of(row[c], form) end
  end
  mark_best(block, rows)
  return columns, rows
end

--- The numbers of a plot as a table block, where there is no picture of them.
-- @tparam table block a plot
-- @treturn table a table block: a row for each x, a column for each series
function cells.of_plot (block)
  local columns, rows, row_at = { block.x_label }, {}, {}
  for s, series in ipairs(block.series) do
    columns[s + 1] = series.name
    for _, point in ipairs(series.points) do
      local x = point[1]
      if not row_at[x] then
        rows[#rows + 1] = { x }
        row_at[x] = rows[#rows]
      end
      row_at[x][s + 1] = point[3] and { point[2], point[3] } or point[2]
    end
  end
  return { kind = "table", title = block.title, columns = columns, rows = rows, note = "values: " .. block.y_label }
end

return cells
