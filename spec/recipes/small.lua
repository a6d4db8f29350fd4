-- The recipe for Beauty as a process of its own, on a small generated catalogue, in a folder that goes with the spec:
-- the backbone alone, but for what a spec changes.
local child = require "spec.child"
local files = require "eimf.files"
local scratch = require "spec.scratch"

local small = {}

local Small = {}
Small.__index = Small

--- What every run is given.
small.OPTIONS = { data = "generated", users = 200, items = 240, epochs = 5, batch = 64, dim = 16, threads = 1,
                  lr = 0.003, dropout = 0.3, n_negatives = 0, readout = "hard", lazy = true, compare = false,
                  semantics = "none", start = "none", share = "none", lambda_text = 0 }

--- A folder, and what runs in it are given besides.
function small.new (options) return setmetatable({ folder = scratch.folder(), options = options or {} }, Small) end

--- Removes the folder.
function Small:close () scratch.remove(self.folder) end

--- Options as words of a command line; the run's folder is `out`.
function Small:words (out, changes)
  local opt, list = { out = self.folder .. "/" .. out, cache = self.folder .. "/cache" }, {}
  for _, options in ipairs { small.OPTIONS, self.options, changes or {} } do
    for name, value in pairs(options) do opt[name] = value end
  end
  for name, value in pairs(opt) do list[#list + 1] = name .. "=" .. tostring(value) end
  table.sort(list)
  return list
end

--- Runs; what was printed and what was said.
function Small:run (out, changes)
  local code, printed, said = child.script("recipes/beauty.lua", self:words(out, changes))
  assert(code == 0, said)
  return printed, said
end

--- A file of a run.
function Small:file (out, name) return assert(files.read(("%s/%s/%s"):format(self.folder, out, name))) end

--- metrics.json without time and memory, which differ from run to run.
function Small:metrics (out)
  return (self:file(out, "metrics.json"):gsub('\n *"seconds": [^\n]*', ""):gsub('\n *"peak_rss_mb": [^\n]*', ""))
end

return small
