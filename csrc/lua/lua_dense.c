/*
** lua_dense.c: bindings of kernels/dense.h.
*/

/***
@submodule eimf.core
*/
#include "../kernels/dense.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static const char *const activations[] = { "none", "relu", NULL };

/* Reads x, w, b|nil, activation from `first` on. */
static eimf_dense checkdense (lua_State *L, int first) {
  eimf_dense s = { .threads = eimf_threads() };
  const eimf_tensor *x = eimfL_checkmatrix(L, first, -1, -1), *b;
  const eimf_tensor *w = eimfL_checkmatrix(L, first + 1, x->shape[1], -1);
  s.R = x->shape[0];
  s.n = x->shape[1];
  s.m = w->shape[1];
  s.x = eimfL_f32(x);
  s.w = eimfL_f32(w);
  if ((b = eimfL_optvector(L, first + 2, s.m)) != NULL) s.b = eimfL_f32(b);
  s.relu = luaL_checkoption(L, first + 3, "none", activations);
  return s;
}


static float *checkscratch (lua_State *L, int arg, int64_t n) {
  eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= n, arg, "scratch is too small");
  return eimfL_f32(t);
}


/***
Floats of scratch that a linear layer needs.
@function dense_scratch
@param ... x, w, b, activation as given to dense_fwd
@treturn integer of the forward
@treturn integer of the backward
*/
static int k_dense_scratch (lua_State *L) {
  const eimf_dense s = checkdense(L, 1);
  const eimf_dense_plan cut = eimf_dense_cut(&s);
  lua_pushnumber(L, (lua_Number)cut.fwd);
  lua_pushnumber(L, (lua_Number)cut.bwd);
  return 2;
}


/***
A linear layer: y = f(x w + b).
@function dense_fwd
@tparam tensor y (R, m), written
@tparam tensor x (R, n)
@tparam tensor w (n, m)
@tparam ?tensor b (m)
@tparam ?string activation f: "none", the default, or "relu"
@tparam tensor scratch
*/
static int k_dense_fwd (lua_State *L) {
  const eimf_dense s = checkdense(L, 2);
  float *y = eimfL_f32(eimfL_checkmatrix(L, 1, s.R, s.m));
  eimf_dense_fwd(y, &s, checkscratch(L, 6, eimf_dense_cut(&s).fwd));
  return 0;
}


/***
Backward of dense_fwd: adds into dw and db; dx is written, or added to.
@function dense_bwd
@tparam ?tensor dx (R, n)
@tparam boolean add into dx
@tparam ?tensor dw (n, m)
@tparam ?tensor db (m)
@tparam tensor dy (R, m)
@tparam tensor y as written by dense_fwd
@param ... x, w, b, activation, scratch as given to dense_fwd
*/
static int k_dense_bwd (lua_State *L) {
  const eimf_dense s = checkdense(L, 7);
  const eimf_tensor *dx = eimfL_optsize(L, 1, s.R * s.n), *dw = eimfL_optsize(L, 3, s.n * s.m);
  const eimf_tensor *db = eimfL_optvector(L, 4, s.m);
  const float *dy = eimfL_f32(eimfL_checkmatrix(L, 5, s.R, s.m));
  const float *y = eimfL_f32(eimfL_checkmatrix(L, 6, s.R, s.m));
  eimf_dense_bwd(dx ? eimfL_f32(dx) : NULL, lua_toboolean(L, 2), dw ? eimfL_f32(dw) : NULL,
                 db ? eimfL_f32(db) : NULL, dy, y, &s, checkscratch(L, 11, eimf_dense_cut(&s).bwd));
  return 0;
}


