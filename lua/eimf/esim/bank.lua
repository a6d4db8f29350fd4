--- The bank: a vector for each interest, from its words and from the titles that support it. Neighbour: vectors.
-- @module eimf.esim.bank

local core = require "eimf.core"
local vectors = require "eimf.esim.vectors"

local bank = {}

-- Vectors of "name: description"; nil where the encoder knows no texts.
local function encode_names (self)
  local list = {}
  for _, cluster in ipairs(self.clusters) do
    for _, interest in ipairs(cluster.interests) do list[#list + 1] = interest.name .. ": " .. interest.description end
  end
  if self.opt.support == 1 then return false end
  local encoded, message, code = self.opt.encoder:encode(list)
  if encoded then return encoded end
  if code ~= "NO_TEXT_ENCODER" then return nil, message, code end
  self.notes[#self.notes + 1] = "the encoder knows no texts: an interest is the mean of its supporting titles"
  return false
end

local function supports (self)
  local groups = {}
  for _, cluster in ipairs(self.clusters) do
    for _, interest in ipairs(cluster.interests) do groups[#groups + 1] = interest.items end
  end
  return vectors.means(self.items, groups)
end

-- Clusters lose interests without a vector; owner and offsets follow.
local function index (self, rows)
  local has, keep, owner, offsets, j = {}, {}, {}, { 0 }, 0
  for _, p in ipairs(vectors.present(rows)) do has[p] = true end
  for g, cluster in ipairs(self.clusters) do
    local kept = {}
    for _, interest in ipairs(cluster.interests) do
      j = j + 1
      if has[j] then kept[#kept + 1], keep[#keep + 1], owner[#owner + 1] = interest, j, g end
    end
    cluster.interests, offsets[g + 1] = kept, #keep
  end
  if #keep == 0 then return nil, "no interest has a vector", "NO_TEXT" end
  self.bank, self.owner = vectors.gather(rows, keep), core.from_table("int32", owner)
  self.offsets = core.from_table("int32", offsets)
  return true
end

--- Vectors of the interests: unit of (1 - support) encoded text + support * unit mean of the supporting titles.
-- Interests without a vector (words unknown, titles without vectors) are left out.
-- @tparam table self plan with answers; gets `bank` (J, Dt), `owner` (J), `offsets` (G+1)
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function bank.make (self)
  local encoded, message, code = encode_names(self)
  if encoded == nil then return nil, message, code end
  local rows, support = supports(self), self.opt.support
  if encoded then
    local mixed = core.new("float32", rows:dim(1), rows:dim(2))
    core.axpy(mixed, 1 - support, vectors.unit_(encoded))
    core.axpy(mixed, support, rows)
    rows = vectors.unit_(mixed)
  end
  return index(self, rows)
end

return bank
