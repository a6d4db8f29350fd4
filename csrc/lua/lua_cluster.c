/*
** lua_cluster.c: wrappers of kernels/affinity.h for eimf.cluster.
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "../base/pages.h"
#include "../kernels/affinity.h"
#include "../kernels/gemm.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/***
Zeros on large pages, for matrices that are read whole again and again.
@function affinity_matrix
@tparam integer ... 1 or 2 sizes
@treturn tensor float32
*/
static int k_affinity_matrix (lua_State *L) {
  int64_t shape[2] = { eimfL_checkcount(L, 1, 0, INT32_MAX), 1 };
  const int rank = lua_isnoneornil(L, 2) ? 1 : 2;
  size_t bytes = sizeof(float) * (size_t)shape[0];
  if (rank == 2) {
    shape[1] = eimfL_checkcount(L, 2, 0, INT32_MAX);
    if (eimf_mul_size(bytes, (size_t)shape[1], &bytes) != EIMF_OK || bytes > PTRDIFF_MAX / 2)
      return luaL_error(L, "not enough memory");
  }
  eimf_tensor *t = eimfL_newtensor(L, EIMF_F32, rank, (int64_t[]){ 0, 0 });
  t->data = eimfL_scratch(L, bytes);
  eimf_large_pages(t->data, bytes);
  memset(t->data, 0, bytes);
  for (int i = 0; i < rank; i++) t->shape[i] = shape[i];
  t->size = t->capacity = (int64_t)(bytes / sizeof(float));
  eimfL_setowner(L, -2);
  return 1;
}


/* S (N, ld) at `arg`, ld at least M. */
static const eimf_tensor *checksimilarities (lua_State *L, int arg, int64_t N, int64_t M) {
  const eimf_tensor *S = eimfL_checkmatrix(L, arg, N, -1);
  luaL_argcheck(L, S->shape[1] >= M, arg, "fewer columns than candidates");
  return S;
}


/* own (N) at `arg`: -1, or a place in the row. */
static const int32_t *checkown (lua_State *L, int arg, const eimf_affinity *s) {
  const eimf_tensor *t = eimfL_checkids(L, arg, s->N);
  const int32_t *own = eimfL_i32(t);
  for (int64_t i = 0; i < s->N; i++) {
    int64_t n = s->offsets == NULL ? s->M : s->offsets[i + 1] - s->offsets[i];
    luaL_argcheck(L, own[i] >= -1 && own[i] < n, arg, "an own entry stands outside its row");
  }
  return own;
}


/* work, S, A, own, M, offsets|nil, ids|nil at arguments 1 .. 7. */
static eimf_affinity checkaffinity (lua_State *L) {
  eimf_affinity s = { .threads = eimf_threads() };
  const int sparse = !lua_isnoneornil(L, 6);
  const eimf_tensor *S = eimfL_checktensor(L, 2, EIMF_F32, sparse ? 1 : 2);
  s.M = eimfL_checkcount(L, 5, 1, INT32_MAX - 64);
  if (sparse) {
    s.offsets = eimfL_i32(eimfL_checkoffsets(L, 6, S->size, &s.N));
    s.ids = eimfL_i32(eimfL_checkidrange(L, 7, S->size, s.M - 1));   /* Lua may have written to them since */
    s.ld = (s.M + 15) / 16 * 16;
  }
  else {
    s.N = S->shape[0];
    s.ld = checksimilarities(L, 2, s.N, s.M)->shape[1];
    luaL_argcheck(L, s.ld % 16 == 0, 2, "the row stride must be a multiple of 16");
  }
  s.S = eimfL_f32(S);
  s.A = eimfL_f32(eimfL_checksame(L, 3, S));
  s.own = checkown(L, 4, &s);
  const eimf_tensor *work = eimfL_checkvector(L, 1, -1);
  luaL_argcheck(L, (size_t)work->size * sizeof(float) >= eimf_affinity_layout(&s, NULL), 1,
                "too little room for the messages' vectors");
  eimf_affinity_layout(&s, work->data);
  return s;
}


