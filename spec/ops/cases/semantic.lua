--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local core = require "eimf.core"
local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"

-- Distributions of 7 rows over J vectors; rows 0 and 4 are empty.
local function profile_of (J, B)
  local t = gradcheck.random({ 6, 4 }, 21)
  t:rows(4, 4):fill_(0)
  local offsets, columns, weights = core.profile(t, gradcheck.random({ J, 4 }, 22), 0.3, 5)
  return { offsets = offsets, columns = columns, weights = weights, rows = gradcheck.ids(B, 0, 6) }
end

local function profiled (own)
  return function (t, x, z)
    local B, J = x.data:dim(1), z.data:dim(1)
    local profile = profile_of(J, B)
    if own then profile.own, profile.owner, profile.bonus = gradcheck.ids(B, 1, 3), gradcheck.ids(J, 1, 3), 2 end
    return t:profile_softmax(x, z, profile, 1.5)
  end
end

local function contrasted (n_groups)
  return function (t, a, b)
    return t:info_nce(a, b, n_groups and gradcheck.ids(a.data:dim(1), 1, n_groups), 0.7)
  end
end

local function attended (t, z, e)
  local G, K = z.data:dim(1), z.data:dim(2)
  return t:target_attention(z, e, 1.5, { counts = gradcheck.ids(G, 0, K), rows = gradcheck.ids(e.data:dim(1), 0, G) })
end

-- What is beside the first result is checked through a product with it.
local function matched (t, v, z)
  local B, G = v.data:dim(1), z.data:dim(1)
  local a, b = t:match(v, z, gradcheck.ids(B, 0, G), gradcheck.ids(G, 0, z.data:dim(2)))
  return t:mul(a, b)
end

return {
  info_nce = {
    { "with groups", inputs = { { 7, 5 }, { 7, 5 } }, big = { { 300, 33 }, { 300, 33 } }, run = contrasted(4) },
    { "every other pair", inputs = { { 19, 3 }, { 19, 3 } }, big = { { 300, 17 }, { 300, 17 } }, run = contrasted() },
    { "one group", inputs = { { 3, 3 }, { 3, 3 } }, run = contrasted(1) },
  },
  target_attention = {
    { "rows of groups", inputs = { { 4, 3, 5 }, { 9, 5 } }, big = { { 20, 4, 65 }, { 300, 65 } }, run = attended },
    { "a group for each row", inputs = { { 4, 3, 5 }, { 4, 5 } },
      run = function (t, z, e) return t:target_attention(z, e) end },
  },
  match = {
    { "rows of groups", inputs = { { 6, 3, 5 }, { 4, 4, 5 } }, big = { { 200, 4, 65 }, { 30, 4, 65 } }, run = matched,
      stale = "mul" },
  },
  profile_softmax = {
    { "more rows than vectors", inputs = { { 9, 5 }, { 6, 5 } }, big = { { 900, 33 }, { 150, 33 } }, run = profiled() },
    { "more vectors than rows", inputs = { { 3, 5 }, { 17, 5 } }, big = { { 120, 33 }, { 900, 33 } },
      run = profiled() },
    { "the row's own group", inputs = { { 9, 5 }, { 12, 5 } }, big = { { 300, 17 }, { 300, 17 } },
      run = profiled(true) },
    { "a distribution for each row", inputs = { { 2, 3 }, { 3, 3 } },
      run = function (t, x, z)
        return t:profile_softmax(x, z, { offsets = tensor.ids { 0, 2, 3 }, columns = tensor.ids { 0, 2, 1 },
          weights = tensor.tensor { 0.25, 0.5, 2 } })
      end },
  },
}
