--- The encoder of vectors made elsewhere: a matrix in `.npy` or `.safetensors`, and the raw id of each row, one a
-- line. It knows items by their ids, not texts; texts go to its `fallback`. (Rows of users work alike.)
-- Neighbours: files, npy, safetensors.
-- @module eimf.text.file

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local files = require "eimf.files"
local npy = require "eimf.npy"
local safetensors = require "eimf.safetensors"

local file = {}

local File = {}
File.__index = File

local LEAST = 1e-6                      -- shorter vectors are none

--- Options of `text.open` for this encoder.
file.options = {
  vectors = { "string", required = true }, ids = { "string" }, tensor = { "string" }, dim = { "integer", min = 1 },
  fallback = { "table" },
}

-- The one tensor of a safetensors file, or the one with the name that was asked for.
local function load_safetensors (path, name)
  local loaded, message, code = safetensors.load(path)
  if not loaded then return nil, message, code end
  local names = {}
  for key in pairs(loaded.tensors) do names[#names + 1] = key end
  table.sort(names)
  if not name and #names == 1 then name = names[1] end
  if name and loaded.tensors[name] then return loaded.tensors[name] end
  return nil, ("%s: %s; give tensor = one of: %s"):format(
    path, name and "no tensor '" .. name .. "'" or #names .. " tensors", table.concat(names, ", ")), "BAD_FORMAT"
end


local function load_matrix (opt)
  local path = opt.vectors
  local x, message, code
  if path:match("%.safetensors$") then x, message, code = load_safetensors(path, opt.tensor)
  else x, message, code = npy.load(path) end
  if not x then return nil, message, code end
  if x:rank() ~= 2 or x:dtype() ~= "float32" then
    return nil, ("%s: %s of shape (%s); vectors are a float matrix, one row each"):format(
      path, x:dtype(), table.concat(x:shape(), ", ")), "BAD_FORMAT"
  end
  if opt.dim and x:dim(2) ~= opt.dim then
    return nil, ("%s: vectors %d wide, wanted %d"):format(path, x:dim(2), opt.dim), "WRONG_WIDTH"
  end
  return x
end


-- {[raw id] = row} of a file of ids, for `rows` rows.
local function load_ids (path, rows, vectors)
  local text, message, code = files.read(path)
  if not text then return nil, message, code end
  local row_of, n = {}, 0
  for line in text:gmatch("([^\n]+)") do
    local id = line:gsub("\r$", "")
    n = n + 1
    if row_of[id] then
      return nil, ("%s: id '%s' stands in lines %d and %d"):format(path, id, row_of[id], n), "BAD_FORMAT"
    end
    row_of[id] = n
  end
  if n ~= rows then
    return nil, ("%s: %d ids for the %d vectors of %s"):format(path, n, rows, vectors), "BAD_FORMAT"
  end
  return row_of
end


-- The ids that were named, or those beside the vectors; false where rows stand in the order of items.
local function find_ids (opt, rows)
  local beside = opt.vectors:gsub("%.%w+$", "") .. ".txt"
  local path = opt.ids or files.exists(beside) and beside
  if not path then return false end
  return load_ids(path, rows, opt.vectors)
end


local function check_fallback (opt, dim)
  local other = opt.fallback and opt.fallback.dim     -- nil: not known yet
  if not other or other == dim then return true end
  return nil, ("%s: vectors %d wide, those of its fallback (%s) %d"):format(
    opt.vectors, dim, opt.fallback.name, other), "WRONG_WIDTH"
end


local function row_name (row_of, row)
  for id, at in pairs(row_of or {}) do
    if at == row then return ("row %d (id '%s')"):format(row, id) end
  end
  return "row " .. row
end


--- Opens a file of vectors; see `eimf.text.open`.
-- @tparam table opt `vectors` = path of a `.npy` (float16, 32, 64) or `.safetensors`, with `tensor` = name where it
-- holds several; `ids` = path, one raw id a line in the order of rows (default: the path of the vectors with `.txt`;
-- where there is no such file, rows stand in the order of items); `dim` = width wanted; `fallback` = encoder of texts
-- @treturn encoder
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "BAD_FORMAT", "WRONG_WIDTH", "NOT_FINITE"
function file.open (opt)
  local x, message, code = load_matrix(opt)
  if not x then return nil, message, code end
  local row_of
  row_of, message, code = find_ids(opt, x:dim(1))
  if row_of == nil then return nil, message, code end
  local hash = core.hash(x)
  local zeros, bad = core.text_unit(x, LEAST)
  if not zeros then
    return nil, ("%s: %s holds NaN or infinity"):format(opt.vectors, row_name(row_of, bad)), "NOT_FINITE"
  end
  local fits
  fits, message, code = check_fallback(opt, x:dim(2))
  if not fits then return nil, message, code end
  return setmetatable({
    vectors = x, row_of = row_of, path = opt.vectors, dim = x:dim(2), fallback = opt.fallback, hash = hash,
    name = ("file %s, %d vectors, %d wide"):format(opt.vectors:match("[^/]*$"), x:dim(1), x:dim(2)),
  }, File)
end


-- Row of each id, 0 where it has none; nil, message, code where rows have no ids and another number.
local function rows_of (self, item_ids)
  local rows, n = {}, type(item_ids) == "table" and #item_ids or item_ids
  if not self.row_of then
    if n ~= self.vectors:dim(1) then
      return nil, ("%s: %d vectors for %d items, and no file of ids"):format(self.path, self.vectors:dim(1), n),
        "WRONG_SIZE"
    end
    for i = 1, n do rows[i] = i end
    return rows
  end
  if type(item_ids) ~= "table" then error("encoder:items: the raw ids of the items are needed", 3) end
  for i = 1, n do rows[i] = self.row_of[item_ids[i]] or 0 end
  return rows
end


--- Vectors of items by their raw ids.
-- @tparam {string,...}|integer item_ids raw ids in the order of ids 1..N; N is enough where the file has no ids
-- @treturn tensor (N, Dt) float32, unit rows, zeros where an item is absent or its vector is zero
-- @treturn integer items that are absent
-- @treturn string a line that says how many have a vector
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function File:items (item_ids)
  local rows, message, code = rows_of(self, item_ids)
  if not rows then return nil, message, code end
  local out, absent = core.new("float32", #rows, self.dim), 0
  for i, row in ipairs(rows) do
    if row == 0 then absent = absent + 1
    else out:rows(i, i):copy_(self.vectors:rows(row, row)) end
  end
  return out, absent, ("%s: %d of %d items have a row"):format(self.path, #rows - absent, #rows)
end


--- Vectors of texts, by the fallback.
-- @tparam {string,...} texts
-- @treturn tensor (n, Dt)
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "NO_TEXT_ENCODER" without a fallback, "WRONG_WIDTH", or the fallback's
function File:encode (texts)
  if not self.fallback then
    return nil, ("%s: a file of vectors cannot encode texts; give it a fallback encoder"):format(self.path),
      "NO_TEXT_ENCODER"
  end
  local x, message, code = self.fallback:encode(texts)
  if not x then return nil, message, code end
  local fits
  fits, message, code = check_fallback(self, self.dim)
  if not fits then return nil, message, code end
  return x
end


--- Everything that changes the vectors, as one string for hashes.
-- @treturn string
function File:key ()
  local ids = {}
  for id, row in pairs(self.row_of or {}) do ids[row] = id end
  return ("file/1 %s ids=%s%s"):format(self.hash, core.hash(table.concat(ids, "\n")),
    self.fallback and " + " .. self.fallback:key() or "")
end


return file
