-- Whatever is wrong with the world: one clear line on standard error, an exit code that is not 0, no traceback,
-- and nothing overwritten that was good.
local child = require "spec.child"
local files = require "eimf.files"
local made = require "spec.data.made"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"

describe("bad input of recipes #slow", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  -- One line that says `words` (plain text), and exit code 1.
  local function refused (code, said, words)
    assert.are.equal(1, code, said)
    assert.are.equal("\n", said:sub(-1))
    assert.is_nil(said:sub(1, -2):find("\n", 1, true), said)
    assert.is_nil(said:find("traceback") or said:find("%.lua:%d"), said)
    assert.is_truthy(said:find(words, 1, true), said)
  end

  -- What is wrong with texts and interests is in interests_spec and semantics_spec.
  local function alone (words)
    for _, word in ipairs { "semantics=none", "start=none", "share=none", "lambda_text=0" } do
      words[#words + 1] = word
    end
    return words
  end

  local function recipe (...)
    local words = { "out=" .. folder .. "/run", "epochs=2", "batch=64", "dim=8", "threads=1", ... }
    local code, _, said = child.script("recipes/beauty.lua", alone(words))
    return code, said
  end

  local function refuses (words, ...)
    local code, said = recipe(...)
    refused(code, said, words)
  end

  local function accepts (...)
    local code, said = recipe(...)
    assert.are.equal(0, code, said)
  end

  -- `n` users with `n` items each, all the same.
  local function square (n)
    local rows = {}
    for u = 1, n do
      for i = 1, n do rows[#rows + 1] = { "u" .. u, "i" .. (u + i) % n, i } end
    end
    return made.tsv(rows)
  end

  -- The data folder with these interactions.
  local function put (bytes, name)
    os.execute("rm -rf " .. folder .. "/set")
    assert(files.mkdirs(folder .. "/set"))
    scratch.put(folder .. "/set/" .. (name or "interactions.tsv"), bytes)
    return "data=" .. folder .. "/set"
  end

  describe("data", function ()
    it("that is missing, empty or of no known form", function ()
      refuses("no such file or folder", "data=" .. folder .. "/none")
      refuses("interactions.tsv: empty file", put "")
      refuses("no interactions", put "user\titem\trating\ttimestamp\n")
      refuses("the form of this folder is not known", put("x", "readme.txt"))
      refuses("the form of this file is not known", "data=" .. scratch.put(folder .. "/picture.png", "x"))
    end)

    it("that is cut off, packed wrongly or binary", function ()
      local packed = made.gzip(square(8))
      refuses("gzip data is cut off", put(packed:sub(1, #packed // 2), "interactions.tsv.gz"))
      refuses("damaged gzip data", put(packed:sub(1, 40) .. ("\255"):rep(40), "interactions.tsv.gz"))
      refuses("not gzip data", put(square(8), "interactions.tsv.gz"))
      refuses("interactions.tsv:1: not UTF-8", put("\137PNG\r\n\26\n\0\255\254" .. ("\200"):rep(1000)))
    end)

    it("with wrong columns or text that is no UTF-8, with the line", function ()
      refuses("interactions.tsv:1: wrong columns", put "user,item\n1,2\n")
      refuses("interactions.tsv:3: 3 columns where 4 are expected",
        put "user\titem\trating\ttimestamp\nu\ti\t\t1\nu\ti\t1\n")
      refuses("interactions.tsv:2: not UTF-8 (byte 0xFF at column 4)",
        put "user\titem\trating\ttimestamp\nu1\t\255\t\t1\n")
    end)

    it("with items that are no JSON, with the line", function ()
      local word = put(square(6))
      scratch.put(folder .. "/set/items.jsonl", '{"item": "i1", "title": "One"}\n{"item": \n')
      refuses("items.jsonl:2: ", word)
    end)

    it("that the core filter empties, or that leaves nobody to test", function ()
      refuses("the 5-core filter leaves nothing", put(square(4)))
      refuses("the 5-core filter leaves nothing", put(made.tsv { { "u", "i", 1 } }))
      refuses("leaves no user to validate", put(made.tsv { { "u", "i", 1 } }), "core=0")
      refuses("no training examples", put(square(3)), "core=0")
    end)

    it("with a user of one item, who is no reason to stop", function ()
      local code, said = recipe(put(square(6) .. "lonely\ti1\t\t9\n"), "core=0")
      assert.are.equal(0, code, said)
    end)
  end)

  describe("options", function ()
    it("that do not exist, come twice, or cannot be", function ()
      local wrong = {
        ["unknown option 'bacth'; did you mean 'batch'?"] = "bacth=3",
        ["option 'dim' is given twice"] = "dim=9",
        ["'verbose' is not name=value"] = "verbose",
        ["option 'seed' has no value"] = "seed=",
        ["option 'dropout': 1 is not a number of at least 0 and below 1"] = "dropout=1",
        ["option 'lr': nan is not a number above 0"] = "lr=nan",
        ["option 'backbone': magic is not one of dnn, gru4rec, sasrec"] = "backbone=magic",
        ["option 'metric': accuracy is not one of recall@5"] = "metric=accuracy",
        ["option 'resume': maybe is not true or false"] = "resume=maybe",
        ["option 'max_len': 0 is not a whole number from 1 to 10000"] = "max_len=0",
      }
      for message, word in pairs(wrong) do refuses(message, "data=generated", word) end
      assert.is_false(files.exists(folder .. "/run"))
    end)

    it("of sizes that cannot be: batch=0, dim=-1", function ()
      for word, message in pairs {
        ["batch=0"] = "option 'batch': 0 is not a whole number from 1 to 1048576",
        ["dim=-1"] = "option 'dim': -1 is not a whole number from 1 to 4096",
        ["n_interests=1e3"] = "option 'n_interests': 1e3 is not a whole number from 1 to 64",
        ["items=17"] = "the generated catalogue needs more than 17 items",
      } do
        local code, _, said = child.script("recipes/office.lua", { "data=generated", "out=" .. folder .. "/run", word })
        refused(code, said, message)
      end
      assert.is_false(files.exists(folder .. "/run"))
    end)
  end)

  describe("output", function ()
    local DATA = { "data=generated", "users=100", "items=240" }

    it("that cannot be written is found before training", function ()
      scratch.put(folder .. "/file", "precious")
      for path, message in pairs {
        [folder .. "/file"] = folder .. "/file: File exists",
        [folder .. "/file/run"] = folder .. "/file: File exists",
        ["/proc/eimf"] = "/proc/eimf: No such file or directory",
      } do
        local code, _, said = child.script("recipes/beauty.lua", alone { "out=" .. path, table.unpack(DATA) })
        refused(code, said, message)
      end
      assert.are.equal("precious", files.read(folder .. "/file"))
    end)

    local function bytes_of (...)
      local out = {}
      for i, name in ipairs { ... } do out[i] = assert(files.read(folder .. "/run/" .. name)) end
      return out
    end

    it("on a file system that takes no file so large: the good snapshot and checkpoint stay", function ()
      accepts(table.unpack(DATA))
      local before = bytes_of("snapshot.safetensors", "checkpoint.safetensors", "metrics.json")
      local command = child.command("recipes/beauty.lua", alone {
        "out=" .. folder .. "/run", "epochs=2", "batch=64", "dim=8", "threads=1", "seed=2", table.unpack(DATA) })
      local code, _, said = child.run("trap '' XFSZ; ulimit -f 8; " .. command)
      assert.are.equal(1, code, said)
      assert.is_truthy(said:find(folder .. "/run/snapshot.safetensors: File too large\n", 1, true), said)
      assert.is_nil(said:find("traceback"))
      assert.are.same(before, bytes_of("snapshot.safetensors", "checkpoint.safetensors", "metrics.json"))
      assert.are.equal("", scratch.temporaries(folder .. "/run"))
    end)

    it("on a disk that is full: the good snapshot stays", function ()
      local disk = folder .. "/disk"
      assert(files.mkdirs(disk))
      if child.run(("mount -t tmpfs -o size=256k tmpfs %s"):format(disk)) ~= 0 then
        return pending("no right to mount a small disk here")
      end
      finally(function () child.run("umount " .. disk) end)
      local words = alone { "out=" .. disk .. "/run", "epochs=1", "batch=64", "dim=8", "threads=1", table.unpack(DATA) }
      local code, _, said = child.script("recipes/beauty.lua", words)
      assert.are.equal(0, code, said)
      local good = files.read(disk .. "/run/snapshot.safetensors")
      child.run(("dd if=/dev/zero of=%s/rest bs=1k count=1000"):format(disk))
      assert(files.remove(disk .. "/run/checkpoint.safetensors"))       -- less room than a snapshot needs
      child.run(("dd if=/dev/zero of=%s/rest2 bs=1k count=%d"):format(disk, 20))
      words[#words + 1] = "seed=2"
      code, _, said = child.script("recipes/beauty.lua", words)
      assert.are.equal(1, code, said)
      assert.is_truthy(said:find("No space left on device", 1, true), said)
      assert.are.equal(good, files.read(disk .. "/run/snapshot.safetensors"))
    end)

    it("of another data set or other options is not resumed, and stays as it is", function ()
      accepts(table.unpack(DATA))
      local names = { "snapshot.safetensors", "checkpoint.safetensors", "log.jsonl", "options.json", "metrics.json" }
      local before = bytes_of(table.unpack(names))
      refuses("made from other data", put(square(8)), "resume=true")
      refuses("made with other options (now lr=0.5)", "lr=0.5", "resume=true", table.unpack(DATA))
      assert.are.same(before, bytes_of(table.unpack(names)))
      local path = folder .. "/run/snapshot.safetensors"
      scratch.put(path, before[1]:sub(1, #before[1] // 2))
      refuses("snapshot.safetensors: ", "resume=true", table.unpack(DATA))
      local other = assert(safetensors.load(scratch.put(path, before[1])))
      other.metadata.fingerprint = "another"
      assert(safetensors.save(path, other.tensors, other.metadata))
      refuses("snapshot.safetensors: made from other data", "resume=true", table.unpack(DATA))
      assert(files.remove(path))
      refuses("snapshot.safetensors: No such file or directory", "resume=true", table.unpack(DATA))
    end)
  end)

  describe("snapshots for examples/recommend.lua", function ()
    local path, good

    before_each(function ()
      accepts("data=generated", "users=20", "items=128", "max_len=5")
      path = folder .. "/run/snapshot.safetensors"
      good = assert(files.read(path))
    end)

    local function recommend (bytes, ...)
      if bytes then scratch.put(path, bytes) end
      local code, printed, said = child.script("examples/recommend.lua", { path, ... })
      return code, said, printed
    end

    local function is_refused (words, bytes)
      local code, said = recommend(bytes, "g0000001")
      refused(code, said, words)
    end

    it("that are missing, empty, binary, cut, or checkpoints", function ()
      is_refused("snapshot.safetensors: ", "")
      is_refused("snapshot.safetensors: ", ("\200\0\1"):rep(1000))
      for _, share in ipairs { 0.001, 0.1, 0.5, 0.999 } do
        is_refused("snapshot.safetensors: ", good:sub(1, math.floor(#good * share)))
      end
      is_refused("not an eimf snapshot", files.read(folder .. "/run/checkpoint.safetensors"))
      assert(files.remove(path))
      is_refused("snapshot.safetensors: No such file or directory")
      assert(files.mkdirs(path))
      is_refused("snapshot.safetensors: Is a directory")
    end)

    it("with random damage in their headers are served or refused, never more", function ()
      local number = scratch.numbers(11)
      local header = string.unpack("<I8", good) + 8
      local refusals = 0
      for _ = 1, 40 do
        local code, said = recommend(scratch.mutated(good:sub(1, header), number) .. good:sub(header + 1), "g0000001")
        if code ~= 0 then
          refused(code, said, path .. ": ")
          refusals = refusals + 1
        end
      end
      assert.is_true(refusals > 20, refusals .. " of 40 refused")
    end)

    it("are not needed to say how the example is used", function ()
      local code, _, said = child.script("examples/recommend.lua", {})
      refused(code, said, "usage: lua5.4 examples/recommend.lua SNAPSHOT ITEM-ID ...")
    end)

    it("answer for ids that nobody knows", function ()
      local code, said, printed = recommend(good, "none", "\255\254", "")
      assert.are.equal(0, code, said)
      assert.is_truthy(printed:find("^3 of 3 ids are not in this snapshot\n 1 "))
    end)
  end)
end)
