--- Serving: a snapshot, a history of ids, the best items. After loading it does
-- no I/O; it never loads curl, cjson, threads or anything of training's data.
-- Neighbours: models, models/options, snapshot, eval/diverse, eval/groups.
-- @module eimf.serve
-- @usage
-- local shop = assert(serve.open "runs/beauty/snapshot.safetensors")
-- for _, hit in ipairs(shop:recommend({ "B0000", "B0001" }, { n = 10 })) do print(hit.id, hit.score, hit.title) end

local core = require "eimf.core"
local tensor = require "eimf.tensor"
local tape = require "eimf.tape"
local models = require "eimf.models"
local model_options = require "eimf.models.options"
local snapshot = require "eimf.snapshot"
local diverse = require "eimf.eval.diverse"
local groups = require "eimf.eval.groups"
local options = require "eimf.options"

local serve = {}

local Server = {}
Server.__index = Server

-- Ranges that a model can be built from: a snapshot comes from outside. What older snapshots do not say is the default.
local function rules_of (backbone)
  local rules = model_options.of(backbone)
  rules.cosine = { "boolean", default = false }
  for _, name in ipairs { "dim", "n_interests", "max_len" } do
    local rule = rules[name]
    rules[name] = { rule[1], min = rule.min, max = rule.max, required = true }
  end
  return rules
end

-- A model's weights are about to be written over: no random numbers for them.
local function as_it_is (_, x) return x end
local BLANK = { normal = as_it_is, uniform = as_it_is }

local function build (path, snap)
  local new = models[snap.backbone]
  if not new then return nil, ("%s: unknown backbone '%s'"):format(path, snap.backbone), "BAD_FORMAT" end
  local fine, opt = pcall(options.check, "snapshot", snap.options, rules_of(snap.backbone))
  if not fine then
    return nil, path .. ": the options of the model are incomplete or out of range", "BAD_FORMAT"
  end
  local width = snap.tensors.items:dim(2)
  if width ~= opt.dim and snap.backbone ~= "popular" then
    return nil, ("%s: the item table has %d columns, dim is %d"):format(path, width, opt.dim), "BAD_FORMAT"
  end
  opt.dropout, opt.init = 0, "normal"
  local good, model = pcall(new, model_options.pick(snap.backbone, opt), snap.n_items, BLANK)
  if not good then return nil, ("%s: %s"):format(path, tostring(model)), "BAD_FORMAT" end
  local ok, reason = snapshot.restore(model, snap.tensors)
  if not ok then return nil, path .. ": " .. reason, "BAD_FORMAT" end
  return model, opt
end

-- Numbers of the items' categories, (N+1); nil where the snapshot says nothing of them.
local function numbered (categories, n_items)
  if not categories then return nil end
  local lists = {}
  for i, name in ipairs(categories) do lists[i] = name ~= "" and { name } or nil end
  return (groups.categories(lists, n_items))
end

--- Opens a snapshot.
-- @tparam string path
-- @treturn server; or nil, message, code
function serve.open (path)
  local snap, message, code = snapshot.load(path)
  if not snap then return nil, message, code end
  local model, opt, bad = build(path, snap)
  if not model then return nil, opt, bad end
  local number = {}
  for i, id in ipairs(snap.item_ids) do number[id] = i end
  return setmetatable({
    model = model, options = opt, n_items = snap.n_items, item_ids = snap.item_ids, titles = snap.titles,
    number = number, backbone = snap.backbone, provenance = snap.provenance, fingerprint = snap.fingerprint,
    categories = numbered(snap.categories, snap.n_items),
    candidates = opt.cosine and tape.plain:l2_normalise(model.items).data or model.items.data,
  }, Server)
end

--- Numbers (1..N) of known raw ids, in order; how many were unknown.
local function known_items (self, raw)
  local known, unknown = {}, 0
  for _, id in ipairs(raw) do
    local i = self.number[tostring(id)]
    if i then known[#known + 1] = i else unknown = unknown + 1 end
  end
  return known, unknown
end

local function newest (list, n)
  local out = {}
  for i = math.max(1, #list - n + 1), #list do out[#out + 1] = list[i] end
  return out
end

--- Interests of a history.
-- @tparam {integer,...} numbers item numbers 1..N, oldest first; the newest max_len count
-- @treturn tensor (1, K, D)
function Server:interests (numbers)
  local list = newest(numbers, self.options.max_len)
  local positions = {}
  for r = 1, #list do positions[r] = #list - r + 1 end
  local history = { ids = tensor.ids(list), offsets = tensor.ids { 0, #list }, positions = tensor.ids(positions) }
  return self.model:interests(tape.plain, history).data
end

-- What items are scored with; of length 1, as the candidates are, where the loss was of cosines.
local function scoring (self, numbers)
  local v = self:interests(numbers)
  if not self.options.cosine then return v end
  return tape.plain:l2_normalise(tape.plain:constant(v)).data
end

--- Distinct numbers, rising, as the ranking wants them.
local function sorted_set (...)
  local seen, out = {}, {}
  for _, list in ipairs { ... } do
    for _, i in ipairs(list) do
      if not seen[i] then
        seen[i] = true
        out[#out + 1] = i
      end
    end
  end
  table.sort(out)
  return out
end

local RECOMMEND = {
  n = { "integer", min = 1, max = 100000, default = 10 }, exclude = { "table", default = {} },
  exclude_seen = { "boolean", default = true }, diversity = { "number", min = 0, default = 0 },
}

-- The n best by score, or where diversity is wanted by both: ids and scores, (1, n).
local function best (self, v, exclude, opts)
  local varied = opts.diversity > 0
  local n = varied and diverse.pool(opts.n) or opts.n
  local ids, scores = tensor.zeros_ids(1, n), tensor.zeros(1, n)
  core.rank_top(ids, scores, v, self.candidates, tensor.ids(exclude), tensor.ids { 0, #exclude })
  if not varied then return ids, scores end
  return diverse.lists { ranked = ids, scores = scores, categories = self.categories, lambda = opts.diversity,
                         n = opts.n }
end

--- The best items for a history of raw ids. Unknown ids are passed over.
-- @tparam {string,...} history raw item ids, oldest first
-- @tparam[opt] table opts `n` (10), `exclude` (raw ids that must not come), `exclude_seen` (true), `diversity` (0):
-- what an item of another category than each before it is worth, in units of scores (`eimf.eval.diverse`); raises
-- where the snapshot has no categories
-- @treturn {table,...} { id = raw id, number, score, title }, best first
-- @treturn integer how many ids of the history are not in the snapshot
function Server:recommend (history, opts)
  opts = options.check("recommend", opts, RECOMMEND)
  local numbers, unknown = known_items(self, history)
  if opts.diversity > 0 and not self.categories then
    error(("recommend: diversity=%g, but this snapshot has no categories of items"):format(opts.diversity), 2)
  end
  local exclude = sorted_set(opts.exclude_seen and numbers or {}, (known_items(self, opts.exclude)))
  local ids, scores = best(self, scoring(self, numbers), exclude, opts)
  local hits = {}
  for i = 1, opts.n do
    local number = ids:get(1, i)
    if number == 0 then break end
    hits[i] = { id = self.item_ids[number], number = number, score = scores:get(1, i), title = self.titles[number] }
  end
  return hits, unknown
end

return serve
