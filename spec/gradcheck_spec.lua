--- Every operation of every file of lua/eimf/ops, found by its name there: one without a case fails.
local gradcheck = require "spec.gradcheck"
local tape = require "eimf.tape"

local MODULES = { "attention", "elementwise", "linear", "rows", "segments", "shape", "table", "interests", "losses",
                  "recurrent", "routing", "semantic" }

local function sorted_names (ops)
  local names = {}
  for name in pairs(ops) do names[#names + 1] = name end
  table.sort(names)
  return names
end

describe("every operation", function ()
  it("is on the tape, and its file is looked at here", function ()
    local known = { shapes = true }
    for _, module in ipairs(MODULES) do known[module] = true end
    for path in io.popen("ls lua/eimf/ops/*.lua"):lines() do
      local module = path:match("([%w_]+)%.lua$")
      assert.is_true(known[module], path .. " is not looked at by spec/gradcheck_spec.lua")
    end
    for _, module in ipairs(MODULES) do
      for name, op in pairs(require("eimf.ops." .. module)) do assert.equal(op, tape.Tape[name]) end
    end
  end)

  for _, module in ipairs(MODULES) do
    local ops = require("eimf.ops." .. module)
    local cases = require("spec.ops.cases." .. module)

    for _, name in ipairs(sorted_names(ops)) do
      describe(module .. "." .. name, function ()
        it("has a case", function () assert.is_table(cases[name]) end)

        for _, case in ipairs(cases[name] or {}) do
          if case.no_gradient then
            it("lets no gradient through: " .. case[1], function () case.no_gradient(gradcheck.tape()) end)
          else
            it("has the gradient of central differences: " .. case[1], function () gradcheck.compare(case) end)

            it("gives each input its gradient, alone and with the others: " .. case[1], function ()
              gradcheck.each_alone(case)
            end)

            it("gives the same bits twice: " .. case[1], function ()
              assert.is_true(gradcheck.bytes(case) == gradcheck.bytes(case))
            end)

            if case.big then
              it("gives the same bits with 1 and 2 threads: " .. case[1] .. " #slow", function ()
                assert.is_true(gradcheck.bytes(case, case.big, 1) == gradcheck.bytes(case, case.big, 2))
              end)
            end

            it("names itself when its result is used after reset: " .. case[1], function ()
              local t = gradcheck.tape()
              local inputs = {}
              for i, shape in ipairs(case.inputs) do
                inputs[i] = t:constant(gradcheck.random(shape, i, case))
              end
              local y = case.run(t, table.unpack(inputs))
              t:reset()
              local ok, message = pcall(t.add, t, y, y)
              assert.is_false(ok)
              assert.is_truthy(message:find("'" .. (case.stale or name) .. "' of step 1", 1, true), message)
            end)
          end
        end

        it("has a case with work for two threads", function ()
          local found = false
          for _, case in ipairs(cases[name] or {}) do found = found or case.big or case.no_gradient end
          assert.is_truthy(found)
        end)
      end)
    end

    it("has no case for an operation that " .. module .. " does not have", function ()
      for name in pairs(cases) do assert.is_function(ops[name], name) end
    end)
  end
end)
