--- Operations of capsules: dynamic routing of histories to interests, and the maps of positions before it.
-- Neighbour: shapes.lua.
-- @module eimf.ops.routing

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local KNOWN = { logits = true, iterations = true, axis = true, own = true, dynamic = true }

--- Dynamic routing (Sabour et al. 2017) of each segment's rows to K interests, fused; `iterations` times
--   w = softmax of the logits,  v_k = squash(sum_r w_rk x_rk),  logit_rk += x_rk . v_k
-- The gradient flows through the last sum and squash; the weights get none. An empty history gives zero interests.
-- @tparam tape t
-- @tparam value x (R, D) rows that all interests see, or (R, K D), a row for each interest (`own`)
-- @tparam tensor offsets (B+1) int32
-- @tparam integer n_interests K
-- @tparam[opt] table options `logits` tensor (R, K), those to begin with (0), `iterations` (3), `axis` of the softmax:
--   "interest" (default) or "time"; `own`; `dynamic`: only max(1, min(K, floor(log2 L))) interests for a history of L
--   rows, the others repeat the first
-- @treturn value (B, K, D)
function ops.route (t, x, offsets, n_interests, options)
  options = options or {}
  for key in pairs(options) do
    if not KNOWN[key] then error(("unknown option '%s' of route"):format(tostring(key)), 2) end
  end
  local columns, K = shapes.value("route", 1, x, 2):dim(2), n_interests
  local B, R = shapes.offsets("route", 2, offsets, x)
  local own, dynamic = options.own or false, options.dynamic or false
  if own and columns % K ~= 0 then
    error(("bad argument #1 to 'route' (shape %s: %d columns are not %d rows)"):format(shapes.text(x), columns, K), 2)
  end
  local v = t:value({ B, K, own and columns / K or columns }, x)
  local w, z = t:take("float32", R, K), t:take_like(v.data)
  core.route_fwd(v.data, w, z, x.data, options.logits, offsets, options.iterations or 3, options.axis or "interest",
    own, dynamic, t:take("float32", R, K))
  return t:record("route", v, function ()
    core.route_bwd(x:grad(), v:grad(), w, z, offsets, own, dynamic, t:take_like(v.data))
  end)
end

--- A linear map for each position of a history: y_r = h_r W_p, p = 1 for the newest row; rows older than T share the
-- last map. Rows of a position are multiplied together.
-- @tparam tape t
-- @tparam value h (R, D)
-- @tparam tensor offsets (B+1) int32
-- @tparam value w (T, D, N)
-- @treturn value (R, N)
function ops.position_linear (t, h, offsets, w)
  local x, maps = shapes.value("position_linear", 1, h, 2), shapes.value("position_linear", 3, w, 3)
  local _, R = shapes.offsets("position_linear", 2, offsets, h)
  shapes.agree("position_linear", 3, h, w, "widths", x:dim(2), maps:dim(2))
  local y = t:value({ R, maps:dim(3) }, h, w)
  local scratch = t:take("float32", core.position_linear_scratch(x, maps, offsets))
  core.position_linear_fwd(y.data, x, maps, offsets, scratch)
  return t:record("position_linear", y, function ()
    core.position_linear_bwd(h.needs_grad and h:grad() or nil, w.needs_grad and w:grad() or nil, y:grad(), x, maps,
      offsets, scratch)
  end)
end

return ops
