--- Item vectors that begin from what is known of items in words: the principal
-- directions of their text vectors, or of how they lie to the bank of interests.
-- Neighbour: vectors.
-- @module eimf.esim.start

require "eimf.boot".prepare()
local core = require "eimf.core"
local plain = require("eimf.tape").plain
local vectors = require "eimf.esim.vectors"

local start = {}

local STD = 0.1                        -- of the elements of items with text; METHOD's prototype used the same

local function constant (x) return plain:constant(x) end

--- A matrix (Dt, C) that turns texts into what their directions are taken of: the bank's cosines. A bank of more
-- interests than Dt is first brought to Dt columns with the same products.
local function through_bank (bank)
  local J, Dt = bank:dim(1), bank:dim(2)
  if J <= Dt then return bank, true end
  local u, sigma = core.new("float32", J, Dt), core.new("float32", Dt)
  core.singular(u, sigma, bank:clone())
  return plain:matmul(constant(bank), constant(u), { ta = true }).data, false
end

local function scale_of (coordinates, n_with_text)
  local squares = core.sum_squares(coordinates)
  return squares > 0 and STD / math.sqrt(squares / (n_with_text * coordinates:dim(2))) or 0
end

-- Fewer rows than columns: rows of zeros below, which change no direction.
local function at_least_square (m)
  local N, C = m:dim(1), m:dim(2)
  if N >= C then return m end
  local square = core.new("float32", C, C):fill_(0)
  square:rows(1, N):copy_(m)
  return square
end

-- Rows of items without text become zeros again, which rounding leaves nearly so; returns how many have text.
local function clear_textless (y, items)
  local with_text, next_one = vectors.present(items), 1
  for i = 1, items:dim(1) do
    if with_text[next_one] == i then next_one = next_one + 1 else y:rows(i, i):fill_(0) end
  end
  return #with_text
end

--- Coordinates of items along the leading directions of their texts.
-- @tparam tensor items (N, Dt) text vectors about their mean, zero rows without text
-- @tparam ?tensor bank (J, Dt) interests about their mean: directions of the (N, J) cosines; nil: of the texts
-- @tparam integer dim D
-- @treturn tensor (N, k), k = min(D, J, Dt, N), standard deviation 0.1 over the items that have text; zeros without
function start.coordinates (items, bank, dim)
  local m
  if bank then
    local columns, turned = through_bank(bank)
    m = plain:matmul(constant(items), constant(columns), { tb = turned }).data
  else
    m = items:clone()
  end
  local N, C = m:dim(1), m:dim(2)
  m = at_least_square(m)
  local k = math.min(dim, C, N)
  local u, sigma = core.new("float32", m:dim(1), k), core.new("float32", k)
  core.singular(u, sigma, m)
  local y = plain:mul_rows(constant(u:rows(1, N)), constant(sigma))
  return plain:scale(y, scale_of(y.data, math.max(clear_textless(y.data, items), 1))).data
end

--- Puts coordinates into an item table; items without text keep what they had.
-- @tparam tensor table (N+1, D), changed
-- @tparam tensor coordinates (N, k), k <= D; columns above k become 0
function start.fill (table, coordinates)
  local D, k = table:dim(2), coordinates:dim(2)
  for _, i in ipairs(vectors.present(coordinates)) do
    for d = 1, D do table:set(i + 1, d, d <= k and coordinates:get(i, d) or 0) end
  end
end

return start
