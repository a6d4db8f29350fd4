--- numpy's `.npy` files: one array each.
-- @module eimf.npy

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local files = require "eimf.files"

local npy = {}

local MAGIC = "\147NUMPY"
local ALIGNMENT = 64                     -- bytes; where numpy wants the data to begin
local MAX_RANK = 4
local MAX_SIZE = 2147483647              -- of one dimension

local WRITTEN = { float32 = "<f4", int32 = "<i4" }

-- What is read: the element's name in core.elements_decode, its bytes, the tensor's type.
local READ = {
  ["<f4"] = { "F32", 4, "float32" }, ["<i4"] = { "I32", 4, "int32" },
  ["<f2"] = { "F16", 2, "float32" }, ["<f8"] = { "F64", 8, "float32" }, ["<i8"] = { "I64", 8, "int32" },
}

-- Raised as a table inside the parser, caught at its top: the only way out of nested steps in short functions.
local function fail (reason, ...)
  error({ reason = reason:format(...) }, 0)
end


local function little_endian (bytes)
  local n = 0
  for i = #bytes, 1, -1 do n = n * 256 + bytes:byte(i) end
  return n
end


-- The header's text and the position after it.
local function header_text (bytes)
  if bytes:sub(1, #MAGIC) ~= MAGIC then fail("not a .npy file") end
  local major, minor = bytes:byte(7, 8)
  if not minor then fail("cut short in the header") end
  if major < 1 or major > 3 or minor ~= 0 then fail("version %d.%d of the .npy form is not known", major, minor) end
  local first = major == 1 and 11 or 13                       -- after 2 or 4 bytes of length
  local stop = first + little_endian(bytes:sub(9, first - 1)) - 1
  if #bytes < first - 1 or #bytes < stop then fail("cut short in the header") end
  return bytes:sub(first, stop), stop + 1
end


-- A value of the header's dictionary: string, True, False or a tuple of whole numbers.
local function value_at (text, at)
  local quoted, stop = text:match("^'([^'\\\n]*)'()", at)
  if not quoted then quoted, stop = text:match('^"([^"\\\n]*)"()', at) end
  if quoted then return quoted, stop end
  local word, after = text:match("^(%a+)()", at)
  if word == "True" or word == "False" then return word == "True", after end
  local inside, close = text:match("^%(([%d, ]*)%)()", at)
  if inside then return { inside = inside }, close end
  fail("the header's dictionary has a value that is not understood")
end


-- { descr =, fortran_order =, shape = } from Python's literal, which numpy writes with a comma after the last.
local function dictionary (text)
  local at, found = text:match("^%s*{%s*()"), {}
  if not at then fail("the header is no dictionary") end
  while text:sub(at, at) ~= "}" do
    local key, next_at = value_at(text, at)
    local colon = text:match("^%s*:%s*()", next_at)
    if type(key) ~= "string" or not colon or found[key] ~= nil then fail("the header's dictionary is malformed") end
    found[key], at = value_at(text, colon)
    at = text:match("^%s*,%s*()", at) or text:match("^%s*()}", at)
    if not at then fail("the header's dictionary is malformed") end
  end
  if not text:match("^}%s*$", at) then fail("bytes after the header's dictionary") end
  return found
end


-- {3, 4} from "3, 4"; a single number needs its comma, as in Python.
local function shape_of (tuple)
  if type(tuple) ~= "table" then fail("the header has no shape") end
  local inside, shape = tuple.inside:gsub("%s+", ""), {}
  for digits in (inside:gsub(",$", "") .. ","):gmatch("(%d*),") do
    if digits == "" and inside ~= "" or #digits > 10 then fail("shape (%s) is not understood", tuple.inside) end
    if digits ~= "" then shape[#shape + 1] = tonumber(digits) end
  end
  if inside:match("^%d+$") or inside == "," then fail("shape (%s) is not understood", tuple.inside) end
  if #shape > MAX_RANK then fail("rank %d; at most %d is read", #shape, MAX_RANK) end
  if #shape == 0 then shape[1] = 1 end                        -- a single number
  return shape
end


local function elements_of (shape)
  local n = 1
  for _, size in ipairs(shape) do
    if size > MAX_SIZE then fail("a dimension of %.0f is too large", size) end
    n = n * size
  end
  return n
end


-- { kind =, shape = } from a header's text, for `n` bytes of data.
local function described (text, n)
  local header = dictionary(text)
  for key in pairs(header) do
    if key ~= "descr" and key ~= "fortran_order" and key ~= "shape" then fail("the header has an unknown key") end
  end
  local kind = READ[header.descr]
  if not kind then
    local name = type(header.descr) == "string" and header.descr or "missing"
    fail("element type %s; <f4, <i4, <f2, <f8 and <i8 are read", name)
  end
  if header.fortran_order == true then fail("Fortran order; save numpy.ascontiguousarray(x) instead") end
  if header.fortran_order ~= false then fail("the header has no fortran_order") end
  local shape = shape_of(header.shape)
  local wanted = elements_of(shape) * kind[2]
  if n < wanted then fail("cut short: %.0f bytes of data, expected %.0f", n, wanted) end
  if n > wanted then fail("%.0f bytes after the array", n - wanted) end
  return kind, shape
end


local function decoded (bytes)
  local text, at = header_text(bytes)
  local kind, shape = described(text, #bytes - at + 1)
  local tensor = core.new(kind[3], (table.unpack or unpack)(shape))       -- luacheck: ignore 113
  if not core.elements_decode(tensor, kind[1], bytes, at - 1) then fail("a value that does not fit %s", kind[3]) end
  return tensor
end


--- Loads an array: float32 and int32 as they are, float16 and float64 as float32 (rounded to nearest), int64 as
-- int32 where every value fits; rank up to 4; rank 0 becomes (1).
-- @tparam string path
-- @treturn tensor
-- @treturn[2] nil
-- @treturn[2] string "path: reason"
-- @treturn[2] string code: "BAD_FORMAT", "ENOENT" ...
-- @usage local interests = assert(npy.load("interests.npy"))
function npy.load (path)
  local bytes, message, code = files.read(path)
  if not bytes then return nil, message, code end
  local good, result = pcall(decoded, bytes)
  if good then return result end
  if type(result) ~= "table" then error(result, 0) end         -- not ours: out of memory, a mistake
  return nil, path .. ": " .. result.reason, "BAD_FORMAT"
end


local function header_for (tensor)
  local shape = tensor:shape()
  local tuple = table.concat(shape, ", ") .. (#shape == 1 and "," or "")
  local text = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"):format(WRITTEN[tensor:dtype()], tuple)
  local padding = -(#MAGIC + 4 + #text + 1) % ALIGNMENT
  text = text .. (" "):rep(padding) .. "\n"
  return MAGIC .. "\1\0" .. string.char(#text % 256, math.floor(#text / 256)) .. text
end


--- Saves a tensor, whole or not at all (see `eimf.files.write`).
-- @tparam string path
-- @tparam tensor tensor float32 or int32
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage assert(npy.save("interests.npy", interests))
function npy.save (path, tensor)
  if not core.is_tensor(tensor) then error("npy.save: a tensor expected, got " .. type(tensor), 2) end
  return files.write(path, { header_for(tensor), tensor:tostring() })
end


return npy
