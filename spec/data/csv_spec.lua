local csv = require "eimf.data.csv"
local data = require "eimf.data"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

describe("eimf.data.csv", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function open (text, opts, name)
    opts = opts or {}
    opts.core = opts.core or 0
    return data.open(scratch.put(folder .. "/" .. (name or "a.csv"), text), opts)
  end

  it("splits records", function ()
    local function fields (record, separator)
      local list, n = csv.split(record, separator or ",")
      return list and { n, table.unpack(list, 1, n) } or n
    end
    assert.are.same({ 3, "a", "b", "c" }, fields("a,b,c"))
    assert.are.same({ 1, "" }, fields(""))
    assert.are.same({ 3, "", "", "" }, fields(",,"))
    assert.are.same({ 3, 'say "hi"', "a,b", "" }, fields('"say ""hi""","a,b",'))
    assert.are.same({ 2, "", 'x"y' }, fields('"";x"y', ";"))
    assert.are.equal("open", fields('a,"b'))
    assert.are.equal("open", fields('"b""'))
    assert.are.equal("text behind a closing quote", fields('"b"c,d'))
  end)

  it("reads columns by name, quotes, dates, titles", function ()
    local set = assert(open('Customer,Time,"Stock ""Code""",Description\n'
      .. 'ann,2010-12-02 08:00:00,P1,"Pens, red"\nann,2010-12-01 09:00:00,P2,"two\nlines"\nben,2010-12-01,P1,other\n',
      { columns = { user = "Customer", time = "Time", item = 'Stock "Code"', title = "Description" } }))
    assert.are.same({ ann = { "P2", "P1" }, ben = { "P1" } }, made.sequences(set))
    assert.are.same({ "Pens, red", "two\nlines" }, set.titles)
  end)

  it("reads columns by position without a header, other separators, gzip", function ()
    local opts = { header = false, separator = ";", columns = { user = 3, item = 1, time = 2, category = 4 } }
    local set = assert(open(made.gzip("a;2;u;x\nb;1;u;y\n"), opts, "a.csv.gz"))
    assert.are.same({ u = { "b", "a" } }, made.sequences(set))
    assert.are.same({ { "x" }, { "y" } }, set.categories)
    assert.are.same({ u = { "a" } }, made.sequences(assert(open("user\titem\nu\ta\n", {}, "a.tsv"))))
  end)

  it("takes the order of the rows where there is no time", function ()
    assert.are.same({ u = { "b", "a", "c" } }, made.sequences(assert(open("user,item\nu,b\nu,a\nu,c\n"))))
  end)

  it("gives file, line and reason of a bad line", function ()
    local columns = { user = "user", item = "item", time = "t" }
    local path = folder .. "/a.csv"
    for line, reason in pairs {
      ["u,i"] = "2 columns where 3 are expected", ["u,i,1,2"] = "4 columns where 3 are expected",
      [",i,1"] = "empty user or item", ["u,i,soon"] = "time is no finite number or date: 'soon'",
      ['u,"i"x,1'] = "text behind a closing quote", ["u,\233,1"] = "not UTF-8 (byte 0xE9 at column 3)",
    } do
      local text = "user,item,t\nu,i,1\n" .. line .. "\nu,j,2\n"
      assert.are.same({ nil, path .. ":3: " .. reason, "BAD_LINE" }, { open(text, { columns = columns }) })
      local set = assert(open(text, { columns = columns, on_bad_line = "skip" }))
      assert.are.same({ 1, 2 }, { set.skipped, set.n_interactions })
    end
  end)

  it("names the line of a quote that is not closed", function ()
    local text = 'user,item\nu,a\nu,"b\nu,c\nu,d\n'
    assert.are.same({ nil, folder .. "/a.csv:3: a quote opened here is not closed", "BAD_LINE" }, { open(text) })
    local set = assert(open(text, { on_bad_line = "skip" }))
    assert.are.same({ 1, 1 }, { set.skipped, set.n_interactions })
    local _, message, code = open(text .. ("u,x\n"):rep(100000))
    assert.is_truthy(message:find("the quote opened on line 3 is not closed", 1, true))
    assert.are.equal("BAD_FORMAT", code)
  end)

  it("refuses columns that are not there, whatever the policy", function ()
    local function message_of (text, opts)
      opts.on_bad_line = "skip"
      local set, message, code = open(text, opts)
      assert.is_nil(set)
      assert.are.equal("BAD_FORMAT", code)
      return message
    end
    assert.are.equal(folder .. "/a.csv:1: no column 'user' for user among the 2 columns",
                     message_of("a,item\nu,i\n", {}))
    assert.are.equal(folder .. "/a.csv:1: no column '5' for item among the 2 columns",
                     message_of("u,i\n", { header = false, columns = { user = 1, item = 5 } }))
  end)

  it("raises for a wrong call", function ()
    for wanted, opts in pairs {
      ["unknown column role 'price'"] = { columns = { user = "u", item = "i", price = "p" } },
      ["column of user must be a position"] = { header = false, columns = { user = "u", item = 1 } },
      ["column of user must be a name"] = { columns = { user = {}, item = 1 } },
      ["columns must name user and item"] = { columns = { user = "u" } },
      ["separator must be one character"] = { separator = "::" },
    } do
      local ok, message = pcall(open, "user,item\n", opts)
      assert.is_false(ok)
      assert.is_truthy(message:find(wanted, 1, true), message)
    end
  end)
end)
