--- Operations on jagged rows: the histories of B users laid end to end, segment
-- b the rows offsets[b] .. offsets[b+1]-1. An empty segment gives zeros.
-- Offsets must keep their content until backward. Neighbour: shapes.lua.
-- @module eimf.ops.segments

local core = require "eimf.core"
local shapes = require "eimf.ops.shapes"

local ops = {}

local function reduced (t, op, x, offsets, mean)
  shapes.value(op, 1, x, 2)
  local B = shapes.offsets(op, 2, offsets, x)
  local y = t:value({ B, x.data:dim(2) }, x)
  core.segment_sum(y.data, x.data, offsets, mean)
  return t:record(op, y, function () core.segment_repeat(x:grad(), y:grad(), offsets, mean, true) end)
end

--- Sum of each segment's rows.
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (B, D)
function ops.segment_sum (t, x, offsets) return (reduced(t, "segment_sum", x, offsets, false)) end

--- Mean of each segment's rows.
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (B, D)
function ops.segment_mean (t, x, offsets) return (reduced(t, "segment_mean", x, offsets, true)) end

--- Newest row of each segment.
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (B, D)
function ops.segment_last (t, x, offsets)
  shapes.value("segment_last", 1, x, 2)
  local y = t:value({ shapes.offsets("segment_last", 2, offsets, x), x.data:dim(2) }, x)
  core.segment_last_fwd(y.data, x.data, offsets)
  return t:record("segment_last", y, function () core.segment_last_bwd(x:grad(), y:grad(), offsets) end)
end

--- A row for every row of its segment: y[r] = x[b].
-- @tparam tape t
-- @tparam value x (B, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, D)
function ops.repeat_segments (t, x, offsets)
  local data = shapes.value("repeat_segments", 1, x, 2)
  local B, R = shapes.offsets("repeat_segments", 2, offsets)
  shapes.agree("repeat_segments", 2, x, offsets, "rows and segments", data:dim(1), B)
  local y = t:value({ R, data:dim(2) }, x)
  core.segment_repeat(y.data, data, offsets)
  return t:record("repeat_segments", y, function ()
    core.segment_sum(x:grad(), y:grad(), offsets, false, true)
  end)
end

--- Softmax over the rows of each segment, each column by itself.
-- @tparam tape t
-- @tparam value x (R, C)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, C)
function ops.segment_softmax (t, x, offsets)
  shapes.value("segment_softmax", 1, x, 2)
  shapes.offsets("segment_softmax", 2, offsets, x)
  local y = t:like(x)
  core.segment_softmax_fwd(y.data, x.data, offsets)
  return t:record("segment_softmax", y, function ()
    core.segment_softmax_bwd(x:grad(), y.data, y:grad(), offsets)
  end)
end

--- K weighted sums of each segment's rows: v[b][k] = sum_r w[r][k] x[r].
-- @tparam tape t
-- @tparam value w (R, K)
-- @tparam value x (R, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (B, K, D)
function ops.segment_weighted_sum (t, w, x, offsets)
  local weights, data = shapes.value("segment_weighted_sum", 1, w, 2), shapes.value("segment_weighted_sum", 2, x, 2)
  shapes.agree("segment_weighted_sum", 2, w, x, "rows", weights:dim(1), data:dim(1))
  local v = t:value({ shapes.offsets("segment_weighted_sum", 3, offsets, x), weights:dim(2), data:dim(2) }, w, x)
  core.segment_weighted_sum(v.data, weights, data, offsets)
  return t:record("segment_weighted_sum", v, function ()
    if w.needs_grad then core.segment_dot(w:grad(), data, v:grad(), offsets, true) end
    if x.needs_grad then core.segment_mix(x:grad(), weights, v:grad(), offsets, true) end
  end)
end

--- Each row against the K vectors of its segment: w[r][k] = x[r] . v[b][k].
-- @tparam tape t
-- @tparam value x (R, D)
-- @tparam value v (B, K, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, K)
function ops.segment_dot (t, x, v, offsets)
  local data, vectors = shapes.value("segment_dot", 1, x, 2), shapes.value("segment_dot", 2, v, 3)
  shapes.agree("segment_dot", 2, x, v, "widths", data:dim(2), vectors:dim(3))
  local B, R = shapes.offsets("segment_dot", 3, offsets, x)
  shapes.agree("segment_dot", 3, v, offsets, "vectors' and offsets' segments", vectors:dim(1), B)
  local w = t:value({ R, vectors:dim(2) }, x, v)
  core.segment_dot(w.data, data, vectors, offsets)
  return t:record("segment_dot", w, function ()
    if x.needs_grad then core.segment_mix(x:grad(), w:grad(), vectors, offsets, true) end
    if v.needs_grad then core.segment_weighted_sum(v:grad(), w:grad(), data, offsets, true) end
  end)
end

--- Each row from the K vectors of its segment: x[r] = sum_k w[r][k] v[b][k].
-- @tparam tape t
-- @tparam value w (R, K)
-- @tparam value v (B, K, D)
-- @tparam tensor offsets (B+1) int32
-- @treturn value (R, D)
function ops.segment_mix (t, w, v, offsets)
  local weights, vectors = shapes.value("segment_mix", 1, w, 2), shapes.value("segment_mix", 2, v, 3)
  shapes.agree("segment_mix", 2, w, v, "numbers of weights and vectors", weights:dim(2), vectors:dim(2))
  local B, R = shapes.offsets("segment_mix", 3, offsets, w)
  shapes.agree("segment_mix", 3, v, offsets, "vectors' and offsets' segments", vectors:dim(1), B)
  local x = t:value({ R, vectors:dim(3) }, w, v)
  core.segment_mix(x.data, weights, vectors, offsets)
  return t:record("segment_mix", x, function ()
    if w.needs_grad then core.segment_dot(w:grad(), x:grad(), vectors, offsets, true) end
    if v.needs_grad then core.segment_weighted_sum(v:grad(), weights, x:grad(), offsets, true) end
  end)
end

return ops
