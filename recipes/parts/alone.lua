-- Options of the backbone alone: nothing of texts, whatever else a recipe or a command has.
--   alone { compare = false }
local OFF = { semantics = "none", start = "none", share = "none", lambda_text = 0, unseen_near = 0 }

return function (more)
  local out = {}
  for name, value in pairs(OFF) do out[name] = value end
  for name, value in pairs(more or {}) do out[name] = value end
  return out
end
