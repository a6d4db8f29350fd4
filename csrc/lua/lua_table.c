/*
** lua_table.c: wrappers for tables of rows: gathering, sparse gradients,
** read-out, negatives, random initial values, Adam.
*/

/***
@submodule eimf.core
*/
#include <math.h>

#include "../kernels/hot.h"
#include "../kernels/sampler.h"
#include "../kernels/table.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/***
Rows of a table by id.
@function gather_rows
@tparam tensor y (n, D), written
@tparam tensor table (N+1, D)
@tparam tensor ids (n) int32 within 0..N
*/
static int k_gather_rows (lua_State *L) {
  const eimf_tensor *table = eimfL_checkmatrix(L, 2, -1, -1);
  const eimf_tensor *ids = eimfL_checkidrange(L, 3, -1, table->shape[0] - 1);
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, ids->size, table->shape[1]);
  eimf_gather_rows(eimfL_f32(y), eimfL_f32(table), eimfL_i32(ids), ids->size, table->shape[1]);
  return 0;
}


/***
Numbers the distinct ids of one part of a sparse gradient.
@function rows_mark
@tparam tensor slots (n) int32, written: merged row of each id from 0, -1 for id 0
@tparam tensor unique int32, written from so_far on
@tparam tensor marker (N+1) int32
@tparam tensor ids (n) int32
@tparam integer so_far distinct ids of the parts before
@treturn integer distinct ids so far
*/
static int k_rows_mark (lua_State *L) {
  const eimf_tensor *marker = eimfL_checkids(L, 3, -1);
  const eimf_tensor *ids = eimfL_checkidrange(L, 4, -1, marker->size - 1);
  const eimf_tensor *slots = eimfL_checkids(L, 1, ids->size);
  const eimf_tensor *unique = eimfL_checkids(L, 2, -1);
  int64_t so_far = eimfL_checkcount(L, 5, 0, unique->size);
  int64_t most = so_far + ids->size < marker->size ? so_far + ids->size : marker->size;
  luaL_argcheck(L, most <= unique->size, 2, "no room for the distinct ids");
  lua_pushinteger(L, (lua_Integer)eimf_rows_mark(eimfL_i32(slots), eimfL_i32(unique), eimfL_i32(marker),
                                                 eimfL_i32(ids), ids->size, so_far));
  return 1;
}


/***
Clears the marks of rows_mark.
@function rows_unmark
@tparam tensor marker (N+1) int32
@tparam tensor unique int32
@tparam integer n how many of unique
*/
static int k_rows_unmark (lua_State *L) {
  const eimf_tensor *marker = eimfL_checkids(L, 1, -1);
  const eimf_tensor *unique = eimfL_checkidrange(L, 2, -1, marker->size - 1);
  eimf_rows_unmark(eimfL_i32(marker), eimfL_i32(unique), eimfL_checkcount(L, 3, 0, unique->size));
  return 0;
}


/***
Numbers distinct ids, id 0 too, in the order in which they are first met: ids[i] is unique[rows[i]], counted from 0.
@function rows_number
@tparam tensor rows (n) int32, written
@tparam tensor unique int32, written, of min(n, N+1) elements or more
@tparam tensor marker (N+1) int32, all 0, and so afterwards
@tparam tensor ids (n) int32
@treturn integer how many distinct ids
*/
static int k_rows_number (lua_State *L) {
  const eimf_tensor *marker = eimfL_checkids(L, 3, -1);
  const eimf_tensor *ids = eimfL_checkidrange(L, 4, -1, marker->size - 1);
  const eimf_tensor *rows = eimfL_checkids(L, 1, ids->size);
  const eimf_tensor *unique = eimfL_checkids(L, 2, -1);
  luaL_argcheck(L, (ids->size < marker->size ? ids->size : marker->size) <= unique->size, 2,
                "no room for the distinct ids");
  lua_pushinteger(L, (lua_Integer)eimf_rows_number(eimfL_i32(rows), eimfL_i32(unique), eimfL_i32(marker),
                                                   eimfL_i32(ids), ids->size));
  return 1;
}


/***
Adds rows: y[slots[i]] += x[i], in the order of i; slots up to `skip` are left out.
@function rows_add
@tparam tensor y (m, D)
@tparam tensor slots (n) int32 from 0
@tparam tensor x (n, D)
@tparam integer skip -1, or 0 where slots are ids of a table
*/
static int k_rows_add (lua_State *L) {
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *x = eimfL_checkmatrix(L, 3, -1, y->shape[1]);
  const eimf_tensor *slots = eimfL_checkids(L, 2, x->shape[0]);
  for (int64_t i = 0; i < slots->size; i++)
    luaL_argcheck(L, eimfL_i32(slots)[i] < y->shape[0], 2, "row outside the first tensor");
  eimf_rows_add(eimfL_f32(y), eimfL_i32(slots), eimfL_f32(x), x->shape[0], x->shape[1],
                (int32_t)eimfL_checkcount(L, 4, -1, 0));
  return 0;
}


