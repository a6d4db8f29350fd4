/*
** lua_svd.c: bindings of kernels/svd.h: sparse matrices and their truncated decomposition.
*/

/***
@submodule eimf.core
*/
#include "../kernels/metrics.h"
#include "../kernels/svd.h"
#include "lua_functions.h"
#include "lua_tensor.h"

typedef struct {
  const eimf_tensor *offsets, *columns, *values;
  int64_t n;
} sparse;

/* offsets, columns within 0..V-1, values at arg, arg + 1, arg + 2. */
static sparse checksparse (lua_State *L, int arg, int64_t V) {
  sparse a;
  a.values = eimfL_checkvector(L, arg + 2, -1);
  a.columns = eimfL_checkids(L, arg + 1, a.values->size);
  a.offsets = eimfL_checkoffsets(L, arg, a.values->size, &a.n);
  luaL_argcheck(L, V > 0 || a.values->size == 0, arg + 1, "a matrix without columns has no values");
  if (V > 0) eimfL_checkidrange(L, arg + 1, -1, V - 1);
  return a;
}


/***
Y = A X, A sparse.
@function sparse_product
@tparam tensor y (n, r), written
@tparam tensor offsets (n+1) int32
@tparam tensor columns int32 from 0
@tparam tensor values
@tparam tensor x (V, r)
*/
static int k_sparse_product (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 5, -1, -1);
  const sparse a = checksparse(L, 2, x->shape[0]);
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, a.n, x->shape[1]);
  eimf_sparse_product(eimfL_f32(y), eimfL_i32(a.offsets), eimfL_i32(a.columns), eimfL_f32(a.values), eimfL_f32(x),
                      a.n, x->shape[1]);
  return 0;
}


/***
The transpose of a sparse matrix.
@function sparse_transpose
@tparam tensor offsets (n+1) int32
@tparam tensor columns int32 from 0
@tparam tensor values
@tparam integer V columns
@treturn tensor offsets (V+1) int32
@treturn tensor columns int32
@treturn tensor values
*/
static int k_sparse_transpose (lua_State *L) {
  const int64_t V = eimfL_checkcount(L, 4, 0, INT32_MAX - 1), rows = V + 1;
  const sparse a = checksparse(L, 1, V);
  const eimf_tensor *offsets = eimfL_newtensor(L, EIMF_I32, 1, &rows);
  const eimf_tensor *columns = eimfL_newtensor(L, EIMF_I32, 1, a.values->shape);
  const eimf_tensor *values = eimfL_newtensor(L, EIMF_F32, 1, a.values->shape);
  eimf_sparse_transpose(eimfL_i32(offsets), eimfL_i32(columns), eimfL_f32(values), eimfL_i32(a.offsets),
                        eimfL_i32(a.columns), eimfL_f32(a.values), a.n, V);
  return 3;
}


/***
Makes columns orthonormal; they span what they spanned.
@function orthonormal
@tparam tensor q (n, r), n >= r, changed
*/
static int k_orthonormal (lua_State *L) {
  const eimf_tensor *q = eimfL_checkmatrix(L, 1, -1, -1);
  luaL_argcheck(L, q->shape[0] >= q->shape[1], 1, "more columns than rows");
  float *room = eimfL_scratch(L, eimf_orthonormal_room(q->shape[1]) * sizeof *room);
  return eimfL_result(L, eimf_orthonormal(eimfL_f32(q), NULL, room, q->shape[0], q->shape[1]));
}


/***
Right singular vectors of a wide matrix, given as its transpose.
@function singular
@tparam tensor vectors (V, k), written; the largest element of each is positive
@tparam tensor sigma (k), written, falling
@tparam tensor bt (V, r), V >= r >= k, destroyed
*/
static int k_singular (lua_State *L) {
  const eimf_tensor *bt = eimfL_checkmatrix(L, 3, -1, -1), *sigma = eimfL_checkvector(L, 2, -1);
  const eimf_tensor *vectors = eimfL_checkmatrix(L, 1, bt->shape[0], sigma->size);
  const int64_t V = bt->shape[0], r = bt->shape[1];
  luaL_argcheck(L, V >= r && r >= sigma->size, 3, "wants rows >= columns >= elements of sigma");
  luaL_argcheck(L, eimf_odd_rows(eimfL_f32(bt), V, r) == 0, 3, "holds a NaN or an infinity");
  float *room = eimfL_scratch(L, eimf_singular_room(r) * sizeof *room);
  return eimfL_result(L, eimf_singular(eimfL_f32(vectors), eimfL_f32(sigma), eimfL_f32(bt), room, V, r, sigma->size));
}


const luaL_Reg eimfL_svd_functions[] = {
  {"sparse_product", k_sparse_product}, {"sparse_transpose", k_sparse_transpose}, {"orthonormal", k_orthonormal},
  {"singular", k_singular}, {NULL, NULL}
};
