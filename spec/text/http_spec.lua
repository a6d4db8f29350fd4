local files = require "eimf.files"
local json = require "eimf.json"
local scratch = require "spec.scratch"
local server = require "spec.llm.server"
local text = require "eimf.text"

-- A real server of all-MiniLM-L6-v2 must give the vectors that were recorded from it.
describe("eimf.text.http and a real server", function ()
  local url, recorded = os.getenv("EIMF_EMBED_URL"), os.getenv("EIMF_EMBED_RECORDED")
  if not url or not recorded then
    pending("needs EIMF_EMBED_URL, and EIMF_EMBED_RECORDED = a .npy of the vectors of Office's titles")
    return
  end

  it("gives the recorded vectors", function ()
    local set = assert(require("eimf.data").open "office")
    local texts, some, ids = text.item_texts(set, { category = false }), {}, {}
    for id = 1, set.n_items, 97 do
      if set.titles[id] then some[#some + 1], ids[#ids + 1] = texts[id], set.item_ids[id] end
    end
    local wanted = assert(assert(text.open { encoder = "file", vectors = recorded }):items(ids))
    local x = assert(assert(text.open { encoder = "http", url = url, model = "minilm", batch = 8 }):encode(some))
    assert.are.same(wanted:shape(), x:shape())
    for i = 1, #some do
      local dot = 0
      for d = 1, x:dim(2) do dot = dot + x:get(i, d) * wanted:get(i, d) end
      assert.is_true(dot > 0.99, some[i])
    end
  end)
end)

describe("eimf.text.http", function ()
  local running, why = server.start()
  local folder, path

  before_each(function ()
    if running then running:reset() end
    folder = scratch.folder()
    path = folder .. "/vectors.jsonl"
  end)
  after_each(function () scratch.remove(folder) end)
  teardown(function () if running then running:stop() end end)

  if not running then
    pending("needs the test server: " .. why)
    return
  end

  local function open (mode, opt)
    opt = opt or {}
    opt.encoder, opt.url, opt.model = "http", opt.url or running:at(mode), opt.model or "m"
    opt.backoff, opt.seed = 0.01, 1
    return text.open(opt)
  end

  local function many (n)
    local list = {}
    for i = 1, n do list[i] = "text number " .. i end
    return list
  end

  local function length (x, i)
    local sum = 0
    for d = 1, x:dim(2) do sum = sum + x:get(i, d) ^ 2 end
    return math.sqrt(sum)
  end

  it("gives unit rows, the same for the same text, zeros for an empty one", function ()
    local encoder = assert(open "good")
    assert.is_nil(encoder.dim)
    local x = assert(encoder:encode { "a pen", "", "ink", "a pen" })
    assert.are.same({ 4, 8 }, x:shape())
    assert.are.equal(8, encoder.dim)
    for i, wanted in ipairs { 1, 0, 1, 1 } do assert.is_true(math.abs(length(x, i) - wanted) < 1e-6) end
    assert.are.equal(x:rows(1, 1):tostring(), x:rows(4, 4):tostring())
    assert.are_not.equal(x:rows(1, 1):tostring(), x:rows(3, 3):tostring())
    assert.are.equal(1, encoder.account.requests)
    assert.are.equal(2, encoder.account.texts)
    assert.matches("^m at http://127.*embeddings, 8 wide$", encoder.name)
  end)

  it("asks in batches, and nothing twice", function ()
    local told = {}
    local encoder = assert(open("good", { batch = 10, concurrency = 3, cache = path,
      on_progress = function (done, total) told[#told + 1] = { done, total } end }))
    local first = assert(encoder:encode(many(95)))
    assert.are.equal(10, running:counts().requests)
    assert.are.equal(10, #told)
    assert.are.same({ 95, 95 }, told[10])
    assert.are.equal(first:tostring(), assert(encoder:encode(many(95))):tostring())
    assert.are.equal(10, running:counts().requests)
    local again = assert(open("good", { cache = path }))
    assert.are.equal(8, again.dim)
    assert.are.equal(first:tostring(), assert(again:encode(many(95))):tostring())
    assert.are.equal(10, running:counts().requests)
    assert(again:encode(many(96)))
    assert.are.equal(11, running:counts().requests)
    assert.are.equal(1, again.account.texts)
  end)

  it("gives texts their own vectors, whatever the order of answers", function ()
    local alone = assert(assert(open "good"):encode(many(40)))
    local mixed = assert(assert(open("good", { batch = 1, concurrency = 8 })):encode(many(40)))
    assert.are.equal(alone:tostring(), mixed:tostring())
  end)

  it("tries again after errors that pass", function ()
    local encoder = assert(open("first=2+status=500", { batch = 5, concurrency = 1 }))
    assert(encoder:encode(many(20)))
    assert.are.equal(6, running:counts().requests)
    assert.are.equal(4, running:counts().answers)
  end)

  it("keeps what was answered before a failure", function ()
    local encoder = assert(open("after=3+status=401", { batch = 10, concurrency = 1, cache = path }))
    local x, message, code = encoder:encode(many(50))
    assert.is_nil(x)
    assert.are.equal("AUTH", code)
    assert.matches("key", message)
    assert.are.equal(4, running:counts().requests)              -- 401: nothing is tried again
    running:reset()
    assert(assert(open("good", { batch = 10, cache = path })):encode(many(50)))
    assert.are.equal(2, running:counts().requests)
  end)

  it("sends the key, and shows it nowhere", function ()
    local encoder = assert(open("auth", { key = "sk-right", cache = path }))
    assert(encoder:encode { "a pen" })
    assert.are.equal(1, running:counts().keys)
    assert.is_nil((files.read(path) .. encoder:key() .. encoder.name):find("sk-right", 1, true))
    local x, message, code = assert(open("auth", { key = "sk-wrong" })):encode { "a pen" }
    assert.is_nil(x)
    assert.are.equal("AUTH", code)
    assert.is_nil(message:find("sk-wrong", 1, true))
  end)

  it("refuses replies that are no embeddings", function ()
    for _, mode in ipairs { "html", "broken", "hugebad" } do
      local x, message, code = assert(open(mode, { max_retries = 1, max_bytes = 100000 })):encode { "a pen" }
      assert.is_nil(x)
      assert.is_string(message)
      assert.is_string(code)
    end
  end)

  it("refuses a width that is not the wanted one", function ()
    local x, message, code = assert(open("good", { dim = 384 })):encode { "a pen" }
    assert.is_nil(x)
    assert.are.equal("WRONG_WIDTH", code)
    assert.matches("the vector of 'a pen' is 8 wide, wanted 384", message)
  end)

  it("says when nobody answers", function ()
    local x, message, code = assert(open(nil, { url = "http://127.0.0.1:1" })):encode { "a pen" }
    assert.is_nil(x)
    assert.are.equal("UNREACHABLE", code)
    assert.matches("127.0.0.1:1", message, 1, true)
  end)

  it("asks nothing for empty texts", function ()
    local encoder = assert(open("good", { dim = 8 }))
    assert.are.same({ 2, 8 }, assert(encoder:encode { "", "" }):shape())
    assert.are.same({ 0, 8 }, assert(encoder:encode {}):shape())
    local _, _, code = assert(open "good"):encode { "", "" }
    assert.are.equal("NO_TEXT", code)
    assert.are.equal(0, running:counts().requests)
  end)

  it("has a key of the model alone", function ()
    local encoder = assert(open "good")
    local key = encoder:key()
    assert(encoder:encode { "a pen" })
    assert.are.equal(key, encoder:key())
    assert.are.equal(key, assert(open "html"):key())
    assert.are_not.equal(key, assert(open("good", { model = "n" })):key())
  end)

  it("works behind a file of vectors", function ()
    local core, npy = require "eimf.core", require "eimf.npy"
    local vectors = folder .. "/items.npy"
    assert(npy.save(vectors, core.new("float32", 2, 8)))
    local encoder = assert(text.open { encoder = "file", vectors = vectors, fallback = assert(open "good") })
    assert.are.same({ 1, 8 }, assert(encoder:encode { "a pen" }):shape())
    assert(npy.save(vectors, core.new("float32", 2, 9)))
    encoder = assert(text.open { encoder = "file", vectors = vectors, fallback = assert(open "good") })
    local _, _, code = encoder:encode { "a pen" }
    assert.are.equal("WRONG_WIDTH", code)
  end)

  describe("and replies", function ()
    -- An encoder whose endpoint answers every request with what `make(texts)` returns.
    local function answered (make)
      local encoder = assert(open "good")
      encoder.endpoint = { url = "there", requests = 0, run = function (self, next, done)
        local request = next()
        self.requests = 1
        done(request, json.decode(json.encode(make(request.body.input))))
        if self.why then return nil, self.why[1], self.why[2] end
        return true
      end, stop = function (self, message, code) self.why = { message, code } end }
      return encoder
    end

    it("may be in any order, and in base64", function ()
      local core = require "eimf.core"
      local coded = core.base64_encode(core.from_table("float32", { 3, 4 }):tostring())
      local x = assert(answered(function ()
        return { data = { { index = 1, embedding = { 0, 2 } }, { index = 0, embedding = coded } } }
      end):encode { "a", "b" })
      assert.is_true(math.abs(x:get(1, 1) - 0.6) < 1e-6 and x:get(2, 2) == 1)
    end)

    it("are refused where they are not what was asked for", function ()
      local good = { index = 0, embedding = { 1, 2 } }
      local function refused (data)
        local x, message, code = answered(function () return { data = data } end):encode { "a", "b" }
        assert.is_nil(x)
        assert.are.equal("there: ", message:sub(1, 7))
        return code .. " " .. message:sub(8)
      end
      local function second (embedding) return (refused { good, { embedding = embedding } }) end
      assert.are.equal("BAD_REPLY bad reply: no vectors for 2 texts", refused(nil))
      assert.are.equal("BAD_REPLY bad reply: 1 vectors for 2 texts", refused { good })
      assert.are.equal("BAD_REPLY bad reply: its indexes are no 0 .. n - 1", refused { good, good })
      assert.are.equal("BAD_REPLY bad reply: its indexes are no 0 .. n - 1", refused { good, { index = 2 } })
      assert.are.equal("BAD_REPLY bad reply: its indexes are no 0 .. n - 1", refused { good, { index = 0.5 } })
      assert.are.equal("BAD_REPLY bad reply: a vector is missing", refused { good, { index = 1 } })
      assert.are.equal("BAD_REPLY the vector of 'b' is no list of numbers", second {})
      assert.are.equal("BAD_REPLY the vector of 'b' holds something that is no number", second { 1, "2" })
      assert.are.equal("BAD_REPLY the vector of 'b' is no base64 of float32", second "####")
      assert.are.equal("WRONG_WIDTH the vector of 'b' is 3 wide, wanted 2", second { 1, 2, 3 })
      assert.are.equal("NOT_FINITE the vector of 'b' holds NaN or infinity", second { 1e39, 1 })
    end)
  end)
end)
