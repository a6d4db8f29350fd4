--- Interests of another data set for the items of this one: what users like there, in words, encoded as the titles
-- here are. Clusters nobody here, asks nobody. Neighbours: artifact, bank, build.
-- @module eimf.esim.borrow

local artifact = require "eimf.esim.artifact"
local bank = require "eimf.esim.bank"
local build = require "eimf.esim.build"
local core = require "eimf.core"

local borrow = {}

local WORDS_ALONE = 0                    -- of `support`: the titles that support them are another catalogue's

-- The other's clusters; titles that support an interest are left behind.
local function in_words (clusters)
  local out = {}
  for g, cluster in ipairs(clusters) do
    out[g] = {}
    for key, value in pairs(cluster) do out[g][key] = value end
    out[g].interests = {}
    for j, interest in ipairs(cluster.interests) do
      out[g].interests[j] = { name = interest.name, description = interest.description, items = {} }
    end
  end
  return out
end

-- Vectors made where no words can be encoded: those of the artifact, which are of use if both catalogues' vectors
-- are of one model.
local function as_they_are (self, other, path)
  if other.interests:dim(2) ~= self.items:dim(2) then
    return nil, ("%s: interests %d wide beside titles %d wide, and an encoder that knows no texts"):format(path,
      other.interests:dim(2), self.items:dim(2)), "NO_TEXT_ENCODER"
  end
  self.bank, self.owner, self.offsets, self.clusters = other.interests, other.owner, other.offsets, other.clusters
  self.notes[#self.notes + 1] = "the encoder knows no texts: vectors of interests as the other data set has them"
  return true
end

-- Every user counts as one with an interest to learn from: who belongs to which cluster is not known here.
local function everybody (given)
  return core.new("int32", given.set.n_users):fill_(1)
end

--- Items of this set, interests of another.
-- @tparam table given options, as of `eimf.esim.build.build`; those of clusters and questions are of no account
-- @tparam string path of the other's artifact, semantics.safetensors
-- @treturn table semantics, as of `eimf.esim.build.build`, all `labels` 1; for profiles and starts, which go by the
-- bank as a whole, and not for what asks for a user's own cluster
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function borrow.build (given, path)
  local semantics, message, code = build.texts(given)
  if not semantics then return nil, message, code end
  local other
  other, message, code = artifact.load(path)
  if not other then return nil, message, code end
  local self = { opt = { support = WORDS_ALONE, encoder = given.encoder }, clusters = in_words(other.clusters),
                 items = semantics.items, notes = semantics.notes }
  local done
  done, message, code = bank.make(self)
  if code == "NO_TEXT" then done, message, code = as_they_are(self, other, path) end
  if not done then return nil, message, code end
  semantics.interests, semantics.owner, semantics.offsets = self.bank, self.owner, self.offsets
  semantics.clusters, semantics.labels = self.clusters, everybody(given)
  semantics.hash = semantics.hash .. "+" .. other.hash
  table.insert(semantics.notes, 1, ("%d interests of %s"):format(self.bank:dim(1), path))
  return semantics
end

return borrow
