--- eimf: multi-interest recommendation in Lua, with kernels in C.
-- Every module can be required alone ("eimf.tape", "eimf.serve"); this table
-- opens them when they are first asked for, so that a program that only serves
-- never loads what only training needs.
-- @module eimf
-- @usage
-- local eimf = require "eimf"
-- local set = assert(eimf.data.open "generated")
-- print(eimf.info())

local tensor = require "eimf.tensor"
local core = require "eimf.core"

local eimf = {
  _VERSION = core.version(),
  zeros = tensor.zeros, zeros_ids = tensor.zeros_ids, tensor = tensor.tensor, ids = tensor.ids,
  from_bytes = tensor.from_bytes, is_tensor = tensor.is_tensor,
}

--- Threads that kernels and BLAS may use; 1 unless more are asked for, because
-- hosts are event loops. 0 asks for all cores.
-- @tparam[opt] integer n
-- @treturn integer how many are in use
function eimf.threads (n) return core.threads(n) end

--- A parameter; see `eimf.param`.
-- @tparam table options `data`, `name`, `sparse`
-- @treturn param
function eimf.param (options) return require("eimf.param").new(options) end

--- A source of random numbers; see `eimf.rng`.
-- @tparam integer seed
-- @treturn rng
function eimf.rng (seed) return require("eimf.rng").new(seed) end

--- A tape; see `eimf.tape`.
-- @tparam[opt] table options `seed`, `record`
-- @treturn tape
function eimf.tape (options) return require("eimf.tape").new(options) end

local MODULES = {
  checkpoint = true, cluster = true, data = true, endpoint = true, eval = true, files = true, info = true,
  json = true, llm = true, models = true, npy = true, optim = true, options = true, progress = true, report = true,
  run = true, safetensors = true, serve = true, snapshot = true, stopper = true, study = true, system = true,
  profile = true, text = true, text_table = true, tune = true,
}

return setmetatable(eimf, {
  __index = function (self, name)
    if name == "plain" then return require("eimf.tape").plain end
    if not MODULES[name] then return nil end
    local module = require("eimf." .. name)
    rawset(self, name, module)
    return module
  end,
})
