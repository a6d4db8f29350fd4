-- Tasks for tools/oom_host.c: names that grow, and rows of a text.
local core = require "eimf.core"
local builder = require "eimf.data.builder"

local LAYOUT = { separator = ",", n_columns = 2, user = 1, item = 2 }

local function text_of (n)
  local lines = {}
  for i = 1, n do lines[i] = ("u%d,i%d\n"):format(i % 700, i) end
  return table.concat(lines)
end

local TEXT = text_of(3000)

return {
  ["data.names"] = function ()
    local names = core.names()
    for i = 1, 2000 do assert(names:number("name " .. i) == i) end
    assert(#names:list() == 2000)
  end,
  ["data.reader"] = function ()
    local into = builder.new()
    local at, lines = into:reader(LAYOUT)(TEXT, 1, false)
    assert(at == #TEXT + 1 and lines == 3000)
    assert(assert(into:build { name = "made", path = "made", core = 0 }).n_interactions == 3000)
  end,
}
