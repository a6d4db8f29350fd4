/*
** lua_clusters.c: wrappers of kernels/cluster.h for eimf.cluster.
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "../kernels/cluster.h"
#include "../kernels/gemm.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/***
Assigns every row to its best exemplar, the first of equal ones.
@function cluster_assign
@tparam tensor labels (N) int32, written: 1..K
@tparam ?tensor margin (N), written: best similarity less the next
@tparam tensor S (N, ld)
@tparam tensor columns (K) int32 from 0
*/
static int k_cluster_assign (lua_State *L) {
  const eimf_tensor *S = eimfL_checkmatrix(L, 3, -1, -1), *margin = eimfL_optvector(L, 2, S->shape[0]);
  const eimf_tensor *label = eimfL_checkids(L, 1, S->shape[0]);
  const eimf_tensor *column = eimfL_checkidrange(L, 4, -1, S->shape[1] - 1);
  luaL_argcheck(L, column->size > 0, 4, "no exemplars");
  eimf_assign(eimfL_i32(label), margin ? eimfL_f32(margin) : NULL, eimfL_f32(S), eimfL_i32(column), S->shape[0],
              S->shape[1], column->size);
  return 0;
}


/***
The member of each cluster with the least sum of squared distances to its members.
@function cluster_medoids
@tparam tensor medoids (K) int32, written: rows from 0, -1 for an empty cluster
@tparam tensor x (N, D)
@tparam tensor labels (N) int32 1..K, 0 = none
@tparam ?tensor w (N) weights of members
@tparam ?tensor p (N) preferences, which count for a member
*/
static int k_cluster_medoids (lua_State *L) {
  const eimf_tensor *medoid = eimfL_checkids(L, 1, -1), *x = eimfL_checkmatrix(L, 2, -1, -1);
  const int64_t N = x->shape[0], D = x->shape[1], K = medoid->size;
  const eimf_tensor *label = eimfL_checkidrange(L, 3, N, K), *w = eimfL_optvector(L, 4, N);
  const eimf_tensor *p = eimfL_optvector(L, 5, N);
  double *sums = eimfL_scratch(L, (size_t)(K * (D + 1)) * sizeof *sums);
  eimf_medoids(eimfL_i32(medoid), eimfL_f32(x), w ? eimfL_f32(w) : NULL, p ? eimfL_f32(p) : NULL, eimfL_i32(label),
               N, K, D, sums);
  return 0;
}


/***
The same by sums of given similarities, preferences on the diagonal.
@function cluster_medoids_of
@tparam tensor medoids (K) int32, written
@tparam tensor S (N, ld)
@tparam tensor labels (N) int32 1..K, 0 = none
*/
static int k_cluster_medoids_of (lua_State *L) {
  const eimf_tensor *medoid = eimfL_checkids(L, 1, -1), *S = eimfL_checkmatrix(L, 2, -1, -1);
  const int64_t N = S->shape[0], K = medoid->size;
  const eimf_tensor *label = eimfL_checkidrange(L, 3, N, K);
  luaL_argcheck(L, S->shape[1] >= N, 2, "not every point is a candidate");
  double *sums = eimfL_scratch(L, (size_t)N * sizeof *sums);
  int32_t *order = eimfL_scratch(L, (size_t)N * sizeof *order);
  eimf_medoids_of(eimfL_i32(medoid), eimfL_f32(S), eimfL_i32(label), N, S->shape[1], K, order, sums);
  return 0;
}


#define SILHOUETTE_ROWS 256

/***
Silhouettes of labelled rows by Euclidean distance.
@function cluster_silhouettes
@tparam tensor out (N), written
@tparam tensor x (N, D)
@tparam tensor labels (N) int32 1..K, 0 = none
@tparam integer K
*/
static int k_cluster_silhouettes (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1);
  const int64_t N = x->shape[0], D = x->shape[1], K = eimfL_checkcount(L, 4, 1, INT32_MAX);
  float *out = eimfL_f32(eimfL_checkvector(L, 1, N)), *v = eimfL_f32(x);
  const int32_t *label = eimfL_i32(eimfL_checkidrange(L, 3, N, K));
  float *products = eimfL_scratch(L, (size_t)(SILHOUETTE_ROWS * N) * sizeof(float));
  float *squares = eimfL_scratch(L, (size_t)N * sizeof(float));
  double *sums = eimfL_scratch(L, (size_t)(eimf_threads() * K) * sizeof *sums);
  int32_t *size = memset(eimfL_scratch(L, (size_t)K * sizeof *size), 0, (size_t)K * sizeof *size);
  for (int64_t i = 0; i < N; i++) {
    double sum = 0;
    for (int64_t d = 0; d < D; d++) sum += (double)v[i * D + d] * (double)v[i * D + d];
    squares[i] = (float)sum;
    if (label[i] > 0) size[label[i] - 1]++;
  }
  for (int64_t i = 0; i < N; i += SILHOUETTE_ROWS) {
    int64_t n = N - i < SILHOUETTE_ROWS ? N - i : SILHOUETTE_ROWS;
    eimf_gemm(products, v + i * D, v, n, N, D, 0, 1, 1, 0);
    eimf_silhouettes(out + i, products, squares, label, size, i, n, N, K, sums);
  }
  return 0;
}


