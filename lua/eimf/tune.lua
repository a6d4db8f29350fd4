--- Options chosen by successive halving (Jamieson and Talwalkar 2016): many candidates for few epochs, the best of them
-- for more, until few have had all. What a candidate is worth is somebody else's to say, on validation alone; scores
-- are kept in a file, so that a search that was stopped goes on.
-- Neighbours: files, json, options, rng.
-- @module eimf.tune

require "eimf.boot".prepare()
local core = require "eimf.core"
local files = require "eimf.files"
local json = require "eimf.json"
local check = require "eimf.options".check
local rng = require "eimf.rng"

local tune = {}

local RULES = {
  space = { "table", required = true }, candidates = { "integer", min = 1, max = 10000, default = 27 },
  eta = { "integer", min = 2, max = 100, default = 3 }, least = { "integer", min = 1, default = 3 },
  most = { "integer", min = 1, default = 27 }, seed = { "integer", min = 0, default = 1 },
  about = { "string", default = "" }, scores = { "string", required = true },
  score = { "function", required = true }, say = { "function" },
}
local TRUTH = { ["true"] = true, ["false"] = false }
local TRIES = 50                         -- draws for one more candidate before there are thought to be no more

local function fail (...) error("eimf.tune: " .. string.format(...), 0) end

local function value_of (word)
  if TRUTH[word] ~= nil then return TRUTH[word] end
  return tonumber(word) or word
end

