local encoding = require "eimf.data.encoding"

describe("eimf.data.encoding", function ()
  describe("check_utf8()", function ()
    it("agrees with Lua's own utf8 on all pairs and many triples of bytes", function ()
      local wrong = {}
      local function compare (text)
        if (utf8.len(text) ~= nil) ~= (encoding.check_utf8(text) ~= nil) then wrong[#wrong + 1] = text end
      end
      for a = 1, 255 do
        for b = 1, 255 do compare("x" .. string.char(a, b)) end
      end
      for a = 224, 245 do
        for b = 127, 192 do
          for _, rest in ipairs { "\128", "\191", "\192", "\128\128", "\191\191", "\128\127" } do
            compare(string.char(a, b) .. rest)
          end
        end
      end
      assert.are.same({}, wrong)
    end)

    it("refuses NUL and names the column", function ()
      local ok, reason = encoding.check_utf8("ab\0c")
      assert.is_nil(ok)
      assert.are.equal("a NUL byte: not text (byte 0x00 at column 3)", reason)
      ok, reason = encoding.check_utf8("é\255")
      assert.is_nil(ok)
      assert.are.equal("not UTF-8 (byte 0xFF at column 3)", reason)
    end)
  end)

  it("makes UTF-8 of Latin-1", function ()
    assert.are.equal("Misérables, Les ÿ\u{80}", encoding.from_latin1("Mis\233rables, Les \255\128"))
  end)

  it("writes code points as Lua's own utf8 does", function ()
    for _, code in ipairs { 0, 0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF } do
      assert.are.equal(utf8.char(code), encoding.utf8_char(code))
    end
  end)
end)
