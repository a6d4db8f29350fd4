-- Options that suit a backbone, over those of the data set's recipe, which suit ComiRec-SA. A data set's own stand
-- under its name. Chosen on valid, by recipes/studies/tune.lua where a command stands beside them.
local backbones = {}

local OPTIONS = {
  sasrec = {
    max_len = 50, examples = "all", readout = "hard", lazy = false, batch = 512, lr = 1e-3, lr_joint = 0,
    beauty = { n_negatives = 2048 }, office = { batch = 256 },
    ml1m = { max_len = 200, dim = 128, batch = 2048, n_negatives = 512, dropout = 0.3 },
  },
  gru4rec = { max_len = 50, examples = "all", readout = "hard", batch = 512, lr = 1e-3, lr_joint = 0 },
  comirec_dr = { temperature = 0.1 },
}

--- Options of a backbone.
-- @tparam string backbone
-- @tparam string data
-- @treturn {string=value}
function backbones.options (backbone, data)
  local out = {}
  for name, value in pairs(OPTIONS[backbone] or {}) do
    if type(value) ~= "table" then out[name] = value end
  end
  for name, value in pairs((OPTIONS[backbone] or {})[data] or {}) do out[name] = value end
  return out
end

return backbones
