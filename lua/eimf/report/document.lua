--- A document: what a report says, before it is Markdown, HTML or LaTeX. A title, and blocks in order:
--
--     { kind = "heading", text = "Results", level = 2 }
--     { kind = "text", text = "one paragraph" }
--     { kind = "list", items = { "one", "two" } }
--     { kind = "code", text = "lua5.4 recipes/beauty.lua seed=1" }
--     { kind = "table", title = "Beauty", columns = { "model", "recall@10", { name = "seconds", form = "%.1f" } },
--       rows = { { "alone", { 0.0951, 0.0010 }, 756 }, { "EIMF", { 0.1043, 0.0008, mark = "*", gain = 9.7 }, 801 } },
--       best = { ["recall@10"] = "max" }, within = "data", note = "*: p < 0.05" }
--     { kind = "plot", title = "Learning", x_label = "epoch", y_label = "ndcg@10", style = "lines", log_x = false,
--       series = { { name = "EIMF", points = { { 1, 0.03 }, { 2, 0.05, 0.001 } } } } }
--
-- A cell is a number, a string, nil, or `{ value, deviation, mark =, gain = percent }`. `best` says in which columns
-- the largest or smallest number is set off; with `within`, among the rows that have the same in that column. A point
-- is `{ x, y, error }`; x may be a name. Texts are plain: each renderer escapes them in its own way. A cell may have
-- several lines. Neighbour: cells.
-- @module eimf.report.document
-- @usage
-- local d = document.new("Beauty")
-- d:heading("Results"):table { columns = { "model", "recall@10" }, rows = { { "popular", 0.0115 } } }

local cells = require "eimf.report.cells"

local document = {}

local Document = {}
Document.__index = Document

local STYLES = { lines = true, bars = true, points = true }

-- Field of each kind: its type, or false after "?" where it may be missing.
local FIELDS = {
  heading = { text = "string", level = "?number" },
  text = { text = "string" },
  list = { items = "table" },
  code = { text = "string" },
  table = { title = "?string", columns = "table", rows = "table", best = "?table", within = "?string",
            note = "?string" },
  plot = { title = "?string", x_label = "string", y_label = "string", series = "table", style = "?string",
           log_x = "?boolean" },
}

local function wrong (level, ...) error("eimf.report.document: " .. string.format(...), level + 1) end

local function check_table (block, level)
  local at = cells.places(block)
  for name, which in pairs(block.best or {}) do
    if not at[name] then wrong(level + 1, "best names '%s', which is no column", tostring(name)) end
    if which ~= "max" and which ~= "min" then
      wrong(level + 1, "best of '%s' is %s, not max or min", name, tostring(which))
    end
  end
  if block.within and not at[block.within] then
    wrong(level + 1, "within names '%s', which is no column", block.within)
  end
end

local function check_plot (block, level)
  if block.style and not STYLES[block.style] then
    wrong(level + 1, "style of a plot is '%s', not lines, bars or points", block.style)
  end
  for s, series in ipairs(block.series) do
    if type(series.name) ~= "string" or type(series.points) ~= "table" then
      wrong(level + 1, "series %d of a plot has no name or no points", s)
    end
  end
end

local CHECKS = { table = check_table, plot = check_plot }

-- Raises where a block is not what its kind says.
local function check (block, level)
  local fields = FIELDS[block.kind] or wrong(level + 1, "a block of unknown kind '%s'", tostring(block.kind))
  for name in pairs(block) do
    if name ~= "kind" and not fields[name] then wrong(level + 1, "unknown field '%s' of a %s", name, block.kind) end
  end
  for name, wanted in pairs(fields) do
    local optional, found = wanted:sub(1, 1) == "?", type(block[name])
    if found ~= wanted:gsub("^%?", "") and not (optional and found == "nil") then
      wrong(level + 1, "field '%s' of a %s is a %s", name, block.kind, found)
    end
  end
  if CHECKS[block.kind] then CHECKS[block.kind](block, level + 1) end
end

--- An empty document, or one of blocks that are at hand.
-- @tparam string title
-- @tparam[opt] {table,...} blocks as above; kept as they are
-- @treturn document
function document.new (title, blocks)
  if type(title) ~= "string" then wrong(2, "the title is a %s", type(title)) end
  local self = setmetatable({ title = title, blocks = blocks or {} }, Document)
  for _, block in ipairs(self.blocks) do check(block, 2) end
  return self
end

local function add (self, kind, block)
  local whole = { kind = kind }
  for name, value in pairs(block) do whole[name] = value end
  check(whole, 3)
  self.blocks[#self.blocks + 1] = whole
end

--- Adds a heading.
-- @tparam string text
-- @tparam[opt=2] integer level 2 to 4; 1 is the document's title
-- @treturn document itself
function Document:heading (text, level)
  add(self, "heading", { text = text, level = level })
  return self
end

--- Adds a paragraph.
-- @tparam string text
-- @treturn document itself
function Document:text (text)
  add(self, "text", { text = text })
  return self
end

--- Adds a list.
-- @tparam {string,...} items
-- @treturn document itself
function Document:list (items)
  add(self, "list", { items = items })
  return self
end

--- Adds lines that stay as they are.
-- @tparam string text
-- @treturn document itself
function Document:code (text)
  add(self, "code", { text = text })
  return self
end

--- Adds a table.
-- @tparam table block its fields, as above
-- @treturn document itself
function Document:table (block)
  add(self, "table", block)
  return self
end

--- Adds a plot.
-- @tparam table block its fields, as above
-- @treturn document itself
function Document:plot (block)
  add(self, "plot", block)
  return self
end

--- Adds the blocks of another document, its title as a heading.
-- @tparam document other
-- @treturn document itself
function Document:append (other)
  self:heading(other.title)
  for _, block in ipairs(other.blocks) do self.blocks[#self.blocks + 1] = block end
  return self
end

return document
