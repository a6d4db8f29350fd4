-- A finished run: its options, and the data it was made from.
local files = require "eimf.files"
local json = require "eimf.json"
local open_data = require "recipes.parts.data"

local finished = {}

local function read (path)
  local value = assert(json.decode(assert(files.read(path))))
  return type(value) == "table" and value or error(path .. ": not of a run", 0)
end

--- Opens a run's folder. Options that are younger than the run have their defaults. Raises where something is missing.
-- @tparam string folder
-- @treturn table { opt, set, split, metrics }
function finished.open (folder)
  local opt, metrics = read(folder .. "/options.json"), read(folder .. "/metrics.json")
  for name, rule in pairs(require "recipes.parts.rules") do
    if opt[name] == nil then opt[name] = rule.default end
  end
  local set = assert(open_data(opt))
  local split = assert(set:split(opt.protocol, { seed = opt.seed, fraction = opt.fraction }))
  return { opt = opt, set = set, split = split, metrics = metrics }
end

return finished
