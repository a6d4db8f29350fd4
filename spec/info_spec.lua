describe("eimf.info", function ()
  local boot = require "eimf.boot"
  local core = require "eimf.core"
  local info = require "eimf.info"

  after_each(function ()
    core.simd(boot.cpu().simd)
    core.threads(1)
  end)

  it("says version, Lua, BLAS, OpenMP and instruction set, one line each", function ()
    local text = tostring(info())
    for _, word in ipairs { "eimf     %d+%.%d+%.%d+\n", "\nLua ", "\nBLAS ", "\nOpenMP ", "\nSIMD ", "\nCPU " } do
      assert.is_truthy(text:find(word), word .. " is missing in:\n" .. text)
    end
  end)

  it("has the version of CMakeLists.txt", function ()
    local text = assert(io.open("CMakeLists.txt")):read("*a")
    assert.are.equal(text:match("set%(VERSION (%S+)%)"), info().version)
  end)

  it("starts on one thread, and 0 means all cores", function ()
    assert.are.equal(1, info().threads)
    assert.are.equal(core.openmp(), core.threads(0))
    assert.are.equal(core.openmp(), info().threads)
  end)

  it("warns when the hot loops use less than the processor has", function ()
    local before = #info().warnings
    core.simd("portable")
    local expected = boot.cpu().simd == "portable" and 0 or 1
    assert.are.equal(before + expected, #info().warnings)
  end)

  it("refuses levels that do not exist and thread counts below 0", function ()
    assert.has_error(function () core.simd("mmx") end)
    assert.has_error(function () core.threads(-1) end)
  end)
end)

describe("eimf.boot #novalgrind", function ()   -- its child sees another processor
  local function run (setting)
    local script = "local b = require 'eimf.boot'; print(b.prepare()); print((require 'eimf.core'.blas_core()))"
    local pipe = assert(io.popen(string.format("%s LUA_PATH='%s' LUA_CPATH='%s' lua5.4 -e \"%s\"",
      setting, package.path, package.cpath, script)))
    local name, core = pipe:read("*l", "*l")
    pipe:close()
    return name, core
  end

  it("chooses the core of OpenBLAS before it is loaded", function ()
    local wanted = require "eimf.boot".cpu().blas_core
    local name, core = run("env -u OPENBLAS_CORETYPE")
    assert.are.equal(tostring(wanted or ""), tostring(name or ""))
    if wanted then assert.are.equal(wanted:lower(), core:lower()) end
  end)

  it("leaves the user's choice alone", function ()
    local name, core = run("env OPENBLAS_CORETYPE=Nehalem")
    assert.are.equal("", name)
    if require "eimf.boot".cpu().vendor then assert.are.equal("nehalem", core:lower()) end
  end)
end)
