--- The loop of Affinity Propagation: messages until the exemplars stay the same, damping raised in steps where they do
-- not. What it works on is a problem:
-- `{ N, M, ld, S, A, own, work }`, dense, or with `offsets` and `ids`, sparse; see csrc/kernels/affinity.h.
-- @module eimf.cluster.messages

local core = require "eimf.core"

local messages = {}

local LADDER = { 0.9, 0.95, 0.98 }

--- The dampings of a run, rising.
-- @tparam number damping the first
-- @tparam boolean ladder false: the only one
-- @treturn {number,...}
function messages.rungs (damping, ladder)
  local rungs = { damping }
  for _, step in ipairs(LADDER) do
    if ladder and step > rungs[#rungs] then rungs[#rungs + 1] = step end
  end
  return rungs
end


--- Candidates that are exemplars now.
-- @tparam table p problem
-- @treturn {integer,...} candidates from 1
function messages.exemplars (p)
  local marks, found = core.new("int32", p.M), {}
  core.affinity_marks(p.work, p.S, p.A, p.own, p.M, p.offsets, p.ids, marks)
  for k, mark in ipairs(marks:totable()) do
    if mark == 1 then found[#found + 1] = k end
  end
  return found
end


local function report (opt, state)
  return opt.progress ~= nil and opt.progress(state) == true
end


--- Passes messages, from zero.
-- @tparam table p problem
-- @tparam table opt `damping`, `ladder`, `max_iter`, `convergence_iter`, `progress(state)`, which stops the run by
-- returning true; state = `{ iteration, exemplars, unchanged, damping, max_iter }`
-- @treturn table `{ iterations, converged, stopped, damping, found = candidates from 1 }`
function messages.run (p, opt)
  local rungs, rung, share = messages.rungs(opt.damping, opt.ladder), 1, 0
  local state = { iteration = 0, exemplars = 0, unchanged = 0, damping = rungs[1], max_iter = opt.max_iter }
  local converged, stopped = false, false
  core.affinity_start(p.work, p.S, p.A, p.own, p.M, p.offsets, p.ids)
  for t = 1, opt.max_iter do
    local changed
    if t > opt.max_iter * rung / #rungs then rung = rung + 1 end
    state.iteration = t
    state.exemplars, changed, share = core.affinity_step(p.work, p.S, p.A, p.own, p.M, p.offsets, p.ids,
                                                         rungs[rung], share, state.damping)
    state.damping = rungs[rung]
    state.unchanged = changed == 0 and state.unchanged + 1 or 0
    stopped = report(opt, state)
    converged = state.exemplars > 0 and state.unchanged >= opt.convergence_iter
    if converged or stopped then break end
  end
  return { iterations = state.iteration, converged = converged, stopped = stopped, damping = state.damping,
           found = messages.exemplars(p) }
end


return messages
