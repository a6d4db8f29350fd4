-- For specs of the joint training: a small artifact, a batch, and its sums in plain Lua.
local gradcheck = require "spec.gradcheck"
local param = require "eimf.param"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local joint = { N = 6, D = 4, K = 2, Dt = 5 }

--- Six items, of which the fourth has no text; two clusters with three and two interests; five users, the third of
-- whom belongs nowhere.
function joint.semantics (more)
  local items, interests = gradcheck.random({ 6, 5 }, 3), gradcheck.random({ 5, 5 }, 4)
  items:rows(4, 4):fill_(0)
  local s = {
    items = joint.rows_of(items, joint.unit), interests = joint.rows_of(interests, joint.unit),
    owner = tensor.ids { 1, 1, 1, 2, 2 }, offsets = tensor.ids { 0, 3, 5 }, labels = tensor.ids { 1, 2, 0, 1, 2 },
    nearness = tensor.tensor { 1, 1, 0, 0.5, 0.25 }, clusters = { { exemplar = 1 }, { exemplar = 2 } },
  }
  for key, value in pairs(more or {}) do s[key] = value end
  return s
end

--- Four rows: of user 2 the target has no text, user 3 has no cluster.
function joint.batch ()
  return { size = 4, targets = tensor.ids { 2, 4, 5, 6 }, users = tensor.ids { 1, 2, 3, 5 },
           history = { ids = tensor.ids { 1, 2, 3, 6, 5, 4, 2 }, offsets = tensor.ids { 0, 2, 3, 4, 7 } } }
end

--- An item table whose row 0 is zero.
function joint.items ()
  local data = gradcheck.random({ joint.N + 1, joint.D }, 5)
  data:rows(1, 1):fill_(0)
  return param.new { data = data, name = "items", sparse = true }
end

--- A step: the batch, items, and interests and read-out as parameters, so that gradients are seen.
function joint.step (t, more)
  local B, interests = 4, param.new { data = gradcheck.random({ 4, joint.K, joint.D }, 6), name = "interests" }
  local chosen = param.new { data = gradcheck.random({ B, joint.D }, 7), name = "chosen" }
  local step = { items = joint.items(), interests = interests, chosen = chosen, batch = joint.batch(), tape = t }
  for key, value in pairs(more or {}) do step[key] = value end
  return step
end

function joint.tape () return tape.new { seed = 1 } end

function joint.dot (a, b)
  local sum = 0
  for d = 1, #a do sum = sum + a[d] * b[d] end
  return sum
end

function joint.unit (a)
  local y, norm = {}, math.sqrt(joint.dot(a, a))
  for d = 1, #a do y[d] = norm > 0 and a[d] / norm or 0 end
  return y
end

function joint.cosine (a, b) return joint.dot(joint.unit(a), joint.unit(b)) end

--- Rows of a tensor, each changed.
function joint.rows_of (x, change)
  local rows = x:totable()
  for i, row in ipairs(rows) do rows[i] = change(row) end
  return tensor.tensor(rows)
end

--- Rows minus the mean of those that are not zero, at length 1.
function joint.about_mean (x)
  local rows, mean, n = x:totable(), {}, 0
  for _, row in ipairs(rows) do
    if joint.dot(row, row) > 0 then
      n = n + 1
      for d, v in ipairs(row) do mean[d] = (mean[d] or 0) + v end
    end
  end
  return joint.rows_of(x, function (row)
    if joint.dot(row, row) == 0 then return row end
    local y = {}
    for d, v in ipairs(row) do y[d] = v - mean[d] / n end
    return joint.unit(y)
  end)
end

--- What terms are made from.
function joint.about (semantics)
  local s = semantics or joint.semantics()
  return { items = joint.about_mean(s.items), bank = joint.about_mean(s.interests), interests = s.interests,
           owner = s.owner, offsets = s.offsets }
end

--- log softmax of a list at a position.
function joint.log_softmax (list, at)
  local most, sum = -math.huge, 0
  for _, v in ipairs(list) do most = math.max(most, v) end
  for _, v in ipairs(list) do sum = sum + math.exp(v - most) end
  return list[at] - most - math.log(sum)
end

--- Rows of x through an adapter.
function joint.through (adapter, x)
  local rows = x:totable()
  for l, layer in ipairs(adapter) do
    local w, b = layer.weight.data:totable(), layer.bias.data:totable()
    for i, row in ipairs(rows) do
      local y = {}
      for c = 1, #b do
        y[c] = b[c]
        for r = 1, #w do y[c] = y[c] + row[r] * w[r][c] end
        if l < #adapter and y[c] < 0 then y[c] = 0.01 * y[c] end
      end
      rows[i] = y
    end
  end
  return rows
end

--- Symmetric InfoNCE of rows a and b: the mean over pairs; pairs of one group are no negatives of each other.
function joint.info_nce (a, b, temperature, groups)
  local sum, M = 0, #a
  for m = 1, M do
    local forth, back, own = {}, {}, nil
    for n = 1, M do
      if n == m or not groups or groups[m] ~= groups[n] then
        forth[#forth + 1] = joint.cosine(a[m], b[n]) / temperature
        back[#back + 1] = joint.cosine(b[m], a[n]) / temperature
        if n == m then own = #forth end
      end
    end
    sum = sum - (joint.log_softmax(forth, own) + joint.log_softmax(back, own)) / 2
  end
  return sum / M
end

--- Profiles of items over the bank: { [j] = weight } by id; empty without text.
function joint.profiles (about, temperature, top)
  local items, bank, out = about.items:totable(), about.bank:totable(), {}
  for i, t in ipairs(items) do
    local scores, order, kept = {}, {}, 0
    for j, s in ipairs(bank) do scores[j], order[j] = joint.dot(t, s) / temperature, j end
    table.sort(order, function (a, b) return scores[a] > scores[b] end)
    out[i] = {}
    if joint.dot(t, t) > 0 then
      for r = 1, math.min(top, #order) do kept = kept + math.exp(joint.log_softmax(scores, order[r])) end
      for r = 1, math.min(top, #order) do
        out[i][order[r]] = math.exp(joint.log_softmax(scores, order[r])) / kept
      end
    end
  end
  return out
end

--- Cross-entropy of a profile and the softmax of cosines with z.
function joint.cross_entropy (profile, x, z, temperature)
  local scores, loss = {}, 0
  for j, row in ipairs(z) do scores[j] = joint.cosine(x, row) / temperature end
  for j, p in pairs(profile) do loss = loss - p * joint.log_softmax(scores, j) end
  return loss
end

--- Sum of the losses of a term or a head.
function joint.sum (list)
  local sum = 0
  for _, v in ipairs(list) do sum = sum + v.data:get(1) end
  return sum
end

--- Sum of squares of a parameter's gradient, parts of tables included.
function joint.gradient (p)
  local sum = 0
  local function add (x)
    for _, v in ipairs(x:reshape(x:size()):totable()) do sum = sum + v * v end
  end
  if p.touched then add(p:grad()) end
  for _, part in ipairs(p.parts) do add(part.values) end
  return sum
end

return joint
