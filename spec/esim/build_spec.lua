local esim = require "eimf.esim"
local files = require "eimf.files"
local json = require "eimf.json"
local made = require "spec.esim.made"
local scratch = require "spec.scratch"
local tensor = require "eimf.tensor"

describe("eimf.esim.build", function ()
  local folder, set, split

  before_each(function ()
    folder = scratch.folder()
    set = made.three_groups()
    split = assert(set:split())
  end)
  after_each(function () scratch.remove(folder) end)

  local function options (more)
    local opt = { set = set, train = split.train, held_out = { split.valid, split.test }, encoder = made.encoder(),
                  cluster = { preference = -2 }, out = folder .. "/out" }
    for key, value in pairs(more or {}) do opt[key] = value end
    return opt
  end

  local function build (more) return assert(esim.build(options(more))) end

  local function bytes_of (name) return assert(files.read(folder .. "/out/" .. name)) end

  local TEMPLATE = { name = "toy", version = 1, title = "{number}. {title}", system = "At most {max}.",
                     user = "{titles}" }
  local GOOD = '{"interests": [{"name": "Two words", "description": "What they like.", "items": [2]}]}'

  it("finds clusters, interests and vectors that fit each other", function ()
    local s = build()
    assert.are.equal(3, #s.clusters)
    local J = s.interests:dim(1)
    assert.are.same({ 45, 32 }, s.items:shape())
    assert.are.equal(J, s.owner:size())
    assert.are.same({ 30 }, s.labels:shape())
    local at, owner, offsets, size = 0, s.owner:totable(), s.offsets:totable(), 0
    for g, cluster in ipairs(s.clusters) do
      assert.are.equal(at, offsets[g])
      for j, interest in ipairs(cluster.interests) do
        assert.are.equal(g, owner[at + j])
        for _, id in ipairs(interest.items) do assert.is_true(id >= 1 and id <= 45) end
      end
      at, size = at + #cluster.interests, size + cluster.size
      assert.are.equal(g, s.labels:get(cluster.exemplar))
      assert.are.equal("offline rule", cluster.source)
      assert.is_true(cluster.confidence > 0.3 and cluster.confidence <= 1.0001)
    end
    assert.are.equal(J, at)
    assert.are.equal(J, offsets[#offsets])
    assert.are.equal(30, size)
    for u = 1, 30 do assert.are.equal(s.labels:get((u - 1) % 3 + 1), s.labels:get(u)) end
    for _, row in ipairs(s.interests:totable()) do
      local square = 0
      for _, v in ipairs(row) do square = square + v * v end
      assert.is_true(math.abs(square - 1) < 1e-5)
    end
  end)

  it("writes lines that keep the contract, and a report that never takes the rule for a model", function ()
    build()
    local n = 0
    for line in bytes_of("interests.jsonl"):gmatch("[^\n]+") do
      local cluster = assert(json.decode(line))
      n = n + 1
      assert.are.equal("offline rule", cluster.source)
      assert.are.equal(("u%d"):format(cluster.exemplar), cluster.user)
      assert.is_true(cluster.size > 0 and #cluster.interests >= 1 and #cluster.titles >= 1)
      for _, interest in ipairs(cluster.interests) do
        assert.is_true(#interest.name > 0 and #interest.description > 0 and #interest.items > 0)
      end
    end
    assert.are.equal(3, n)
    local text = bytes_of "interests.txt"
    assert.is_truthy(text:find("the offline rule, not an LLM", 1, true))
    assert.is_truthy(text:find("bag of words, 32 wide; 0 of 45 items without one", 1, true))
  end)

  it("sees training items only: others change nothing", function ()
    build()
    local before = bytes_of "semantics.safetensors"
    local changed = set.items:clone()
    for u = 1, 30 do
      for back = 0, 1 do changed:set(set.offsets:get(u + 1) - back, 1 + (u + back) % 45) end
    end
    set = made.set({ {} }, set.titles, { offsets = set.offsets, items = changed, n_interactions = set.n_interactions,
      users = set.users, n_users = 30, n_items = 45, counts = set.counts, item_ids = set.item_ids })
    split = assert(set:split())
    scratch.put(folder .. "/out/semantics.safetensors", "gone")
    assert.is_nil(build().read_from)
    assert.is_true(before == bytes_of "semantics.safetensors")
  end)

  it("refuses a leak made on purpose", function ()
    assert.has_error(function () build { train = { offsets = set.offsets, items = set.items } } end,
      "eimf.esim: leak: user 1 trains on 6 items, but the held-out ones begin after 4")
  end)

  it("is read back while its inputs stay, and built again when one changes", function ()
    local first = build()
    local again = build()
    assert.are.equal(folder .. "/out/semantics.safetensors", again.read_from)
    for _, name in ipairs { "items", "interests", "owner", "offsets", "labels" } do
      assert.is_true(first[name]:tostring() == again[name]:tostring())
    end
    assert.are.same(first.clusters, again.clusters)
    assert.are.equal(0, again.llm_calls)
    for _, change in ipairs { { support = 1 }, { encoder = made.encoder { version = 2 } }, { max_titles = 3 },
                              { cluster = { preference = -3 } }, { shuffle = "titles" }, { seed = 2 },
                              { interests = 2 },
                              { llm = made.client(function () return GOOD end), prompt = TEMPLATE } } do
      assert.is_nil(build(change).read_from)
    end
    build()
    set.titles[7] = "another title"
    assert.is_nil(build().read_from)
  end)

  it("is found in a cache from another folder, clusters too", function ()
    local cache = folder .. "/cache"
    build { cache = cache }
    local found = build { cache = cache, out = folder .. "/other" }
    assert.is_truthy(found.read_from:find(cache .. "/semantics-", 1, true))
    assert.is_true(files.exists(folder .. "/other/interests.jsonl"))
    local fits = 0
    build { cache = cache, support = 0.2, progress = function (state) if state.iteration then fits = fits + 1 end end }
    assert.are.equal(0, fits)
  end)

  it("takes a damaged artifact for none", function ()
    for _, bytes in ipairs { "", "rubbish", ("\0"):rep(100) } do
      build()
      scratch.put(folder .. "/out/semantics.safetensors", bytes)
      assert.is_nil(build().read_from)
    end
  end)

  it("asks a client about each cluster and keeps who answered", function ()
    local client = made.client(function (_, i) return i == 2 and "no idea" or GOOD end)
    local s = build { llm = client, prompt = TEMPLATE }
    assert.are.equal(3, #client.asked)
    assert.are.equal("toy/1", client.asked[1].template)
    assert.are.equal("llm:toy", s.clusters[1].source)
    assert.are.equal("offline rule", s.clusters[2].source)
    assert.is_truthy(s.clusters[2].reason:find("not JSON", 1, true))
    assert.are.equal("Two words", s.clusters[3].interests[1].name)
    assert.are.equal(3, s.llm_calls)
    local shown = client.asked[1].user:match("2%. ([^\n]+)")
    assert.are.equal(shown, set.titles[s.clusters[1].interests[1].items[1]])
    local again = build { llm = client, prompt = TEMPLATE }           -- an answer by the rule is asked for again
    assert.is_nil(again.read_from)
    assert.are.equal(6, #client.asked)
  end)

  it("has interests of what an answer leaves out by the rule, as many as there may be, and says so", function ()
    local client = made.client(function () return GOOD end)
    local bare = build { llm = client, prompt = TEMPLATE, complete = false }
    local full = build { llm = client, prompt = TEMPLATE, interests = 3 }
    local n_added = 0
    for g, cluster in ipairs(full.clusters) do
      local named = {}
      assert.is_true(#cluster.interests <= 3)
      for j, interest in ipairs(cluster.interests) do
        local answered = bare.clusters[g].interests[j]
        assert.are.equal(answered == nil and "offline rule" or nil, interest.by)
        if answered then assert.are.same(answered.items, interest.items) else n_added = n_added + 1 end
        for _, id in ipairs(interest.items) do
          assert.is_nil(answered == nil and named[id] or nil)           -- of nothing that the answer named
          named[id] = true
        end
      end
    end
    assert.is_true(n_added > 0)
    assert.are.equal(full.interests:dim(1), bare.interests:dim(1) + n_added)
    local lines = assert(files.read(folder .. "/out/interests.jsonl"))
    assert.are.equal(n_added, select(2, lines:gsub('"by": "offline rule"', "")))
    local text = assert(files.read(folder .. "/out/interests.txt"))
    local said = ("%d interests, of what answers left out, by the offline rule, not an LLM"):format(n_added)
    assert.is_truthy(text:find(said, 1, true), text)
  end)

  describe("by a template that asks about groups", function ()
    local GROUPED = { name = "toy", version = 1, ask = "group", title = "- {title}", system = "s", user = "{titles}" }

    local function words (name) return ('{"name": "%s", "description": "of this"}'):format(name) end

    it("asks about each group, whose titles are the interest's", function ()
      local client = made.client(function (_, i) return words("Kind number " .. i) end)
      local s = build { llm = client, prompt = GROUPED, interests = 2 }
      local n = 0
      for _, cluster in ipairs(s.clusters) do
        assert.are.equal("llm:toy", cluster.source)
        for _, interest in ipairs(cluster.interests) do
          n = n + 1
          local asked, shown = client.asked[n].user, 0
          for title in asked:gmatch("%- ([^\n]+)") do
            shown = shown + 1
            assert.are.equal(set.titles[interest.items[shown]], title)
          end
          assert.are.equal(#interest.items, shown)
          assert.are.equal("Kind number " .. n, interest.name)
        end
      end
      assert.are.equal(#client.asked, n)
      assert.is_true(n > #s.clusters)
    end)

    it("has one interest of groups of one name", function ()
      local client = made.client(function () return words "Same name" end)
      local s = build { llm = client, prompt = GROUPED, complete = false }
      for _, cluster in ipairs(s.clusters) do
        assert.are.equal(1, #cluster.interests)
        assert.is_true(#cluster.interests[1].items > 1)
      end
    end)

    it("leaves a group whose answer cannot be used to the rule, and asks about it again", function ()
      local client = made.client(function (_, i) return i == 1 and "no idea" or words("Kind number " .. i) end)
      local s = build { llm = client, prompt = GROUPED, interests = 2 }
      local last = s.clusters[1].interests[#s.clusters[1].interests]
      assert.are.equal("llm:toy", s.clusters[1].source)
      assert.are.equal("offline rule", last.by)
      assert.is_truthy(s.clusters[1].reason:find("not JSON", 1, true))
      local n = #client.asked
      assert.is_nil(build { llm = client, prompt = GROUPED, interests = 2 }.read_from)
      assert.are.equal(2 * n, #client.asked)
    end)
  end)

  it("hands on why a client stopped", function ()
    local client = { model = "toy", ask = function () return nil, "the key is wrong", "AUTH" end }
    local s, message, code = esim.build(options { llm = client, prompt = TEMPLATE })
    assert.are.same({ nil, "the key is wrong", "AUTH" }, { s, message, code })
    assert.is_false(files.exists(folder .. "/out/semantics.safetensors"))
  end)

  it("mixes words and titles as support says", function ()
    local words, titles = build { support = 0 }, build { support = 1 }
    local first = words.clusters[1].interests[1]
    local row = made.encoder():encode { first.name .. ": " .. first.description }:totable()[1]
    for d, v in ipairs(words.interests:totable()[1]) do assert.is_true(math.abs(v - row[d]) < 1e-5) end
    assert.are_not.same(words.interests:totable(), titles.interests:totable())
  end)

  it("goes on with titles where the encoder knows no texts, and says so", function ()
    local whole = made.encoder()
    local encoder = { name = "a file", dim = 32, key = function () return "file" end,
                      items = function (_, ids) return whole:encode(set.titles), #ids end,
                      encode = function () return nil, "no texts here", "NO_TEXT_ENCODER" end }
    local s = build { encoder = encoder }
    assert.is_true(build({ support = 1 }).interests:tostring() == s.interests:tostring())
    assert.is_truthy(s.notes[1]:find("the mean of its supporting titles", 1, true))
  end)

  it("hands on what an encoder says", function ()
    local encoder = made.encoder()
    encoder.encode = function () return nil, "v.npy: NaN in row 3", "BAD_VALUE" end
    assert.are.same({ nil, "v.npy: NaN in row 3", "BAD_VALUE" }, { esim.build(options { encoder = encoder }) })
  end)

  it("shuffles titles among items, and clusters among users", function ()
    local plain, titles, clusters = build(), build { shuffle = "titles" }, build { shuffle = "clusters" }
    local function rows (s)
      local list = {}
      for i, row in ipairs(s.items:totable()) do list[i] = table.concat(row, " ") end
      return list
    end
    local a, b = rows(plain), rows(titles)
    assert.are_not.same(a, b)
    table.sort(a)
    table.sort(b)
    assert.are.same(a, b)
    assert.is_true(plain.interests:tostring() == clusters.interests:tostring())
    local x, y = plain.labels:totable(), clusters.labels:totable()
    assert.are_not.same(x, y)
    table.sort(x)
    table.sort(y)
    assert.are.same(x, y)
  end)

  it("asks about several typical users where wanted", function ()
    assert.is_true(#build({ typical = 10, max_titles = 12 }).clusters[1].titles > #build().clusters[1].titles)
  end)

  it("makes as many clusters as wanted, by controls too", function ()
    for _, kind in ipairs { "affinity", "kmedoids", "random" } do
      assert.are.equal(5, #build({ exemplars = kind, cluster = { n = 5 } }).clusters)
    end
    assert.are.equal(3, #build({ exemplars = "kmedoids" }).clusters)
  end)

  describe("with bad input", function ()
    local function only (sequences, titles)
      set = made.set(sequences, titles)
      split = { train = { offsets = set.offsets, items = set.items } }
      return esim.build(options { held_out = {} })
    end

    it("without any title says what is missing", function ()
      local s, message, code = only({ { 1, 2 }, { 2 } }, {})
      assert.is_nil(s)
      assert.are.equal("NO_TEXT", code)
      assert.is_truthy(message:find("2 of 2 items without title and category", 1, true), message)
      s, message = only({ { 1 } }, { "" })
      assert.is_truthy(not s and message:find("without title", 1, true))
    end)

    it("takes one user, and users that are all the same", function ()
      local s = assert(only({ { 1, 2 } }, { "one kettle", "one tent" }))
      assert.are.equal(1, #s.clusters)
      local same = {}
      for u = 1, 20 do same[u] = { 1, 2 } end
      s = assert(only(same, { "one kettle", "one tent" }))
      assert.are.equal(1, #s.clusters)
      assert.are.equal(20, s.clusters[1].size)
    end)

    it("gives users without text no cluster", function ()
      local s = assert(only({ { 1, 2 }, { 3 }, { 1 } }, { "one kettle", "one tent", "" }))
      assert.are.equal(0, s.labels:get(2))
      assert.are.equal(1, s.n_without_text)
      assert.are.equal(1, s.n_users_without_text)
    end)

    it("refuses options that do not exist or cannot be", function ()
      assert.has_error(function () build { interest = 3 } end)
      assert.has_error(function () build { support = 2 } end)
      assert.has_error(function () build { cluster = { dampin = 0.9 } } end)
      assert.has_error(function () build { llm = "gpt" } end)
      assert.has_error(function () build { llm = made.client(tostring) } end)
    end)

    it("hands on a bad template and a folder that cannot be written", function ()
      local client = made.client(function () return GOOD end)
      local s, message, code = esim.build(options { llm = client, prompt = folder .. "/none.lua" })
      assert.are.same({ nil, "ENOENT" }, { s, code })
      assert.is_truthy(message:find("none.lua", 1, true))
      scratch.put(folder .. "/file", "precious")
      s, message, code = esim.build(options { out = folder .. "/file" })
      assert.are.same({ nil, "EEXIST" }, { s, code })
      assert.is_truthy(message:find("/file", 1, true))
      assert.are.equal("precious", files.read(folder .. "/file"))
    end)

    it("keeps the old artifact whole where the disk is full", function ()
      build()
      local old = bytes_of "semantics.safetensors"
      local said = scratch.with_small_disk(4, ([[
        local esim, made = require "eimf.esim", require "spec.esim.made"
        local set = made.three_groups()
        print(esim.build { set = set, train = set:split().train, encoder = made.encoder(), support = 1, out = %q })
      ]]):format(folder .. "/out"))
      assert.is_truthy(said:find("^nil\t.*EFBIG"), said)
      assert.is_true(old == bytes_of "semantics.safetensors")
    end)
  end)

  it("is a plan before anybody is asked", function ()
    local client = made.client(function () error("asked") end)
    local plan = assert(esim.plan(options { llm = client, prompt = TEMPLATE }))
    assert.are.equal(3, #plan.requests)
    assert.is_truthy(plan.requests[1].user:find("^1%. "))
    assert.are.equal(tensor.is_tensor(plan.labels), true)
  end)
end)
