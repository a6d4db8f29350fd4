/*
** lua_affinity.c: wrappers of kernels/affinity_exact.h and kernels/knn.h for eimf.cluster.
*/

/***
@submodule eimf.core
*/
#include <math.h>
#include <string.h>

#include "../kernels/affinity_exact.h"
#include "../kernels/gemm.h"
#include "../kernels/knn.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define EXACT "eimf.affinity_exact"

/* Pushes what holds the matrices of N points. */
static eimf_exact *push_exact (lua_State *L, int64_t N) {
  size_t cells, bytes;
  if (eimf_mul_size((size_t)N, (size_t)N * sizeof(double), &cells) != EIMF_OK
      || eimf_mul_size(cells, 3, &bytes) != EIMF_OK || bytes > PTRDIFF_MAX / 2) luaL_error(L, "not enough memory");
  eimf_exact *s = eimfL_newud(L, sizeof *s);
  *s = (eimf_exact){ .N = N };
  char *at = eimfL_scratch(L, bytes + (size_t)N * sizeof(double));
  s->S = (double *)(void *)at;
  s->R = (double *)(void *)(at + cells);
  s->A = (double *)(void *)(at + 2 * cells);
  s->sums = (double *)(void *)(at + 3 * cells);
  eimfL_setowner(L, -2);
  luaL_newmetatable(L, EXACT);
  lua_setmetatable(L, -2);
  return s;
}


static eimf_exact *checkexact (lua_State *L, int arg) {
  eimf_exact *s = luaL_checkudata(L, arg, EXACT);
  s->threads = eimf_threads();
  return s;
}


/***
Affinity Propagation as scikit-learn computes it, in double: similarities from vectors or given.
@function affinity_exact
@tparam ?tensor x (N, D)
@tparam ?tensor s (N, N), where x is nil
@treturn userdata
@treturn number median of the similarities
@treturn ?number their value where all but the diagonal are equal
*/
static int k_affinity_exact (lua_State *L) {
  const int given = lua_isnoneornil(L, 1);
  const eimf_tensor *x = eimfL_checkmatrix(L, given ? 2 : 1, -1, -1);
  const int64_t N = x->shape[0];
  luaL_argcheck(L, N > 0 && (!given || x->shape[1] == N), given ? 2 : 1, "no points, or not square");
  double *squares = eimfL_scratch(L, (size_t)N * sizeof *squares);
  eimf_exact *s = push_exact(L, N);
  s->threads = eimf_threads();
  if (given) for (int64_t i = 0; i < N * N; i++) s->S[i] = (double)eimfL_f32(x)[i];
  else eimf_exact_distances(s, eimfL_f32(x), x->shape[1], squares);
  lua_pushnumber(L, eimf_exact_median(s));
  if (N > 1 && !eimf_exact_all_equal(s)) lua_pushnil(L);
  else lua_pushnumber(L, N > 1 ? s->S[N - 1] : s->S[0]);
  return 3;
}


/***
Writes preferences, adds the noise, zeroes the messages.
@function affinity_exact_start
@tparam userdata exact
@tparam number|tensor preference of all, or (N)
@tparam integer seed of numpy's RandomState
*/
static int k_affinity_exact_start (lua_State *L) {
  eimf_exact *s = checkexact(L, 1);
  const float *p = lua_isuserdata(L, 2) ? eimfL_f32(eimfL_checkvector(L, 2, s->N)) : NULL;
  const double all = p == NULL ? luaL_checknumber(L, 2) : 0;
  for (int64_t i = 0; i < s->N; i++) s->S[i * s->N + i] = p == NULL ? all : (double)p[i];
  eimf_exact_start(s, (uint32_t)eimfL_checkcount(L, 3, 0, UINT32_MAX));
  return 0;
}


/***
One iteration.
@function affinity_exact_step
@tparam userdata exact
@tparam tensor marks (N) int32, changed: 1 = exemplar
@tparam number damping
@treturn integer exemplars
@treturn integer marks that changed
*/
static int k_affinity_exact_step (lua_State *L) {
  eimf_exact *s = checkexact(L, 1);
  int32_t *marks = eimfL_i32(eimfL_checkids(L, 2, s->N));
  int64_t count = 0;
  s->damping = luaL_checknumber(L, 3);
  int64_t changed = eimf_exact_step(s, marks);
  for (int64_t i = 0; i < s->N; i++) count += marks[i];
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushinteger(L, (lua_Integer)changed);
  return 2;
}


/***
Refines exemplars and labels all points.
@function affinity_exact_finish
@tparam userdata exact
@tparam tensor exemplars (K) int32 rows from 0, rising; changed
@tparam tensor labels (N) int32, written: 1..K
*/
static int k_affinity_exact_finish (lua_State *L) {
  eimf_exact *s = checkexact(L, 1);
  const eimf_tensor *e = eimfL_checkidrange(L, 2, -1, s->N - 1);
  int32_t *label = eimfL_i32(eimfL_checkids(L, 3, s->N));
  luaL_argcheck(L, e->size > 0 && e->size <= s->N, 2, "no exemplars, or more than points");
  int32_t *order = eimfL_scratch(L, (size_t)s->N * sizeof *order);
  eimf_exact_finish(s, eimfL_i32(e), e->size, label, order);
  return 0;
}


