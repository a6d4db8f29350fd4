--- Data: opens a set by path or name.
-- Neighbours: all of lua/eimf/data.
-- @module eimf.data
-- @usage
-- local set = assert(eimf.data.open("data/beauty", { core = 5 }))
-- set:print_stats()
-- local split = assert(set:split("leave_one_out"))
-- local ex = assert(eimf.data.examples(split.train, { max_len = 20, batch = 256, seed = 1 }))
local examples = require "eimf.data.examples"
local rows = require "eimf.data.rows"
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

--- Opens a set.
-- @tparam string spec a path (file or folder, the form is detected), a known name ("beauty"), or "generated"
-- @tparam[opt] table opts core = 5 (k of the core filter; 0: none), on_bad_line = "error" | "skip", name,
-- form = "tsv" | "amazon" | "movielens" | "csv"; for CSV columns, separator, header; for Amazon meta = path;
-- for "generated" the options of `eimf.data.generated`
-- @treturn[1] table set (see `eimf.data.set`)
-- @treturn[2] nil
-- @treturn[2] string message, one line that names the file
-- @treturn[2] string code "ENOENT", "EACCES", "EMPTY", "EMPTY_SET", "BAD_LINE", "BAD_FORMAT", "BAD_GZIP", "BAD_ZIP"
function data.open (spec, opts)
  if type(spec) ~= "string" or spec == "" then
    error("data.open: a path or a name expected, got " .. tostring(spec), 2)
  end
  opts = opts or {}
  if spec == "generated" then return require("eimf.data.generated").open(opts) end
  rows.check_options("data.open", opts, OPTIONS)
  if opts.form and not FORMS[opts.form] then error("data.open: unknown form '" .. tostring(opts.form) .. "'", 2) end
  local path, kind, code = spec, source.kind(spec)
  if not kind then return nil, code, "ENOENT" end
  return open_path(path, kind, opts)
end

return data
