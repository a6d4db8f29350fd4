-- Tasks for tools/oom_host.c: texts to vectors.
local core = require "eimf.core"
local text = require "eimf.text"

local TEXTS = { "red nail polish", "blue nail polish", "printer paper", "caf\195\169 &amp; bar", "" }

local set = { n_items = 2, titles = { "Pen &amp; ink", nil }, categories = { nil, { "Office", "Paper" } } }
local train = { offsets = core.from_table("int32", { 0, 2, 2 }), items = core.from_table("int32", { 1, 2 }) }
local vectors = core.from_table("float32", { { 1, 0 }, { 0, 1 } })

return {
  ["text.tokens"] = function () text.tokens "Some Words, of caf\195\169s" end,
  ["text.item_texts"] = function () text.item_texts(set) end,
  ["text.tfidf"] = function () text.tfidf.fit(TEXTS):transform(TEXTS) end,
  ["text.lsa"] = function () assert(text.open { encoder = "lsa", fit = TEXTS, dim = 2 }):encode(TEXTS) end,
  ["text.user_vectors"] = function () text.user_vectors(train, vectors, { centre = true }) end,
  ["text.base64"] = function () core.base64_decode(core.base64_encode "some bytes") end,
}
