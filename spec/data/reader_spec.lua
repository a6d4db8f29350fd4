-- Builder:reader() takes ordinary lines many at once; every other line goes one by one. Files with nasty lines at
-- random places, cut into blocks at random places, must give the same with it and without it.
local builder = require "eimf.data.builder"
local core = require "eimf.core"
local data = require "eimf.data"
local scratch = require "spec.scratch"
local source = require "eimf.data.source"

local Builder = getmetatable(builder.new())
local read_by_line = function () return function (_, at) return at, 0 end end

-- Without the reader; errors are passed on.
local function by_line (f)
  local reader = Builder.reader
  Builder.reader = read_by_line
  local ok, result = pcall(f)
  Builder.reader = reader
  assert(ok, result)
  return result
end

-- Lines that the reader takes while `f` runs.
local function taken_by (f)
  local reader, taken = Builder.reader, 0
  Builder.reader = function (...)
    local take = reader(...)
    return function (...)
      local at, lines = take(...)
      taken = taken + lines
      return at, lines
    end
  end
  local ok, result = pcall(f)
  Builder.reader = reader
  assert(ok, result)
  return taken
end

-- A source whose blocks are cut again, at random places.
local function with_small_blocks (number, most, f)
  local open = source.open
  source.open = function (path)
    local from, message, code = open(path)
    if not from then return nil, message, code end
    local rest, read = "", from.read
    function from.read ()
      if rest == "" then
        local block, why, what = read()
        if not block then return nil, why, what end
        rest = block
      end
      local block = rest:sub(1, number(most))
      rest = rest:sub(#block + 1)
      return block
    end
    return from
  end
  local ok, result = pcall(f)
  source.open = open
  assert(ok, result)
  return result
end

-- Everything that a set says, or the failure.
local function told (path, opts)
  local set, message, code = data.open(path, opts)
  if not set then return { message = message, code = code } end
  return { hash = core.hash(set.offsets, set.items, set.counts), users = set.users, items = set.item_ids,
           titles = set.titles, categories = set.categories, no_valid = set.no_valid or false, skipped = set.skipped,
           first = set.first_skipped, fingerprint = set:fingerprint() }
end

local function pick (number, list) return list[number(#list)] end

local TIMES = { "0", "1", "2", "7", "1405987200", "978300760.25", "2014-07-23", "2010-12-01 08:26:00",
                "2010-12-01T08:26", "-5", "+3", "1e3", "1.5e2", ".5", "5.", "00012", "999999999999999",
                "9007199254740993", "123456789012345678901", "1969-12-31", "2014-01-01 00:00:60", "0.1", "0.3",
                "123456.789012345" }
local NASTY = { "", "\r", "\r\r", "x", "\t", ",", "::", ":", "\t\t\t", ",,", "u\ti\t\t1\t", "u\ti\t1", "\ti\t\t1",
                "u\t\t\t1", "u\0\ti\t\t1", "u\255\ti\t\t1", "u\ti\t\tsoon", "u\ti\t\t1\r\r", "\239\187\191u\ti\t\t1",
                "u,i,nan,t", ",i,1,t", "u,,1,t", "u,i,1", "u,i,1,t,c", "u,\233,1,t", 'u,"i"x,1,t', "u::i::5",
                "u::::5::1", "u::i::5:::1", "u:v::i::5::1", "u::i::::1", "u::i::5::2014-01-01 00:00:00",
                ("y"):rep(300), "u\ti\t\t0x10", "\237\160\128\ti\t\t1" }
local NAMES = { "i", "café", "b c", "é", "1", "007", "x\rz", "名前", "𝄞", "a'b", "a\"b" }

-- Lines by row(user, item, time), some of them nasty; many ends are \r\n, the last may be without.
local function some_file (number, n, header, row, nasty)
  local out = { header }
  for i = 1, n do
    local rare = number(1000) <= nasty
    local user, item = "u" .. number(number(30)), pick(number, { "i" .. number(number(40)), pick(number, NAMES) })
    out[#out + 1] = rare and pick(number, NASTY) or row(user, item, number(3) == 1 and pick(number, TIMES) or "" .. i)
    out[#out + 1] = number(4) == 1 and "\r\n" or "\n"
  end
  if number(3) == 1 then out[#out] = nil end
  return table.concat(out)
end

local TAILS = { ",t,k", ',"t, ""u""",k', ',"two\nlines",', ",,", ',"\n\n",k' }

local FORMS = {
  { name = "interactions.tsv", header = "user\titem\trating\ttimestamp\n",
    row = function (_, user, item, time) return user .. "\t" .. item .. "\t5\t" .. time end },
  { name = "ratings.dat", header = "u::i::5::1\n",
    row = function (_, user, item, time) return user .. "::" .. item .. "::5::" .. time end },
  { name = "a.csv", header = "user,item,time,title,kind\n",
    opts = { columns = { user = "user", item = "item", time = "time" } },
    row = function (number, user, item, time)
      return user .. "," .. item .. "," .. time .. pick(number, TAILS)
    end },
  { name = "a.csv", header = "", opts = { header = false, separator = ";",
                                          columns = { item = 1, user = 3, title = 2, category = 4 } },
    row = function (number, user, item)
      return item .. ";" .. pick(number, { "", "title", "é", '"t;u"' }) .. number(3) .. ";" .. user .. ";"
             .. pick(number, { "", "kind" })
    end },
}

describe("eimf.data.builder reader()", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function compare (form, number, n, nasty, most)
    local bytes = some_file(number, n, form.header, function (...) return form.row(number, ...) end, nasty)
    local path = scratch.put(folder .. "/" .. form.name, bytes)
    for _, policy in ipairs { "skip", "error" } do
      local opts = { core = number(3) - 1, on_bad_line = policy, form = form.name == "a.csv" and "csv" or nil }
      for key, value in pairs(form.opts or {}) do opts[key] = value end
      local wanted = by_line(function () return told(path, opts) end)
      local got = most and with_small_blocks(number, most, function () return told(path, opts) end) or told(path, opts)
      assert.are.same(wanted, got)
    end
  end

  for which, form in ipairs(FORMS) do
    it("gives what single lines give: " .. form.name .. " " .. which, function ()
      for seed = 1, 60 do
        local number = scratch.numbers(100 * which + seed)
        compare(form, number, number(200), pick(number, { 0, 5, 50, 500 }), pick(number, { 1, 7, 60, 1000 }))
      end
      assert.is_true(taken_by(function () compare(form, scratch.numbers(which), 20000, 1) end) > 5000)
    end)
  end

  -- The old watcher of an order index, row by row.
  local function naive_gaps (rows)
    local gaps, user, before, last = {}, nil, nil, nil
    local function finish () if last and last - before > 1 then gaps[user] = true end end
    for _, row in ipairs(rows) do
      if row[1] == user then before, last = last, row[2]
      else
        finish()
        if row[2] ~= 0 then return nil end
        user, before, last = row[1], row[2], row[2]
      end
    end
    finish()
    return next(gaps) and gaps or nil
  end

  it("finds the gaps of an order index, in a few rows and across chunks", function ()
    for seed = 1, 200 do
      local number = scratch.numbers(seed)
      local rows, b = {}, builder.new()
      for _ = 1, seed % 40 == 0 and 9000 or number(8) do
        local user, time = "u" .. number(6), number(30) == 1 and 1 or 0
        for _ = 1, number(5) do
          rows[#rows + 1] = { user, time }
          time = time + (number(4) == 1 and 2 or 1)
        end
      end
      for _, row in ipairs(rows) do b:add(row[1], "i", row[2]) end
      assert.are.same(naive_gaps(rows), b:gaps())
    end
    assert.is_nil(builder.new():gaps())
  end)
end)

describe("eimf.core names", function ()
  it("numbers names in the order of their coming, and keeps them through growth and collection", function ()
    local names, number, wanted, of = core.names(), scratch.numbers(5), {}, {}
    for i = 1, 20000 do
      local name = ("n"):rep(number(12)) .. number(number(8000)) .. (i % 7 == 0 and "\0x" or "")
      if not of[name] then
        wanted[#wanted + 1] = name
        of[name] = #wanted
      end
      assert.are.equal(of[name], names:number(name))
      if i % 5000 == 0 then collectgarbage() end
    end
    assert.are.equal(#wanted, names:count())
    assert.are.same(wanted, names:list())
    assert.are.equal(#wanted + 1, names:number(""))
  end)

  it("raise for what is no name, no text, no layout", function ()
    local names = core.names()
    assert.has_error(function () names:number(nil) end)
    local function read (layout, change)
      local args = { names, core.names(), core.new("int32", 2), core.new("int32", 2), core.new("int32", 2, 2), 0,
                     "u,i\n", 1, false, layout }
      for i, value in pairs(change or {}) do args[i] = value end
      return core.delimited_read(table.unpack(args, 1, 10))
    end
    local good = { separator = ",", n_columns = 2, user = 1, item = 2 }
    assert.are.same({ 5, 1, 1 }, { read(good) })
    for key, value in pairs { separator = "ab", n_columns = 0, user = 3, item = 0, time = 9 } do
      local layout = { separator = ",", n_columns = 2, user = 1, item = 2 }
      layout[key] = value
      assert.has_error(function () read(layout) end)
    end
    for i, value in pairs { 1, [3] = core.new("int32", 1), [5] = core.new("int32", 2), [6] = 3, [7] = false, [8] = 6,
                            [10] = 1 } do
      assert.has_error(function () read(good, { [i] = value }) end)
    end
  end)
end)
