--- Terms of texts and their TF-IDF weights: terms are words and pairs of neighbouring words, a weight is
-- idf (1 + ln count), idf = ln((1 + texts) / (1 + texts with the term)) + 1, rows have unit norm. The values are
-- those of scikit-learn's `TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))`; the order of terms is its own.
-- @module eimf.text.tfidf

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local options = require "eimf.options"

local tfidf = {}

local Model = {}
Model.__index = Model

local OPTIONS = {
  min_df = { "integer", min = 1, default = 1 }, pairs = { "boolean", default = true },
  sublinear = { "boolean", default = true },
}

local function idf_of (texts, n)
  local values = texts:totable()
  for i = 1, #values do values[i] = math.log((1 + n) / (1 + values[i])) + 1 end
  return #values > 0 and core.from_table("float32", values) or core.new("float32", 0)
end


--- Learns the terms of texts.
-- @tparam {string,...} texts
-- @tparam[opt] table opt `min_df` = 1, texts that a term must be in; `pairs` = true, pairs of words too;
-- `sublinear` = true, 1 + ln count instead of count
-- @treturn model with `n_texts`, `n_terms`, `idf` (n_terms) float32
-- @usage local model = tfidf.fit { "red nail polish", "nail file" }
function tfidf.fit (texts, opt)
  local self = options.check("tfidf.fit", opt, OPTIONS)
  self.numbers, self.words = {}, {}
  local offsets, tokens = core.text_numbers(self.numbers, self.words, texts)
  local _, terms = core.text_terms(offsets, tokens, self.pairs)
  local vocabulary, counts = core.text_vocabulary(terms, self.min_df)
  self.n_texts, self.n_terms, self.vocabulary = #texts, counts:size(), vocabulary:clone()
  self.idf = idf_of(counts, #texts)
  return setmetatable(self, Model)
end


--- Weights of texts.
-- @tparam {string,...} texts
-- @treturn table sparse matrix { `offsets` (n+1) int32, `columns` int32 from 0, `values` float32, `n` rows, `width` }
function Model:transform (texts)
  local offsets, tokens = core.text_numbers(self.numbers, nil, texts)
  local starts, terms, counts = core.text_terms(offsets, tokens, self.pairs)
  local rows, columns, values = core.text_weights(starts, terms, counts, self.vocabulary, self.idf, self.sublinear)
  return { offsets = rows, columns = columns, values = values, n = #texts, width = self.n_terms }
end


--- The term of a column.
-- @tparam integer i 1 .. n_terms: the column of a sparse matrix + 1
-- @treturn string "nail polish"
function Model:term (i)
  local second, first = self.vocabulary:get(i, 1), self.vocabulary:get(i, 2)  -- the low half first
  return self.words[first] .. (second > 0 and " " .. self.words[second] or "")
end


--- Position of a term.
-- @tparam string term one word or two
-- @treturn integer|nil 1 .. n_terms
function Model:find (term)
  local tokens = core.text_tokens(term)
  local first, second = self.numbers[tokens[1]], self.numbers[tokens[2]]
  if not first or #tokens > 2 or (#tokens == 2 and not second) then return nil end
  second = second or 0
  local low, high = 1, self.n_terms
  while low <= high do
    local middle = math.floor((low + high) / 2)
    local b, a = self.vocabulary:get(middle, 1), self.vocabulary:get(middle, 2)
    if a == first and b == second then return middle end
    if a < first or (a == first and b < second) then low = middle + 1 else high = middle - 1 end
  end
end


--- How rare a term is.
-- @tparam string term
-- @treturn number|nil its idf
function Model:idf_of (term)
  local i = self:find(term)
  return i and self.idf:get(i)
end


-- {{column, weight}, ...}, heaviest first, ties by column: sums over the rows.
local function heaviest (matrix)
  local sums, list = {}, {}
  local columns, values = matrix.columns:totable(), matrix.values:totable()
  for i, column in ipairs(columns) do sums[column] = (sums[column] or 0) + values[i] end
  for column, weight in pairs(sums) do list[#list + 1] = { column, weight } end
  table.sort(list, function (x, y)
    if x[2] ~= y[2] then return x[2] > y[2] end
    return x[1] < y[1]
  end)
  return list
end


--- The terms that weigh most in a text, or in several together.
-- @tparam string|{string,...} texts
-- @tparam[opt=10] integer n at most so many
-- @treturn {string,...} heaviest first
-- @treturn {number,...} their weights, summed over the texts
function Model:terms (texts, n)
  local list = heaviest(self:transform(type(texts) == "string" and { texts } or texts))
  local names, weights = {}, {}
  for i = 1, math.min(n or 10, #list) do names[i], weights[i] = self:term(list[i][1] + 1), list[i][2] end
  return names, weights
end


return tfidf
