--- Gradient checks: what an operation says against central differences.
-- A case is { name, inputs = shapes, run = function (t, ...) return value end }, and perhaps
-- `big` (shapes with work for two threads), `least`, `most`, `away` (bounds of the inputs, and how far from 0),
-- `sparse` (position of an input that is a table), `stale` (name of the op that made the result).
local core = require "eimf.core"
local tensor = require "eimf.tensor"
local param = require "eimf.param"
local tape = require "eimf.tape"

local STEP, TOLERANCE = 1e-2, 2e-3
local NAN = 0 / 0

local gradcheck = {}

local unpack_list = table.unpack

--- Numbers within [least, most], at least `away` from 0; the same for the same seed.
function gradcheck.random (shape, seed, case)
  local least, most, away = case and case.least or -1, case and case.most or 1, case and case.away or 0
  local x = core.new("float32", unpack_list(shape))
  core.random(x, "uniform", least, most, seed, 1, 1)
  local flat = x:reshape(x:size())
  for i = 1, away > 0 and x:size() or 0 do
    local v = flat:get(i)
    if math.abs(v) < away then flat:set(i, v < 0 and v - away or v + away) end
  end
  return x
end

--- Offsets of segments of 3, 0, 1, 5, 2 ... rows, R in all; the last one is empty too.
function gradcheck.offsets (R)
  local lengths, list, at, i = { 3, 0, 1, 5, 2, 27 }, { 0 }, 0, 0
  while at < R do
    i = i + 1
    at = math.min(R, at + lengths[(i - 1) % #lengths + 1])
    list[#list + 1] = at
  end
  list[#list + 1] = at
  return tensor.ids(list)
end

--- Number of segments of `gradcheck.offsets(R)`.
function gradcheck.segments (R) return gradcheck.offsets(R):size() - 1 end

--- n ids within lo..hi, some of them more than once.
function gradcheck.ids (n, lo, hi)
  local list = {}
  for i = 1, n do list[i] = lo + (i * i * 7 + i) % (hi - lo + 1) end
  return #list > 0 and tensor.ids(list) or tensor.zeros_ids(0)
end

function gradcheck.flat (x)
  return x:size() > 0 and x:reshape(x:size()):totable() or {}
end

--- A tape whose pool is full of NaN: what an operation forgets to write, shows.
function gradcheck.tape ()
  local t = tape.new { seed = 5 }
  for _, n in ipairs { 1, 65, 100, 130, 200, 300, 1000 } do
    for _ = 1, 12 do t:take("float32", n):fill_(NAN) end
  end
  t:reset(1)
  return t
end

local function params_of (case, shapes)
  local list = {}
  for i, shape in ipairs(shapes) do
    list[i] = param.new { data = gradcheck.random(shape, i, case), name = "p" .. i, sparse = case.sparse == i }
  end
  return list
end

--- The result's elements, each with a weight of its own, summed in double.
local function objective (case, inputs)
  local total = 0
  local t = gradcheck.tape()
  local y = case.run(t, unpack_list(inputs))
  local weights = gradcheck.flat(gradcheck.random(y.data:shape(), 99))
  for i, v in ipairs(gradcheck.flat(y.data)) do total = total + v * weights[i] end
  return total
end

--- Dense gradient of a parameter, the parts of a sparse one added up.
local function gradient_of (p)
  local g = core.new("float32", unpack_list(p.data:shape()))
  if p.touched then g:copy_(p:grad()) end
  for _, part in ipairs(p.parts) do core.rows_add(g, part.ids, part.values, 0) end
  return g
end

--- Result and gradients of every input; those at `constant` positions take part as constants.
-- `through_value`: the operation sees values in the parameters' place.
function gradcheck.analytic (case, params, only, through_value)
  local t = gradcheck.tape()
  local inputs = {}
  for i, p in ipairs(params) do
    p:zero_grad()
    if only and i ~= only then inputs[i] = t:constant(p.data)
    elseif through_value then inputs[i] = t:reshape(p, unpack_list(p.data:shape()))
    else inputs[i] = p end
  end
  local y = case.run(t, unpack_list(inputs))
  local weights = t:constant(gradcheck.random(y.data:shape(), 99))
  t:backward(t:sum(t:mul(y, weights)))
  local gradients = {}
  for i, p in ipairs(params) do gradients[i] = gradient_of(p) end
  return y.data:clone(), gradients
end

local function numeric (case, params, i)
  local x = params[i].data
  local flat, list = x:reshape(x:size()), {}
  for j = 1, x:size() do
    local v = flat:get(j)
    flat:set(j, v + STEP)
    local up, above = objective(case, params), flat:get(j)
    flat:set(j, v - STEP)
    local down, below = objective(case, params), flat:get(j)
    flat:set(j, v)
    list[j] = (up - down) / (above - below)
  end
  return list
end

--- Raises where a gradient is further than TOLERANCE from the central difference, against the input's largest.
function gradcheck.compare (case)
  local params = params_of(case, case.inputs)
  local _, gradients = gradcheck.analytic(case, params)
  for i in ipairs(params) do
    local expected, got, largest = numeric(case, params, i), gradcheck.flat(gradients[i]), 1e-2
    for _, v in ipairs(expected) do largest = math.max(largest, math.abs(v)) end
    for j, v in ipairs(expected) do
      local away = math.abs(got[j] - v)
      if away ~= away or away > TOLERANCE * largest then
        error(("%s: gradient of element %d of input %d is %.6g, central difference %.6g"):format(case[1], j, i, got[j],
          v), 0)
      end
    end
  end
end

local function bytes (y, gradients)
  local list = { y:tostring() }
  for _, g in ipairs(gradients) do list[#list + 1] = g:tostring() end
  return table.concat(list)
end

--- Bytes of the result and of all gradients.
function gradcheck.bytes (case, shapes, threads)
  local before = core.threads()
  core.threads(threads or before)
  local params = params_of(case, shapes or case.inputs)
  local ok, result = pcall(function () return bytes(gradcheck.analytic(case, params)) end)
  core.threads(before)
  return ok and result or error(result, 0)
end

--- Equal numbers; zeros of either sign are.
local function equal_elements (x, y)
  local a, b = gradcheck.flat(x), gradcheck.flat(y)
  for i, v in ipairs(a) do if v ~= b[i] then return false end end
  return true
end

--- Raises where an input's gradient depends on whether the others need one, or is a value's instead of a parameter's.
function gradcheck.each_alone (case)
  local params = params_of(case, case.inputs)
  local _, together = gradcheck.analytic(case, params)
  for i in ipairs(params) do
    local _, alone = gradcheck.analytic(case, params, i)
    local _, value = gradcheck.analytic(case, params, i, true)
    for j in ipairs(params) do
      local expected = j == i and together[j] or together[j]:clone():fill_(0)
      assert(equal_elements(alone[j], expected), case[1] .. ": gradient of input " .. i .. " alone differs")
      assert(equal_elements(value[j], expected), case[1] .. ": gradient of input " .. i .. " as a value differs")
    end
  end
end

return gradcheck
