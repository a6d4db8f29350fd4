--- Titles of the generated catalogue: a small grammar for each interest.
-- A title has a brand (that of the item's line), one or two traits and a noun
-- of its interest, and shared words: qualifier, colour, size. It is a function
-- of (seed, interest, rank), so a million titles take no memory.
-- Neighbour: eimf.data.vocabulary.
-- @module eimf.data.grammar

local vocabulary = require "eimf.data.vocabulary"

local grammar = { n_interests = #vocabulary, line = 8 }    -- line: EIMF_LINE of csrc/kernels/catalogue.h

local heads = { "Vel", "Nor", "Kas", "Bri", "Tam", "Olu", "Zen", "Mar", "Fen", "Qui", "Dal", "Pra", "Sol", "Hex",
  "Lum", "Cor", "Wyn", "Ark", "Jun", "Eld" }
local middles = { "mo", "ta", "ri", "lo", "va", "ne", "du", "shi", "ka", "be", "zo", "pi", "fe", "gra", "su", "li" }
local tails = { "ra", "dine", "x", "well", "ton", "via", "ko", "sen", "lia", "berg", "mar", "nest", "quist", "ford",
  "la", "tek", "vale", "dor", "mi", "hart" }
local qualifiers = { "classic", "premium", "everyday", "professional", "compact", "essential", "deluxe", "original",
  "lightweight", "eco", "starter", "signature", "handmade", "limited edition" }
local colours = { "black", "white", "navy", "forest green", "red", "grey", "sand", "teal", "violet", "orange" }
local sizes = { "small", "medium", "large", "set of 2", "set of 3", "pack of 6", "pack of 12", "travel size",
  "family size", "value pack" }

local templates = {
  "{brand} {trait} {noun}, {size}",
  "{brand} {qualifier} {noun}, {trait} and {trait}",
  "{qualifier} {trait} {noun} by {brand}, {colour}",
  "{brand} {noun} ({trait}), {colour}, {size}",
  "{brand} {qualifier} {trait} {noun}, {colour}",
  "{brand} {noun}, {trait}, {trait}, {size}",
}

local MODULUS, FACTOR = 2147483647, 16807      -- Park and Miller; products stay below 2^53, so any Lua agrees

-- A chooser: each call takes the next number of a stream named by three
-- whole numbers and returns one entry of a list.
local function chooser (seed, a, b)
  local x = (seed % MODULUS) * FACTOR % MODULUS
  x = ((x + a) % MODULUS) * FACTOR % MODULUS
  x = ((x + b) % (MODULUS - 1) + 1) * FACTOR % MODULUS
  return function (list)
    x = x * FACTOR % MODULUS
    return list[math.floor(x / MODULUS * #list) + 1]
  end
end

local function brand_of (seed, interest, line)
  local choose = chooser(seed, 100000 + interest, line)
  return choose(heads) .. choose(middles) .. choose(tails)
end

local function title_case (text)
  return (text:gsub("(%a)([%w']*)", function (first, rest) return first:upper() .. rest end))
end

--- The title of one item.
-- @tparam integer seed of the catalogue
-- @tparam integer interest 1..60
-- @tparam integer rank place within the interest by popularity, from 0
-- @treturn string
function grammar.title (seed, interest, rank)
  local words = vocabulary[interest]
  local choose = chooser(seed, interest, rank)
  local used
  local slots = {
    brand = function () return brand_of(seed, interest, math.floor(rank / grammar.line)) end,
    noun = function () return choose(words.nouns) end,
    qualifier = function () return choose(qualifiers) end,
    colour = function () return choose(colours) end,
    size = function () return choose(sizes) end,
    trait = function ()
      local trait
      repeat trait = choose(words.traits) until trait ~= used
      used = trait
      return trait
    end,
  }
  return title_case((choose(templates):gsub("{(%w+)}", function (slot) return slots[slot]() end)))
end

--- The name of an interest, for reports of what was found against the truth.
-- @tparam integer interest 1..60
-- @treturn string such as "board games"
function grammar.interest (interest)
  return vocabulary[interest].name
end

--- The family of an interest: the category its items show.
-- @tparam integer interest 1..60
-- @treturn string such as "Games"
function grammar.family (interest)
  return vocabulary[interest].family
end

return grammar
