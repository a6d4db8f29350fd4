-- Tasks for tools/oom_host.c: every operation, forwards and backwards, with the cases of its gradient check.
local gradcheck = require "spec.gradcheck"
local param = require "eimf.param"
local tape = require "eimf.tape"

local MODULES = { "elementwise", "linear", "rows", "segments", "shape", "table", "interests", "losses", "recurrent",
                  "routing", "semantic" }

local function task_of (case)
  local params = {}
  for i, shape in ipairs(case.inputs) do
    params[i] = param.new { data = gradcheck.random(shape, i, case), name = "p" .. i, sparse = case.sparse == i }
  end
  return function ()
    for _, p in ipairs(params) do p:zero_grad() end
    local t = tape.new { seed = 5 }
    local y = case.run(t, table.unpack(params))
    t:backward(t:sum(y))
    t:reset()
  end
end

local tasks = {}
for _, module in ipairs(MODULES) do
  for name, cases in pairs(require("spec.ops.cases." .. module)) do
    for i, case in ipairs(cases) do
      if case.inputs then tasks[("%s.%s %d"):format(module, name, i)] = task_of(case) end
    end
  end
end
return tasks
