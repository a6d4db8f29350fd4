local files = require "eimf.files"
local generated = require "eimf.data.generated"
local locate = require "eimf.data.locate"
local published = require "eimf.data.published"
local scratch = require "spec.scratch"

describe("eimf.data.locate", function ()
  local root, getenv, env, lines = nil, os.getenv, {}, {}

  setup(function ()
    root = scratch.folder()
    os.getenv = function (name)                                     -- luacheck: ignore
      if name:find("^EIMF_D") then return env[name] end
      return getenv(name)
    end
  end)
  teardown(function ()
    os.getenv = getenv                                              -- luacheck: ignore
    scratch.remove(root)
  end)
  before_each(function () env, lines = {}, {} end)

  local function refuse_to_ask () error("asked, where it must not") end

  local function find (name, opts)
    opts = opts or {}
    opts.root, opts.notice = opts.root or root, function (line) lines[#lines + 1] = line end
    opts.ask = opts.ask or refuse_to_ask
    return locate.find(name, opts)
  end

  it("takes a path as it is", function ()
    assert.same({ path = root }, find(root))
  end)

  it("says what is known where the name is not", function ()
    local found, message, code = find("no-such-set")
    assert.is_nil(found)
    assert.equal("ENOENT", code)
    assert.is_truthy(message:find("no-such-set", 1, true) and message:find("beauty", 1, true))
  end)

  it("looks in $EIMF_DATA first, then in data", function ()
    assert(files.mkdirs(root .. "/beauty"))
    scratch.put(root .. "/beauty/reviews_Beauty_5.json.gz", "")
    assert.same({ path = root .. "/beauty/reviews_Beauty_5.json.gz" }, find("beauty"))
    assert(files.mkdirs(root .. "/env/beauty"))
    scratch.put(root .. "/env/beauty/interactions.tsv.gz", "")
    env.EIMF_DATA = root .. "/env"
    assert.same({ path = root .. "/env/beauty" }, find("beauty"))
    env.EIMF_DATA = ""
    assert.same({ path = root .. "/beauty/reviews_Beauty_5.json.gz" }, find("beauty"))
  end)

  it("knows MovieLens by two names, as folder and as zip", function ()
    assert(files.mkdirs(root .. "/ml-1m"))
    scratch.put(root .. "/ml-1m/ml-1m.zip", "")
    assert.same({ path = root .. "/ml-1m/ml-1m.zip" }, find("ml1m"))
    scratch.put(root .. "/ml-1m/ratings.dat", "")
    assert.same({ path = root .. "/ml-1m" }, find("ml-1m"))
  end)

  it("never downloads without consent, and says what stands in", function ()
    local question
    local found = find("office", {
      ask = function (text) question = text return false end,
      fetch = function () error("fetched without consent") end,
    })
    assert.is_true(found.generated)
    assert.same({ found.notice }, lines)
    for _, word in ipairs { "office", root .. "/office", "EIMF_DOWNLOAD=1", "GENERATED" } do
      assert.is_truthy(found.notice:find(word, 1, true), word)
    end
    for _, word in ipairs { "reviews_Office_Products_5.json.gz", "checksum unknown, not verified", "research" } do
      assert.is_truthy(question:find(word, 1, true), word)
    end
  end)

  it("does not ask where the answer was given", function ()
    local function must_not () error("fetched without consent") end
    assert.is_true(find("office", { download = false, fetch = must_not }).generated)
    env.EIMF_DOWNLOAD = "0"
    assert.is_true(find("office", { ask = function () return false end, fetch = must_not }).generated)
  end)

  it("downloads what was agreed to", function ()
    local asked = {}
    local function fetch (file)
      asked[#asked + 1] = file.path
      return "checksum unknown, not verified"
    end
    local expected = root .. "/office/reviews_Office_Products_5.json.gz"
    assert.same({ path = expected }, find("office", { download = true, fetch = fetch }))
    assert.same({ expected, root .. "/office/meta_Office_Products.json.gz" }, asked)
    assert.is_truthy(lines[1]:find("not verified", 1, true))
    env.EIMF_DOWNLOAD = "1"
    assert.same({ path = expected }, find("office", { fetch = fetch }))
    assert.same({ path = expected }, find("office", { fetch = fetch, ask = function () return true end }))
  end)

  it("goes on with the generated catalogue where there is no network, in one line", function ()
    local found = find("office", { download = true, fetch = function ()
      return nil, "https://host/: Could not resolve host", "COULDNT_RESOLVE_HOST"
    end })
    assert.is_true(found.generated)
    assert.equal(1, #lines)
    assert.is_nil(lines[1]:find("\n", 1, true))
    for _, word in ipairs { "no network", "Could not resolve host", "GENERATED" } do
      assert.is_truthy(lines[1]:find(word, 1, true), word)
    end
    local set = generated.open { preset = "tiny", in_place_of = found.in_place_of }
    assert.is_truthy(set.provenance:find("^GENERATED.*in place of 'office'"))
  end)

  it("fails where the download is wrong", function ()
    local found, message, code = find("office", { download = true, fetch = function ()
      return nil, "sum differs", "BAD_CHECKSUM"
    end })
    assert.same({ nil, "sum differs", "BAD_CHECKSUM" }, { found, message, code })
  end)

  it("says why a set has to be brought by hand", function ()
    local found = find("online-retail", { download = true })
    assert.is_true(found.generated)
    assert.is_truthy(found.notice:find("spreadsheet", 1, true))
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () locate.find("beauty", { downlod = true }) end, "downlod")
    assert.error_matches(function () locate.find(nil) end, "nil")
  end)

  it("has a table of published files that is whole", function ()
    for name, set in pairs(published) do
      assert.is_string(set.title, name)
      assert.is_string(set.terms, name)
      assert.is_true(#set.folders >= 1, name)
      assert.is_true(set.files ~= nil or set.by_hand ~= nil, name)
      for _, file in ipairs(set.files or {}) do
        assert.is_truthy(file.url:find("^https://.*" .. file.name:gsub("%p", "%%%0") .. "$"), name)
        assert.is_true(file.md5 == nil or file.md5:find("^%x+$") == 1 and #file.md5 == 32)
        assert.is_true(file.sha256 == nil or file.sha256:find("^%x+$") == 1 and #file.sha256 == 64)
      end
    end
  end)
end)