/***
A symmetric graph with its diagonal from lists of neighbours.
@function cluster_graph
@tparam tensor ids (N, k) int32 from 1, 0 = none; put in order
@tparam tensor similarity (N, k), put in the same order
@treturn tensor offsets (N+1) int32
@treturn tensor columns (entries) int32 from 0
@treturn tensor S (entries), 0 on the diagonal
@treturn tensor own (N) int32 where the diagonal stands in its row
*/
static int k_cluster_graph (lua_State *L) {
  const eimf_tensor *ids = eimfL_checktensor(L, 1, EIMF_I32, 2);
  const int64_t N = ids->shape[0], k = ids->shape[1], more = N + 1;
  const eimf_tensor *s = eimfL_checkmatrix(L, 2, N, k);
  int32_t *extra = eimfL_scratch(L, (size_t)N * sizeof *extra);
  int64_t entries;
  const eimf_tensor *offsets = eimfL_newtensor(L, EIMF_I32, 1, &more);
  eimfL_result(L, eimf_graph_count(eimfL_i32(offsets), eimfL_i32(ids), eimfL_f32(s), extra, N, k, &entries));
  const eimf_tensor *columns = eimfL_newtensor(L, EIMF_I32, 1, &entries);
  const eimf_tensor *S = eimfL_newtensor(L, EIMF_F32, 1, &entries);
  const eimf_tensor *own = eimfL_newtensor(L, EIMF_I32, 1, &N);
  eimf_graph_fill(eimfL_i32(columns), eimfL_f32(S), eimfL_i32(own), eimfL_i32(offsets), eimfL_i32(ids), eimfL_f32(s),
                  extra, N, k);
  return 4;
}


/***
Least and largest similarity of a graph, its diagonal left out.
@function affinity_range
@tparam tensor S (entries)
@tparam tensor own (N) int32
@tparam tensor offsets (N+1) int32
@treturn number least
@treturn number largest
*/
static int k_affinity_range (lua_State *L) {
  const eimf_tensor *S = eimfL_checkvector(L, 1, -1);
  int64_t N;
  const int32_t *off = eimfL_i32(eimfL_checkoffsets(L, 3, S->size, &N)), *own = eimfL_i32(eimfL_checkids(L, 2, N));
  float least = INFINITY, most = -INFINITY;
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = off[i]; j < off[i + 1]; j++) {
      float value = eimfL_f32(S)[j];
      if (j - off[i] == own[i]) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  lua_pushnumber(L, (lua_Number)least);
  lua_pushnumber(L, (lua_Number)most);
  return 2;
}


/***
The best exemplar among the neighbours of each point of a graph.
@function cluster_graph_assign
@tparam tensor labels (N) int32, written: 1..K, 0 where no neighbour is an exemplar
@tparam tensor best (N), written: similarity to it
@tparam tensor margin (N), written: less that to the next
@tparam tensor offsets (N+1) int32
@tparam tensor columns (entries) int32 from 0
@tparam tensor S (entries)
@tparam tensor number (N) int32 which exemplar a point is, 0 = none
*/
static int k_cluster_graph_assign (lua_State *L) {
  const eimf_tensor *S = eimfL_checkvector(L, 6, -1);
  int64_t N;
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 4, S->size, &N));
  const int32_t *columns = eimfL_i32(eimfL_checkidrange(L, 5, S->size, N - 1));
  eimf_graph_assign(eimfL_i32(eimfL_checkids(L, 1, N)), eimfL_f32(eimfL_checkvector(L, 2, N)),
                    eimfL_f32(eimfL_checkvector(L, 3, N)), offsets, columns, eimfL_f32(S),
                    eimfL_i32(eimfL_checkids(L, 7, N)), N);
  return 0;
}


#define SUPPORT_ROWS 64

/***
How much rows of y would support each row of x as an exemplar: the sum of what its similarity is above the quantile q
of all.
@function cluster_support
@tparam tensor score (N), written
@tparam tensor x (N, D) candidates
@tparam tensor y (n, D) voters
@tparam number q within 0..1
*/
static int k_cluster_support (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *y = eimfL_checkmatrix(L, 3, -1, x->shape[1]);
  const int64_t N = x->shape[0], D = x->shape[1], n = y->shape[0];
  float *out = eimfL_f32(eimfL_checkvector(L, 1, N)), bar[SUPPORT_ROWS];
  const double q = luaL_checknumber(L, 4);
  luaL_argcheck(L, q >= 0 && q <= 1 && N > 0, 4, "no candidates, or q outside 0..1");
  float *products = eimfL_scratch(L, (size_t)(SUPPORT_ROWS * N) * sizeof(float));
  float *squares = eimfL_scratch(L, (size_t)N * sizeof(float));
  double *copies = eimfL_scratch(L, (size_t)(eimf_threads() * N) * sizeof(double));
  double *score = memset(eimfL_scratch(L, (size_t)N * sizeof(double)), 0, (size_t)N * sizeof(double));
  for (int64_t i = 0; i < N; i++) {
    double sum = 0;
    for (int64_t d = 0; d < D; d++) sum += (double)eimfL_f32(x)[i * D + d] * (double)eimfL_f32(x)[i * D + d];
    squares[i] = (float)sum;
  }
  for (int64_t i = 0; i < n; i += SUPPORT_ROWS) {
    int64_t rows = n - i < SUPPORT_ROWS ? n - i : SUPPORT_ROWS;
    eimf_gemm(products, eimfL_f32(y) + i * D, eimfL_f32(x), rows, N, D, 0, 1, 1, 0);
    eimf_support(score, products, squares, rows, N, q, copies, bar);
  }
  for (int64_t i = 0; i < N; i++) out[i] = (float)score[i];
  return 0;
}


const luaL_Reg eimfL_affinity_functions[] = {
  {"affinity_exact", k_affinity_exact}, {"affinity_exact_start", k_affinity_exact_start},
  {"affinity_exact_step", k_affinity_exact_step}, {"affinity_exact_finish", k_affinity_exact_finish},
  {"affinity_range", k_affinity_range}, {"cluster_graph", k_cluster_graph},
  {"cluster_graph_assign", k_cluster_graph_assign}, {"cluster_support", k_cluster_support},
  {NULL, NULL}
};
