--- Any CSV or TSV with a map of its columns. Fields may stand in double
-- quotes, with "" for a quote and line ends inside.
-- Neighbours: builder, items, lines, rows.
-- @module eimf.data.csv
-- @usage
-- csv.open("sales.csv", { columns = { user = "CustomerID", item = "StockCode", time = "InvoiceDate",
--                                     title = "Description" } })
-- csv.open("plain.csv", { header = false, columns = { user = 1, item = 2, time = 4 } })
local builder = require "eimf.data.builder"
local items = require "eimf.data.items"
local lines = require "eimf.data.lines"
local rows = require "eimf.data.rows"

local csv = {}

local find, sub, gsub = string.find, string.sub, string.gsub

local ROLES = { user = true, item = true, time = true, title = true, category = true }
local DEFAULT_COLUMNS = { user = "user", item = "item" }
local MAX_RECORD = 256 * 1024             -- bytes of one record with line ends inside

-- One quoted field from `at` (behind its quote): its text and the position
-- behind the closing quote; nil where the record goes on in the next line.
local function quoted (record, at)
  local from = at
  while true do
    local stop = find(record, '"', at, true)
    if not stop then return nil end
    if sub(record, stop + 1, stop + 1) ~= '"' then return gsub(sub(record, from, stop - 1), '""', '"'), stop + 1 end
    at = stop + 2
  end
end

--- Fields of a record.
-- @tparam string record a line, or lines joined by \n
-- @tparam string separator one character
-- @tparam[opt] table into list to fill
-- @treturn[1] {string,...} fields
-- @treturn[1] integer their number
-- @treturn[2] nil
-- @treturn[2] string reason; "open" when a quote is not closed
function csv.split (record, separator, into)
  local fields, n, at = into or {}, 0, 1
  while true do
    n = n + 1
    if sub(record, at, at) == '"' then
      local text, after = quoted(record, at + 1)
      if not text then return nil, "open" end
      local c = sub(record, after, after)
      if c ~= "" and c ~= separator then return nil, "text behind a closing quote" end
      fields[n], at = text, after
    else
      local stop = find(record, separator, at, true)
      fields[n], at = sub(record, at, (stop or 0) - 1), stop or #record + 1
    end
    if at > #record then break end
    at = at + 1
  end
  return fields, n
end

-- The column map as positions, from names in the header or numbers.
local function positions (columns, header, n)
  local at = {}
  for role, column in pairs(columns) do
    if type(column) == "number" then at[role] = column end
    for i = 1, header and n or 0 do
      if header[i] == column then at[role] = i end
    end
    if not at[role] or at[role] < 1 or at[role] > n then
      return nil, string.format("no column '%s' for %s among the %d columns", tostring(column), role, n)
    end
  end
  return at
end

-- The first title and category of an item count; when they are known its other lines are like any.
local function describe (state, item, title, category)
  local titles, categories = state.titles, state.categories
  if title and title ~= "" then titles[item] = titles[item] or title end
  if category and category ~= "" then categories[item] = categories[item] or category end
  if (not title or titles[item]) and (not category or categories[item]) then state.into:settle(item) end
end

local function add_row (state, fields)
  local at = state.at
  local user, item, time = fields[at.user], fields[at.item], 0
  if user == "" or item == "" then return nil, "empty user or item" end
  if at.time then
    local reason
    time, reason = rows.time(fields[at.time])
    if not time then return nil, reason end
  end
  state.into:add(user, item, time)
  describe(state, item, at.title and fields[at.title], at.category and fields[at.category])
  return true
end

-- What takes ordinary lines once the columns are known; not within quotes.
local function taker (state, into)
  local read
  return function (text, from, mixed)
    if not state.at or state.pending then return from, 0 end
    local at = state.at
    read = read or into:reader { separator = state.separator, n_columns = state.n, user = at.user, item = at.item,
                                 time = at.time, quotes = true, settled = at.title or at.category }
    return read(text, from, mixed)
  end
end

local function consume_record (state, record)
  local fields, n = csv.split(record, state.separator, state.fields)
  if not fields then return nil, n end
  if not state.at then
    local reason
    state.at, reason = positions(state.columns, state.header and fields, n)
    if not state.at then return nil, reason, "BAD_FORMAT" end
    state.n = n
    if state.header then return true end
  end
  if n ~= state.n then return nil, string.format("%d columns where %d are expected", n, state.n) end
  return add_row(state, fields)
end

-- A record whose quote is open waits for the next line.
local function record_consumer (state)
  return function (line, number)
    local record = state.pending and state.pending .. "\n" .. line or line
    local ok, reason, code = consume_record(state, record)
    if reason ~= "open" then
      state.pending = nil
      return ok, reason, code
    end
    if not state.pending then state.opened = number end
    state.pending = record
    if #record <= MAX_RECORD then return true end
    return nil, string.format("the quote opened on line %d is not closed", state.opened), "BAD_FORMAT"
  end
end

local function check (opts)
  local columns = opts.columns or DEFAULT_COLUMNS
  for role, column in pairs(columns) do
    if not ROLES[role] then error("csv: unknown column role '" .. tostring(role) .. "'", 4) end
    if type(column) ~= "number" and (type(column) ~= "string" or opts.header == false) then
      error(string.format("csv: column of %s must be a %s", role, opts.header == false and "position" or "name"), 4)
    end
  end
  if not columns.user or not columns.item then error("csv: columns must name user and item", 4) end
  local separator = opts.separator
  if separator and (type(separator) ~= "string" or #separator ~= 1) then
    error("csv: separator must be one character", 4)
  end
  return columns
end

local function read (path, state, policy)
  local text, message, code = lines.open(path)
  if not text then return nil, message, code end
  local ok
  ok, message, code = rows.feed(text, policy, record_consumer(state), taker(state, state.into))
  if ok and state.pending then
    return rows.bad(policy, path, state.opened, "a quote opened here is not closed")
  end
  return ok, message, code
end

--- Opens a CSV or TSV file, plain or gzip.
-- @tparam string path
-- @tparam table opts core, on_bad_line, name; columns = { user =, item =, time =, title =, category = }: names in
-- the header, or positions (default: columns called user and item; without time the order of the rows counts);
-- separator (default: tab for .tsv, else comma); header = true | false
-- @treturn[1] table set
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function csv.open (path, opts)
  local state = {
    columns = check(opts), header = opts.header ~= false, titles = {}, categories = {}, fields = {},
    separator = opts.separator or (path:find("%.tsv") and "\t" or ","),
  }
  return builder.open {
    path = path, opts = opts,
    interactions = function (into, policy)
      state.into = into
      return read(path, state, policy)
    end,
    items = function (set, ids)
      for raw, id in pairs(ids) do
        items.describe(set, id, state.titles[raw], state.categories[raw] and { state.categories[raw] })
      end
      return true
    end,
  }
end

return csv