/***
Size of the work vector of `affinity_start` and `affinity_step`.
@function affinity_work
@tparam integer N points
@tparam integer M candidates
@tparam integer ld row stride of the dense form; 0: sparse
@treturn integer floats
*/
static int k_affinity_work (lua_State *L) {
  static const int32_t sparse = 0;
  eimf_affinity s = { .N = eimfL_checkcount(L, 1, 0, INT32_MAX), .M = eimfL_checkcount(L, 2, 0, INT32_MAX - 64) };
  s.ld = eimfL_checkcount(L, 3, 0, INT32_MAX);
  if (s.ld == 0) {
    s.ld = (s.M + 15) / 16 * 16;
    s.offsets = &sparse;
  }
  lua_pushinteger(L, (lua_Integer)(eimf_affinity_layout(&s, NULL) / sizeof(float)));
  return 1;
}


/***
Prepares Affinity Propagation: messages are zero. `A` must be.
@function affinity_start
@tparam tensor work of `affinity_work` floats, written
@tparam tensor S (N, ld), or (entries) when sparse
@tparam tensor A like S
@tparam tensor own (N) int32: where the point's own entry stands in its row, from 0; -1: the point is no candidate
@tparam integer M candidates
@tparam ?tensor offsets (N+1) int32: sparse
@tparam ?tensor ids (entries) int32 candidates from 0
*/
static int k_affinity_start (lua_State *L) {
  eimf_affinity s = checkaffinity(L);
  eimf_affinity_start(&s);
  return 0;
}


/***
One iteration of Affinity Propagation.
@function affinity_step
@param ... work, S, A, own, M, offsets, ids as given to `affinity_start`
@tparam number damping
@tparam number share what the last step returned, 0 at first
@tparam number damping_before of the last step; at first the same as damping
@treturn integer exemplars
@treturn integer how many points became one or ceased to be
@treturn number share
*/
static int k_affinity_step (lua_State *L) {
  eimf_affinity s = checkaffinity(L);
  int64_t count, changed;
  s.damping = luaL_checknumber(L, 8);
  luaL_argcheck(L, s.damping >= 0 && s.damping < 1, 8, "damping outside 0..1");
  s.share_before = luaL_checknumber(L, 9);
  s.damping_before = luaL_checknumber(L, 10);
  luaL_argcheck(L, s.damping_before >= 0 && s.damping_before < 1, 10, "damping outside 0..1");
  s.share = s.damping * s.share_before + (1 - s.damping);
  eimf_affinity_rows(&s);
  eimf_affinity_sums(&s, &count, &changed);
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushinteger(L, (lua_Integer)changed);
  lua_pushnumber(L, s.share);
  return 3;
}


/***
Which candidates are exemplars.
@function affinity_marks
@param ... work, S, A, own, M, offsets, ids as given to `affinity_start`
@tparam tensor marks (M) int32, written: 1 or 0
*/
static int k_affinity_marks (lua_State *L) {
  eimf_affinity s = checkaffinity(L);
  memcpy(eimfL_i32(eimfL_checkids(L, 8, s.M)), s.marks, (size_t)s.M * sizeof *s.marks);
  return 0;
}


static int pushrange (lua_State *L, const float range[2]) {
  lua_pushnumber(L, (lua_Number)range[0]);
  lua_pushnumber(L, (lua_Number)range[1]);
  return 2;
}


/* own (N) or NULL for nil, at `arg`. */
static const int32_t *optown (lua_State *L, int arg, int64_t N) {
  const eimf_tensor *t = eimfL_optids(L, arg, N);
  return t == NULL ? NULL : eimfL_i32(t);
}


