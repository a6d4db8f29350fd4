local eimf = require "eimf"
local files = require "eimf.files"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local serve = require "eimf.serve"
local snapshot = require "eimf.snapshot"
local toy = require "spec.toy"

describe("eimf.serve", function ()
  local N = 7
  local folder, path, model

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/snapshot.safetensors"
    model = toy.model(N)
    for _, p in ipairs(model:params()) do eimf.rng(3):normal(p.data, 0, 1) end
    model.items.data:rows(1, 1):fill_(0)
    assert(snapshot.save(path, model, toy.options, toy.set(N)))
  end)

  after_each(function () scratch.remove(folder) end)

  local function unit (x)
    local sum = 0
    for d = 1, #x do sum = sum + x[d] ^ 2 end
    for d = 1, #x do x[d] = x[d] / math.sqrt(sum) end
  end

  -- Scores of all items by the definition, from the model that was saved.
  local function scores (numbers, cosine)
    local positions = {}
    for r = 1, #numbers do positions[r] = #numbers - r + 1 end
    local history = { ids = eimf.ids(numbers), offsets = eimf.ids { 0, #numbers }, positions = eimf.ids(positions) }
    local v, e, out = model:interests(eimf.plain, history).data:totable()[1], model.items.data:totable(), {}
    for k = 1, cosine and #v or 0 do unit(v[k]) end
    for i = 1, N do
      if cosine then unit(e[i + 1]) end
      out[i] = -math.huge
      for k = 1, #v do
        local dot = 0
        for d = 1, #v[k] do dot = dot + v[k][d] * e[i + 1][d] end
        out[i] = math.max(out[i], dot)
      end
    end
    return out
  end

  local function best (of, n, without)
    local list = {}
    for i = 1, N do if not without[i] then list[#list + 1] = i end end
    table.sort(list, function (a, b) return of[a] > of[b] end)
    for i = #list, n + 1, -1 do list[i] = nil end
    return list
  end

  local function numbers_of (hits)
    local out = {}
    for i, hit in ipairs(hits) do out[i] = hit.number end
    return out
  end

  it("gives the best items by the largest of the interests' products, without those seen", function ()
    local shop = assert(serve.open(path))
    local hits, unknown = shop:recommend({ "raw2", "raw5", "raw1" }, { n = 3 })
    local expected = scores { 2, 5, 1 }
    assert.are.same(best(expected, 3, { [1] = true, [2] = true, [5] = true }), numbers_of(hits))
    assert.are.equal(0, unknown)
    for _, hit in ipairs(hits) do
      assert.is_true(math.abs(hit.score - expected[hit.number]) < 1e-5)
      assert.are.equal("raw" .. hit.number, hit.id)
      assert.are.equal("Title " .. hit.number, hit.title)
    end
  end)

  it("keeps seen items where asked, and leaves out others", function ()
    local shop = assert(serve.open(path))
    local hits = shop:recommend({ "raw2", "raw5" },
      { n = N, exclude_seen = false, exclude = { "raw3", "raw3", "none" } })
    assert.are.same(best(scores { 2, 5 }, N, { [3] = true }), numbers_of(hits))
  end)

  it("looks at the newest max_len items only, but leaves out all that were seen", function ()
    local shop = assert(serve.open(path))
    local hits = shop:recommend({ "raw7", "raw6", "raw2", "raw5", "raw1" }, { n = N })
    local seen = { [1] = true, [2] = true, [5] = true, [6] = true, [7] = true }
    assert.are.same(best(scores { 2, 5, 1 }, N, seen), numbers_of(hits))
  end)

  it("gives fewer than n where there are not more", function ()
    local shop = assert(serve.open(path))
    assert.are.equal(N - 1, #shop:recommend({ "raw1" }, { n = 100 }))
  end)

  it("scores by cosine what was trained by cosine", function ()
    local opt = { cosine = true }
    for name, value in pairs(toy.options) do opt[name] = value end
    assert(snapshot.save(path, model, opt, toy.set(N)))
    local hits = assert(serve.open(path)):recommend({ "raw2", "raw5", "raw1" }, { n = 4 })
    local expected = scores({ 2, 5, 1 }, true)
    assert.are.same(best(expected, 4, { [1] = true, [2] = true, [5] = true }), numbers_of(hits))
    for _, hit in ipairs(hits) do assert.is_true(math.abs(hit.score - expected[hit.number]) < 1e-5) end
  end)

  it("takes other categories before better items where diversity is wanted", function ()
    local set = toy.set(N)
    set.categories = { { "A", "x" }, { "x" }, { "x" }, { "y" }, { "B", "y" }, { "x" } }            -- of 7: unknown
    assert(snapshot.save(path, model, toy.options, set))
    local shop = assert(serve.open(path))
    local of, category = scores { 2, 5, 1 }, { "x", "x", "x", "y", "y", "x" }
    local left, taken = { 3, 4, 6, 7 }, {}
    while #left > 0 do                                              -- by the definition
      local at, most = 1, -math.huge
      for c, i in ipairs(left) do
        local value = of[i]
        for _, j in ipairs(taken) do
          if category[i] and category[j] and category[i] ~= category[j] then value = value + 100 end
        end
        if value > most then at, most = c, value end
      end
      taken[#taken + 1] = table.remove(left, at)
    end
    local hits = shop:recommend({ "raw2", "raw5", "raw1" }, { n = 10, diversity = 100 })
    assert.are.same(taken, numbers_of(hits))
    for _, hit in ipairs(hits) do assert.is_true(math.abs(hit.score - of[hit.number]) < 1e-5) end
    assert.are.same(shop:recommend({ "raw2" }, { n = 4 }), shop:recommend({ "raw2" }, { n = 4, diversity = 0 }))
  end)

  it("raises for diversity where the snapshot has no categories", function ()
    local shop = assert(serve.open(path))
    assert.has_error(function () shop:recommend({ "raw2" }, { diversity = 0.5 }) end,
      "recommend: diversity=0.5, but this snapshot has no categories of items")
    assert.has_error(function () shop:recommend({ "raw2" }, { diversity = -1 }) end)
  end)

  it("passes over ids that it does not know, and counts them", function ()
    local shop = assert(serve.open(path))
    local known = shop:recommend { "raw2", "raw5" }
    local hits, unknown = shop:recommend { "x", "raw2", "", "raw5" }
    assert.are.same(known, hits)
    assert.are.equal(2, unknown)
  end)

  it("answers a history that is empty or unknown: any item, the most frequent first", function ()
    local shop = assert(serve.open(path))
    local hits, unknown = shop:recommend({ "x" }, { n = 3 })
    assert.are.same({ 1, 2, 3 }, numbers_of(hits))
    assert.are.equal(1, unknown)
    assert.are.same({ 1, 2, 3 }, numbers_of(shop:recommend({}, { n = 3 })))
  end)

  it("raises for options that do not exist or make no sense", function ()
    local shop = assert(serve.open(path))
    for _, opts in ipairs { { m = 3 }, { n = 0 }, { n = 1.5 }, { exclude = "raw1" } } do
      assert.has_error(function () shop:recommend({}, opts) end)
    end
  end)

  it("serves every backbone", function ()
    local opt = { backbone = "dnn", dim = 4, n_interests = 1, max_len = 3, dropout = 0 }
    assert(snapshot.save(path, eimf.models.dnn(eimf.models.pick("dnn", opt), N, eimf.rng(1)), opt, toy.set(N)))
    assert.are.equal(2, #assert(serve.open(path)):recommend({ "raw1", "raw2" }, { n = 2 }))
  end)

  it("serves a model that was made from the defaults", function ()
    for _, backbone in ipairs { "comirec_sa", "sasrec" } do
      local made = eimf.models[backbone]({ dim = 8 }, N, eimf.rng(1))
      assert(snapshot.save(path, made, { backbone = backbone, dim = 8 }, toy.set(N)))
      local shop = assert(serve.open(path))
      assert.are.equal(20, shop.options.max_len)
      assert.are.equal(2, #shop:recommend({ "raw1", "raw2" }, { n = 2 }))
    end
  end)

  it("answers in a plain process and in a busy one alike", function ()
    local shop = assert(serve.open(path))
    local once = shop:recommend { "raw2", "raw5" }
    for _ = 1, 50 do shop:recommend { "raw1", "raw7", "raw3" } end
    assert.are.same(once, shop:recommend { "raw2", "raw5" })
  end)

  local function refused (words)
    local shop, message, code = serve.open(path)
    assert.is_nil(shop)
    assert.are.equal("BAD_FORMAT", code)
    assert.are.equal(path .. ": ", message:sub(1, #path + 2))
    assert.is_nil(message:find("\n", 1, true))
    assert.is_truthy(message:find(words, 1, true), message)
  end

  local function changed (change)
    local file = assert(safetensors.load(path))
    change(file)
    assert(safetensors.save(path, file.tensors, file.metadata))
  end

  it("refuses a model that cannot be made of the snapshot's options", function ()
    local made = eimf.models.sasrec({ dim = 8 }, N, eimf.rng(1))
    assert(snapshot.save(path, made, { backbone = "sasrec", dim = 8 }, toy.set(N)))
    changed(function (f) f.metadata.options = f.metadata.options:gsub("heads=1", "heads=3") end)
    refused("heads = 3 does not divide dim = 8")
  end)

  it("refuses snapshots whose parts do not fit each other", function ()
    local good = files.read(path)
    local wrong = {
      { "unknown backbone 'magic'", function (f) f.metadata.backbone = "magic" end },
      { "incomplete or out of range", function (f) f.metadata.options = "dim=4" end },
      { "incomplete or out of range", function (f) f.metadata.options = "dim=4\nn_interests=1e9\nmax_len=3" end },
      { "incomplete or out of range", function (f) f.metadata.options = f.metadata.options .. "\nsurprise=1" end },
      { "4 columns, dim is 4000", function (f) f.metadata.options = "dim=4000\nn_interests=2\nmax_len=3" end },
      { "tensor 'w2'", function (f) f.metadata.options = "dim=4\nn_interests=3\nmax_len=3" end },
      { "tensor 'positions' is missing", function (f) f.tensors.positions = nil end },
      { "tensor 'w1'", function (f) f.tensors.w1 = eimf.zeros_ids(4, 16) end },
    }
    for _, case in ipairs(wrong) do
      scratch.put(path, good)
      changed(case[2])
      refused(case[1])
    end
  end)

  it("refuses a snapshot that is cut anywhere", function ()
    local good = files.read(path)
    for n = 0, #good - 1, 7 do
      scratch.put(path, good:sub(1, n))
      refused("")
    end
  end)

  it("opens or refuses a snapshot with random damage, and never raises", function ()
    local good, number = files.read(path), scratch.numbers(7)
    local opened = 0
    for _ = 1, 300 do
      scratch.put(path, scratch.mutated(good, number))
      local shop, message, code = serve.open(path)
      if shop then
        opened = opened + 1
        shop:recommend({ "raw1", "raw2" }, { n = 3 })
      else
        assert.are.equal(path .. ": ", message:sub(1, #path + 2))
        assert.is_string(code)
      end
    end
    assert.is_true(opened < 300)
  end)
end)
