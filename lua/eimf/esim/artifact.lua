--- The artifact of what users like: tensors, the interests as text, a report, in one folder; found again by the
-- hash of everything it was made from. Neighbours: files, json, report, safetensors.
-- @module eimf.esim.artifact

local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local report = require "eimf.esim.report"
local safetensors = require "eimf.safetensors"

local artifact = {}

artifact.FORM = "eimf-semantics/1"

local TENSORS = { items = "float32", interests = "float32", owner = "int32", offsets = "int32", labels = "int32",
                  nearness = "float32" }

--- The hash of inputs.
-- @tparam table train part { offsets, items }
-- @tparam {string,...} texts by item
-- @tparam {string,...} more encoder's key, options, template, model ...
-- @treturn string 16 hexadecimal digits
function artifact.hash (train, texts, more)
  return core.hash(train.offsets, train.items, table.concat(texts, "\n") .. "\0" .. table.concat(more, "\0"))
end

local function line_of (cluster, set)
  local interests = {}
  for j, interest in ipairs(cluster.interests) do
    interests[j] = { name = interest.name, description = interest.description, items = interest.items,
                     by = interest.by }
  end
  return json.encode {
    exemplar = cluster.exemplar, user = set.users[cluster.exemplar], size = cluster.size, interests = interests,
    source = cluster.source, confidence = cluster.confidence, prompt = cluster.prompt, titles = cluster.titles,
    reason = cluster.reason,
  }
end

local function jsonl (semantics, set)
  local lines = {}
  for g, cluster in ipairs(semantics.clusters) do lines[g] = line_of(cluster, set) end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

-- Not kept: equal inputs give equal bytes.
local OF_THE_CALL = { account = true, hash = true, seconds = true, read_from = true }

local function metadata_of (semantics)
  local plain = {}
  for key, value in pairs(semantics) do
    if not TENSORS[key] and not OF_THE_CALL[key] then plain[key] = value end
  end
  return { format = artifact.FORM, hash = semantics.hash, semantics = json.encode(plain) }
end

local function save_tensors (path, semantics)
  local tensors = {}
  for name in pairs(TENSORS) do tensors[name] = semantics[name] end
  return safetensors.save(path, tensors, metadata_of(semantics))
end

--- Writes semantics.safetensors, interests.jsonl and interests.txt, each whole or not at all.
-- @tparam string folder made where it is missing
-- @tparam table semantics
-- @tparam table set for raw user ids and the report's line of provenance
-- @tparam[opt] string copy path of a second safetensors file, for a cache
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function artifact.save (folder, semantics, set, copy)
  local steps = {
    function () return files.mkdirs(folder) end,
    function () return save_tensors(folder .. "/semantics.safetensors", semantics) end,
    function () return files.write(folder .. "/interests.jsonl", jsonl(semantics, set)) end,
    function () return files.write(folder .. "/interests.txt", report.text(semantics, set)) end,
    function ()
      if not copy then return true end
      return save_tensors(copy, semantics)
    end,
  }
  for _, step in ipairs(steps) do
    local done, message, code = step()
    if not done then return nil, message, code end
  end
  return true
end

local function bad (path, reason) return nil, path .. ": " .. reason, "BAD_FORMAT" end

--- Reads an artifact.
-- @tparam string path of a safetensors file
-- @tparam[opt] string hash what it must be made from
-- @treturn table semantics
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT", "BAD_FORMAT", "STALE" where the hash is another
function artifact.load (path, hash)
  local found, message, code = safetensors.load(path)
  if not found then return nil, message, code end
  if found.metadata.format ~= artifact.FORM then return bad(path, "not an artifact of semantics") end
  if hash and found.metadata.hash ~= hash then return nil, path .. ": made from other inputs", "STALE" end
  local semantics = json.decode(found.metadata.semantics or "")
  if type(semantics) ~= "table" or type(semantics.clusters) ~= "table" then return bad(path, "damaged metadata") end
  for name, dtype in pairs(TENSORS) do
    local tensor = found.tensors[name]
    if not tensor or tensor:dtype() ~= dtype then return bad(path, "no tensor '" .. name .. "'") end
    semantics[name] = tensor
  end
  if semantics.owner:size() ~= semantics.interests:dim(1) or semantics.offsets:size() ~= #semantics.clusters + 1
     or semantics.items:dim(2) ~= semantics.interests:dim(2)
     or semantics.nearness:size() ~= semantics.labels:size() then
    return bad(path, "its tensors do not fit each other")
  end
  semantics.hash = found.metadata.hash
  return semantics
end

return artifact
