local core = require "eimf.core"
local gradcheck = require "spec.gradcheck"
local tensor = require "eimf.tensor"

local function near (a, b, tolerance) return math.abs(a - b) <= (tolerance or 1e-5) end

describe("eimf.ops.semantic", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function random (...) return t:constant(gradcheck.random({ ... }, select("#", ...) + select(1, ...))) end

  describe("profile_softmax", function ()
    local profile
    before_each(function ()
      profile = { offsets = tensor.ids { 0, 0, 2, 3 }, columns = tensor.ids { 0, 3, 1 },
        weights = tensor.tensor { 0.25, 0.75, 1 }, rows = tensor.ids { 2, 0, 1 } }
    end)

    it("is minus the profile's mean of the log-softmax", function ()
      local x, z = random(3, 5), random(4, 5)
      local scores = t:log_softmax(t:scale(t:matmul(x, z, { tb = true }), 3)).data
      local loss = t:profile_softmax(x, z, profile, 3).data
      assert.is_true(near(loss:get(1), -scores:get(1, 2)))
      assert.equal(0, loss:get(2))
      assert.is_true(near(loss:get(3), -0.25 * scores:get(3, 1) - 0.75 * scores:get(3, 4)))
    end)

    it("lets entries of the row's own group weigh more, within the same sum", function ()
      local x, z = random(3, 5), random(4, 5)
      local scores = t:log_softmax(t:matmul(x, z, { tb = true })).data
      profile.own, profile.owner, profile.bonus = tensor.ids { 1, 1, 2 }, tensor.ids { 1, 1, 1, 2 }, 2
      local loss = t:profile_softmax(x, z, profile).data
      assert.is_true(near(loss:get(3), -0.1 * scores:get(3, 1) - 0.9 * scores:get(3, 4)))
    end)

    it("keeps nothing that grows with rows times bank", function ()
      local x, z = t:constant(tensor.zeros(2500, 8)), t:constant(tensor.zeros(4000, 8))
      local packed, scratch = core.pairs_plan(2500, 4000, 8)
      assert.is_true(packed + scratch < 2500 * 4000 / 20)
      profile = { offsets = tensor.ids { 0, 1 }, columns = tensor.ids { 7 }, weights = tensor.tensor { 1 },
        rows = tensor.zeros_ids(2500) }
      assert.is_true(near(t:profile_softmax(x, z, profile).data:get(2500), math.log(4000)))
    end)

    it("names what does not go together", function ()
      local x, z = random(3, 5), random(4, 5)
      assert.error_matches(function () t:profile_softmax(x, random(4, 6), profile) end, "widths 5 and 6 differ")
      assert.error_matches(function () t:profile_softmax(x, random(3, 5), profile) end, "outside the bank")
      assert.error_matches(function () t:profile_softmax(x, z, profile, 0) end, "scale above 0")
      profile.columns = tensor.ids { 3, 0, 1 }
      assert.error_matches(function () t:profile_softmax(x, z, profile) end, "do not rise")
      profile.rows = tensor.ids { 2, 0, 3 }
      assert.error_matches(function () t:profile_softmax(x, z, profile) end, "id 3 at position 3 is outside 0..2")
      profile.rows = nil
      profile.offsets = tensor.ids { 0, 3 }
      assert.error_matches(function () t:profile_softmax(x, z, profile) end, "a row of the table for each row")
    end)
  end)

  describe("info_nce", function ()
    it("is the mean of both cross-entropies", function ()
      local a, b = random(4, 5), t:constant(gradcheck.random({ 4, 5 }, 77))
      local rows = t:log_softmax(t:scale(t:matmul(a, b, { tb = true }), 2)).data
      local columns = t:log_softmax(t:scale(t:matmul(b, a, { tb = true }), 2)).data
      local loss = t:info_nce(a, b, nil, 0.5).data
      for m = 1, 4 do assert.is_true(near(loss:get(m), -(rows:get(m, m) + columns:get(m, m)) / 2)) end
    end)

    it("does not tell pairs of one group apart", function ()
      local a, b = random(3, 5), t:constant(gradcheck.random({ 3, 5 }, 77))
      local loss = t:info_nce(a, b, tensor.ids { 4, 4, 4 }).data
      for m = 1, 3 do assert.is_true(near(loss:get(m), 0)) end
      local two = t:info_nce(t:slice(a, 1, 1, 2), t:slice(b, 1, 1, 2)).data
      local masked = t:info_nce(a, b, tensor.ids { 1, 2, 2 }).data
      assert.is_true(masked:get(2) < t:info_nce(a, b).data:get(2))
      assert.is_true(near(t:info_nce(t:slice(a, 1, 1, 2), t:slice(b, 1, 1, 2), tensor.ids { 1, 2 }).data:get(1),
        two:get(1), 0))
    end)

    it("names what does not go together", function ()
      assert.error_matches(function () t:info_nce(random(3, 5), random(4, 5)) end, "against")
      assert.error_matches(function () t:info_nce(random(3, 5), random(3, 5), tensor.ids { 1, 2 }) end,
        "rows and groups 3 and 2 differ")
    end)
  end)

  describe("target_attention", function ()
    it("mixes the vectors of the row's group", function ()
      local z = t:constant(tensor.tensor { 2, 0, 0, 2, 5, 5, 7, 7 }:reshape(2, 2, 2))
      local e = t:constant(tensor.tensor { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 9, 0 } })
      local y = t:target_attention(z, e, 1, { rows = tensor.ids { 1, 2, 0, 1 }, counts = tensor.ids { 2, 1 } }).data
      assert.are.same({ { 1, 1 }, { 5, 5 }, { 0, 0 } }, y:rows(1, 3):totable())
      assert.is_true(near(y:get(4, 1), 2, 1e-6) and near(y:get(4, 2), 0, 1e-6))
    end)

    it("names what does not go together", function ()
      assert.error_matches(function () t:target_attention(random(2, 3, 5), random(2, 4)) end, "widths 5 and 4 differ")
      assert.error_matches(function () t:target_attention(random(2, 3, 5), random(3, 5)) end, "a group for each row")
      assert.error_matches(function ()
        t:target_attention(random(2, 3, 5), random(2, 5), 1, { counts = tensor.ids { 3, 4 } })
      end, "id 4 at position 2 is outside 0..3")
    end)
  end)

  describe("match", function ()
    it("gives the pairs with the largest sum of cosines, not the largest first", function ()
      local v = t:constant(tensor.tensor { 1, 0, 0.9, 0.5 }:reshape(1, 2, 2))
      local z = t:constant(tensor.tensor { 3, 0.3, -1, 0.2 }:reshape(1, 2, 2))
      local a, b, groups = t:match(v, z, tensor.ids { 1 })
      assert.are.same({ 1, 1 }, groups:totable())
      assert.is_true(near(a.data:get(2, 2), 0.5) and near(b.data:get(2, 2), 0.2) and near(b.data:get(1, 1), 3))
    end)

    it("leaves rows without a group and groups without vectors out", function ()
      local a, b, groups = t:match(random(3, 2, 4), random(2, 3, 4), tensor.ids { 0, 1, 2 }, tensor.ids { 0, 1 })
      assert.are.same({ 1, 4 }, a.data:shape())
      assert.are.same({ 1, 4 }, b.data:shape())
      assert.are.same({ 2 }, groups:totable())
    end)

    it("works where nothing matches", function ()
      local a, b, groups = t:match(random(2, 2, 4), random(2, 3, 4), tensor.ids { 0, 0 })
      assert.equal(0, groups:size())
      assert.are.same({ 0 }, t:info_nce(a, b, groups).data:shape())
    end)

    it("refuses more than 64", function ()
      assert.error_matches(function () t:match(random(1, 65, 2), random(1, 3, 2), tensor.ids { 1 }) end,
        "more than 64 interests")
    end)
  end)
