--- Checkpoints: the full state of a run in one safetensors file, so that a run
-- that was killed goes on to the same bits. Tensors are the parameters and the
-- optimiser's moments; counters and sums are text with all their digits.
-- @module eimf.checkpoint

local safetensors = require "eimf.safetensors"
local snapshot = require "eimf.snapshot"

local checkpoint = {}

local FORMAT = "eimf checkpoint 1"

local function exact (x)
  return type(x) == "number" and ("%.17g"):format(x) or tostring(x)
end

--- Writes a checkpoint.
-- @tparam string path
-- @tparam model model
-- @tparam adam optim
-- @tparam table state numbers, strings and booleans by name
-- @treturn boolean true; or nil, message, code
function checkpoint.save (path, model, optim, state)
  local tensors, text = {}, { format = FORMAT, ["state.optim_t"] = exact(optim.t) }
  for _, p in ipairs(model:params()) do tensors[p.name] = p.data end
  for name, x in pairs(optim:state()) do tensors[name] = x end
  for name, value in pairs(state) do text["state." .. name] = exact(value) end
  return safetensors.save(path, tensors, text)
end

--- Reads a checkpoint into a model and an optimiser.
-- @tparam string path
-- @tparam model model
-- @tparam adam optim
-- @treturn table state as given to `save`, numbers as numbers; or nil, message, code
function checkpoint.load (path, model, optim)
  local file, message, code = safetensors.load(path)
  if not file then return nil, message, code end
  if file.metadata.format ~= FORMAT then return nil, path .. ": not an eimf checkpoint", "BAD_FORMAT" end
  for name, x in pairs(optim:state()) do
    local saved = file.tensors[name]
    if not saved or tostring(saved) ~= tostring(x) then
      return nil, ("%s: tensor '%s' is missing or has another shape"):format(path, name), "BAD_FORMAT"
    end
  end
  local ok, reason = snapshot.restore(model, file.tensors)
  if not ok then return nil, path .. ": " .. reason, "BAD_FORMAT" end
  for name, x in pairs(optim:state()) do x:copy_(file.tensors[name]) end
  local state = {}
  for name, value in pairs(file.metadata) do
    local key = name:match("^state%.(.+)$")
    if key then
      if value == "true" or value == "false" then state[key] = value == "true"
      else state[key] = tonumber(value) or value end
    end
  end
  optim.t = state.optim_t
  return state
end

return checkpoint
