/*
** lua_math.c: wrappers for products of matrices and functions of each number.
*/

/***
@submodule eimf.core
*/
#include "../kernels/gemm.h"
#include "../kernels/hot.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/***
C = beta C + alpha op(A) op(B), op the transpose where asked for.
@function gemm
@tparam tensor c (M, N)
@tparam tensor a (M, K), or (K, M) where ta
@tparam tensor b (K, N), or (N, K) where tb
@tparam boolean ta
@tparam boolean tb
@tparam number alpha
@tparam number beta 0 overwrites C
*/
static int k_gemm (lua_State *L) {
  const eimf_tensor *a = eimfL_checkmatrix(L, 2, -1, -1), *b = eimfL_checkmatrix(L, 3, -1, -1);
  int ta = lua_toboolean(L, 4), tb = lua_toboolean(L, 5);
  int64_t M = a->shape[ta], K = a->shape[!ta], N = b->shape[!tb];
  eimfL_checkmatrix(L, 3, tb ? N : K, tb ? K : N);
  const eimf_tensor *c = eimfL_checkmatrix(L, 1, M, N);
  eimf_gemm(eimfL_f32(c), eimfL_f32(a), eimfL_f32(b), M, N, K, ta, tb,
            (float)luaL_checknumber(L, 6), (float)luaL_checknumber(L, 7));
  return 0;
}


/***
The same for n pairs of matrices.
@function gemm_batched
@tparam tensor c (n, M, N)
@tparam tensor a (n, M, K), or (n, K, M) where ta
@tparam tensor b (n, K, N), or (n, N, K) where tb
@tparam boolean ta
@tparam boolean tb
@tparam number alpha
@tparam number beta
*/
static int k_gemm_batched (lua_State *L) {
  const eimf_tensor *a = eimfL_checkcube(L, 2, -1, -1, -1);
  int ta = lua_toboolean(L, 4), tb = lua_toboolean(L, 5);
  const eimf_tensor *b = eimfL_checkcube(L, 3, a->shape[0], -1, -1);
  int64_t n = a->shape[0], M = a->shape[1 + ta], K = a->shape[2 - ta], N = b->shape[2 - tb];
  eimfL_checkcube(L, 3, n, tb ? N : K, tb ? K : N);
  const eimf_tensor *c = eimfL_checkcube(L, 1, n, M, N);
  eimf_gemm_batched(eimfL_f32(c), eimfL_f32(a), eimfL_f32(b), n, M, N, K, ta, tb,
                    (float)luaL_checknumber(L, 6), (float)luaL_checknumber(L, 7));
  return 0;
}


static const char *const maps[] = { "tanh", "sigmoid", "gelu", "exp", NULL };

/***
y = f(x) for each number.
@function map_fwd
@tparam string f "tanh", "sigmoid", "gelu" or "exp"
@tparam tensor y as many elements as x, written; may be x
@tparam tensor x
*/
static int k_map_fwd (lua_State *L) {
  int op = luaL_checkoption(L, 1, NULL, maps);
  const eimf_tensor *x = eimfL_checktensor(L, 3, EIMF_F32, -1), *y = eimfL_checksize(L, 2, x->size);
  eimf_map_fwd(op, eimfL_f32(y), eimfL_f32(x), x->size);
  return 0;
}


/***
dx += dy f'(x).
@function map_bwd
@tparam string f
@tparam tensor dx
@tparam tensor saved y = f(x); for "gelu" x
@tparam tensor dy
*/
static int k_map_bwd (lua_State *L) {
  int op = luaL_checkoption(L, 1, NULL, maps);
  const eimf_tensor *dx = eimfL_checktensor(L, 2, EIMF_F32, -1);
  const eimf_tensor *saved = eimfL_checksize(L, 3, dx->size), *dy = eimfL_checksize(L, 4, dx->size);
  eimf_map_bwd(op, eimfL_f32(dx), eimfL_f32(saved), eimfL_f32(dy), dx->size);
  return 0;
}


/***
Row-wise softmax: each row of y sums to 1.
@function softmax_fwd
@tparam tensor y (R, C), written; may be x itself
@tparam tensor x (R, C)
*/
static int k_softmax_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *y = eimfL_checksame(L, 1, x);
  eimf_softmax_fwd(eimfL_f32(y), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
dx += y (dy - sum over the row of y dy).
@function softmax_bwd
@tparam tensor dx (R, C)
@tparam tensor y (R, C)
@tparam tensor dy (R, C)
*/
static int k_softmax_bwd (lua_State *L) {
  const eimf_tensor *dx = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *y = eimfL_checksame(L, 2, dx), *dy = eimfL_checksame(L, 3, dx);
  eimf_softmax_bwd(eimfL_f32(dx), eimfL_f32(y), eimfL_f32(dy), dx->shape[0], dx->shape[1]);
  return 0;
}


const luaL_Reg eimfL_math_functions[] = {
  {"gemm", k_gemm}, {"gemm_batched", k_gemm_batched}, {"map_fwd", k_map_fwd}, {"map_bwd", k_map_bwd},
  {"softmax_fwd", k_softmax_fwd}, {"softmax_bwd", k_softmax_bwd}, {NULL, NULL}
};