/***
Adds rows of a part of a sparse gradient to merged ones: y[slots[i]] += x[i], where rows beyond the first `filled`
hold nothing yet and are written when they are first met.
@function rows_merge
@tparam tensor y (m, D)
@tparam tensor slots (n) int32 from rows_mark
@tparam tensor x (n, D)
@tparam integer filled rows of y that the parts before have filled
@treturn integer rows that are filled now
*/
static int k_rows_merge (lua_State *L) {
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *x = eimfL_checkmatrix(L, 3, -1, y->shape[1]);
  const eimf_tensor *slots = eimfL_checkids(L, 2, x->shape[0]);
  const int64_t filled = eimfL_checkcount(L, 4, 0, y->shape[0]);
  int64_t next = filled;
  for (int64_t i = 0; i < slots->size; i++) {
    const int32_t slot = eimfL_i32(slots)[i];
    luaL_argcheck(L, slot < y->shape[0], 2, "row outside the first tensor");
    luaL_argcheck(L, slot <= next, 2, "a row is met before the one that comes first");
    next += slot == next;
  }
  eimf_rows_merge(eimfL_f32(y), eimfL_i32(slots), eimfL_f32(x), x->shape[0], x->shape[1], filled);
  lua_pushinteger(L, (lua_Integer)next);
  return 1;
}


/***
Sum of squares; NaN or infinite where an element is.
@function sum_squares
@tparam tensor x any shape
@treturn number
*/
static int k_sum_squares (lua_State *L) {
  const eimf_tensor *x = eimfL_checktensor(L, 1, EIMF_F32, -1);
  lua_pushnumber(L, eimf_sum_squares(eimfL_f32(x), x->size));
  return 1;
}


/* choice (B) within 0..K-1 */
static const int32_t *checkchoice (lua_State *L, int arg, int64_t B, int64_t K) {
  return eimfL_i32(eimfL_checkidrange(L, arg, B, K - 1));
}


/***
One of K rows for each b: y[b] = v[b][choice[b]].
@function pick_fwd
@tparam tensor y (B, D), written
@tparam tensor v (B, K, D)
@tparam tensor choice (B) int32 from 0
*/
static int k_pick_fwd (lua_State *L) {
  const eimf_tensor *v = eimfL_checkcube(L, 2, -1, -1, -1);
  int64_t B = v->shape[0], K = v->shape[1], D = v->shape[2];
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, B, D);
  eimf_pick_fwd(eimfL_f32(y), eimfL_f32(v), checkchoice(L, 3, B, K), B, K, D);
  return 0;
}


/***
Backward of pick_fwd: dv[b][choice[b]] += dy[b].
@function pick_bwd
@tparam tensor dv (B, K, D)
@tparam tensor dy (B, D)
@tparam tensor choice (B) int32 from 0
*/
static int k_pick_bwd (lua_State *L) {
  const eimf_tensor *dv = eimfL_checkcube(L, 1, -1, -1, -1);
  int64_t B = dv->shape[0], K = dv->shape[1], D = dv->shape[2];
  const eimf_tensor *dy = eimfL_checkmatrix(L, 2, B, D);
  eimf_pick_bwd(eimfL_f32(dv), eimfL_f32(dy), checkchoice(L, 3, B, K), B, K, D);
  return 0;
}


/***
Interest that answers for each target: the one with the largest product
(temperature nil), or one drawn from their softmax.
@function readout
@tparam tensor choice (B) int32, written, from 0
@tparam tensor v (B, K, D)
@tparam tensor e (B, D)
@tparam ?number temperature
@tparam[opt] integer seed
@tparam[opt] integer step
*/
static int k_readout (lua_State *L) {
  const eimf_tensor *v = eimfL_checkcube(L, 2, -1, -1, -1);
  int64_t B = v->shape[0], K = v->shape[1], D = v->shape[2];
  const float *e = eimfL_f32(eimfL_checkmatrix(L, 3, B, D));
  int32_t *choice = eimfL_i32(eimfL_checkids(L, 1, B));
  if (lua_isnoneornil(L, 4)) eimf_readout_hard(choice, eimfL_f32(v), e, B, K, D);
  else {
    lua_Number temperature = luaL_checknumber(L, 4);
    luaL_argcheck(L, temperature > 0, 4, "temperature above 0 expected");
    eimf_readout_soft(choice, eimfL_f32(v), e, B, K, D, (float)temperature, eimfL_checkseed(L, 5),
                      eimfL_checkseed(L, 6));
  }
  return 0;
}


