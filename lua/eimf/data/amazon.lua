--- Amazon product data as published in 2014: reviews_NAME_5.json.gz (strict
-- JSON, one review a line) and meta_NAME.json.gz (Python literals, one
-- product a line), the latter where it stands beside the first.
-- Neighbours: builder, items, lines, python_literal, rows, source.
-- @module eimf.data.amazon
local builder = require "eimf.data.builder"
local items = require "eimf.data.items"
local lines = require "eimf.data.lines"
local python_literal = require "eimf.data.python_literal"
local rows = require "eimf.data.rows"
local source = require "eimf.data.source"

local amazon = {}

local ASIN = "['\"]asin['\"]%s*:%s*u?['\"]([^'\"]+)['\"]"

local function review_consumer (into)
  local decode = items.json_decoder()
  return function (line)
    local review, reason = decode(line)
    if not review then return nil, reason end
    local user, item, time = items.raw_id(review.reviewerID), items.raw_id(review.asin), review.unixReviewTime
    if not user or not item then return nil, "no reviewerID or no asin in the review" end
    if type(time) ~= "number" then return nil, "no unixReviewTime in the review" end
    into:add(user, item, time)
    return true
  end
end

-- Lists of category paths: the words of the first path.
local function first_path (categories)
  if type(categories) ~= "table" then return nil end
  return type(categories[1]) == "table" and categories[1] or categories
end

-- Products that the set does not hold are not parsed: they are many.
local function product_consumer (set, ids)
  return function (line)
    if not line:find("^%s*{.*}%s*$") then return nil, "bad Python literal: a dict is expected" end
    local quick = line:match(ASIN)
    if quick and not ids[quick] then return true end
    local product, reason = python_literal.parse(line)
    if not product then return nil, "bad Python literal: " .. reason end
    local raw = items.raw_id(product.asin)
    if not raw then return nil, "no 'asin' in the product" end
    if ids[raw] then items.describe(set, ids[raw], product.title, first_path(product.categories)) end
    return true
  end
end

local function feed (path, policy, consume)
  local text, message, code = lines.open(path)
  if not text then return nil, message, code end
  return rows.feed(text, policy, consume)
end

-- reviews_Beauty_5.json.gz -> meta_Beauty.json.gz, or without .gz.
local function find_meta (path)
  local folder, name = path:match("^(.-)([^/]*)$")
  local stem = name:match("^reviews_(.-)_%d+%.json") or name:match("^reviews_(.-)%.json")
  if not stem then return nil end
  for _, ending in ipairs { ".json.gz", ".json" } do
    local meta = folder .. "meta_" .. stem .. ending
    if source.kind(meta) == "file" then return meta end
  end
end

--- Opens a reviews file.
-- @tparam string path
-- @tparam table opts core, on_bad_line, name, meta = path of the products (default: beside the reviews)
-- @treturn[1] table set
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function amazon.open (path, opts)
  local meta = opts.meta or find_meta(path)
  return builder.open {
    path = path, opts = opts,
    interactions = function (into, policy) return feed(path, policy, review_consumer(into)) end,
    items = function (set, ids, policy)
      if not meta then return true end
      return feed(meta, policy, product_consumer(set, ids))
    end,
  }
end

return amazon
