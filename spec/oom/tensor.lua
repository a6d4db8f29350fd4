-- Tasks for tools/oom_host.c: tensors and the functions of eimf.core that make or read them.
local tensor = require "eimf.tensor"
local info = require "eimf.info"

local x = tensor.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
local bytes = x:tostring()

local function same (a, b)
  assert(#a == #b)
  for i = 1, #a do assert(a[i] == b[i]) end
end

return {
  zeros = function () assert(tensor.zeros(16, 4):size() == 64) end,
  ids = function () same(tensor.ids({ 3, 1, 2 }):totable(), { 3, 1, 2 }) end,
  from_tables = function () same(tensor.tensor({ { 1, 2 }, { 3, 4 } }):totable()[2], { 3, 4 }) end,
  from_bytes = function () assert(tensor.from_bytes("float32", { 2, 3 }, bytes):get(2, 3) == 6) end,
  views = function () same(x:reshape(3, 2):rows(2, 3):shape(), { 2, 2 }) end,
  clone = function () same(x:clone():totable()[1], { 1, 2, 3 }) end,
  bytes = function () assert(x:tostring() == bytes) end,
  resize = function () same(tensor.zeros(8):resize_(2, 3):shape(), { 2, 3 }) end,
  wrong_call = function ()
    local ok, message = pcall(function () return x:reshape(5) end)
    if message:find("not enough memory", 1, true) then error(message, 0) end
    assert(not ok and message:find("reshape", 1, true), message)
  end,
  info = function () assert(tostring(info()):find("BLAS", 1, true)) end,
}