/***
Similarities of rows: S(i, k) = -w_i |x_i - y_k|^2.
@function affinity_distances
@tparam tensor S (N, ld), written; -1e30 beyond column M
@tparam tensor x (N, D)
@tparam tensor y (ld, D); rows beyond M are not looked at
@tparam integer M
@tparam ?tensor w (N)
@tparam ?tensor own (N) int32: columns that the range leaves out
@treturn number least
@treturn number largest
*/
static int k_affinity_distances (lua_State *L) {
  const eimf_tensor *S = eimfL_checkmatrix(L, 1, -1, -1);
  const int64_t N = S->shape[0], ld = S->shape[1], M = eimfL_checkcount(L, 4, 0, ld);
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, N, -1), *w = eimfL_optvector(L, 5, N);
  const eimf_tensor *y = eimfL_checkmatrix(L, 3, ld, x->shape[1]);
  const int32_t *own = optown(L, 6, N);
  float range[2], *rows = eimfL_scratch(L, (size_t)(2 * N + ld) * sizeof(float));
  eimf_gemm(eimfL_f32(S), eimfL_f32(x), eimfL_f32(y), N, ld, x->shape[1], 0, 1, 1, 0);
  eimf_affinity_distances(eimfL_f32(S), eimfL_f32(x), eimfL_f32(y), w ? eimfL_f32(w) : NULL, own, N, M, ld,
                          x->shape[1], range, rows);
  return pushrange(L, range);
}


/***
Similarities that are given, in rows of ld.
@function affinity_copy
@tparam tensor S (N, ld), written; -1e30 beyond column M
@tparam tensor s (N, M)
@tparam ?tensor own (N) int32: columns that the range leaves out
@treturn number least
@treturn number largest
*/
static int k_affinity_copy (lua_State *L) {
  const eimf_tensor *S = eimfL_checkmatrix(L, 1, -1, -1), *s = eimfL_checkmatrix(L, 2, S->shape[0], -1);
  const int64_t N = S->shape[0], M = s->shape[1];
  luaL_argcheck(L, M <= S->shape[1], 2, "more columns than there is room for");
  const int32_t *own = optown(L, 3, N);
  float range[2], *rows = eimfL_scratch(L, (size_t)(2 * N) * sizeof(float));
  eimf_affinity_copy(eimfL_f32(S), eimfL_f32(s), own, N, M, S->shape[1], range, rows);
  return pushrange(L, range);
}


/***
Noise against ties: adds amplitude times a number within [-1, 1) to every similarity.
@function affinity_noise
@tparam tensor S (N, ld), or (entries) with offsets
@tparam integer M
@tparam number amplitude
@tparam integer seed
@tparam ?tensor offsets (N+1) int32
*/
static int k_affinity_noise (lua_State *L) {
  const int sparse = !lua_isnoneornil(L, 5);
  const eimf_tensor *S = eimfL_checktensor(L, 1, EIMF_F32, sparse ? 1 : 2);
  int64_t N = S->shape[0], M = eimfL_checkcount(L, 2, 0, INT32_MAX);
  const int32_t *offsets = sparse ? eimfL_i32(eimfL_checkoffsets(L, 5, S->size, &N)) : NULL;
  if (!sparse) checksimilarities(L, 1, N, M);
  eimf_affinity_noise(eimfL_f32(S), offsets, N, M, sparse ? 0 : S->shape[1], (float)luaL_checknumber(L, 3),
                      eimfL_checkseed(L, 4));
  return 0;
}


/***
Writes preferences to the candidates' own entries.
@function affinity_preferences
@tparam tensor S (N, ld), or (entries) with offsets
@tparam tensor own (N) int32 as in `affinity_start`
@tparam tensor p (N)
@tparam ?tensor offsets (N+1) int32
*/
static int k_affinity_preferences (lua_State *L) {
  eimf_affinity s = { .N = 0 };
  const int sparse = !lua_isnoneornil(L, 4);
  const eimf_tensor *S = eimfL_checktensor(L, 1, EIMF_F32, sparse ? 1 : 2);
  s.N = S->shape[0];
  if (sparse) s.offsets = eimfL_i32(eimfL_checkoffsets(L, 4, S->size, &s.N));
  else s.M = S->shape[1];
  const int32_t *own = checkown(L, 2, &s);
  const float *p = eimfL_f32(eimfL_checkvector(L, 3, s.N));
  for (int64_t i = 0; i < s.N; i++)
    if (own[i] >= 0) eimfL_f32(S)[(sparse ? s.offsets[i] : i * s.M) + own[i]] = p[i];
  return 0;
}


