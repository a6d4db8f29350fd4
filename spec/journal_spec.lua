local child = require "spec.child"
local core = require "eimf.core"
local files = require "eimf.files"
local scratch = require "spec.scratch"

describe("eimf.core journal", function ()
  local folder, path

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/lines"
  end)

  after_each(function () scratch.remove(folder) end)

  it("adds lines and reads those that are new, of everybody", function ()
    local a, b = assert(core.journal_open(path)), assert(core.journal_open(path))
    assert.equal("", a:read())
    assert(a:append("one"))
    assert(b:append("two"))
    assert.equal("one\ntwo\n", a:read())
    assert.equal("", a:read())
    assert.equal("one\ntwo\n", b:read())
    assert(a:sync())
    a:close()
    a:close()
    assert.error_matches(function () a:read() end, "closed")
  end)

  it("does not read a line that is still being written", function ()
    scratch.put(path, "whole\nhal")
    local a = assert(core.journal_open(path))
    assert.equal("whole\n", a:read())
    assert.equal("", a:read())
  end)

  it("ends a line that a killed process left, so that it spoils no other", function ()
    scratch.put(path, "whole\nhal")
    local a = assert(core.journal_open(path))
    assert(a:append("next"))
    assert.equal("whole\nhal\nnext\n", files.read(path))
  end)

  it("gives a line longer than its room in pieces", function ()
    local long = ("x"):rep(3 * 1024 * 1024)
    local a = assert(core.journal_open(path))
    assert(a:append(long))
    local pieces = {}
    repeat pieces[#pieces + 1] = a:read() until pieces[#pieces] == ""
    assert.is_true(#pieces > 3)
    assert.is_true(table.concat(pieces) == long .. "\n")
  end)

  it("sees that its file was replaced, removed or shortened", function ()
    local a = assert(core.journal_open(path))
    assert(a:append("one"))
    a:read()
    assert.is_false(a:replaced(path))
    assert(files.write(path, "edited\nby hand\n"))
    assert.is_true(a:replaced(path))
    a = assert(core.journal_open(path))
    a:read()
    os.remove(path)
    assert.is_true(a:replaced(path))
    a = assert(core.journal_open(path))
    assert(a:append("a long line"))
    a:read()
    local f = io.open(path, "r+b")
    os.execute("truncate -s 3 " .. path)
    f:close()
    assert.is_true(a:replaced(path))
  end)

  it("claims a number for one at a time", function ()
    local a, b = assert(core.journal_open(path)), assert(core.journal_open(path))
    assert.is_true(a:claim("00ff"))
    assert.is_false(b:claim("00ff"))
    assert.is_true(b:claim("0100"))
    a:release("00ff")
    assert.is_true(b:claim("00ff"))
    b:close()
    assert.is_true(a:claim("00ff"))
    assert.is_true(a:claim("ffffffffffffffff"))
    assert.equal("", files.read(path))
  end)

  it("lets go of the claims of a process that was killed", function ()
    local a = assert(core.journal_open(path))
    local code = child.lua(([[
      local j = assert(require "eimf.core".journal_open(%q))
      assert(j:claim("12ab"))
      os.execute("kill -9 $PPID")
    ]]):format(path))
    assert.is_true(code ~= 0)
    assert.is_true(a:claim("12ab"))
  end)

  it("keeps whole lines of many processes apart", function ()
    local script = scratch.put(folder .. "/writer.lua", ([[
      local j = assert(require "eimf.core".journal_open(%q))
      for i = 1, 200 do assert(j:append(arg[1]:rep(100 + i))) end
    ]]):format(path))
    local words = {}
    for _, name in ipairs { "a", "b", "c", "d" } do
      words[#words + 1] = ("LUA_PATH=%s LUA_CPATH=%s lua5.4 %s %s &"):format(child.quoted(package.path),
        child.quoted(package.cpath), script, name)
    end
    assert.equal(0, (child.run(table.concat(words, " ") .. " wait")))
    local n = 0
    for line in io.lines(path) do
      n = n + 1
      assert.equal(line:sub(1, 1):rep(#line), line)
    end
    assert.equal(800, n)
  end)

  it("adds all of a line or nothing", function ()
    local printed = scratch.with_small_disk(1, ([[
      local j = assert(require "eimf.core".journal_open(%q))
      assert(j:append(("a"):rep(300)))
      print(select(3, j:append(("b"):rep(300))))
      print(j:append(("c"):rep(100)))
    ]]):format(path))
    assert.equal("EFBIG\ntrue\n", printed)
    assert.equal(("a"):rep(300) .. "\n" .. ("c"):rep(100) .. "\n", files.read(path))
  end)

  it("says what the system refused", function ()
    assert.equal("ENOENT", select(3, core.journal_open(folder .. "/no/lines")))
    assert.equal("EISDIR", select(3, core.journal_open(folder)))
    if files.exists("/dev/full") then
      local j = assert(core.journal_open("/dev/full"))
      assert.equal("", j:read())
      assert.equal("ENOSPC", select(3, j:append("one")))
    end
  end)
end)
