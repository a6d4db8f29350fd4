local lines = require "eimf.data.lines"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

-- All lines of a file; what close() says.
local function read_all (path, opts)
  local text, message, code = lines.open(path, opts)
  if not text then return nil, message, code end
  local out = {}
  for number, line, reason in text:each() do out[number] = line or { reason } end
  return out, text:close()
end

describe("eimf.data.lines", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function file (name, bytes) return scratch.put(folder .. "/" .. name, bytes) end

  it("takes \\n and \\r\\n, a byte-order mark, empty lines and a last line without an end", function ()
    assert.are.same({ "one", "", "two", "three" }, (read_all(file("a", "\239\187\191one\n\r\ntwo\r\nthree"))))
    assert.are.same({ "one" }, (read_all(file("b", "one\n"))))
  end)

  it("joins lines that lie across blocks, plain and gzip", function ()
    local number, wanted = scratch.numbers(7), {}
    for i = 1, 3000 do wanted[i] = string.rep(string.char(96 + number(26)), number(200)) .. i end
    local text = table.concat(wanted, "\n") .. "\n"
    assert.are.same(wanted, (read_all(file("a.txt", text))))
    assert.are.same(wanted, (read_all(file("a.txt.gz", made.gzip(text)))))
  end)

  it("reads gzip members laid end to end, and zeros behind them", function ()
    local bytes = made.gzip("one\ntw") .. made.gzip("o\n") .. made.gzip("three") .. ("\0"):rep(512)
    local got, ok = read_all(file("a.gz", bytes))
    assert.are.same({ "one", "two", "three" }, got)
    assert.is_true(ok)
  end)

  it("finds members wherever the blocks of reading fall", function ()
    local number, bytes, wanted = scratch.numbers(3), {}, {}
    for i = 1, 4000 do
      wanted[i] = "line " .. i .. " " .. number(1000000)
      bytes[i] = made.gzip(wanted[i] .. "\n")
    end
    assert.are.same(wanted, (read_all(file("a.gz", table.concat(bytes)))))
  end)

  it("says that a file is missing, a folder, or empty", function ()
    for name, code in pairs { missing = "ENOENT", [""] = "EISDIR" } do
      local got, message, why = read_all(folder .. "/" .. name)
      assert.is_nil(got)
      assert.are.equal(code, why)
      assert.is_truthy(message:find(folder, 1, true))
    end
    local path = file("empty", "")
    assert.are.same({ nil, path .. ": empty file", "EMPTY" }, { read_all(path) })
  end)

  it("says that gzip data is cut off, wherever it is cut", function ()
    local whole = made.gzip(("some text\n"):rep(50))
    for size = 2, #whole - 1 do
      local path = file("a.gz", whole:sub(1, size))
      local _, ok, message, code = read_all(path)
      assert.is_nil(ok, "cut at " .. size)
      assert.are.equal(path .. ": gzip data is cut off", message)
      assert.are.equal("BAD_GZIP", code)
    end
  end)

  it("says that gzip data is damaged, or followed by something else, or no gzip", function ()
    local whole = made.gzip(("some text\n"):rep(50))
    local function message_of (bytes)
      local _, ok, message, code = read_all(file("a.gz", bytes))
      assert.is_nil(ok)
      assert.are.equal("BAD_GZIP", code)
      return message
    end
    assert.is_truthy(message_of(whole:sub(1, 20) .. "XXXX" .. whole:sub(25)):find("damaged gzip data", 1, true))
    assert.is_truthy(message_of(whole:sub(1, -9) .. "XXXXXXXX"):find("damaged gzip data", 1, true))
    assert.is_truthy(message_of(whole .. "rest"):find("bytes that are not gzip", 1, true))
    assert.are.same({ nil, folder .. "/b.gz: not gzip data", "BAD_GZIP" }, { read_all(file("b.gz", "plain text\n")) })
  end)

  it("gives a reason for each line that is no UTF-8, and goes on", function ()
    local got, ok = read_all(file("a", "good\nbad \233\nNUL \0\nagain é\n"))
    assert.are.equal("good", got[1])
    assert.are.same({ "not UTF-8 (byte 0xE9 at column 5)" }, got[2])
    assert.are.same({ "a NUL byte: not text (byte 0x00 at column 5)" }, got[3])
    assert.are.equal("again é", got[4])
    assert.is_true(ok)
  end)

  it("finds what is no UTF-8 in every place of a block", function ()
    for _, before in ipairs { 0, 1, 32766, 32767, 32768, 32769, 70000 } do
      local got = read_all(file("a", ("x"):rep(before) .. "\255" .. ("y"):rep(10) .. "\nnext\n"))
      assert.are.equal("table", type(got[1]))
      assert.are.equal("next", got[2])
    end
  end)

  it("turns Latin-1 into UTF-8", function ()
    assert.are.same({ "Misérables", "plain" }, (read_all(file("a", "Mis\233rables\nplain\n"), { encoding = "latin1" })))
  end)

  it("bounds the length of a line", function ()
    local path = file("a", "short\n" .. ("x"):rep(100000))
    local got, ok, message, code = read_all(path, { max_line = 40000 })
    assert.are.same({ "short" }, got)
    assert.is_nil(ok)
    assert.are.equal(path .. ":2: line longer than 40000 bytes", message)
    assert.are.equal("BAD_FORMAT", code)
  end)

  it("never raises on damaged gzip", function ()
    local number, whole = scratch.numbers(11), made.gzip(("some text\n"):rep(200))
    for _ = 1, 300 do
      local got, message = read_all(file("a.gz", scratch.mutated(whole, number)))
      assert.is_true(got ~= nil or type(message) == "string")
    end
  end)
end)

describe("eimf.core is_plain()", function ()
  it("knows every byte, at every place", function ()
    local core = require "eimf.core"
    local text = ("x"):rep(70)
    assert.is_true(core.is_plain(text))
    assert.is_true(core.is_plain(""))
    for byte = 0, 255 do
      for _, at in ipairs { 0, 1, 31, 64, 69 } do
        local changed = text:sub(1, at) .. string.char(byte) .. text:sub(at + 2)
        assert.are.equal(byte > 0 and byte < 128, core.is_plain(changed))
      end
    end
  end)
end)
