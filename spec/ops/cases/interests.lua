--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

local offsets = gradcheck.offsets

local function attended (t, h, p, w1, w2) return t:self_attentive(h, offsets(h.data:dim(1)), p, w1, w2) end

-- The same of histories that repeat the rows of h, three times as many.
local function repeated (t, h, p, w1, w2)
  local n = h.data:dim(1)
  return t:self_attentive(h, offsets(3 * n), p, w1, w2, gradcheck.ids(3 * n, 0, n - 1))
end

return {
  self_attentive = {
    { "with positions", inputs = { { 11, 5 }, { 4, 5 }, { 5, 6 }, { 6, 3 } },
      big = { { 900, 33 }, { 20, 33 }, { 33, 40 }, { 40, 5 } }, run = attended },
    { "without positions", inputs = { { 7, 3 }, { 3, 4 }, { 4, 1 } },
      run = function (t, h, w1, w2) return attended(t, h, nil, w1, w2) end },
    { "the attention", inputs = { { 11, 5 }, { 4, 5 }, { 5, 6 }, { 6, 3 } },
      big = { { 900, 33 }, { 20, 33 }, { 33, 40 }, { 40, 5 } },
      run = function (t, ...) return (select(2, attended(t, ...))) end },
    { "rows that repeat", inputs = { { 5, 5 }, { 4, 5 }, { 5, 6 }, { 6, 3 } },
      big = { { 300, 33 }, { 20, 33 }, { 33, 40 }, { 40, 5 } }, run = repeated },
    { "rows that repeat, without positions", inputs = { { 4, 3 }, { 3, 4 }, { 4, 1 } },
      run = function (t, h, w1, w2) return repeated(t, h, nil, w1, w2) end },
    { "the attention of rows that repeat", inputs = { { 5, 5 }, { 4, 5 }, { 5, 6 }, { 6, 3 } },
      big = { { 300, 33 }, { 20, 33 }, { 33, 40 }, { 40, 5 } },
      run = function (t, ...) return (select(2, repeated(t, ...))) end },
    { "interests and attention", inputs = { { 11, 5 }, { 4, 5 }, { 5, 6 }, { 6, 3 } }, stale = "add",
      run = function (t, h, ...)
        local v, a = attended(t, h, ...)
        return t:add(v, t:segment_weighted_sum(t:mul(a, a), h, offsets(h.data:dim(1))))
      end },
  },
  pick = {
    { "each row its own", inputs = { { 4, 3, 5 } }, big = { { 200, 4, 65 } },
      run = function (t, v) return t:pick(v, gradcheck.ids(v.data:dim(1), 0, v.data:dim(2) - 1)) end },
  },
  readout = {
    { "hard", inputs = { { 6, 3, 16 }, { 6, 16 } }, big = { { 200, 4, 65 }, { 200, 65 } }, stale = "pick",
      run = function (t, v, e) return (t:readout(v, e)) end },
    { "soft", inputs = { { 6, 3, 16 }, { 6, 16 } }, big = { { 200, 4, 65 }, { 200, 65 } }, stale = "pick",
      run = function (t, v, e) return (t:readout(v, e, 0.5)) end },
  },
}
