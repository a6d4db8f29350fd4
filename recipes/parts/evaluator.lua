-- What ranks a part's users: K interests each, every item, the protocol's rule for seen ones; by cosine where the
-- loss was of cosines.
local eimf = require "eimf"

local evaluator = { CUTOFFS = { 5, 10, 20, 50 } }

--- Are the items of a user's history left out?
function evaluator.leaves_seen_out (opt)
  return opt.exclude_seen == "true" or opt.exclude_seen == "auto" and opt.protocol == "leave_one_out"
end

--- An evaluation of a model.
-- @tparam table opt
-- @tparam model model
-- @tparam[opt] boolean cosine
-- @treturn function part, further options of eimf.eval.evaluate -> metrics
function evaluator.new (opt, model, cosine)
  local tape = eimf.tape { record = false }
  return function (part, extra)
    local items = cosine and eimf.plain:l2_normalise(model.items) or model.items
    local call = {
      interests = function (history)
        tape:reset()
        local v = model:interests(tape, history)                   -- jagged (R, D) -> (B, K, D)
        return cosine and tape:l2_normalise(v).data or v.data
      end,
      items = items.data, part = part, max_len = opt.max_len, exclude_seen = evaluator.leaves_seen_out(opt),
      n = evaluator.CUTOFFS, ndcg = opt.ndcg,
    }
    for name, value in pairs(extra or {}) do call[name] = value end
    return eimf.eval.evaluate(call)
  end
end

return evaluator