static const char *const laws[] = { "uniform", "log_uniform", NULL };

/***
Distinct negatives, and for each minus the logarithm of the chance that it is drawn.
@function sample
@tparam tensor ids (S) int32, written
@tparam tensor bias (S), written
@tparam tensor marker (N+1) int32, all 0
@tparam string law "uniform" or "log_uniform"
@tparam integer seed
@tparam integer step
@treturn integer draws that it took
*/
static int k_sample (lua_State *L) {
  const eimf_tensor *ids = eimfL_checkids(L, 1, -1), *bias = eimfL_checkvector(L, 2, ids->size);
  const eimf_tensor *marker = eimfL_checkids(L, 3, -1);
  int law = luaL_checkoption(L, 4, NULL, laws);
  int64_t tries = 0;
  luaL_argcheck(L, ids->size < marker->size, 1, "more negatives than items");
  eimfL_result(L, eimf_sample(eimfL_i32(ids), eimfL_f32(bias), eimfL_i32(marker), ids->size, marker->size - 1,
                              law, eimfL_checkseed(L, 5), eimfL_checkseed(L, 6), &tries));
  lua_pushnumber(L, (lua_Number)tries);
  return 1;
}


/***
Minus the logarithm of the chance that given ids are in a sample.
@function sample_bias
@tparam tensor bias (n), written
@tparam tensor ids (n) int32
@tparam integer S size of the sample
@tparam integer N items
@tparam string law "uniform" or "log_uniform"
@tparam integer tries draws that the sample took
*/
static int k_sample_bias (lua_State *L) {
  const eimf_tensor *ids = eimfL_checkids(L, 2, -1), *bias = eimfL_checkvector(L, 1, ids->size);
  int64_t S = eimfL_checkcount(L, 3, 1, INT32_MAX), N = eimfL_checkcount(L, 4, 1, INT32_MAX);
  eimf_sample_bias(eimfL_f32(bias), eimfL_i32(ids), ids->size, S, N, luaL_checkoption(L, 5, NULL, laws),
                   eimfL_checkcount(L, 6, 1, INT64_MAX / 2));
  return 0;
}


/***
Fills a tensor with random numbers, a function of (seed, stream, step, position).
@function random
@tparam tensor x any shape, written
@tparam string law "normal": mean a, deviation b; "uniform": from a to b
@tparam number a
@tparam number b
@tparam integer seed
@tparam integer stream
@tparam integer step
*/
static int k_random (lua_State *L) {
  static const char *const names[] = { "normal", "uniform", NULL };
  eimf_tensor *x = eimfL_checktensor(L, 1, EIMF_F32, -1);
  int law = luaL_checkoption(L, 2, NULL, names);
  double a = luaL_checknumber(L, 3), b = luaL_checknumber(L, 4);
  uint64_t seed = eimfL_checkseed(L, 5), step = eimfL_checkseed(L, 7);
  uint32_t stream = (uint32_t)eimfL_checkcount(L, 6, 0, UINT32_MAX);
  for (int64_t i = 0; i < x->size; i++)
    eimfL_f32(x)[i] = law == 0
      ? (float)(a + b * (double)eimf_rng_normal(seed, stream, step, (uint64_t)i))
      : (float)(a + (b - a) * (double)eimf_rng_uniform(seed, stream, step, (uint64_t)i));
  return 0;
}


/***
Dropout: y = x / (1 - p) where an element is kept, else 0.
@function dropout
@tparam tensor y as many elements as x
@tparam tensor x
@tparam number p within [0, 1)
@tparam integer seed
@tparam integer step
@tparam integer draw number of the draw within the step
@tparam boolean add add to y instead of writing it
*/
static int k_dropout (lua_State *L) {
  const eimf_tensor *x = eimfL_checktensor(L, 2, EIMF_F32, -1), *y = eimfL_checksize(L, 1, x->size);
  lua_Number p = luaL_checknumber(L, 3);
  luaL_argcheck(L, p >= 0 && p < 1, 3, "probability within [0, 1) expected");
  eimf_dropout(eimfL_f32(y), eimfL_f32(x), x->size, p, eimfL_checkseed(L, 4), eimfL_checkseed(L, 5),
               eimfL_checkseed(L, 6), lua_toboolean(L, 7));
  return 0;
}


