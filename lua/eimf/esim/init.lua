--- ESIM: what users like, in words and in vectors, read from training interactions and titles alone.
-- One artifact that training uses and serving never sees. See docs/interests.md.
-- @module eimf.esim

local build = require "eimf.esim.build"
local artifact = require "eimf.esim.artifact"
local template = require "eimf.esim.template"
local report = require "eimf.esim.report"

local esim = { _VERSION = "1" }

--- See `eimf.esim.build.build`.
-- @function esim.build
esim.build = build.build

--- See `eimf.esim.build.plan`.
-- @function esim.plan
esim.plan = build.plan

--- See `eimf.esim.build.texts`.
-- @function esim.texts
esim.texts = build.texts

--- See `eimf.esim.artifact.load`.
-- @function esim.load
esim.load = artifact.load

--- See `eimf.esim.template.load`.
-- @function esim.prompt
esim.prompt = template.load

--- See `eimf.esim.report.summary` and `eimf.esim.report.text`.
esim.report = report

-- What is needed by some only is opened when it is asked for.
local MORE = { borrow = "eimf.esim.borrow", head = "eimf.esim.head", truth = "eimf.esim.truth" }

return setmetatable(esim, {
  __index = function (self, name)
    if not MORE[name] then return nil end
    local module = require(MORE[name])
    rawset(self, name, module)
    return module
  end,
})
