-- Packaging: what the rockspec installs is what the tree has.
describe("eimf-scm-1.rockspec", function ()
  local function load_rockspec (path)
    local spec = {}
    assert(loadfile(path, "t", spec))()
    return spec
  end

  local function files (command)
    local pipe, found = io.popen(command), {}
    for path in pipe:lines() do found[path] = true end
    pipe:close()
    return found
  end

  local spec = load_rockspec("eimf-scm-1.rockspec")

  it("lists every Lua module of the library, and no other", function ()
    local listed = {}
    for name, path in pairs(spec.build.install.lua) do
      listed[path] = true
      assert.are.equal("lua/" .. name:gsub("%.", "/") .. ".lua", path)
    end
    assert.are.same(files("find lua/eimf -name '*.lua'"), listed,
      "lua5.4 tools/make_rockspec.lua writes the list anew")
  end)

  it("lists every C module that the build makes", function ()
    local listed = {}
    for name, path in pairs(spec.build.install.lib) do
      assert.are.equal("build.luarocks/lib/" .. name:gsub("%.", "/") .. ".so", path)
      listed[path:match("[^/]+$")] = true
    end
    assert.are.same(files("ls " .. (os.getenv("EIMF_BUILD") or "build") .. "/lib/eimf"), listed)
  end)

  it("copies folders that exist", function ()
    for _, folder in ipairs(spec.build.copy_directories) do
      assert.is_truthy(next(files("ls " .. folder)), folder .. " is empty or missing")
    end
  end)
end)
