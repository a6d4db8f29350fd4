--- Texts of a set's items, and the vectors of items and users. Neighbour: html.
-- @module eimf.text.items

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local html = require "eimf.text.html"
local options = require "eimf.options"

local items = {}

local NO_BREAK_SPACE = "\194\160"

local TEXTS = { category = { "boolean", default = true } }
local USERS = {
  last = { "integer", min = 1, default = 50 }, recency = { "number", min = 0, below = 1, default = 0 },
  centre = { "boolean", default = false },
}

-- One line, entities decoded.
local function clean (text)
  return (html.decode(text):gsub(NO_BREAK_SPACE, " "):gsub("[%s%c]+", " "):gsub("^ ", ""):gsub(" $", ""))
end


local function category_of (set, id)
  local list = set.categories[id]
  return list and clean(table.concat(list, ", ")) or ""
end


--- Texts of the items of a set: "title", or "title | category"; the category alone where there is no title. Entities
-- of HTML are decoded, white space is single. A category of several names is joined by ", ".
-- @tparam table set of `eimf.data`
-- @tparam[opt] table opt `category` = true: add it to the title
-- @treturn {string,...} one for each of ids 1..N; "" where nothing is known
-- @treturn integer items of which nothing is known
-- @treturn integer items that only their category describes
function items.texts (set, opt)
  opt = options.check("text.item_texts", opt, TEXTS)
  local texts, n_missing, n_untitled = {}, 0, 0
  for id = 1, set.n_items do
    local title, category = clean(set.titles[id] or ""), category_of(set, id)
    if title == "" then
      texts[id] = category
      if category == "" then n_missing = n_missing + 1 else n_untitled = n_untitled + 1 end
    else
      texts[id] = opt.category and category ~= "" and title .. " | " .. category or title
    end
  end
  return texts, n_missing, n_untitled
end


--- Vectors of items, by any encoder: one with vectors of items by their raw ids (`file`) gives these, another
-- encodes the texts.
-- @tparam encoder encoder
-- @tparam {string,...} texts as of `items.texts`
-- @tparam[opt] integer n_items N, checked
-- @tparam[opt] {string,...} item_ids raw ids, of the set; needed by a `file` encoder with a list of ids
-- @treturn tensor (N, Dt) float32: row i is item i; unit rows, zeros where nothing is known
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function items.vectors (encoder, texts, n_items, item_ids)
  if n_items and #texts ~= n_items then
    error(("text.item_vectors: %d texts for %d items"):format(#texts, n_items), 2)
  end
  if encoder.items then return encoder:items(item_ids or #texts) end
  return encoder:encode(texts)
end


--- Vectors of users: the mean of the vectors of their newest items, to unit norm. Items whose vector is zero are
-- passed over: they neither count among the newest nor in the mean.
-- @tparam table train { `offsets` (U+1), `items` }: the training part of a split, or a set
-- @tparam tensor item_vectors (N, Dt): row i is item i
-- @tparam[opt] table opt `last` = 50 newest items with a text; `recency` = 0: an item one step older weighs
-- 1 - recency times, within [0, 1); `centre` = false: take the mean over the users away before the norm
-- @treturn tensor (U, Dt) float32, unit rows; zeros for users without a text, and for one who is the mean itself
-- @treturn integer users without a text
function items.users (train, item_vectors, opt)
  opt = options.check("text.user_vectors", opt, USERS)
  local out = core.new("float32", train.offsets:size() - 1, item_vectors:dim(2))
  local without = core.text_users(out, train.offsets, train.items, item_vectors, opt.last, opt.recency)
  if opt.centre then core.text_centre(out) end
  local zeros, bad = core.text_unit(out, 1e-6)
  if not zeros then error(("text.user_vectors: user %d has vectors with NaN or infinity"):format(bad), 2) end
  return out, without
end


return items
