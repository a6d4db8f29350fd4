local rows = require "eimf.data.rows"

describe("eimf.data.rows", function ()
  describe("time()", function ()
    it("takes numbers and dates, read as UTC", function ()
      for text, wanted in pairs {
        ["0"] = 0, ["1405987200"] = 1405987200, ["-5.25"] = -5.25, ["1.5e3"] = 1500, ["1970-01-01"] = 0,
        ["2014-07-23"] = 1406073600, ["2010-12-01 08:26:00"] = 1291191960, ["2010-12-01T08:26"] = 1291191960,
        ["2000-02-29 23:59:59Z"] = 951868799, ["1969-12-31"] = -86400,
      } do
        assert.are.equal(wanted, rows.time(text), text)
      end
    end)

    it("counts days as a calendar does", function ()
      local day = rows.time("1899-12-31") / 86400
      local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
      for year = 1900, 2101 do
        for month, length in ipairs(lengths) do
          local leap = month == 2 and year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
          for date = 1, length + (leap and 1 or 0) do
            day = day + 1
            if rows.time(string.format("%04d-%02d-%02d", year, month, date)) ~= day * 86400 then
              error("wrong day: " .. year .. "-" .. month .. "-" .. date)
            end
          end
        end
      end
    end)

    it("refuses everything else", function ()
      for _, text in ipairs { "", "x", "nan", "inf", "-inf", "1e999", "-1e999", "0x10", "1 2", "..", "1e", "2014-13-01",
                              "2014-00-10", "2014-01-32", "2014-01-01 24:00", "2014-01-01 x", "1,5" } do
        local time, reason = rows.time(text)
        assert.is_nil(time, text)
        assert.are.equal("time is no finite number or date: '" .. text .. "'", reason)
      end
    end)
  end)

  -- Lines in a table, in the form of eimf.data.lines.
  local function text_of (list)
    local text = { name = "f" }
    function text:each () return ipairs(self.list) end
    function text:close () return not self.closed and true or nil end
    text.list = list
    return text
  end

  local function consume (line) return line ~= "bad" or nil, "is bad" end

  describe("feed()", function ()
    it("stops at a bad line with file, line and reason", function ()
      assert.are.same({ nil, "f:2: is bad", "BAD_LINE" },
                      { rows.feed(text_of { "good", "bad", "good" }, rows.policy(), consume) })
    end)

    it("counts bad lines where they are skipped, and keeps the first message", function ()
      local policy = rows.policy("skip")
      assert.is_true(rows.feed(text_of { "good", "bad", "", "bad" }, policy, consume))
      assert.are.equal(2, policy.skipped)
      assert.are.equal("f:2: is bad", policy.first)
    end)

    it("stops at what makes the whole file useless, whatever the policy", function ()
      local policy = rows.policy("skip")
      assert.are.same({ nil, "f:1: no header", "BAD_FORMAT" },
                      { rows.feed(text_of { "x" }, policy, function () return nil, "no header", "BAD_FORMAT" end) })
    end)
  end)

  it("raises for a policy that nobody knows", function ()
    assert.has_error(function () rows.policy("ignore") end, "on_bad_line must be \"error\" or \"skip\", got \"ignore\"")
  end)
end)
