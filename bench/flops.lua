--- Multiplications and additions of matrix products, counted while a step runs: the kernels' entries of eimf.core are
-- wrapped for that time, and each says from the shapes of its arguments what its formula needs. A kernel's
-- backward has two products for each of the forward's; what it works out again is not counted.
local core = require "eimf.core"

local flops = {}

-- Pairs of rows that see each other in causal attention.
local function causal_pairs (offsets)
  local at, n = offsets:totable(), 0
  for b = 1, #at - 1 do n = n + (at[b + 1] - at[b]) * (at[b + 1] - at[b] + 1) / 2 end
  return n
end

local function wanted (a, b) return (a and 1 or 0) + (b and 1 or 0) end

-- By kernel: half the flops of its arguments. Letters as in csrc/kernels/hot.h.
local products = {}

function products.gemm (c, a, _, ta) return c:size() * a:dim(ta and 1 or 2) end
function products.gemm_batched (c, a, _, ta) return c:size() * a:dim(ta and 2 or 3) end
function products.dense_fwd (y, x) return y:size() * x:dim(2) end
function products.dense_bwd (dx, _, dw, _, dy, _, x) return dy:size() * x:dim(2) * wanted(dx, dw) end
function products.dense_gather (dw, _, _, dy) return dw:size() * dy:dim(1) end
function products.dense_spread (y, x) return y:size() * x:dim(2) end
function products.position_linear_fwd (y, h) return y:size() * h:dim(2) end
function products.position_linear_bwd (dh, dw, dy, h) return dy:size() * h:dim(2) * wanted(dh, dw) end

-- Hidden layer, logits of the interests, their sums.
-- What repeats meets the map once.
local function self_attentive (a, h, w1) return h:size() * w1:dim(2) + a:size() * (w1:dim(2) + h:dim(2)) end
function products.sa_fwd (_, a, _, h, _, w1) return self_attentive(a, h, w1) end
function products.sa_bwd (_, _, _, _, _, _, _, a, _, h, _, w1) return 2 * self_attentive(a, h, w1) end

local function cross_entropy (u, pos, c) return u:size() * (c:dim(1) + (pos and 1 or 0)) end
function products.ce_fwd (_, _, _, u, pos, c) return cross_entropy(u, pos, c) end
function products.ce_bwd (_, _, _, _, _, _, _, u, pos, c) return 2 * cross_entropy(u, pos, c) end

function products.attention_fwd (y, _, _, offsets) return 2 * causal_pairs(offsets) * y:dim(2) end
function products.attention_bwd (_, dy, _, _, _, offsets) return 4 * causal_pairs(offsets) * dy:dim(2) end

local function gru (h, x, wx) return h:dim(1) * (x:dim(2) + h:dim(2)) * wx:dim(2) end
function products.gru_fwd (h, _, x, wx) return gru(h, x, wx) end
function products.gru_bwd (_, _, _, _, _, _, h, _, x, wx) return 2 * gru(h, x, wx) end

-- Every iteration sums, and all but the last look how rows agree with the sums.
function products.route_fwd (v, w, _, _, _, _, iterations) return w:size() * v:dim(3) * (2 * iterations - 1) end
function products.route_bwd (_, dv, w) return w:size() * dv:dim(3) end

function products.profile_fwd (_, _, _, x, z) return x:size() * z:dim(1) end
function products.profile_bwd (_, _, _, _, _, _, x, z) return 2 * x:size() * z:dim(1) end
function products.nce_fwd (_, _, _, a) return a:size() * a:dim(1) end
function products.nce_bwd (_, _, _, _, _, _, a) return 2 * a:size() * a:dim(1) end
function products.attend_fwd (y, a) return 2 * a:size() * y:dim(2) end
function products.attend_bwd (_, _, dy, _, a) return 4 * a:size() * dy:dim(2) end

--- Flops of what a function does.
-- @tparam function work
-- @treturn number
function flops.of (work)
  local sum, real = 0, {}
  for name, count in pairs(products) do
    real[name] = assert(core[name], name)
    core[name] = function (...)
      sum = sum + 2 * count(...)
      return real[name](...)
    end
  end
  local done, message = pcall(work)
  for name, kernel in pairs(real) do core[name] = kernel end
  if not done then error(message, 0) end
  return sum
end

--- Mean flops of steps 1 .. n.
-- @tparam function step called with the number of the step
-- @tparam integer n
-- @treturn number
function flops.mean (step, n)
  return flops.of(function () for i = 1, n do step(i) end end) / n
end

return flops
