local tensor = require "eimf.tensor"
local truth = require "eimf.esim.truth"

describe("eimf.esim.truth", function ()
  -- Four items: 1 and 2 of interest 1, 3 and 4 of interest 2. Users 1, 2 of group 1, user 3 of group 2, user 4 without
  -- text. User 1 holds interest 1; user 3 holds both.
  local set = {
    n_items = 4, n_users = 4,
    truth = {
      item_interest = tensor.ids { 0, 1, 1, 2, 2 }, user_group = tensor.ids { 1, 1, 2, 2 },
      user_interests = { offsets = tensor.ids { 0, 1, 1, 3, 3 }, ids = tensor.ids { 1, 1, 2 } },
    },
  }

  local function semantics (interests)
    return {
      labels = tensor.ids { 1, 1, 2, 0 }, items = tensor.tensor { { 1, 0 }, { 1, 0 }, { 0, 1 }, { 0, 1 } },
      interests = tensor.tensor { { 1, 0 }, { 0, 1 } },
      clusters = { { exemplar = 1, interests = { { items = interests[1] } } },
                   { exemplar = 3, interests = { { items = interests[2] } } } },
    }
  end

  it("is met by the right clusters and interests", function ()
    local m = truth.measure(semantics { { 1, 2 }, { 3, 4 } }, set)
    for _, name in ipairs { "clusters_ami", "interests_ami", "items_ami", "precision" } do
      assert.is_true(math.abs(m[name] - 1) < 1e-9, name)
    end
    assert.is_true(math.abs(m.recall - 2 / 3) < 1e-9)
  end)

  it("is missed by others", function ()
    local m = truth.measure(semantics { { 3, 4, 1 }, { 2 } }, set)
    assert.is_true(m.interests_ami < 0.5)
    assert.are.equal(0.5, m.precision)
  end)

  it("is printed as lines", function ()
    local text = truth.text(semantics { { 1, 2 }, { 3, 4 } }, set)
    assert.is_truthy(text:find("AMI of clusters with true groups of users%s+1\n"))
  end)

  it("counts held interests in lists, each once, and no others", function ()
    local ranked = tensor.tensor { { 1, 2, 3 }, { 1, 3, 0 }, { 2, 1, 0 }, { 4, 1, 2 } }
    local ids = tensor.zeros_ids(4, 3)
    for v = 1, 4 do for i = 1, 3 do ids:set(v, i, ranked:get(v, i)) end end
    local covered, held = truth.covered(ids, tensor.ids { 1, 3, 3, 2 }, set)
    assert.are.same({ 1, 2, 1, 0 }, covered)
    assert.are.same({ 1, 2, 2, 0 }, held)
  end)
end)
