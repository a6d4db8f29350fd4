--- The tape: records operations, and walks them backwards for gradients.
-- It is also the namespace of the operations: `t:softmax(x)`. The order of
-- recording is a topological order, so there is no graph and no sort.
-- Values made on a tape live until `tape:reset()`; using one later raises and
-- names the operation that made it. Neighbours: pool.lua, param.lua, ops/.
-- @module eimf.tape

local core = require "eimf.core"
local pool = require "eimf.pool"

local tape = {}
local Tape = {}
Tape.__index = Tape

local OPTIONS = { seed = true, record = true, profile = true }

--- A value on the tape: `data` (tensor), `needs_grad`, `op` (who made it).
local Value = {}
Value.__index = Value

--- Gradient of the value, zeros when first asked for.
-- @treturn tensor of the shape of `data`
function Value:grad ()
  local g = self.gradient
  if not g then
    g = self.tape:take_like(self.data):fill_(0)
    self.gradient = g
  end
  return g
end

--- Gradient of the value for a backward that can write as well as add: where nothing is there yet, elements are
-- whatever the memory held, and all of them must be written.
-- @treturn tensor of the shape of `data`
-- @treturn boolean is something there, to be added to
function Value:room ()
  if self.gradient then return self.gradient, true end
  self.gradient = self.tape:take_like(self.data)
  return self.gradient, false
end

--- What is left of a value after reset: only its name.
local Stale = {}
function Stale.__index (v, key)
  local op, step = rawget(v, "op"), rawget(v, "step")
  error(("'%s' of step %d was used after tape:reset() (field '%s')"):format(op, step, tostring(key)), 2)
end

--- A new tape.
-- @tparam[opt] table options `seed` of dropout and soft read-out (default 1);
--   `record = false` for a tape that only computes, with pooled memory; `profile`, an eimf.profile that gets the time
--   of every operation
-- @treturn tape
function tape.new (options)
  options = options or {}
  for key in pairs(options) do
    if not OPTIONS[key] then error("unknown option '" .. tostring(key) .. "' of tape.new", 2) end
  end
  return setmetatable({
    recording = options.record ~= false, pool = pool.new(), seed = options.seed or 1, step = 1,
    draws = 0, n_values = 0, values = {}, closures = {}, profile = options.profile,
  }, Tape)
end

--- A tensor for the length of this step; its elements are whatever the memory held.
-- @tparam string dtype "float32" or "int32"
-- @tparam integer ... sizes
-- @treturn tensor
function Tape:take (dtype, ...)
  if self.pool then return self.pool:take(dtype, ...) end
  return core.new(dtype, ...)
end

--- A tensor shaped like another one, elements of any value.
-- @tparam tensor x
-- @treturn tensor
function Tape:take_like (x)
  return self:take(x:dtype(), (table.unpack or unpack)(x:shape()))
end

--- A value of given shape, made from others: it needs a gradient if one of them does.
-- @tparam {integer,...} shape
-- @tparam value ... what it is made from; nil and false are passed over
-- @treturn value elements of any value
function Tape:value (shape, ...)
  local v = setmetatable({ tape = self, data = self:take("float32", (table.unpack or unpack)(shape)) }, Value)
  return self:adopt(v, ...)
end

--- A value shaped like the first of those that it is made from.
-- @tparam value x
-- @tparam value ... further ones
-- @treturn value elements of any value
function Tape:like (x, ...)
  local v = setmetatable({ tape = self, data = self:take_like(x.data) }, Value)
  return self:adopt(v, x, ...)
end

--- A value with the memory of another tensor (a view).
-- @tparam tensor data
-- @tparam value ... what it is made from
-- @treturn value
function Tape:view (data, ...)
  return self:adopt(setmetatable({ tape = self, data = data }, Value), ...)
end

--- Makes a value belong to this tape: its memory and its life end with the step.
-- @tparam value v
-- @tparam value ... what it is made from
-- @treturn value v
function Tape:adopt (v, ...)
  local needs = false
  for i = 1, select("#", ...) do
    local from = select(i, ...)
    if from and from.needs_grad then needs = true end
  end
  v.needs_grad = needs and self.recording
  if self.pool then
    v.step = self.step
    self.values[self.n_values + 1] = v         -- counted once it is there: memory may run out here
    self.n_values = self.n_values + 1
  end
  return v
end

--- A constant: takes part in operations, gets no gradient.
-- @tparam tensor data
-- @treturn value
function Tape:constant (data)
  local v = self:view(data)
  v.op = "constant"
  return v
end

--- Names a new value and keeps what computes its inputs' gradients from its own.
-- @tparam string op name, for errors and profiles
-- @tparam value v
-- @tparam function backward adds into the gradients of the inputs
-- @treturn value v
function Tape:record (op, v, backward)
  v.op = op
  if self.profile then self.profile:lap(op) end
  if v.needs_grad then self.closures[#self.closures + 1] = { v, backward } end
  return v
end

--- A number that is new for every draw of a step, and the same when the step is repeated.
-- @treturn integer
function Tape:draw ()
  self.draws = self.draws + 1
  return self.draws
end

--- Gradients of everything that `loss` was made from.
-- @tparam value loss one element
function Tape:backward (loss)
  if not self.recording then error("this tape records nothing", 2) end
  if loss.data:size() ~= 1 then error("backward starts from one number, got " .. tostring(loss.data), 2) end
  if not loss.needs_grad then return end
  loss:grad():fill_(1)
  local list, profile = self.closures, self.profile
  for i = #list, 1, -1 do
    local v = list[i][1]
    if v.gradient then
      list[i][2]()
      if profile then profile:lap(v.op, "backward") end
    end
  end
end

--- Ends the step: values become stale, their memory returns to the pool.
-- @tparam[opt] integer step number of the step to come; default the next one
function Tape:reset (step)
  if not self.pool then return end             -- the plain tape keeps nothing
  for i = self.n_values, 1, -1 do
    local v = self.values[i]
    v.data, v.gradient, v.needs_grad, v.tape = nil, nil, nil, nil
    setmetatable(v, Stale)
    self.values[i], self.n_values = nil, i - 1
  end
  self.draws, self.closures = 0, {}
  self.step = step or self.step + 1
  self.pool:reset()
end

--- Runs a function with a tape and resets the tape afterwards, also on error.
-- @tparam function f gets the tape; its results are returned
-- @return what f returned
function Tape:scope (f)
  local result = { pcall(f, self) }
  self:reset()
  if not result[1] then error(result[2], 0) end
  return (table.unpack or unpack)(result, 2)
end

for _, file in ipairs { "attention", "elementwise", "linear", "rows", "segments", "table", "interests", "losses",
                      "recurrent", "routing", "semantic", "shape" } do
  for name, op in pairs(require("eimf.ops." .. file)) do Tape[name] = op end
end

--- The tape that records nothing: inference with the code of training.
tape.plain = setmetatable({ recording = false, step = 0, draws = 0, seed = 1 }, Tape)

tape.Tape = Tape
return tape
