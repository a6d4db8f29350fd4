--- The encoder without a model: TF-IDF of the texts that it is fitted to, cut to its `dim` strongest directions by
-- a truncated SVD (Deerwester et al., "Indexing by latent semantic analysis", 1990). Neighbours: tfidf, svd.
-- @module eimf.text.lsa

local core = require "eimf.core"
local svd = require "eimf.text.svd"
local tfidf = require "eimf.text.tfidf"

local lsa = {}

local Lsa = {}
Lsa.__index = Lsa

local VERSION = "lsa/1"
local LEAST = 1e-4                      -- shorter projections are of texts with nothing in common with the fitted ones
local FEW = 200                         -- texts; where there are fewer, a term of one text counts too

--- Options of `text.open` for this encoder.
lsa.options = {
  fit = { "table", required = true }, dim = { "integer", min = 1, default = 256 },
  seed = { "integer", min = 0, default = 1 }, min_df = { "integer", min = 1 },
}

local function thousands (n)
  return (("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end


-- Texts that hold something.
local function known (texts)
  local list = {}
  for _, text in ipairs(texts) do
    if text ~= "" then list[#list + 1] = text end
  end
  return list
end


--- Fits the encoder; see `eimf.text.open`.
-- @tparam table opt `fit` = list of texts, `dim`, `seed`, `min_df` (default 2; 1 for fewer than 200 texts)
-- @treturn encoder; its `dim` is less than asked for where texts or terms are fewer
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "NO_TEXT"
function lsa.open (opt)
  local texts = known(opt.fit)
  local min_df = opt.min_df or (#texts < FEW and 1 or 2)
  local model = tfidf.fit(texts, { min_df = min_df })
  if model.n_terms == 0 then
    return nil, ("no words to learn from: %d texts, none with a term that is in %d of them"):format(#texts, min_df),
      "NO_TEXT"
  end
  local vectors, sigma = svd.truncated(model:transform(texts), opt.dim, opt.seed)
  local hash = core.hash(table.concat(texts, "\n"))
  return setmetatable({
    tfidf = model, vectors = vectors, sigma = sigma, dim = sigma:size(),
    name = ("lsa, %d wide, %s terms"):format(sigma:size(), thousands(model.n_terms)),
    id = ("%s dim=%d seed=%.0f min_df=%d texts=%s"):format(VERSION, opt.dim, opt.seed, min_df, hash),
  }, Lsa)
end


--- Vectors of texts.
-- @tparam {string,...} texts
-- @treturn tensor (n, dim) float32, unit rows; zeros where no word is known
function Lsa:encode (texts)
  local a = self.tfidf:transform(texts)
  local out = core.new("float32", a.n, self.dim)
  core.sparse_product(out, a.offsets, a.columns, a.values, self.vectors)
  core.text_unit(out, LEAST)
  return out
end


--- Everything that changes the vectors, as one string for hashes.
-- @treturn string
function Lsa:key ()
  return self.id
end


--- The terms that weigh most in a text, or in several together.
-- @tparam string|{string,...} texts
-- @tparam[opt=10] integer n
-- @treturn {string,...} heaviest first
-- @treturn {number,...} weights
function Lsa:terms (texts, n)
  return self.tfidf:terms(texts, n)
end


return lsa
