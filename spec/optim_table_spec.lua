local optim = require "eimf.optim"
local param = require "eimf.param"
local tensor = require "eimf.tensor"

-- A table (rows, dim) of ones but for row 0.
local function table_of (rows, dim)
  local p = param.new { data = tensor.zeros(rows, dim):fill_(1), name = "items", sparse = true }
  p.data:rows(1, 1):fill_(0)
  return p
end

local function row (x, id) return x:rows(id + 1, id + 1):reshape(-1):totable() end

local function add_rows (p, ids, values) p:add_rows(tensor.ids(ids), tensor.tensor(values)) end

local function assert_near (want, got, allowed)
  assert.is_true(math.abs(want - got) <= allowed, ("wanted %.9g, got %.9g"):format(want, got))
end

describe("eimf.optim: a lazy table", function ()
  it("moves the rows that have a gradient and no others, moments included", function ()
    local p = table_of(6, 2)
    local adam = optim.adam { params = { p }, lr = 0.1, weight_decay = 0.1 }
    add_rows(p, { 2, 5 }, { { 1, -1 }, { 0.5, 2 } })
    adam:step()
    local before = p.data:clone()
    local m = row(adam:state()["adam.m.items"], 5)
    add_rows(p, { 2 }, { { 1, 1 } })
    adam:step()
    for _, id in ipairs { 1, 3, 4 } do assert.are.same({ 1, 1 }, row(p.data, id)) end
    assert.are.same(row(before, 5), row(p.data, 5))
    assert.are.same(m, row(adam:state()["adam.m.items"], 5))
    assert.are_not.same(row(before, 2), row(p.data, 2))
  end)

  it("corrects biases by the steps of the whole run", function ()
    local p = table_of(4, 1)
    local adam = optim.adam { params = { p }, lr = 0.1 }
    for _ = 1, 3 do
      add_rows(p, { 1 }, { { 1 } })
      adam:step()
    end
    add_rows(p, { 2 }, { { 4 } })                            -- its first gradient comes at step 4
    adam:step()
    local m, v = 0.1 * 4 / (1 - 0.9 ^ 4), 0.001 * 16 / (1 - 0.999 ^ 4)
    assert_near(1 - 0.1 * m / math.sqrt(v), p.data:get(3, 1), 1e-6)
  end)

  it("merges repeated ids, of one part and of several, before anything else", function ()
    local p, once = table_of(5, 2), table_of(5, 2)
    local adam = optim.adam { params = { p }, lr = 0.1 }
    local other = optim.adam { params = { once }, lr = 0.1 }
    add_rows(p, { 3, 1, 3 }, { { 1, 2 }, { 5, -5 }, { 10, -20 } })
    add_rows(p, { 4, 3 }, { { 7, 7 }, { 100, 200 } })
    add_rows(once, { 1, 3, 4 }, { { 5, -5 }, { 111, 182 }, { 7, 7 } })
    adam:step()
    other:step()
    assert.are.same(once.data:totable(), p.data:totable())
    assert.are.same(other:state()["adam.v.items"]:totable(), adam:state()["adam.v.items"]:totable())
  end)

  it("keeps row 0 at zero", function ()
    local p = table_of(3, 2)
    local adam = optim.adam { params = { p } }
    add_rows(p, { 0, 1, 0 }, { { 1, 1 }, { 1, 1 }, { 2, 2 } })
    adam:step()
    add_rows(p, { 0 }, { { 1, 1 } })                         -- nothing but no item
    adam:step()
    assert.are.same({ 0, 0 }, row(p.data, 0))
    assert.are.same({ 0, 0 }, row(adam:state()["adam.m.items"], 0))
    assert.are.same({ 1, 1 }, row(p.data, 2))
  end)

  it("gets a dense gradient on top of rows: every row moves", function ()
    local p, want = table_of(4, 1), table_of(4, 1)
    local adam = optim.adam { params = { p }, lr = 0.1 }
    local textbook_adam = optim.adam { params = { want }, lr = 0.1, lazy = false }
    p:grad():copy_(tensor.tensor { { 9 }, { 1 }, { -1 }, { 2 } })
    add_rows(p, { 2, 2, 0 }, { { 3 }, { 4 }, { 5 } })
    want:grad():copy_(tensor.tensor { { 0 }, { 1 }, { 6 }, { 2 } })
    adam:step()
    textbook_adam:step()
    assert.are.same(want.data:totable(), p.data:totable())
    assert.are.same({ 0 }, row(p.data, 0))
  end)

  it("counts no dense gradient of row 0, in moments or in the norm of all", function ()
    local p = table_of(3, 1)
    local adam = optim.adam { params = { p }, clip = 1 }
    p:grad():copy_(tensor.tensor { { 100 }, { 0.5 }, { 0.5 } })
    adam:step()
    local m = adam:state()["adam.m.items"]
    assert.are.equal(0, m:get(1, 1))
    assert_near(0.05, m:get(2, 1), 1e-6)
  end)

  it("is lazy again at the step after", function ()
    local p = table_of(4, 1)
    local adam = optim.adam { params = { p } }
    p:grad():fill_(1)
    adam:step()
    local before = row(p.data, 3)
    add_rows(p, { 1 }, { { 1 } })
    adam:step()
    assert.are.same(before, row(p.data, 3))
  end)
end)
