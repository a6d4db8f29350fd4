/*
** lua_gru.c: wrappers of the GRU.
*/

/***
@submodule eimf.core
*/
#include "../kernels/hot.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/* Reads x, wx, wh, bx, bh, off, reset from arguments `first` on. */
static eimf_gru checkgru (lua_State *L, int first) {
  static const char *const forms[] = { "after", "before", NULL };
  eimf_gru s = { .threads = eimf_threads() };
  const eimf_tensor *x = eimfL_checkmatrix(L, first, -1, -1);
  s.R = x->shape[0];
  s.D = x->shape[1];
  const eimf_tensor *wx = eimfL_checkmatrix(L, first + 1, s.D, -1);
  s.H = wx->shape[1] / 3;
  luaL_argcheck(L, s.D > 0, first, "no width");
  luaL_argcheck(L, s.H > 0 && wx->shape[1] == 3 * s.H, first + 1, "columns of three gates expected");
  s.x = eimfL_f32(x);
  s.wx = eimfL_f32(wx);
  s.wh = eimfL_f32(eimfL_checkmatrix(L, first + 2, s.H, 3 * s.H));
  s.bx = eimfL_f32(eimfL_checkvector(L, first + 3, 3 * s.H));
  s.bh = eimfL_f32(eimfL_checkvector(L, first + 4, 3 * s.H));
  s.off = eimfL_i32(eimfL_checkoffsets(L, first + 5, s.R, &s.B));
  s.before = luaL_checkoption(L, first + 6, NULL, forms);
  return s;
}


static float *checkscratch (lua_State *L, int arg, const eimf_gru *s, int back) {
  eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= eimf_gru_scratch(s, back), arg, "scratch is too small");
  return eimfL_f32(t);
}


/***
Floats of scratch that a GRU needs.
@function gru_scratch
@tparam tensor x (R, D)
@tparam tensor wx (D, 3H)
@tparam tensor wh (H, 3H)
@tparam tensor bx (3H)
@tparam tensor bh (3H)
@tparam tensor off (B+1) int32
@tparam string reset "after" or "before"
@treturn integer for gru_fwd
@treturn integer for gru_bwd
*/
static int k_gru_scratch (lua_State *L) {
  eimf_gru s = checkgru(L, 1);
  lua_pushnumber(L, (lua_Number)eimf_gru_scratch(&s, 0));
  lua_pushnumber(L, (lua_Number)eimf_gru_scratch(&s, 1));
  return 2;
}


/***
GRU over the rows of each segment, oldest first (Cho et al. 2014); gates in the columns' order r, z, n.
@function gru_fwd
@tparam tensor h (R, H), written: the state after each row
@tparam tensor gates (R, 4H), written: kept for gru_bwd
@tparam tensor x (R, D)
@tparam tensor wx (D, 3H)
@tparam tensor wh (H, 3H)
@tparam tensor bx (3H)
@tparam tensor bh (3H)
@tparam tensor off (B+1) int32
@tparam string reset "after" the product with the state (torch) or "before" it (as published)
@tparam tensor scratch
*/
static int k_gru_fwd (lua_State *L) {
  eimf_gru s = checkgru(L, 3);
  float *h = eimfL_f32(eimfL_checkmatrix(L, 1, s.R, s.H));
  float *gates = eimfL_f32(eimfL_checkmatrix(L, 2, s.R, 4 * s.H));
  eimf_gru_fwd(h, gates, &s, checkscratch(L, 10, &s, 0));
  return 0;
}


/***
Backward of gru_fwd: adds into dx, dwx, dwh, dbx, dbh.
@function gru_bwd
@tparam ?tensor dx (R, D)
@tparam tensor dwx (D, 3H)
@tparam tensor dwh (H, 3H)
@tparam tensor dbx (3H)
@tparam tensor dbh (3H)
@tparam tensor dh (R, H): gradient of the states
@tparam tensor h as written by gru_fwd
@tparam tensor gates as written by gru_fwd
@param ... x, wx, wh, bx, bh, off, reset as given to gru_fwd, and scratch
*/
static int k_gru_bwd (lua_State *L) {
  eimf_gru s = checkgru(L, 9);
  const eimf_tensor *dx = eimfL_optsize(L, 1, s.R * s.D);
  const eimf_gru_gradients d = {
    .x = dx ? eimfL_f32(dx) : NULL,
    .wx = eimfL_f32(eimfL_checkmatrix(L, 2, s.D, 3 * s.H)),
    .wh = eimfL_f32(eimfL_checkmatrix(L, 3, s.H, 3 * s.H)),
    .bx = eimfL_f32(eimfL_checkvector(L, 4, 3 * s.H)),
    .bh = eimfL_f32(eimfL_checkvector(L, 5, 3 * s.H)),
  };
  const float *dh = eimfL_f32(eimfL_checkmatrix(L, 6, s.R, s.H));
  const float *h = eimfL_f32(eimfL_checkmatrix(L, 7, s.R, s.H));
  const float *gates = eimfL_f32(eimfL_checkmatrix(L, 8, s.R, 4 * s.H));
  eimf_gru_bwd(&d, dh, h, gates, &s, checkscratch(L, 16, &s, 1));
  return 0;
}


const luaL_Reg eimfL_gru_functions[] = {
  {"gru_scratch", k_gru_scratch}, {"gru_fwd", k_gru_fwd}, {"gru_bwd", k_gru_bwd}, {NULL, NULL}
};
