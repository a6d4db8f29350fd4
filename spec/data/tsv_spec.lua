local data = require "eimf.data"
local made = require "spec.data.made"
local scratch = require "spec.scratch"
local tsv = require "eimf.data.tsv"

describe("eimf.data.tsv", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function put (name, bytes) return scratch.put(folder .. "/" .. name, bytes) end

  -- The set of an interactions file that holds `bytes`.
  local function open (bytes, opts)
    put("interactions.tsv", bytes)
    return data.open(folder, opts or { core = 0 })
  end

  it("reads interactions and titles, plain or gzip", function ()
    local rows = made.tsv { { "ann", "B2", 5 }, { "ann", "B1", 3 }, { "ben", "B1", 3 }, { "ann", "B3", 3 } }
    local listing = '{"item": "B1", "title": "Caf\\u00e9", "categories": ["x", "y"]}\n{"item": "B9", "title": "no"}\n'
                    .. '{"item": "B2", "brand": "z", "title": ""}\n'
    for _, gzip in ipairs { false, true } do
      local name = gzip and ".gz" or ""
      put("interactions.tsv" .. name, gzip and made.gzip(rows) or rows)
      put("items.jsonl" .. name, gzip and made.gzip(listing) or listing)
      local set = assert(data.open(folder, { core = 0, name = "made" }))
      assert.are.same({ ann = { "B1", "B3", "B2" }, ben = { "B1" } }, made.sequences(set))
      assert.are.same({ "B1", "B2", "B3" }, set.item_ids)
      assert.are.same({ "Café" }, set.titles)
      assert.are.same({ { "x", "y" } }, set.categories)
      assert.are.equal("made, unfiltered, " .. folder, set.provenance)
      assert.is_false(set.generated)
      os.remove(folder .. "/interactions.tsv")
    end
  end)

  it("does without items.jsonl, and takes ids that are numbers", function ()
    local set = assert(open(made.tsv { { 7, 1, 0 } }))
    assert.are.same({}, set.titles)
    put("items.jsonl", '{"item": 1, "title": "Toy Story (1995)"}\n')
    assert.are.same({ "Toy Story (1995)" }, assert(data.open(folder, { core = 0 })).titles)
  end)

  it("gives file, line and reason of a bad line", function ()
    local path = folder .. "/interactions.tsv"
    for line, reason in pairs {
      ["u\ti\t5"] = "3 columns where 4 are expected", ["u\ti\t\t1\t2"] = "5 columns where 4 are expected",
      ["\ti\t\t1"] = "empty user or item", ["u\t\t\t1"] = "empty user or item",
      ["u\ti\t\t"] = "time is no finite number or date: ''",
      ["u\ti\t\tnan"] = "time is no finite number or date: 'nan'",
      ["u\ti\t\t1e999"] = "time is no finite number or date: '1e999'", ["u"] = "1 columns where 4 are expected",
      ["u\ti\xff\t\t1"] = "not UTF-8 (byte 0xFF at column 4)",
      ["u\0\ti\t\t1"] = "a NUL byte: not text (byte 0x00 at column 2)",
    } do
      local bytes = made.tsv { { "u", "i", 1 } } .. line .. "\n" .. "u\tj\t\t2\n"
      assert.are.same({ nil, path .. ":3: " .. reason, "BAD_LINE" }, { open(bytes) })
      local set = assert(open(bytes, { core = 0, on_bad_line = "skip" }))
      assert.are.same({ u = { "i", "j" } }, made.sequences(set))
      assert.are.equal(1, set.skipped)
      assert.is_truthy(tostring(set):find(":3: " .. reason, 1, true))
    end
  end)

  it("refuses wrong columns, whatever the policy", function ()
    local wanted = { nil, folder .. "/interactions.tsv:1: wrong columns: the header must be "
                          .. "user, item, rating, timestamp with tabs between", "BAD_FORMAT" }
    assert.are.same(wanted, { open("user\titem\ttimestamp\nu\ti\t1\n") })
    assert.are.same(wanted, { open("u\ti\t\t1\n", { on_bad_line = "skip" }) })
  end)

  it("says one clear line for what is missing, empty, binary, cut off", function ()
    local function message_of (wanted_code, bytes, name)
      os.remove(folder .. "/interactions.tsv")
      os.remove(folder .. "/interactions.tsv.gz")
      if bytes then put(name or "interactions.tsv", bytes) end
      local set, message, code = data.open(folder)
      assert.is_nil(set)
      assert.are.equal(wanted_code, code)
      assert.is_nil(message:find("\n"))
      assert.are.equal(1, (message:find(folder, 1, true)))
      return message:sub(#folder + 1)
    end
    assert.is_truthy(message_of("BAD_FORMAT"):find("the form of this folder is not known", 1, true))
    assert.are.equal("/interactions.tsv: empty file", message_of("EMPTY", ""))
    assert.are.equal(": no interactions", message_of("EMPTY", "user\titem\trating\ttimestamp\n"))
    assert.are.equal(": no interactions", message_of("EMPTY", made.gzip(""), "interactions.tsv.gz"))
    assert.is_truthy(message_of("BAD_LINE", "\127ELF\2\1\1\0\0\0"):find(":1: a NUL byte", 1, true))
    local whole = made.gzip(made.tsv { { "u", "i", 1 }, { "u", "j", 2 } })
    assert.are.equal("/interactions.tsv.gz: gzip data is cut off",
                     message_of("BAD_GZIP", whole:sub(1, -5), "interactions.tsv.gz"))
    assert.are.equal(": the 5-core filter leaves nothing of 1 interactions of 1 users and 1 items",
                     message_of("EMPTY_SET", made.tsv { { "u", "i", 1 } }))
    local set, message, code = tsv.open(folder .. "/none", {})
    assert.are.same({ nil, folder .. "/none: holds no interactions.tsv(.gz)", "ENOENT" }, { set, message, code })
  end)

  it("gives file, line and reason of a bad item", function ()
    put("interactions.tsv", made.tsv { { "u", "i", 1 } })
    for line, reason in pairs {
      ["{'item': 'i'}"] = "bad JSON: ", ["[]x"] = "bad JSON: ", ["3"] = "bad JSON: an object is expected",
      ['{"title": "t"}'] = "no 'item' in the object", ['{"item": ""}'] = "no 'item' in the object",
      ['{"item": "i", "n": NaN}'] = "bad JSON: ", ['{"item": "\\ud800"}'] = "bad JSON: ",
    } do
      local path = put("items.jsonl", '{"item": "j"}\n' .. line .. "\n")
      local set, message, code = data.open(folder, { core = 0 })
      assert.is_nil(set)
      assert.are.equal(1, (message:find(path .. ":2: " .. reason, 1, true)), message)
      assert.are.equal("BAD_LINE", code)
      assert.are.equal(1, assert(data.open(folder, { core = 0, on_bad_line = "skip" })).skipped)
    end
  end)

  describe("order index", function ()
    it("leaves users out of validation whose row before the last is missing", function ()
      local set = assert(open(made.tsv {
        { "whole", "a", 0 }, { "whole", "b", 1 }, { "whole", "c", 2 }, { "gap", "a", 0 }, { "gap", "b", 1 },
        { "gap", "c", 2 }, { "gap", "d", 4 } }))
      assert.are.same({ gap = true }, set.no_valid)
      local split = assert(set:split())
      assert.are.same({ 1 }, split.valid.users:totable())
      assert.are.same({ 1, 2 }, split.test.users:totable())
      assert.are.same({ 0, 1, 4 }, split.train.offsets:totable())
    end)

    it("is not seen in times", function ()
      local rows = made.tsv { { "u", "a", 0 }, { "u", "b", 5 }, { "v", "c", 7 }, { "v", "d", 9 } }
      assert.is_nil(assert(open(rows)).no_valid)
    end)
  end)
end)