/* lr, beta1, beta2, eps, decay, scale, t from `first` on; t counts steps from 1. */
static eimf_adam checkadam (lua_State *L, int first) {
  eimf_adam o;
  double t = (double)eimfL_checkcount(L, first + 6, 1, INT64_MAX / 2);
  o.lr = (float)luaL_checknumber(L, first);
  o.beta1 = luaL_checknumber(L, first + 1);
  o.beta2 = luaL_checknumber(L, first + 2);
  o.eps = (float)luaL_checknumber(L, first + 3);
  o.decay = (float)luaL_checknumber(L, first + 4);
  o.scale = (float)luaL_checknumber(L, first + 5);
  o.c1 = (float)(1.0 - pow(o.beta1, t));
  o.c2 = (float)(1.0 - pow(o.beta2, t));
  return o;
}


/***
Adam on every element.
@function adam_dense
@tparam tensor p parameters, updated
@tparam tensor m first moments, updated
@tparam tensor v second moments, updated
@tparam tensor g gradient
@param ... lr, beta1, beta2, eps, decay (L2, added to the gradient), scale of the gradient, step from 1
*/
static int k_adam_dense (lua_State *L) {
  const eimf_tensor *p = eimfL_checktensor(L, 1, EIMF_F32, -1);
  const eimf_tensor *m = eimfL_checksize(L, 2, p->size), *v = eimfL_checksize(L, 3, p->size);
  const eimf_tensor *g = eimfL_checksize(L, 4, p->size);
  eimf_adam o = checkadam(L, 5);
  eimf_adam_dense(eimfL_f32(p), eimfL_f32(m), eimfL_f32(v), eimfL_f32(g), p->size, &o);
  return 0;
}


/***
Adam on some rows of tables (lazy: moments of other rows do not decay).
@function adam_rows
@tparam tensor p (N+1, D), updated
@tparam tensor m (N+1, D), updated
@tparam tensor v (N+1, D), updated
@tparam tensor ids (n) int32, distinct
@tparam tensor g (n, D) gradient of those rows
@param ... as in adam_dense
*/
static int k_adam_rows (lua_State *L) {
  const eimf_tensor *p = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *m = eimfL_checksame(L, 2, p), *v = eimfL_checksame(L, 3, p);
  const eimf_tensor *ids = eimfL_checkidrange(L, 4, -1, p->shape[0] - 1);
  const eimf_tensor *g = eimfL_checkmatrix(L, 5, ids->size, p->shape[1]);
  eimf_adam o = checkadam(L, 6);
  eimf_adam_rows(eimfL_f32(p), eimfL_f32(m), eimfL_f32(v), eimfL_i32(ids), eimfL_f32(g), ids->size,
                 p->shape[1], &o);
  return 0;
}


/***
Adam on every row of tables (the textbook's: a row without gradient has the gradient 0).
@function adam_table
@tparam tensor p (N+1, D), updated
@tparam tensor m (N+1, D), updated
@tparam tensor v (N+1, D), updated
@tparam tensor marker (N+1) int32 as rows_mark leaves it: which row of g is a row's gradient, from 1; 0: none is
@tparam tensor g (n, D)
@param ... as in adam_dense
*/
static int k_adam_table (lua_State *L) {
  const eimf_tensor *p = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *m = eimfL_checksame(L, 2, p), *v = eimfL_checksame(L, 3, p);
  const eimf_tensor *g = eimfL_checkmatrix(L, 5, -1, p->shape[1]);
  const eimf_tensor *marker = eimfL_checkidrange(L, 4, p->shape[0], g->shape[0]);
  eimf_adam o = checkadam(L, 6);
  eimf_adam_table(eimfL_f32(p), eimfL_f32(m), eimfL_f32(v), eimfL_i32(marker), eimfL_f32(g), p->shape[0],
                  p->shape[1], &o);
  return 0;
}


const luaL_Reg eimfL_table_functions[] = {
  {"gather_rows", k_gather_rows}, {"rows_mark", k_rows_mark}, {"rows_unmark", k_rows_unmark}, {"rows_number", k_rows_number},
  {"rows_add", k_rows_add}, {"rows_merge", k_rows_merge}, {"sum_squares", k_sum_squares},
  {"pick_fwd", k_pick_fwd}, {"pick_bwd", k_pick_bwd}, {"readout", k_readout},
  {"sample", k_sample}, {"sample_bias", k_sample_bias}, {"random", k_random},
  {"dropout", k_dropout}, {"adam_dense", k_adam_dense}, {"adam_rows", k_adam_rows},
  {"adam_table", k_adam_table}, {NULL, NULL}
};
