/*
** lua_attention.c: bindings of kernels/attention.h.
*/

/***
@submodule eimf.core
*/
#include "../kernels/attention.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/* Reads x, offsets, heads, p, seed, step, draw from `first` on. */
static eimf_attention checkattention (lua_State *L, int first) {
  eimf_attention s = { .threads = eimf_threads() };
  const eimf_tensor *x = eimfL_checkmatrix(L, first, -1, -1);
  s.R = x->shape[0];
  s.x = eimfL_f32(x);
  s.off = eimfL_i32(eimfL_checkoffsets(L, first + 1, s.R, &s.B));
  s.H = eimfL_checkcount(L, first + 2, 1, INT32_MAX);
  luaL_argcheck(L, x->shape[1] > 0 && x->shape[1] % (3 * s.H) == 0, first,
                "queries, keys and values of every head expected");
  s.d = x->shape[1] / (3 * s.H);
  s.p = luaL_checknumber(L, first + 3);
  luaL_argcheck(L, s.p >= 0 && s.p < 1, first + 3, "a probability within [0, 1) expected");
  s.seed = eimfL_checkseed(L, first + 4);
  s.step = eimfL_checkseed(L, first + 5);
  s.draw = eimfL_checkseed(L, first + 6);
  return s;
}


static float *checkscratch (lua_State *L, int arg, const eimf_attention *s) {
  eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= eimf_attention_cut(s).size, arg, "scratch is too small");
  return eimfL_f32(t);
}


/***
Floats of scratch that causal attention needs, forward or backward.
@function attention_scratch
@param ... x, offsets, heads, p, seed, step, draw as given to attention_fwd
@treturn integer
*/
static int k_attention_scratch (lua_State *L) {
  const eimf_attention s = checkattention(L, 1);
  lua_pushnumber(L, (lua_Number)eimf_attention_cut(&s).size);
  return 1;
}


/***
Causal self-attention of H heads within segments: a row looks at the rows of its segment up to itself.
@function attention_fwd
@tparam tensor y (R, H d), written
@tparam tensor lse (R, H), written: logarithms of the sums, for the backward
@tparam tensor x (R, 3 H d): queries, keys, values side by side, heads side by side within each
@tparam tensor offsets (B+1) int32
@tparam integer heads H
@tparam number p of dropout on the weights
@tparam integer seed
@tparam integer step
@tparam integer draw
@tparam tensor scratch at least attention_scratch floats
*/
static int k_attention_fwd (lua_State *L) {
  const eimf_attention s = checkattention(L, 3);
  float *y = eimfL_f32(eimfL_checkmatrix(L, 1, s.R, s.H * s.d));
  float *lse = eimfL_f32(eimfL_checkmatrix(L, 2, s.R, s.H));
  eimf_attention_fwd(y, lse, &s, checkscratch(L, 10, &s));
  return 0;
}


/***
Backward of attention_fwd: adds into dx.
@function attention_bwd
@tparam tensor dx (R, 3 H d)
@tparam tensor dy (R, H d)
@tparam tensor y as written by attention_fwd
@tparam tensor lse as written by attention_fwd
@param ... x, offsets, heads, p, seed, step, draw, scratch as given to attention_fwd
*/
static int k_attention_bwd (lua_State *L) {
  const eimf_attention s = checkattention(L, 5);
  float *dx = eimfL_f32(eimfL_checkmatrix(L, 1, s.R, 3 * s.H * s.d));
  const float *dy = eimfL_f32(eimfL_checkmatrix(L, 2, s.R, s.H * s.d));
  const float *y = eimfL_f32(eimfL_checkmatrix(L, 3, s.R, s.H * s.d));
  const float *lse = eimfL_f32(eimfL_checkmatrix(L, 4, s.R, s.H));
  eimf_attention_bwd(dx, dy, y, lse, &s, checkscratch(L, 12, &s));
  return 0;
}


/***
Vectors of positions added to rows: y[r] = scale x[r] + p[back], back counted from the newest row of the segment.
@function positions_fwd
@tparam tensor y (R, D), written
@tparam tensor x (R, D)
@tparam tensor p (T, D): older rows than T share the last
@tparam tensor offsets (B+1) int32
@tparam number scale
*/
static int k_positions_fwd (lua_State *L) {
  int64_t B;
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, y->shape[0], y->shape[1]);
  const eimf_tensor *p = eimfL_checkmatrix(L, 3, -1, y->shape[1]);
  const eimf_tensor *off = eimfL_checkoffsets(L, 4, y->shape[0], &B);
  luaL_argcheck(L, p->shape[0] > 0, 3, "no positions");
  eimf_positions_fwd(eimfL_f32(y), eimfL_f32(x), eimfL_f32(p), (float)luaL_checknumber(L, 5), eimfL_i32(off), B,
                     p->shape[0], p->shape[1]);
  return 0;
}


/***
Backward of positions_fwd: adds into dp.
@function positions_bwd
@tparam tensor dp (T, D)
@tparam tensor dy (R, D)
@tparam tensor offsets (B+1) int32
*/
static int k_positions_bwd (lua_State *L) {
  int64_t B;
  const eimf_tensor *dp = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *dy = eimfL_checkmatrix(L, 2, -1, dp->shape[1]);
  const eimf_tensor *off = eimfL_checkoffsets(L, 3, dy->shape[0], &B);
  luaL_argcheck(L, dp->shape[0] > 0, 1, "no positions");
  eimf_positions_bwd(eimfL_f32(dp), eimfL_f32(dy), eimfL_i32(off), B, dp->shape[0], dp->shape[1]);
  return 0;
}


const luaL_Reg eimfL_attention_functions[] = {
  {"attention_scratch", k_attention_scratch},
  {"attention_fwd", k_attention_fwd}, {"attention_bwd", k_attention_bwd},
  {"positions_fwd", k_positions_fwd}, {"positions_bwd", k_positions_bwd}, {NULL, NULL}
};
