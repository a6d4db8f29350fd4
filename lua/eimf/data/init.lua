--- Data: opens a set by path or name.
-- Neighbours: all of lua/eimf/data.
-- @module eimf.data
-- @usage
-- local set = assert(eimf.data.open("data/beauty", { core = 5 }))
-- set:print_stats()
-- local split = assert(set:split("leave_one_out"))
-- local ex = assert(eimf.data.examples(split.train, { max_len = 20, batch = 256, seed = 1 }))
local examples = require "eimf.data.examples"
local set = require "eimf.data.set"
local source = require "eimf.data.source"
local tsv = require "eimf.data.tsv"

local data = {}

data.set = set
data.examples = examples.new
data.histories = examples.histories

local OPTIONS = {
  form = true, name = true, core = true, on_bad_line = true,
  columns = true, separator = true, header = true, meta = true,
}
local LOCATE_OPTIONS = { download = true, notice = true, ask = true, root = true }
local CSV_OPTIONS = { columns = true, separator = true, header = true }

-- Which module reads which form, and which file names tell it.
local FORMS = { tsv = "eimf.data.tsv", amazon = "eimf.data.amazon", movielens = "eimf.data.movielens",
                csv = "eimf.data.csv" }
local FILE_NAMES = {
  { "interactions%.tsv$", "tsv" }, { "reviews_[^/]*%.json$", "amazon" }, { "%.zip$", "movielens" },
  { "ratings%.dat$", "movielens" }, { "%.csv$", "csv" }, { "%.tsv$", "csv" }, { "%.txt$", "csv" },
}

local function form_of_file (path, opts)
  local name = path:gsub("%.gz$", "")
  for _, pair in ipairs(FILE_NAMES) do
    if name:find(pair[1]) and not (opts.columns and pair[2] == "tsv") then return pair[2] end
  end
end

local function form_of_folder (path)
  if tsv.find(path, "interactions.tsv") then return "tsv" end
  if source.kind(path .. "/ratings.dat") == "file" then return "movielens" end
end

local function unknown_form (path, kind)
  local expected = kind == "folder" and "interactions.tsv(.gz) or ratings.dat in it"
                   or "a name like reviews_*.json.gz, *.zip, *.csv, *.tsv, or the option form"
  return nil, string.format("%s: the form of this %s is not known; expected %s", path, kind, expected), "BAD_FORMAT"
end

-- The folder form and MovieLens are folders; a file of them names its folder.
local function place_of (form, path, kind)
  if kind == "file" and (form == "tsv" or (form == "movielens" and not path:find("%.zip$"))) then
    return path:match("^(.*)/[^/]*$") or "."
  end
  return path
end

local function open_path (path, kind, opts)
  local form = opts.form or (kind == "folder" and form_of_folder(path) or form_of_file(path, opts))
  if not form then return unknown_form(path, kind) end
  if form ~= "csv" then
    for key in pairs(CSV_OPTIONS) do
      if opts[key] ~= nil then error(string.format("data.open: option '%s' is for CSV, not for %s", key, form), 3) end
    end
  end
  return require(FORMS[form]).open(place_of(form, path, kind), opts)
end

local function pick (opts, known)
  local out = {}
  for key in pairs(known) do out[key] = opts[key] end
  return out
end

-- Options of the generated catalogue: those of opts.generated, and what no
-- reader knows.
local function open_generated (opts)
  local own = {}
  for key, value in pairs(opts) do
    if not OPTIONS[key] and not LOCATE_OPTIONS[key] and key ~= "generated" then own[key] = value end
  end
  for key, value in pairs(opts.generated or {}) do own[key] = value end
  return require("eimf.data.generated").open(own)
end

local function check (spec, opts)
  if type(spec) ~= "string" or spec == "" then
    error("data.open: a path or a name expected, got " .. tostring(spec), 3)
  end
  if spec == "generated" then return end
  for key in pairs(opts) do
    if not OPTIONS[key] and not LOCATE_OPTIONS[key] and key ~= "generated" then
      error(string.format("data.open: unknown option '%s'", tostring(key)), 3)
    end
  end
  if opts.form and not FORMS[opts.form] then error("data.open: unknown form '" .. tostring(opts.form) .. "'", 3) end
end

--- Opens a set.
-- @tparam string spec a path (file or folder, the form is detected), a known name ("beauty"; looked for as
-- `eimf.data.locate` says, which may end at the generated catalogue), or "generated"
-- @tparam[opt] table opts core = 5 (k of the core filter; 0: none), on_bad_line = "error" | "skip", name,
-- form = "tsv" | "amazon" | "movielens" | "csv"; for CSV columns, separator, header; for Amazon meta = path;
-- for names download, notice, ask, root; generated = options of `eimf.data.generated` (with "generated" they may
-- stand among the others)
-- @treturn[1] table set (see `eimf.data.set`)
-- @treturn[2] nil
-- @treturn[2] string message, one line that names the file
-- @treturn[2] string code "ENOENT", "EACCES", "EMPTY", "EMPTY_SET", "BAD_LINE", "BAD_FORMAT", "BAD_GZIP", "BAD_ZIP"
function data.open (spec, opts)
  opts = opts or {}
  check(spec, opts)
  if spec == "generated" then return open_generated(opts) end
  local found, message, code = require("eimf.data.locate").find(spec, pick(opts, LOCATE_OPTIONS))
  if not found then return nil, message, code end
  if found.generated then
    local own = { in_place_of = found.in_place_of }            -- its provenance says so
    for key, value in pairs(opts.generated or {}) do own[key] = value end
    local stand_in = open_generated({ generated = own })
    stand_in.notice, stand_in.in_place_of = found.notice, found.in_place_of
    return stand_in
  end
  local reading = pick(opts, OPTIONS)
  if found.path ~= spec then reading.name = reading.name or spec end
  return open_path(found.path, source.kind(found.path), reading)
end

return data
