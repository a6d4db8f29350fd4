local fetch = require "eimf.data.fetch"
local files = require "eimf.files"
local scratch = require "spec.scratch"
local server = require "spec.http.server"

local LETTERS = "abcdefghijklmnopqrstuvwxyz"

local function alphabet (n)
  return LETTERS:rep(math.floor(n / 26) + 1):sub(1, n)
end

local function content (path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

describe("eimf.data.fetch", function ()
  local folder = scratch.folder()
  local path = folder .. "/deep/er/file.bin"

  teardown(function () scratch.remove(folder) end)
  before_each(function ()
    os.remove(path)
    os.remove(path .. ".part")
  end)

  it("verifies size and checksum by the tools of the machine", function ()
    local it_is = scratch.put(folder .. "/it's here", "hello\n")
    assert.equal("md5 verified", fetch.verify(it_is, { size = 6, md5 = "b1946ac92492d2347c6235b4d2611184" }))
    assert.equal("sha256 verified", fetch.verify(it_is, {
      sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" }))
    assert.equal("checksum unknown, not verified", fetch.verify(it_is, {}))
    assert.equal("BAD_SIZE", select(3, fetch.verify(it_is, { size = 7 })))
    assert.equal("BAD_CHECKSUM", select(3, fetch.verify(it_is, { md5 = ("0"):rep(32) })))
    assert.equal("ENOENT", select(3, fetch.verify(folder .. "/none", {})))
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () fetch.file { url = "http://x/", path = "x", md6 = "" } end, "md6")
    assert.error_matches(function () fetch.file { url = "http://x/" } end, "path")
  end)

  it("leaves a file that is there alone", function ()
    local there = scratch.put(folder .. "/there", "old")
    assert.equal("there already", fetch.file { url = "http://127.0.0.1:1/", path = there })
    assert.equal("old", content(there))
  end)

  it("prints progress: changing on a terminal, at the end otherwise", function ()
    local text = {}
    local out = { write = function (_, ...) text[#text + 1] = table.concat { ... } end, flush = function () end }
    local state = { received = 1048576, total = 2097152, resumed_from = 0 }
    local plain = fetch.printer("file", out, false)
    plain(state)
    assert.equal("", table.concat(text))
    plain { received = 2097152, total = 2097152, resumed_from = 0, done = true }
    assert.equal("file: 2.0 of 2.0 MiB (100 %), 2.0 MiB/s\n", table.concat(text))
    text = {}
    fetch.printer("file", out, true)(state)
    assert.equal("\rfile: 1.0 of 2.0 MiB (50 %), 1.0 MiB/s", table.concat(text))
  end)

  local running, missing = server.start()
  if not running then
    pending("downloads skipped: " .. missing)
    return
  end
  teardown(running.stop)

  it("fetches into a new folder, verified and renamed", function ()
    local states = 0
    local said = assert(fetch.file { url = running.url .. "/bytes/300000", path = path, size = 300000,
                                     progress = function () states = states + 1 end })
    assert.equal("checksum unknown, not verified", said)
    assert.equal(alphabet(300000), content(path))
    assert.is_nil(content(path .. ".part"))
    assert.is_true(states >= 1)
  end)

  it("goes on where it was cut, as long as bytes come", function ()
    assert(fetch.file { url = running.url .. "/cut/100000/30000", path = path })
    assert.equal(alphabet(100000), content(path))
  end)

  it("keeps the part when the attempts are used up, and takes it up again", function ()
    local ok, _, code = fetch.file { url = running.url .. "/cut/100000/30000", path = path, attempts = 2 }
    assert.same({ nil, "PARTIAL_FILE" }, { ok, code })
    assert.equal(alphabet(60000), content(path .. ".part"))
    assert(fetch.file { url = running.url .. "/bytes/100000", path = path })
    assert.equal(alphabet(100000), content(path))
  end)

  it("begins anew where the server cannot continue", function ()
    scratch.put(path .. ".part", "rubbish")
    assert(fetch.file { url = running.url .. "/norange/5000", path = path })
    assert.equal(alphabet(5000), content(path))
  end)

  it("accepts a part that is whole already, and no other that is too long", function ()
    scratch.put(path .. ".part", alphabet(100))
    assert(fetch.file { url = running.url .. "/bytes/100", path = path, size = 100 })
    os.remove(path)
    scratch.put(path .. ".part", ("x"):rep(500))
    assert(fetch.file { url = running.url .. "/bytes/100", path = path })
    assert.equal(alphabet(100), content(path))
  end)

  it("keeps nothing that is wrong", function ()
    local known = { url = running.url .. "/bytes/100", path = path, md5 = ("0"):rep(32) }
    assert.equal("BAD_CHECKSUM", select(3, fetch.file(known)))
    assert.same({}, { content(path), content(path .. ".part") })
    assert.equal("BAD_SIZE", select(3, fetch.file { url = running.url .. "/bytes/100", path = path, size = 101 }))
    assert.equal("TOO_LARGE", select(3, fetch.file { url = running.url .. "/bytes/100", path = path, size = 99 }))
  end)

  it("tells no network from other failures", function ()
    local _, message, refused = fetch.file { url = "http://127.0.0.1:1/file", path = path }
    assert.equal("COULDNT_CONNECT", refused)
    assert.is_truthy(message:find("http://127.0.0.1:1/file", 1, true))
    local _, _, silent = fetch.file { url = running.url .. "/slow", path = path, timeout = 0.2 }
    local _, _, gone = fetch.file { url = running.url .. "/nothing", path = path }
    assert.same({ true, true, false }, { fetch.no_network(refused), fetch.no_network(silent), fetch.no_network(gone) })
    assert.equal("HTTP_404", gone)
    assert.is_nil(content(path .. ".part"))
    fetch.file { url = "http://127.0.0.1:1/file", path = folder .. "/fresh/file" }
    assert.is_nil(files.kind(folder .. "/fresh"))
  end)

  it("reports a folder that cannot be made", function ()
    local file = scratch.put(folder .. "/plain", "")
    local ok, _, code = fetch.file { url = running.url .. "/bytes/1", path = file .. "/below/x" }
    assert.is_nil(ok)
    assert.is_string(code)
  end)
end)
