-- What the semantic module adds to the backbone alone: percent, and a paired test over users.
local eimf = require "eimf"

local gain = {}

local MEASURES = { "recall@10", "ndcg@10", "recall@20", "ndcg@20" }

--- What the method is called in a table.
function gain.name (opt)
  local words = {}
  if opt.semantics ~= "none" then words[1] = opt.semantics end
  if opt.lambda_text > 0 or opt.start == "text" then words[#words + 1] = "text" end
  if opt.start == "bank" then words[#words + 1] = "bank start" end
  if opt.share ~= "none" then words[#words + 1] = "shared " .. opt.share end
  if opt.shuffle ~= "none" then words[#words + 1] = opt.shuffle .. " shuffled" end
  return table.concat(words, " + ")
end

--- One measure of every user.
-- @tparam table per_user { names, values (V, names) }
-- @tparam string name
-- @treturn {number,...}
function gain.column (per_user, name)
  for c, known in ipairs(per_user.names) do
    if known == name then
      local out = {}
      for u = 1, per_user.values:dim(1) do out[u] = per_user.values:get(u, c) end
      return out
    end
  end
end

--- Percent over another model on test, and the chance of it where there is no difference.
-- @tparam table a { test = metrics, per_user = { names, values (V, names) } }
-- @tparam table b the other one, the same users
-- @treturn table { [measure] = { percent, t, p } }
function gain.of (a, b)
  local out = {}
  for _, name in ipairs(MEASURES) do
    local x, y = a.test[name], b.test[name]
    local values, others = gain.column(a.per_user, name), gain.column(b.per_user, name)
    local test = #values > 1 and eimf.eval.paired(values, others) or { t = 0, p = 1 }
    out[name] = { percent = y > 0 and (x / y - 1) * 100 or 0, t = test.t, p = test.p }
  end
  return out
end

--- One line for people.
-- @tparam table compared as `gain.of` gives it
-- @tparam[opt="the backbone alone"] string over what
-- @treturn string
function gain.text (compared, over)
  local words = {}
  for i, name in ipairs(MEASURES) do
    words[i] = ("%s %+.1f %% (p %.2g)"):format(name, compared[name].percent, compared[name].p)
  end
  return ("gain over %s, test, paired t-test over users: %s"):format(over or "the backbone alone",
    table.concat(words, ", "))
end

return gain
