local cache = require "eimf.text.cache"
local core = require "eimf.core"
local files = require "eimf.files"
local scratch = require "spec.scratch"

describe("eimf.text.cache", function ()
  local folder, path

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/vectors.jsonl"
  end)
  after_each(function () scratch.remove(folder) end)

  local function bytes (...) return core.from_table("float32", { ... }):tostring() end

  it("keeps vectors by model and text", function ()
    local a = assert(cache.open(path, "m"))
    assert.is_nil(a.dim)
    assert(a:put("red pen", bytes(1, 2)))
    assert(a:put("", bytes(3, 4)))
    assert.are.equal(2, a.dim)
    local b = assert(cache.open(path, "m"))
    assert.are.equal(bytes(1, 2), b:get "red pen")
    assert.are.equal(bytes(3, 4), b:get "")
    assert.is_nil(b:get "blue pen")
    local other = assert(cache.open(path, "another"))
    assert.is_nil(other:get "red pen")
    assert.are.equal(0, other.bad)
    assert.is_nil(other.dim)
  end)

  it("sees what another process adds", function ()
    local a, b = assert(cache.open(path, "m")), assert(cache.open(path, "m"))
    assert(a:put("x", bytes(1)))
    assert.is_nil(b:get "x")
    assert(b:refresh())
    assert.are.equal(bytes(1), b:get "x")
  end)

  it("passes over lines that were cut or spoilt, and counts them", function ()
    local a = assert(cache.open(path, "m"))
    for i = 1, 4 do assert(a:put("text " .. i, bytes(i, i))) end
    local lines = {}
    for line in files.read(path):gmatch("[^\n]+") do lines[#lines + 1] = line end
    local spoilt = { lines[1]:gsub('"dim"', '"dam"'), lines[2]:sub(1, 40), "", "no JSON", "[]",
                     (lines[3]:gsub('"vector": ?"....', '"vector":"!!!!')), lines[4], '{"key":"k","model":"m"}' }
    scratch.put(path, table.concat(spoilt, "\n") .. "\n" .. lines[3]:sub(1, -3))          -- the last one cut
    local b = assert(cache.open(path, "m"))
    assert.are.equal(bytes(4, 4), b:get "text 4")
    for i = 1, 3 do assert.is_nil(b:get("text " .. i)) end
    assert.is_true(b.bad >= 6)
    assert(b:put("text 5", bytes(5, 5)))
    local c = assert(cache.open(path, "m"))
    assert.are.equal(bytes(5, 5), c:get "text 5")
    assert.are.equal(bytes(4, 4), c:get "text 4")
  end)

  it("does not take vectors of another width, or with NaN", function ()
    local a = assert(cache.open(path, "m"))
    assert(a:put("narrow", bytes(1, 2)))
    assert(a:put("wide", bytes(1, 2, 3)))
    assert(a:put("odd", bytes(1, 0 / 0)))
    local b = assert(cache.open(path, "m"))
    assert.are.equal(2, b.dim)
    assert.are.equal(2, b.bad)
    assert.is_nil(b:get "wide")
    assert.is_nil(b:get "odd")
    b = assert(cache.open(path, "m", 3))
    assert.are.equal(bytes(1, 2, 3), b:get "wide")
    assert.is_nil(b:get "narrow")
  end)

  it("is in memory where it has no path", function ()
    local a = assert(cache.open(nil, "m"))
    assert(a:put("x", bytes(1)))
    assert.are.equal(bytes(1), a:get "x")
    assert.is_true(a:refresh())
  end)

  it("says why the file cannot be used", function ()
    local a, message, code = cache.open(folder .. "/none/x.jsonl", "m")
    assert.is_nil(a)
    assert.are.equal("ENOENT", code)
    assert.matches("none/x.jsonl", message, 1, true)
  end)

  it("says when the disk is full, and goes on from what was kept", function ()
    local printed = scratch.with_small_disk(8, ([[
      local cache, core = require "eimf.text.cache", require "eimf.core"
      local a = assert(cache.open(%q, "m"))
      local n = 0
      while true do
        local done, message, code = a:put("text " .. n, core.new("float32", 64):tostring())
        if not done then print(n, message, code) break end
        n = n + 1
      end]]):format(path))
    local n, message, code = printed:match("^(%d+)\t(.-)\t(%w+)")
    assert.are.equal("EFBIG", code, printed)
    assert.are.equal(path .. ":", message:match("^[^:]+:"))
    local b = assert(cache.open(path, "m"))
    assert.are.equal(0, b.bad)
    for i = 0, tonumber(n) - 1 do assert.is_string(b:get("text " .. i)) end
    assert.is_nil(b:get("text " .. n))
  end)

  it("has base64 that others have", function ()
    local pairs_of = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", ["\255\254\253"] = "//79" }
    for plain, coded in pairs(pairs_of) do
      assert.are.equal(coded, core.base64_encode(plain))
      assert.are.equal(plain, core.base64_decode(coded))
    end
    for _, bad in ipairs { "A", "Zg=", "====", "Z===", "Zg==Zg==", "Zm9\n", "Zm 9", "-_-_" } do
      assert.is_nil(core.base64_decode(bad), bad)
    end
  end)
end)
