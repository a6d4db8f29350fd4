--- Plain text, what a reader would try first: each item's vector is told from the
-- other items' of the batch by its own title,
--   L_text = symmetric InfoNCE of e_i and a linear map of its text vector, temperature tau.
-- No interest, no cluster, no LLM: a rival of the other terms, and a partner.
-- Neighbour: adapter.lua.
-- @module eimf.esim.plain_text

local core = require "eimf.core"
local param = require "eimf.param"
local adapter = require "eimf.esim.adapter"

local plain_text = {}

local PlainText = {}
PlainText.__index = PlainText

--- A term of the joint loss.
-- @tparam table opt of the head: `dim`, `lambda_text`, `text_temperature`
-- @tparam table about `items` (N, Dt) text vectors about their mean, zero rows without text
-- @tparam rng rng
-- @treturn term
function plain_text.new (opt, about, rng)
  local N, Dt = about.items:dim(1), about.items:dim(2)
  local table_of = core.new("float32", N + 1, Dt):fill_(0)
  table_of:rows(2, N + 1):copy_(about.items)
  return setmetatable({
    opt = opt, texts = param.new { data = table_of, name = "texts", sparse = true },
    map = adapter.new("linear", Dt, opt.dim, rng, "text_map"),
  }, PlainText)
end

--- The term's weighted losses.
-- @tparam tape t
-- @tparam table step `items` (N+1, D) param; `distinct` ids, all with text
-- @treturn {value,...}
function PlainText:losses (t, step)
  local ids = step.distinct
  if ids:size() < 2 then return {} end
  local text = t:stop_gradient(t:embedding(self.texts, ids))
  local loss = t:info_nce(t:l2_normalise(t:embedding(step.items, ids)), t:l2_normalise(self.map:forward(t, text)),
    nil, self.opt.text_temperature)
  return { t:scale(t:mean(loss), self.opt.lambda_text) }
end

--- Parameters of the map.
-- @treturn {param,...}
function PlainText:params () return self.map:params() end

return plain_text