/***
A quantile of similarities, own entries left out; of a sample where there are many.
@function affinity_quantile
@tparam tensor S (N, ld)
@tparam tensor own (N) int32 as in `affinity_start`
@tparam integer M
@tparam number q within 0..1
@tparam integer most the largest sample
@tparam integer seed
@treturn number
*/
static int k_affinity_quantile (lua_State *L) {
  const eimf_tensor *S = eimfL_checkmatrix(L, 1, -1, -1);
  const int64_t N = S->shape[0], M = eimfL_checkcount(L, 3, 1, S->shape[1]);
  const int32_t *own = eimfL_i32(eimfL_checkids(L, 2, N));
  const double q = luaL_checknumber(L, 4);
  int64_t most = eimfL_checkcount(L, 5, 1, INT32_MAX), n = 0, all = N * M <= most;
  const uint64_t seed = eimfL_checkseed(L, 6);
  luaL_argcheck(L, q >= 0 && q <= 1, 4, "a quantile lies within 0 and 1");
  most = all ? N * M : most;
  double *x = eimfL_scratch(L, (size_t)most * sizeof *x);
  for (int64_t j = 0; j < most; j++) {
    int64_t i = all ? j / M : (int64_t)(eimf_rng_u32(seed, EIMF_STREAM_USER, 1, (uint64_t)j) % (uint64_t)N);
    int64_t k = all ? j % M : (int64_t)(eimf_rng_u32(seed, EIMF_STREAM_USER, 2, (uint64_t)j) % (uint64_t)M);
    if (k != own[i]) x[n++] = (double)eimfL_f32(S)[i * S->shape[1] + k];
  }
  luaL_argcheck(L, n > 0, 1, "no similarities but preferences");
  lua_pushnumber(L, eimf_quantile(x, n, q));
  return 1;
}


/***
The same of a graph; of every so manieth entry where there are many.
@function affinity_graph_quantile
@tparam tensor S (entries)
@tparam tensor own (N) int32 as in `affinity_start`
@tparam tensor offsets (N+1) int32
@tparam number q within 0..1
@tparam integer most the largest sample
@treturn number
*/
static int k_affinity_graph_quantile (lua_State *L) {
  int64_t N;
  const eimf_tensor *S = eimfL_checkvector(L, 1, -1);
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 3, S->size, &N)), *own = eimfL_i32(eimfL_checkids(L, 2, N));
  const double q = luaL_checknumber(L, 4);
  const int64_t most = eimfL_checkcount(L, 5, 1, INT32_MAX), step = (S->size + most - 1) / most;
  luaL_argcheck(L, q >= 0 && q <= 1, 4, "a quantile lies within 0 and 1");
  double *x = eimfL_scratch(L, (size_t)(S->size < most ? S->size + 1 : most) * sizeof *x);
  int64_t n = 0;
  for (int64_t i = 0; i < N; i++)
    for (int64_t e = offsets[i]; e < offsets[i + 1]; e++)
      if (e % step == 0 && e - offsets[i] != own[i]) x[n++] = (double)eimfL_f32(S)[e];
  luaL_argcheck(L, n > 0, 1, "no similarities but preferences");
  lua_pushnumber(L, eimf_quantile(x, n, q));
  return 1;
}


const luaL_Reg eimfL_cluster_functions[] = {
  {"affinity_matrix", k_affinity_matrix}, {"affinity_work", k_affinity_work},
  {"affinity_start", k_affinity_start}, {"affinity_step", k_affinity_step},
  {"affinity_marks", k_affinity_marks}, {"affinity_distances", k_affinity_distances},
  {"affinity_copy", k_affinity_copy}, {"affinity_noise", k_affinity_noise},
  {"affinity_preferences", k_affinity_preferences}, {"affinity_quantile", k_affinity_quantile},
  {"affinity_graph_quantile", k_affinity_graph_quantile}, {NULL, NULL}
};