/* Rows of the table x (N+1, n) by ids, dy (R, m). */
static eimf_dense checkgather (lua_State *L, int x_arg, int ids_arg, int dy_arg) {
  const eimf_tensor *x = eimfL_checkmatrix(L, x_arg, -1, -1), *dy = eimfL_checkmatrix(L, dy_arg, -1, -1);
  const eimf_tensor *ids = eimfL_checkidrange(L, ids_arg, dy->shape[0], x->shape[0] - 1);
  return (eimf_dense){ .threads = eimf_threads(), .R = dy->shape[0], .n = x->shape[1], .m = dy->shape[1],
                       .x = eimfL_f32(x), .ids = eimfL_i32(ids) };
}


/***
What a map of a table's rows gets from gradients of some of them: dw += sum over i of x[ids[i]]' dy[i].
@function dense_gather
@tparam tensor dw (n, m)
@tparam tensor x (N+1, n)
@tparam tensor ids (R) int32 within 0..N
@tparam tensor dy (R, m)
@tparam tensor scratch of dense_gather_scratch
*/
static int k_dense_gather (lua_State *L) {
  const eimf_dense s = checkgather(L, 2, 3, 4);
  float *dw = eimfL_f32(eimfL_checkmatrix(L, 1, s.n, s.m));
  const float *dy = eimfL_f32(eimfL_checkmatrix(L, 4, s.R, s.m));
  eimf_dense_bwd(NULL, 0, dw, NULL, dy, NULL, &s, checkscratch(L, 5, eimf_dense_cut(&s).bwd));
  return 0;
}


/***
Floats of scratch that dense_gather needs.
@function dense_gather_scratch
@param x, ids, dy as given to dense_gather
@treturn integer
*/
static int k_dense_gather_scratch (lua_State *L) {
  const eimf_dense s = checkgather(L, 1, 2, 3);
  lua_pushnumber(L, (lua_Number)eimf_dense_cut(&s).bwd);
  return 1;
}


/* x, w, ids|nil from `first` on: rows of x, or those that ids name, times w, to be added. */
static eimf_dense checkspread (lua_State *L, int first) {
  const eimf_tensor *x = eimfL_checkmatrix(L, first, -1, -1), *w = eimfL_checkmatrix(L, first + 1, x->shape[1], -1);
  eimf_dense s = { .threads = eimf_threads(), .R = x->shape[0], .n = x->shape[1], .m = w->shape[1], .add = 1,
                   .x = eimfL_f32(x), .w = eimfL_f32(w) };
  if (!lua_isnoneornil(L, first + 2)) {
    const eimf_tensor *ids = eimfL_checkidrange(L, first + 2, -1, x->shape[0] - 1);
    s.R = ids->size;
    s.ids = eimfL_i32(ids);
  }
  return s;
}


/***
Adds what a map makes of rows: y += x w, or with ids y[i] += x[ids[i]] w.
@function dense_spread
@tparam tensor y (R, m)
@tparam tensor x (R, n); with ids (N+1, n)
@tparam tensor w (n, m)
@tparam ?tensor ids (R) int32 within 0..N
@tparam tensor scratch of dense_spread_scratch
*/
static int k_dense_spread (lua_State *L) {
  const eimf_dense s = checkspread(L, 2);
  eimf_dense_fwd(eimfL_f32(eimfL_checkmatrix(L, 1, s.R, s.m)), &s, checkscratch(L, 5, eimf_dense_cut(&s).fwd));
  return 0;
}


/***
Floats of scratch that dense_spread needs.
@function dense_spread_scratch
@param x, w, ids as given to dense_spread
@treturn integer
*/
static int k_dense_spread_scratch (lua_State *L) {
  const eimf_dense s = checkspread(L, 1);
  lua_pushnumber(L, (lua_Number)eimf_dense_cut(&s).fwd);
  return 1;
}


const luaL_Reg eimfL_dense_functions[] = {
  {"dense_scratch", k_dense_scratch}, {"dense_fwd", k_dense_fwd}, {"dense_bwd", k_dense_bwd},
  {"dense_gather", k_dense_gather}, {"dense_gather_scratch", k_dense_gather_scratch},
  {"dense_spread", k_dense_spread}, {"dense_spread_scratch", k_dense_spread_scratch}, {NULL, NULL}
};
