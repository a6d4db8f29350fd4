--- What this copy of eimf runs on: version, Lua, BLAS, threads, instruction set.
--
--     > print(require "eimf.info" ())
--     eimf     0.1.0
--     Lua      Lua 5.4
--     BLAS     OpenBLAS 0.3.21 ... core SkylakeX, 1 thread
--     ...
-- @module eimf.info

local boot = require "eimf.boot"
boot.prepare()                     -- before the core: libopenblas reads the variable when it is loaded
local core = require "eimf.core"

-- What OpenBLAS's cores make use of; the ones not named here use less.
local CORE_LEVELS = {
  Haswell = "avx2", Zen = "avx2", SkylakeX = "avx512", Cooperlake = "avx512", Sapphirerapids = "avx512",
}
local LEVELS = { portable = 0, avx2 = 1, avx512 = 2 }

local function runtime ()
  local jit = rawget(_G, "jit")
  if not jit then return _VERSION end
  local ok, ffi = pcall(require, "ffi")
  local gc64 = ok and ffi.abi("gc64")
  return string.format("%s (%s)", jit.version, gc64 and "GC64" or "tensors limited to 1 to 2 GB: no GC64"), gc64
end

local function title (name)
  return name and name:sub(1, 1):upper() .. name:sub(2):lower()
end

-- BLAS cores are spelt differently by versions of OpenBLAS: SkylakeX, SKYLAKEX.
local function core_level (name)
  for known, level in pairs(CORE_LEVELS) do
    if title(known) == title(name) then return level end
  end
  return "portable"
end

local function warnings (info)
  local list = {}
  if info.blas.core and info.cpu.blas_core and LEVELS[core_level(info.blas.core)] < LEVELS[info.cpu.simd] then
    list[#list + 1] = string.format(
      "OpenBLAS runs as %s, the processor can do %s: start with OPENBLAS_CORETYPE=%s, or require eimf before " ..
      "anything else that loads OpenBLAS", info.blas.core, info.cpu.blas_core, info.cpu.blas_core)
  end
  if LEVELS[info.simd] < LEVELS[info.cpu.simd] then
    list[#list + 1] = string.format("hot loops run as %s, the processor can do %s", info.simd, info.cpu.simd)
  end
  if info.gc64 == false then list[#list + 1] = "this LuaJIT has no GC64" end
  return list
end

local function lines_of (info)
  local blas = info.blas
  local lines = {
    "eimf     " .. info.version,
    "Lua      " .. info.lua,
    string.format("BLAS     %s; core %s, %d thread%s", blas.config, blas.core or "unknown", blas.threads,
      blas.threads == 1 and "" or "s"),
    string.format("OpenMP   %s; %d of %d cores in use", info.openmp > 0 and "yes" or "no", info.threads,
      math.max(1, info.openmp)),
    string.format("SIMD     %s (best here: %s)", info.simd, info.cpu.simd),
    "CPU      " .. (info.cpu.brand or "unknown"),
  }
  for _, text in ipairs(info.warnings) do lines[#lines + 1] = "warning: " .. text end
  return table.concat(lines, "\n")
end

local shown = { __tostring = lines_of }

--- Describes the running library.
-- @treturn table version, lua, blas {config, core, threads}, openmp (cores, 0 without), threads, simd,
-- cpu {simd, vendor, brand, blas_core}, warnings (list of strings); `tostring` gives it as lines
-- @usage print(eimf.info())
local function info ()
  local blas_core, blas_threads = core.blas_core()
  local lua, gc64 = runtime()
  local result = {
    version = core.version(), lua = lua, gc64 = gc64,
    blas = { config = (core.blas_config():gsub("%s+$", "")), core = blas_core, threads = blas_threads },
    openmp = core.openmp(), threads = core.threads(), simd = core.simd(), cpu = boot.cpu(),
  }
  result.warnings = warnings(result)
  return setmetatable(result, shown)
end

return info
