-- How many of the interests that users of a generated catalogue truly hold stand in a finished run's lists.
local eimf = require "eimf"
local lists = require "eimf.eval.lists"
local serve = require "eimf.serve"
local truth = require "eimf.esim.truth"
local evaluator = require "recipes.parts.evaluator"
local finished = require "recipes.parts.finished"

local covered = { N = 20 }               -- items of a list

local BATCH = 1024

-- The test users' lists, (V, N).
local function ranked (server, opt, part)
  local histories = eimf.data.histories(part, { max_len = opt.max_len, batch = BATCH })
  local seen = { ids = part.history, offsets = part.history_offsets }
  local out, tape = eimf.zeros_ids(histories:count(), covered.N), eimf.tape { record = false }
  for step = 1, histories:steps() do
    local batch = histories:batch(step)
    tape:reset()
    local v = server.model:interests(tape, batch.history)                          -- (B, K, D)
    if opt.cosine then v = tape:l2_normalise(v) end
    local ids = eimf.eval.rank { interests = v.data, items = server.candidates, n = covered.N,
      exclude = evaluator.leaves_seen_out(opt) and lists.slice(seen, batch.first, batch.size) or nil }
    out:rows(batch.first, batch.first + batch.size - 1):copy_(ids)
  end
  return out
end

--- Looks at a run's best snapshot.
-- @tparam string folder
-- @treturn table { covered = of each test user, held = of each test user, interests = K, dim }
function covered.of (folder)
  local run, server = finished.open(folder), assert(serve.open(folder .. "/snapshot.safetensors"))
  if not run.set.truth then
    error(("%s: a run on %s, where nobody knows the truth"):format(folder, run.set.provenance), 0)
  end
  local part = run.split.test
  local found, held = truth.covered(ranked(server, run.opt, part), part.users, run.set)
  return { covered = found, held = held, interests = server:interests({ 1 }):dim(2), dim = run.opt.dim }
end

return covered
