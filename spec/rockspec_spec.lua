-- Packaging: what the rockspec installs is what the tree has.
describe("eimf-scm-1.rockspec", function ()
  local spec = {}
  assert(loadfile("eimf-scm-1.rockspec", "t", spec))()

  local function files (command)
    local pipe, found = io.popen(command), {}
    for path in pipe:lines() do found[path] = true end
    pipe:close()
    return found
  end

  -- Names in one set and not in the other, as text.
  local function difference (a, b)
    local list = {}
    for name in pairs(a) do
      if not b[name] then list[#list + 1] = name end
    end
    table.sort(list)
    return table.concat(list, " ")
  end

  local function same_files (there, listed, cure)
    assert.are.equal("", difference(there, listed), "not listed; " .. cure)
    assert.are.equal("", difference(listed, there), "listed and not there; " .. cure)
  end

  it("lists every Lua module of the library, and no other", function ()
    local listed = {}
    for name, path in pairs(spec.build.install.lua) do
      listed[path] = true
      assert.are.equal("lua/" .. name:gsub("%.", "/") .. ".lua", path)
    end
    same_files(files("find lua/eimf -name '*.lua'"), listed, "lua5.4 tools/make_rockspec.lua writes the list anew")
  end)

  it("lists every C module that the build makes", function ()
    local listed = {}
    for name, path in pairs(spec.build.install.lib) do
      assert.are.equal("build.luarocks/lib/" .. name:gsub("%.", "/") .. ".so", path)
      listed[path:match("[^/]+$")] = true
    end
    local build = os.getenv("EIMF_BUILD") or "build"
    same_files(files("ls " .. build .. "/lib/eimf"), listed, "build.install.lib names them")
  end)

  it("copies folders that exist", function ()
    for _, folder in ipairs(spec.build.copy_directories) do
      assert.is_truthy(next(files("ls " .. folder)), folder .. " is empty or missing")
    end
  end)
end)
