--- Truncated singular value decomposition of a sparse matrix, by a randomised range finder (Halko, Martinsson &
-- Tropp, "Finding structure with randomness", SIAM Review 2011): a random start, power iterations with orthonormal
-- columns between them, and a small exact decomposition by LAPACK. The same seed gives the same bits, with any
-- number of threads.
-- @module eimf.text.svd

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"

local svd = {}

local STREAM_SVD = 72                   -- of csrc/base/eimf_base.h's numbers for users
local OVERSAMPLE = 10                   -- columns more than asked for while searching
local ITERATIONS = 5

local function multiply (a, x)
  local y = core.new("float32", a.n, x:dim(2))
  core.sparse_product(y, a.offsets, a.columns, a.values, x)
  return y
end


local function transpose (a)
  local offsets, columns, values = core.sparse_transpose(a.offsets, a.columns, a.values, a.width)
  return { offsets = offsets, columns = columns, values = values, n = a.width, width = a.n }
end


--- The k largest singular values of a matrix and their right vectors. Memory: two matrices of (n, k + 10) and
-- (width, k + 10) besides the matrix and its transpose.
-- @tparam table a sparse matrix { `offsets`, `columns`, `values`, `n`, `width` } as of `eimf.text.tfidf`
-- @tparam integer k
-- @tparam[opt=1] integer seed
-- @treturn tensor vectors (width, k'), k' = min(k, n, width), columns orthonormal, the largest element of each
-- positive; a column whose singular value is zero is zero
-- @treturn tensor sigma (k'), falling
function svd.truncated (a, k, seed)
  k = math.min(k, a.n, a.width)
  local found = math.min(k + OVERSAMPLE, a.n, a.width)
  local vectors, sigma = core.new("float32", a.width, k), core.new("float32", k)
  if k == 0 then return vectors, sigma end
  local x, turned = core.new("float32", a.width, found), transpose(a)
  core.random(x, "normal", 0, 1, seed or 1, STREAM_SVD, 0)
  for _ = 1, ITERATIONS do
    local y = multiply(a, x)
    core.orthonormal(y)
    x = multiply(turned, y)
  end
  core.singular(vectors, sigma, x)
  return vectors, sigma
end


return svd