/* out at 1 with `extra` rows and one column more than x at 2. */
static const eimf_tensor *checkwidened (lua_State *L, int64_t extra) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1);
  eimfL_checkmatrix(L, 1, x->shape[0] + extra, x->shape[1] + 1);
  return x;
}


/***
Rows (x, 1): what is sought among `cluster_targets` by the largest product.
@function cluster_queries
@tparam tensor v (N, D + 1), written
@tparam tensor x (N, D)
*/
static int k_cluster_queries (lua_State *L) {
  const eimf_tensor *x = checkwidened(L, 0);
  eimf_as_queries(eimfL_f32(lua_touserdata(L, 1)), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
Rows (2 x, -|x|^2) after a row of zeros: the largest product with (y, 1) is that of the least distance.
@function cluster_targets
@tparam tensor e (N + 1, D + 1), written
@tparam tensor x (N, D)
*/
static int k_cluster_targets (lua_State *L) {
  const eimf_tensor *x = checkwidened(L, 1);
  eimf_as_targets(eimfL_f32(lua_touserdata(L, 1)), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
Makes products of queries and targets negative squared distances.
@function cluster_similarities
@tparam tensor s (N, n), changed
@tparam tensor x (N, D) the queries' rows
*/
static int k_cluster_similarities (lua_State *L) {
  const eimf_tensor *s = eimfL_checkmatrix(L, 1, -1, -1), *x = eimfL_checkmatrix(L, 2, s->shape[0], -1);
  eimf_as_similarities(eimfL_f32(s), eimfL_f32(x), x->shape[0], x->shape[1], s->shape[1]);
  return 0;
}


/***
Sum of -w_i |x_i - y_label|^2 over labelled rows.
@function cluster_net
@tparam tensor x (N, D)
@tparam tensor y (K, D)
@tparam tensor labels (N) int32 1..K, 0 = none
@tparam ?tensor w (N)
@treturn number
*/
static int k_cluster_net (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 1, -1, -1), *y = eimfL_checkmatrix(L, 2, -1, x->shape[1]);
  const eimf_tensor *label = eimfL_checkidrange(L, 3, x->shape[0], y->shape[0]);
  const eimf_tensor *w = eimfL_optvector(L, 4, x->shape[0]);
  lua_pushnumber(L, eimf_net_similarity(eimfL_f32(x), eimfL_f32(y), w ? eimfL_f32(w) : NULL, eimfL_i32(label),
                                        x->shape[0], x->shape[1]));
  return 1;
}


/***
Some rows of a matrix.
@function cluster_rows
@tparam tensor y (n, D), written
@tparam tensor x (N, D)
@tparam tensor rows (n) int32 from 1
*/
static int k_cluster_rows (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *rows = eimfL_checkidrange(L, 3, -1, x->shape[0]);
  const int64_t D = x->shape[1];
  float *y = eimfL_f32(eimfL_checkmatrix(L, 1, rows->size, D));
  for (int64_t i = 0; i < rows->size; i++) {
    int32_t row = eimfL_i32(rows)[i];
    luaL_argcheck(L, row > 0, 3, "rows count from 1");
    memcpy(y + i * D, eimfL_f32(x) + (row - 1) * D, (size_t)D * sizeof *y);
  }
  return 0;
}


const luaL_Reg eimfL_clusters_functions[] = {
  {"cluster_assign", k_cluster_assign}, {"cluster_medoids", k_cluster_medoids},
  {"cluster_medoids_of", k_cluster_medoids_of}, {"cluster_silhouettes", k_cluster_silhouettes},
  {"cluster_queries", k_cluster_queries}, {"cluster_targets", k_cluster_targets},
  {"cluster_similarities", k_cluster_similarities}, {"cluster_net", k_cluster_net}, {"cluster_rows", k_cluster_rows},
  {NULL, NULL}
};
