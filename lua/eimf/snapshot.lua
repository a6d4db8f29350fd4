--- Snapshots: one safetensors file with all that serving needs: the weights of
-- a model, its options, the items' raw ids and titles. Data only, no code.
--
-- Metadata: `format`, `backbone`, `n_items`, `fingerprint` of the data,
-- `options` ("name=value" lines), `item_ids` and `titles` (a line for each item), and where the data knows them
-- `categories` (likewise, the most specific one of each item).
-- Neighbour: models/options.lua.
-- @module eimf.snapshot

local model_options = require "eimf.models.options"
local safetensors = require "eimf.safetensors"

local snapshot = {}

local FORMAT = "eimf snapshot 1"

local function one_line (text)
  return (tostring(text or ""):gsub("[\r\n]+", " "))
end

-- Texts of items, a line each.
local function item_lines (n, text_of)
  local out = {}
  for i = 1, n do out[i] = one_line(text_of(i)) end
  return table.concat(out, "\n")
end

-- The last category of each item; nil where no item has one.
local function category_lines (set)
  local text = item_lines(set.n_items, function (i)
    local list = set.categories and set.categories[i]
    return list and list[#list]
  end)
  return text:find("[^\n]") and text or nil
end

-- What the model is built from, and whether items are scored by cosine; the rest of a run's options are not needed to
-- serve it.
local function option_lines (opt)
  local names, lines, rules = { "cosine" }, {}, model_options.of(opt.backbone)
  for name in pairs(rules) do
    if not name:find "^dropout" then names[#names + 1] = name end              -- of training alone
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = opt[name]
    if value == nil and rules[name] then value = rules[name].default end       -- as the constructor had it
    if value ~= nil then lines[#lines + 1] = name .. "=" .. tostring(value) end
  end
  return table.concat(lines, "\n")
end

--- Writes a snapshot: to a temporary file, flushed, renamed.
-- @tparam string path
-- @tparam model model its parameters' names become the tensors' names
-- @tparam table opt options of the run; `backbone` and what the model was built from
-- @tparam table set the data: `item_ids`, `titles`, `categories`, `n_items`, `fingerprint()`,
--   `provenance`
-- @treturn boolean true; or nil, message, code
function snapshot.save (path, model, opt, set)
  local tensors = {}
  for _, p in ipairs(model:params()) do tensors[p.name] = p.data end
  return safetensors.save(path, tensors, {
    format = FORMAT, backbone = opt.backbone, n_items = tostring(set.n_items), options = option_lines(opt),
    fingerprint = set:fingerprint(), provenance = set.provenance,
    item_ids = item_lines(set.n_items, function (i) return set.item_ids[i] end),
    titles = item_lines(set.n_items, function (i) return set.titles[i] end), categories = category_lines(set),
  })
end

local function parse_options (text)
  local opt = {}
  for name, value in text:gmatch("([%w_]+)=([^\n]*)") do
    if value == "true" or value == "false" then opt[name] = value == "true"
    else opt[name] = tonumber(value) or value end
  end
  return opt
end

local function lines (text, n)
  local out = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do out[#out + 1] = line end
  return #out == n and out or nil
end

local function malformed (path, reason)
  return nil, ("%s: not an eimf snapshot: %s"):format(path, reason), "BAD_FORMAT"
end

--- Reads a snapshot.
-- @tparam string path
-- @treturn table { tensors = {name = tensor}, backbone, options = {name = value}, n_items, item_ids = {string,...},
--   titles = {string,...} ("" where unknown), categories = {string,...} likewise, or nil where the file has none,
--   fingerprint, provenance }; or nil, message, code
function snapshot.load (path)
  local file, message, code = safetensors.load(path)
  if not file then return nil, message, code end
  local m = file.metadata
  if m.format ~= FORMAT then return malformed(path, "its format is not '" .. FORMAT .. "'") end
  local n = tonumber(m.n_items or "")
  if not n or n < 1 then return malformed(path, "no number of items") end
  local ids, titles = lines(m.item_ids or "", n), lines(m.titles or "", n)
  local categories = m.categories and lines(m.categories, n)
  if not (ids and titles and m.backbone and m.options) or m.categories and not categories then
    return malformed(path, "incomplete description")
  end
  local items = file.tensors.items
  if not items or items:rank() ~= 2 or items:dim(1) ~= n + 1 then
    return malformed(path, ("the item table does not have %d rows"):format(n + 1))
  end
  return {
    tensors = file.tensors, backbone = m.backbone, options = parse_options(m.options), n_items = n, item_ids = ids,
    titles = titles, categories = categories, fingerprint = m.fingerprint, provenance = m.provenance,
  }
end

--- Copies a snapshot's weights into a model of the same shape.
-- @tparam model model
-- @tparam {string=tensor} tensors by parameter name
-- @treturn boolean true; or nil, message, "BAD_FORMAT" naming the tensor that is missing or has another shape
function snapshot.restore (model, tensors)
  for _, p in ipairs(model:params()) do
    local x = tensors[p.name]
    if not x then return nil, ("tensor '%s' is missing"):format(p.name), "BAD_FORMAT" end
    if x:dtype() ~= "float32" or tostring(x) ~= tostring(p.data) then
      return nil, ("tensor '%s' is %s, wanted %s"):format(p.name, tostring(x), tostring(p.data)), "BAD_FORMAT"
    end
  end
  for _, p in ipairs(model:params()) do p.data:copy_(tensors[p.name]) end
  return true
end

return snapshot
