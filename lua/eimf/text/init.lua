--- Texts as vectors: what users bought, in words, and where in a space of meanings it lies.
-- Titles -> `text.item_texts` -> an encoder of `text.open` -> `text.item_vectors` -> `text.user_vectors`.
-- docs/text.md tells the method.
-- @module eimf.text
-- @usage
-- local texts = text.item_texts(set)
-- local encoder = assert(text.open { encoder = "lsa", fit = texts })
-- local items = assert(text.item_vectors(encoder, texts))
-- local users = text.user_vectors(split.train, items)

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"
local items = require "eimf.text.items"
local options = require "eimf.options"

local text = {}

local ENCODERS = {
  lsa = function () return require "eimf.text.lsa" end,
  http = function () return require "eimf.text.http" end,
  file = function () return require "eimf.text.file" end,
}
local MODULES = {
  html = function () return require "eimf.text.html" end,
  tfidf = function () return require "eimf.text.tfidf" end,
  svd = function () return require "eimf.text.svd" end,
}

--- Opens an encoder: `lsa` (`eimf.text.lsa`, fitted to the texts, needs nothing else), `http` (`eimf.text.http`, an
-- OpenAI-compatible server of embeddings), `file` (`eimf.text.file`, vectors made elsewhere). Every encoder has
-- `encoder:encode(texts)` -> (n, dim) float32 with unit rows, zeros for empty or unknown texts | nil, message, code;
-- `encoder:key()`, a string of everything that changes the vectors; `encoder.name`, a line for a report;
-- `encoder.dim`, nil for `http` before the first vector is there.
-- @tparam table opt `encoder` = "lsa" | "http" | "file", and that encoder's
-- @treturn encoder
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage local encoder = assert(text.open { encoder = "lsa", fit = texts, dim = 256 })
function text.open (opt)
  local rules = { encoder = { one_of = { "lsa", "http", "file" }, required = true } }
  local module = type(opt) == "table" and ENCODERS[opt.encoder] and ENCODERS[opt.encoder]()
  for name, rule in pairs(module and module.options or {}) do rules[name] = rule end
  opt = options.check("text.open", opt, rules)
  return module.open(opt)
end


--- Words of a text in lower case: runs of two or more letters, digits and low lines of any script, as Python's
-- `\w\w+` finds them in `str.lower()`. Bytes that are no UTF-8 part words.
-- @tparam string s
-- @treturn {string,...}
function text.tokens (s)
  return core.text_tokens(s)
end


--- See `eimf.text.items.texts`.
-- @function text.item_texts
text.item_texts = items.texts

--- See `eimf.text.items.vectors`.
-- @function text.item_vectors
text.item_vectors = items.vectors

--- See `eimf.text.items.users`.
-- @function text.user_vectors
text.user_vectors = items.users


return setmetatable(text, {
  __index = function (self, name)
    if not MODULES[name] then return nil end
    local module = MODULES[name]()
    rawset(self, name, module)
    return module
  end,
})
