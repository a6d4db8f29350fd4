local child = require "spec.child"
local eimf = require "eimf"

describe("eimf", function ()
  it("makes tensors, parameters, tapes and random numbers", function ()
    assert.are.same({ 3, 4 }, eimf.zeros(3, 4):shape())
    assert.are.same({ { 1, 2 }, { 3, 4 } }, eimf.tensor({ { 1, 2 }, { 3, 4 } }):totable())
    assert.are.equal("int32", eimf.ids({ 1, 2, 3 }):dtype())
    assert.is_true(eimf.param({ data = eimf.zeros(2), name = "x" }).needs_grad)
    assert.is_function(eimf.tape().backward)
    assert.is_true(eimf.rng(1):normal(eimf.zeros(4), 0, 1):get(1) ~= 0)
    assert.are.equal(eimf.plain, require "eimf.tape".plain)
    assert.is_truthy(eimf._VERSION:find("^%d+%.%d+%.%d+$"))
  end)

  it("starts on one thread", function ()
    local _, printed = child.lua [[print(require "eimf".threads())]]
    assert.are.equal("1\n", printed)
  end)

  it("opens each of its modules when first asked for, and nothing by another name", function ()
    for _, name in ipairs { "data", "eval", "models", "optim", "run", "serve", "snapshot" } do
      assert.are.equal(require("eimf." .. name), eimf[name])
    end
    assert.is_nil(eimf.nonsense)
    assert.is_nil(eimf.tape_)
  end)

  -- Modules that are loaded at the end of a program.
  local function loaded (code)
    local status, printed, said = child.lua(code .. [[
      for name in pairs(package.loaded) do io.write(name, " ") end
      for name in pairs(_G) do io.write("_G.", name, " ") end
    ]])
    assert.are.equal(0, status, said)
    local set = {}
    for name in printed:gmatch("%S+") do set[name] = true end
    return set
  end

  local FOREIGN = { "cjson", "eimf.http", "eimf.system", "zlib", "eimf.data", "eimf.run", "eimf.json", "eimf.eval" }

  it("loads no JSON, no network, no gzip and no part of training by itself", function ()
    local set = loaded [[require "eimf"]]
    assert.is_true(set["eimf.core"])
    for _, name in ipairs(FOREIGN) do assert.is_nil(set[name], name) end
    assert.is_nil(set["eimf.tape"])
  end)

  it("serves without JSON, network, gzip, signal handlers or training's data", function ()
    local set = loaded [[
      local toy = require "spec.toy"
      local path = os.tmpname()
      assert(require "eimf.snapshot".save(path, toy.model(5), toy.options, toy.set(5)))
      local shop = assert(require "eimf.serve".open(path))
      assert(#shop:recommend({ "raw1" }, { n = 3 }) == 3)
      os.remove(path)
    ]]
    assert.is_true(set["eimf.serve"])
    for _, name in ipairs(FOREIGN) do assert.is_nil(set[name], name) end
  end)

  it("puts nothing into _G", function ()
    local before = loaded ""
    for name in pairs(loaded [[
      local eimf = require "eimf"
      for _, name in ipairs { "data", "eval", "models", "optim", "run", "serve", "npy", "info" } do
        assert(eimf[name])
      end
    ]]) do
      assert.is_true(not name:find("^_G%.") or before[name] or false, name)
    end
  end)

  it("maps no library of the network into a process that serves", function ()
    local _, printed = child.lua [[
      require "eimf.serve"
      for line in io.lines("/proc/self/maps") do
        if line:find("libcurl") or line:find("libssl") then print(line) end
      end
    ]]
    assert.are.equal("", printed)
  end)
end)