end)

describe("eimf.core", function ()
  it("profile keeps the largest entries, brought to a sum of 1", function ()
    local items = tensor.tensor { { 1, 0 }, { 0, 0 }, { 0, 2 } }
    local bank = tensor.tensor { { 1, 0 }, { 0.5, 0 }, { 0, 1 } }
    local offsets, columns, weights = core.profile(items, bank, 0.5, 2)
    assert.are.same({ 0, 0, 2, 2, 4 }, offsets:totable())
    assert.are.same({ 0, 1, 0, 2 }, columns:totable())
    local share = 1 / (1 + math.exp(-1))
    assert.is_true(near(weights:get(1), share) and near(weights:get(2), 1 - share))
    assert.is_true(near(weights:get(4), 1 / (1 + math.exp(-4))))
  end)

  it("profile gives the same bits with any number of threads", function ()
    local items, bank = gradcheck.random({ 700, 40 }, 1), gradcheck.random({ 90, 40 }, 2)
    local function bits (threads)
      local before = core.threads()
      core.threads(threads)
      local offsets, columns, weights = core.profile(items, bank, 0.1, 9)
      core.threads(before)
      return offsets:tostring() .. columns:tostring() .. weights:tostring()
    end
    assert.is_true(bits(1) == bits(2))
  end)

  it("profile refuses NaN, an empty bank, and a temperature of 0", function ()
    local bank = tensor.tensor { { 1, 0 / 0 } }
    assert.error_matches(function () core.profile(tensor.tensor { { 1, 1 } }, bank, 1) end, "not finite numbers")
    assert.error_matches(function () core.profile(bank, tensor.zeros(0, 2), 1) end, "no interests")
    assert.error_matches(function () core.profile(bank, bank, 0) end, "above 0")
  end)

  it("centre_rows takes the mean of the rows in use off, and leaves the others zero", function ()
    local y, mean = tensor.zeros(3, 2), tensor.zeros(2)
    core.centre_rows(y, tensor.tensor { { 1, 0 }, { 0, 0 }, { 3, 0 } }, mean)
    assert.are.same({ { -1, 0 }, { 0, 0 }, { 1, 0 } }, y:totable())
    assert.are.same({ 2, 0 }, mean:totable())
  end)

  it("distinct gives ids in the order they are first met and clears its marker", function ()
    local out, marker = tensor.zeros_ids(8), tensor.zeros_ids(10)
    assert.equal(4, core.distinct(out, marker, tensor.ids { 9, 0, 3, 9 }, tensor.ids { 3, 1 }, tensor.ids { 8, 0 }))
    assert.are.same({ 9, 3, 1, 8 }, out:rows(1, 4):totable())
    assert.are.same(tensor.zeros_ids(10):totable(), marker:totable())
    assert.error_matches(function () core.distinct(tensor.zeros_ids(1), marker, tensor.ids { 1, 2 }) end, "no room")
    assert.error_matches(function () core.distinct(out, marker, tensor.ids { 10 }) end, "outside 0..9")
  end)

  it("knows who is taught of a batch: users with a cluster, targets that are not marked", function ()
    local labels, marker = tensor.ids { 2, 0, 1 }, tensor.ids { 0, 0, -1, 0 }
    local taught, clusters = tensor.zeros_ids(6), tensor.zeros_ids(6)
    local users, targets = tensor.ids { 1, 2, 3, 3, 0, 1 }, tensor.ids { 3, 3, 2, 1, 1, 0 }
    assert.equal(2, core.taught(taught, clusters, users, labels, targets, marker))
    assert.same({ 3, 0, 0, 1, 0, 0 }, taught:totable())
    assert.same({ 2, 0, 1, 1, 0, 2 }, clusters:totable())
    local function refused (words, ...)
      local given = { ... }
      assert.error_matches(function () core.taught(table.unpack(given)) end, words)
    end
    local beyond = tensor.ids { 1, 2, 3, 4, 1, 1 }
    refused("outside 0..3", taught, clusters, beyond, labels, targets, marker)
    refused("outside 0..3", taught, clusters, users, labels, beyond, marker)
    refused("bad argument #1", tensor.zeros_ids(5), clusters, users, labels, targets, marker)
  end)
end)