--- A space from text: "lr=3e-4..1e-2 dropout=0.3,0.5 norm=pre,post"; a range is drawn from by its logarithm.
-- Raises where a word is not of this form, or a name comes twice.
-- @tparam string text
-- @treturn table `{ [name] = { value, ... } or { log = { low, high } } }`
function tune.space (text)
  local space = {}
  for one in text:gmatch("%S+") do
    local name, values = one:match("^([%w_]+)=(.+)$")
    if not name then fail("space: '%s' is not name=value,value or name=low..high", one) end
    if space[name] then fail("space: '%s' is given twice", name) end
    local low, high = values:match("^([%d.eE+-]-)%.%.([%d.eE+-]+)$")
    local list = {}
    for word in values:gmatch("[^,]+") do list[#list + 1] = value_of(word) end
    space[name] = low and { log = { tonumber(low), tonumber(high) } } or list
  end
  return space
end

local function check_space (space)
  local names = {}
  for name, values in pairs(space) do
    local low, high = (values.log or {})[1], (values.log or {})[2]
    if values.log and not (type(low) == "number" and type(high) == "number" and low > 0 and low < high) then
      fail("'%s': a range of two numbers above 0 expected, the smaller first", name)
    end
    if not values.log and #values == 0 then fail("'%s' has no values", name) end
    names[#names + 1] = name
  end
  if #names == 0 then fail("the space is empty") end
  table.sort(names)
  return names
end

-- A number of two digits: what a recipe can be written with.
local function rounded (x) return tonumber(("%.1e"):format(x)) end

local function drawn (values, u)
  if not values.log then return values[1 + math.floor(u * #values)] end
  local low, high = values.log[1], values.log[2]
  return rounded(low * (high / low) ^ u)
end

--- Candidates: the defaults first (no option at all), then different ones drawn from the space; fewer where a space of
-- lists has no more.
-- @tparam table space
-- @tparam integer n
-- @tparam integer seed
-- @treturn {table,...} options by name
function tune.candidates (space, n, seed)
  local names, source = check_space(space), rng.new(seed)
  local out, seen, tries = { {} }, {}, 0
  while #out < n and tries < TRIES do
    local candidate = {}
    local u = source:uniform(core.new("float32", #names), 0, 1)
    for i, name in ipairs(names) do candidate[name] = drawn(space[name], u:get(i)) end
    local key = json.encode(candidate)
    if seen[key] then tries = tries + 1
    else out[#out + 1], seen[key], tries = candidate, true, 0 end
  end
  return out
end

--- Rungs: how many candidates get how many epochs.
-- @tparam table opt `candidates`, `eta`, `least`, `most`
-- @treturn {table,...} { n, epochs }: each rung keeps one of `eta` for `eta` times the epochs
-- @treturn integer epochs of all together
function tune.rungs (opt)
  local rungs, budget, before = {}, 0, 0
  local n, epochs = opt.candidates, math.min(opt.least, opt.most)
  repeat
    rungs[#rungs + 1] = { n = n, epochs = epochs }
    budget = budget + n * (epochs - before)
    n, before, epochs = math.max(1, math.floor(n / opt.eta)), epochs, math.min(epochs * opt.eta, opt.most)
  until before == opt.most
  return rungs, budget
end

local function key_of (about, candidate, epochs)
  return json.encode { about = about, candidate = candidate, epochs = epochs }
end

-- What is known from earlier sittings.
local function read_scores (path)
  local known = {}
  for line in (files.read(path) or ""):gmatch("[^\n]+") do
    local record = json.decode(line)
    if type(record) == "table" and record.candidate then
      known[key_of(record.about, record.candidate, record.epochs)] = record
    end
  end
  return known
end

-- Scores of a rung; what is not known is asked for. A candidate that failed has none.
local function score_rung (opt, known, candidates, epochs)
  local missing = {}
  for _, candidate in ipairs(candidates) do
    if not known[key_of(opt.about, candidate, epochs)] then missing[#missing + 1] = candidate end
  end
  local scores, message, code = {}, nil, nil
  if #missing > 0 then scores, message, code = opt.score(missing, epochs) end
  if not scores then return nil, message, code end
  for i, candidate in ipairs(missing) do
    local line = json.encode { about = opt.about, candidate = candidate, epochs = epochs, score = scores[i] or nil }
    known[key_of(opt.about, candidate, epochs)] = json.decode(line)       -- rounded as whoever goes on reads it
    local done
    done, message, code = files.append_line(opt.scores, line)
    if not done then return nil, message, code end
  end
  local out = {}
  for i, candidate in ipairs(candidates) do
    out[i] = { candidate = candidate, epochs = epochs, score = known[key_of(opt.about, candidate, epochs)].score,
               place = i }
  end
  table.sort(out, function (a, b)
    local x, y = a.score or -math.huge, b.score or -math.huge
    if x ~= y then return x > y end
    return a.place < b.place
  end)
  return out
end

--- Searches. The budget is said before anything starts.
-- @tparam table given `space` = { [name] = { value, ... } | { log = { low, high } } }; `candidates` = 27; `eta` = 3;
--   `least` = 3 epochs of the first rung, `most` = 27 of the last; `seed` = 1; `scores` = path of the file that keeps
--   them, `about` = text that says of what they are: scores of something else in the file are not taken; `score` =
--   function ({ candidate, ... }, epochs) -> { number or false, ... }, larger is better, on validation; nil, message,
--   code stops the search; `say` = function (line), for the budget and each rung
-- @treturn[1] table { candidate, score, rungs = { { { candidate, epochs, score }, ... best first }, ... }, budget }
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "FAILED" where no candidate has a score, or what `score` gave
function tune.search (given)
  local opt = check("eimf.tune", given, RULES)
  local candidates = tune.candidates(opt.space, opt.candidates, opt.seed)
  opt.candidates = #candidates
  local rungs, budget = tune.rungs(opt)
  local say, found = opt.say or function () end, { rungs = {}, budget = budget }
  say(("%d candidates, %d rungs; budget: %d epochs at most"):format(#candidates, #rungs, budget))
  local known = read_scores(opt.scores)
  for r, rung in ipairs(rungs) do
    say(("rung %d: %d candidates, %d epochs"):format(r, rung.n, rung.epochs))
    local scored, message, code = score_rung(opt, known, { (table.unpack or unpack)(candidates, 1, rung.n) },
      rung.epochs)
    if not scored then return nil, message, code end
    found.rungs[r], candidates = scored, {}
    for i, one in ipairs(scored) do candidates[i] = one.candidate end
  end
  local best = found.rungs[#rungs][1]
  if not best.score then return nil, "no candidate has a score", "FAILED" end
  found.candidate, found.score = best.candidate, best.score
  return found
end

return tune
