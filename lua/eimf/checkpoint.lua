--- Checkpoints: the full state of a run in one safetensors file, so that a run
-- that was killed goes on to the same bits. Tensors are the parameters and the
-- optimiser's moments; counters and sums are text with all their digits, under
-- names that tell the type: a fingerprint may look like a number.
-- Neighbour: snapshot.lua.
-- @module eimf.checkpoint

local safetensors = require "eimf.safetensors"
local snapshot = require "eimf.snapshot"

local checkpoint = {}

local FORMAT = "eimf checkpoint 1"

-- Name and text of a state's value: "number.epoch", "3".
local function packed (name, value)
  local kind = type(value)
  return kind .. "." .. name, kind == "number" and ("%.17g"):format(value) or tostring(value)
end

local function unpacked (key, text)
  local kind, name = key:match("^(%l+)%.(.+)$")
  if kind == "number" then return name, tonumber(text) end
  if kind == "boolean" then return name, text == "true" end
  if kind == "string" then return name, text end
end

--- Writes a checkpoint: to a temporary file, flushed, renamed.
-- @tparam string path
-- @tparam model model
-- @tparam adam optim
-- @tparam table state numbers, strings and booleans by name
-- @treturn boolean true; or nil, message, code
function checkpoint.save (path, model, optim, state)
  local tensors, metadata = {}, { format = FORMAT, ["number.optim_t"] = ("%.17g"):format(optim.t) }
  for _, p in ipairs(model:params()) do tensors[p.name] = p.data end
  for name, x in pairs(optim:state()) do tensors[name] = x end
  for name, value in pairs(state) do
    local key, text = packed(name, value)
    metadata[key] = text
  end
  return safetensors.save(path, tensors, metadata)
end

--- Reads a checkpoint. Nothing is changed yet: look at the state first.
-- @tparam string path
-- @treturn table { path, tensors = {name=tensor}, state = as given to `save` }; or nil, message, code
function checkpoint.load (path)
  local file, message, code = safetensors.load(path)
  if not file then return nil, message, code end
  if file.metadata.format ~= FORMAT then
    return nil, ("%s: not an eimf checkpoint: its format is not '%s'"):format(path, FORMAT), "BAD_FORMAT"
  end
  local state = {}
  for key, text in pairs(file.metadata) do
    local name, value = unpacked(key, text)
    if name then state[name] = value end
  end
  return { path = path, tensors = file.tensors, state = state }
end

local function restore_moments (saved, optim)
  local moments = optim:state()
  for name, x in pairs(moments) do
    local y = saved.tensors[name]
    if not y or tostring(y) ~= tostring(x) then
      return nil, ("tensor '%s' is missing or has another shape"):format(name)
    end
  end
  for name, x in pairs(moments) do x:copy_(saved.tensors[name]) end
  return true
end

--- Puts a checkpoint's tensors into a model and an optimiser of the same shapes.
-- @tparam table saved as `load` gives it
-- @tparam model model
-- @tparam adam optim
-- @treturn boolean true; or nil, message, code
function checkpoint.restore (saved, model, optim)
  local ok, reason = type(saved.state.optim_t) == "number", "no number of steps"
  if ok then ok, reason = restore_moments(saved, optim) end
  if ok then ok, reason = snapshot.restore(model, saved.tensors) end
  if not ok then return nil, saved.path .. ": " .. reason, "BAD_FORMAT" end
  optim.t = saved.state.optim_t
  return true
end

return checkpoint
