--- Random numbers of a run: one seed, and a counter of what was asked for, so
-- that the same seed makes the same model. Nothing else holds state.
-- @module eimf.rng

local core = require "eimf.core"

local STREAM_INIT = 1          -- EIMF_STREAM_INIT of csrc/base/eimf_base.h

local Rng = {}
Rng.__index = Rng

local rng = {}

--- A source of random numbers.
-- @tparam integer seed 0 .. 2^53
-- @treturn rng
function rng.new (seed)
  return setmetatable({ seed = seed, drawn = 0 }, Rng)
end

local function fill (self, x, law, a, b)
  self.drawn = self.drawn + 1
  core.random(x, law, a, b, self.seed, STREAM_INIT, self.drawn)
  return x
end

--- Fills a tensor from N(mean, deviation^2).
-- @tparam tensor x
-- @tparam number mean
-- @tparam number deviation
-- @treturn tensor x
function Rng:normal (x, mean, deviation) return fill(self, x, "normal", mean, deviation) end

--- Fills a tensor evenly from [low, high).
-- @tparam tensor x
-- @tparam number low
-- @tparam number high
-- @treturn tensor x
function Rng:uniform (x, low, high) return fill(self, x, "uniform", low, high) end

return rng
