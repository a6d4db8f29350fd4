--- What specs of golden values need: the arrays of tools/golden_torch.py, and how far two tensors are apart.
local assert = require "luassert"
local core = require "eimf.core"
local npy = require "eimf.npy"

local golden = { FORWARD = 1e-5, GRADIENT = 1e-4, TRAJECTORY = 1e-4 }

--- Arrays of a case: golden.case("softmax").x reads spec/golden/torch/softmax/x.npy. Names that are
-- no Lua names: case["sampled.d_items"].
function golden.case (name)
  return setmetatable({}, { __index = function (case, key)
    local x = assert(npy.load(("spec/golden/torch/%s/%s.npy"):format(name, key)))
    rawset(case, key, x)
    return x
  end })
end


--- Largest difference of two tensors, relative to the largest element of the second. Equal infinities do not differ.
function golden.distance (x, want)
  assert.are.same(want:shape(), x:shape())
  local a, b = x:reshape(-1):totable(), want:reshape(-1):totable()
  local difference, largest = 0, 0
  for i = 1, #b do
    if b[i] ~= b[i] or a[i] ~= a[i] then return math.huge end
    if a[i] ~= b[i] then difference = math.max(difference, math.abs(a[i] - b[i])) end
    largest = math.max(largest, math.abs(b[i]))
  end
  return largest > 0 and difference / largest or difference
end


--- Asserts that x is near `want`; `kind` is "FORWARD", "GRADIENT" or "TRAJECTORY".
function golden.near (x, want, kind, what)
  local distance = golden.distance(x, want)
  assert.is_true(distance <= golden[kind],
    ("%s differs from torch by %.3g of its largest, allowed %.0e"):format(what, distance, golden[kind]))
end


--- The gradient of a parameter as one tensor, sparse parts added in.
function golden.gradient (p)
  local g = p:grad()
  for _, part in ipairs(p.parts) do core.rows_add(g, part.ids, part.values, 0) end
  return g
end


--- Instruction sets that this processor has.
function golden.levels ()
  local before, levels = core.simd(), {}
  for _, level in ipairs { "portable", "avx2", "avx512" } do
    if pcall(core.simd, level) then levels[#levels + 1] = level end
  end
  core.simd(before)
  return levels
end


--- f, made to run in an instruction set; the one in use before comes back, also after an error.
function golden.at (level, f)
  return function ()
    local before = core.simd()
    core.simd(level)
    local good, message = pcall(f)
    core.simd(before)
    if not good then error(message, 0) end
  end
end


--- Declares a spec for each instruction set; `it` is busted's, which only spec files see.
function golden.each_level (it, name, f)
  for _, level in ipairs(golden.levels()) do it(("%s (%s)"):format(name, level), golden.at(level, f)) end
end


--- A value on the tape that gets a gradient.
function golden.leaf (t, data)
  local v = t:constant(data)
  v.needs_grad = true
  return v
end


--- Walks backwards from y with dy as its gradient.
function golden.pull (t, y, dy)
  local loss = t:value({ 1 }, y)
  t:backward(t:record("pull", loss, function () y:grad():copy_(dy) end))
end


return golden
