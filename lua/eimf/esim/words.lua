--- Words that name a group of titles: terms of one or two words that stand in many of them, in few others,
-- and seldom in the catalogue. Neighbour: eimf.text (tokens).
-- @module eimf.esim.words

local text = require "eimf.text"

local words = {}

local SAMPLE = 50000                     -- texts of the catalogue that rarity is counted over
local PAIR = 1.5                         -- a term of two words against one of one
local NAME_WORDS = 4                     -- a name has up to so many words, and at least two
local ENOUGH = 3                         -- words after which no further term is added

-- Words that name nothing: grammar, sizes, packing. Words with a digit (models, sizes) do not either.
local EMPTY = {}
for word in ([[a an and are as at be by for from has in into is it its no not of off on or per plus s t that the this to
  up with without you your x oz ounce ounces fl fluid ml g mg kg lb lbs inch inches ft feet cm mm count ct pack packs
  pk pcs pc piece pieces set sets size new each pair box case item items product products amp quot large small medium
  color colors colour colours part vol volume edition version]]):gmatch("%S+") do EMPTY[word] = true end

local Words = {}
Words.__index = Words

local function bears_meaning (word)
  return not EMPTY[word] and not word:find("%d")
end

--- Rarity of words over the texts of a catalogue, counted when first asked for.
-- @tparam {string,...} texts
-- @treturn table words
function words.new (texts)
  return setmetatable({ texts = texts }, Words)
end

local function count (self)
  local step = math.max(1, math.ceil(#self.texts / SAMPLE))
  local df, n = {}, 0
  for i = 1, #self.texts, step do
    local seen = {}
    for _, word in ipairs(text.tokens(self.texts[i])) do
      if not seen[word] then df[word], seen[word] = (df[word] or 0) + 1, true end
    end
    n = n + 1
  end
  self.df, self.n = df, n
end

-- ln((1 + texts) / (1 + texts with the word)) + 1, as in TF-IDF.
local function rarity (self, word)
  if not self.df then count(self) end
  return math.log((1 + self.n) / (1 + (self.df[word] or 0))) + 1
end

-- Terms of one text -> the words of each.
local function terms_of (title)
  local out, before = {}, nil
  for _, word in ipairs(text.tokens(title)) do
    local good = bears_meaning(word)
    if good then
      out[word] = { word }
      if before and before ~= word then out[before .. " " .. word] = { before, word } end
    end
    before = good and word or nil
  end
  return out
end

local function tally (list)
  local counts, parts = {}, {}
  for _, title in ipairs(list) do
    for term, of in pairs(terms_of(title)) do counts[term], parts[term] = (counts[term] or 0) + 1, of end
  end
  return counts, parts
end

local function ranked (self, inside, outside)
  local mine, parts = tally(inside)
  local others = tally(outside)
  local list = {}
  for term, n in pairs(mine) do
    local of = parts[term]
    local rare = rarity(self, of[1])
    if of[2] then rare = PAIR * (rare + rarity(self, of[2])) / 2 end
    if not of[2] or n > 1 or #inside == 1 then
      list[#list + 1] = { term = term, words = of, score = n * rare * n / (n + (others[term] or 0)) }
    end
  end
  table.sort(list, function (a, b) return a.score > b.score or a.score == b.score and a.term < b.term end)
  return list
end

--- A name of two to four words for a group of titles.
-- @tparam {string,...} inside its titles
-- @tparam {string,...} outside titles of the same user in other groups
-- @treturn string
function Words:name (inside, outside)
  local chosen, used, n = {}, {}, 0
  for _, entry in ipairs(ranked(self, inside, outside)) do
    local fits = n + #entry.words <= NAME_WORDS
    for _, word in ipairs(entry.words) do fits = fits and not used[word] end
    if fits then
      for _, word in ipairs(entry.words) do used[word], n = true, n + 1 end
      chosen[#chosen + 1] = entry.term
    end
    if n >= ENOUGH then break end
  end
  if n == 0 then return "various titles" end
  return table.concat(chosen, " ") .. (n == 1 and " titles" or "")
end

return words
