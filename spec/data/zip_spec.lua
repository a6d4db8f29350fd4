local made = require "spec.data.made"
local scratch = require "spec.scratch"
local zip = require "eimf.data.zip"

local function read_all (from)
  local parts = {}
  while true do
    local block, message, code = from.read()
    if not block then
      from.close()
      return not message and table.concat(parts) or nil, message, code
    end
    parts[#parts + 1] = block
  end
end

describe("eimf.data.zip", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function archive (members, comment)
    return scratch.put(folder .. "/a.zip", made.zip(members, comment))
  end

  it("reads members, deflated and stored, large and empty, behind a comment", function ()
    local large = {}
    for i = 1, 20000 do large[i] = "line " .. i * 7919 % 10007 end
    large = table.concat(large, "\n")
    local a = assert(zip.open(archive({ { "ml/ratings.dat", large }, { "ml/readme", "hello", stored = true },
                                        { "none", "", stored = true }, { "nothing", "" } }, "a comment PK\5\6")))
    assert.are.equal(large, read_all(assert(a:member("ratings.dat"))))
    assert.are.equal("hello", read_all(assert(a:member("ml/readme"))))
    assert.are.equal("", read_all(assert(a:member("none"))))
    assert.are.equal("", read_all(assert(a:member("nothing"))))
  end)

  it("reads what an ordinary zip program wrote", function ()
    local script = "import zipfile; z = zipfile.ZipFile('%s/p.zip', 'w', zipfile.ZIP_DEFLATED); "
                   .. "z.writestr('d/a.txt', 'text\\n' * 1000); z.close()"
    if not os.execute("python3 -c \"" .. script:format(folder) .. "\" 2>/dev/null") then
      return pending("no python3 here to write a zip")
    end
    local a = assert(zip.open(folder .. "/p.zip"))
    assert.are.equal(("text\n"):rep(1000), read_all(assert(a:member("a.txt"))))
  end)

  it("says what it does not hold or cannot unpack", function ()
    local a = assert(zip.open(archive { { "secret", "x", flags = 1 }, { "strange", "x", method = 12 } }))
    local from, message, code = a:member("ratings.dat")
    assert.is_nil(from)
    assert.are.equal(folder .. "/a.zip: holds no ratings.dat", message)
    assert.are.equal("ENOENT", code)
    for _, name in ipairs { "secret", "strange" } do
      from, message, code = a:member(name)
      assert.is_nil(from)
      assert.is_truthy(message:find("packed in a way that is not supported", 1, true))
      assert.are.equal("BAD_ZIP", code)
    end
  end)

  it("says that a checksum does not match", function ()
    for _, stored in ipairs { true, false } do
      local a = assert(zip.open(archive { { "a", "some text", crc = 1, stored = stored } }))
      local text, message, code = read_all(assert(a:member("a")))
      assert.is_nil(text)
      assert.are.equal(folder .. "/a.zip/a: checksum does not match", message)
      assert.are.equal("BAD_ZIP", code)
    end
  end)

  it("says that a file is missing, no archive, or cut off", function ()
    local _, _, code = zip.open(folder .. "/none.zip")
    assert.are.equal("ENOENT", code)
    local whole = made.zip { { "a", ("text"):rep(100) } }
    for size = 0, #whole - 1 do
      local path = scratch.put(folder .. "/cut.zip", whole:sub(1, size))
      assert.are.same({ nil, path .. ": not a zip archive, or cut off", "BAD_ZIP" }, { zip.open(path) })
    end
  end)

  it("never raises on a damaged archive", function ()
    local number, whole = scratch.numbers(5), made.zip { { "a", ("text"):rep(50) }, { "b", "stored", stored = true } }
    for _ = 1, 500 do
      local a = zip.open(scratch.put(folder .. "/m.zip", scratch.mutated(whole, number)))
      for _, name in ipairs { "a", "b" } do
        local from = a and a:member(name)
        if from then read_all(from) end
      end
    end
  end)
end)
