/*
** lua_metrics.c: wrappers of kernels/metrics.h for eimf.eval.
*/

/***
@submodule eimf.core
*/
#include <math.h>

#include "../kernels/diverse.h"
#include "../kernels/metrics.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static const char *const ndcg_names[] = { "standard", "hits", "target_index", NULL };

/* Ids (U, n) within 0..most. */
static const eimf_tensor *checkranked (lua_State *L, int arg, int64_t most) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_I32, 2);
  const int32_t *id = eimfL_i32(t);
  for (int64_t i = 0; i < t->size; i++)
    if (id[i] < 0 || id[i] > most) {
      lua_pushfstring(L, "id %d at row %d is outside 0..%d", (int)id[i], (int)(i / t->shape[1]) + 1, (int)most);
      luaL_argerror(L, arg, lua_tostring(L, -1));
    }
  return t;
}


/* Cut-offs, each within 1..n. */
static const int32_t *checkcuts (lua_State *L, int arg, int64_t n, int64_t *cuts) {
  const eimf_tensor *t = eimfL_checkids(L, arg, -1);
  const int32_t *cut = eimfL_i32(t);
  luaL_argcheck(L, t->size <= EIMF_MAXCUTS, arg, "too many cut-offs");
  for (int64_t c = 0; c < t->size; c++)
    if (cut[c] < 1 || cut[c] > n) {
      lua_pushfstring(L, "cut-off %d is outside 1..%d, the columns ranked", (int)cut[c], (int)n);
      luaL_argerror(L, arg, lua_tostring(L, -1));
    }
  *cuts = t->size;
  return cut;
}


/* n doubles, zero, in a userdata that is pushed. */
static double *newdoubles (lua_State *L, int64_t n) {
  double *x = eimfL_scratch(L, (size_t)n * sizeof(double));
  for (int64_t i = 0; i < n; i++) x[i] = 0;
  return x;
}


static int pushdoubles (lua_State *L, const double *x, int64_t n) {
  lua_createtable(L, (int)n, 0);
  for (int64_t i = 0; i < n; i++) {
    lua_pushnumber(L, x[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}


/* user_group|nil, groups, item_group|nil, only: from argument `first` on. */
static void checkgroups (lua_State *L, int first, eimf_metrics_spec *s) {
  s->groups = eimfL_checkcount(L, first + 1, 1, 1024);
  if (!lua_isnil(L, first)) s->user_group = eimfL_i32(eimfL_checkidrange(L, first, s->U, s->groups - 1));
  if (lua_isnoneornil(L, first + 2)) return;
  const eimf_tensor *of = eimfL_checkids(L, first + 2, -1);
  for (int64_t i = 0, end = s->target_off[s->U]; i < end; i++)
    luaL_argcheck(L, s->target[i] < of->size, first + 2, "a target is beyond the items that have a group");
  s->item_group = eimfL_i32(of);
  s->only = (int32_t)eimfL_checkcount(L, first + 3, 0, INT32_MAX);
}


/***
Recall, ndcg, hit and mrr of ranked lists, four columns for each cut-off.
@function metrics
@tparam tensor per_user (U, C * 4), written: NaN for users without targets
@tparam tensor ranked (U, n) int32, best first, 0 = ended
@tparam tensor targets int32
@tparam tensor target_offsets (U+1) int32
@tparam tensor cuts (C) int32 within 1..n
@tparam string ndcg "standard", "hits" or "target_index"
@tparam ?tensor user_group (U) int32 from 0
@tparam integer groups G
@tparam ?tensor item_group (N+1) int32: only targets of group `only` count
@tparam ?integer only
@treturn {number,...} for each group: users counted, then the sums of the columns
*/
static int k_metrics (lua_State *L) {
  const eimf_tensor *ranked = eimfL_checktensor(L, 2, EIMF_I32, 2);
  const eimf_tensor *target = eimfL_checkidrange(L, 3, -1, INT32_MAX);
  eimf_metrics_spec s = { .U = ranked->shape[0], .n = ranked->shape[1] };
  int64_t users;
  s.ranked = eimfL_i32(ranked);
  s.target = eimfL_i32(target);
  s.target_off = eimfL_i32(eimfL_checkoffsets(L, 4, target->size, &users));
  luaL_argcheck(L, users == s.U, 4, "one list of targets for each row of ranked ids expected");
  s.cut = checkcuts(L, 5, s.n, &s.cuts);
  s.ndcg = luaL_checkoption(L, 6, NULL, ndcg_names);
  checkgroups(L, 7, &s);
  const eimf_tensor *per_user = eimfL_checkmatrix(L, 1, s.U, s.cuts * EIMF_METRICS);
  double *ideal = newdoubles(L, s.n + 1);
  int64_t wide = s.groups * (1 + s.cuts * EIMF_METRICS);
  double *sums = newdoubles(L, wide);
  eimf_metrics(eimfL_f32(per_user), sums, &s, ideal);
  return pushdoubles(L, sums, wide);
}


/***
Notes the least rank at which anybody got each item.
@function first_ranks
@tparam tensor first (N+1) int32, lowered
@tparam tensor ranked (U, n) int32
*/
static int k_first_ranks (lua_State *L) {
  const eimf_tensor *first = eimfL_checkids(L, 1, -1);
  const eimf_tensor *ranked = checkranked(L, 2, first->size - 1);
  eimf_first_ranks(eimfL_i32(first), eimfL_i32(ranked), ranked->shape[0], ranked->shape[1]);
  return 0;
}


/***
Share of pairs with different categories at the top of each list.
@function diversity
@tparam tensor ranked (U, n) int32
@tparam tensor category (N+1) int32, 0 = not known
@tparam tensor cuts (C) int32
@treturn {number,...} C sums of shares, then C numbers of users that had a pair
*/
static int k_diversity (lua_State *L) {
  const eimf_tensor *category = eimfL_checkids(L, 2, -1);
  const eimf_tensor *ranked = checkranked(L, 1, category->size - 1);
  int64_t cuts;
  const int32_t *cut = checkcuts(L, 3, ranked->shape[1], &cuts);
  double *sums = newdoubles(L, 2 * cuts);
  eimf_diversity(sums, eimfL_i32(ranked), eimfL_i32(category), cut, ranked->shape[0], ranked->shape[1], cuts);
  return pushdoubles(L, sums, 2 * cuts);
}


/***
The n candidates of each row that are, one after the other, best by score and by how many before them are of another
category (see kernels/diverse.h).
@function diverse
@tparam tensor ids (U, n) int32, written: 0 where a list has ended
@tparam tensor scores (U, n) float32, written: the candidates' own
@tparam tensor candidates (U, M) int32, best first, 0 = ended
@tparam tensor candidate_scores (U, M) float32
@tparam tensor category (N+1) int32, 0 = not known
@tparam number lambda at least 0
*/
static int k_diverse (lua_State *L) {
  eimf_diverse_spec s;
  const eimf_tensor *ids = eimfL_checktensor(L, 1, EIMF_I32, 2);
  const eimf_tensor *category = eimfL_checkids(L, 5, -1);
  const eimf_tensor *candidate = checkranked(L, 3, category->size - 1);
  s.U = candidate->shape[0];
  s.M = candidate->shape[1];
  s.n = ids->shape[1];
  luaL_argcheck(L, ids->shape[0] == s.U, 1, "a row for each row of candidates expected");
  const eimf_tensor *scores = eimfL_checkmatrix(L, 2, s.U, s.n);
  s.candidate = eimfL_i32(candidate);
  s.score = eimfL_f32(eimfL_checkmatrix(L, 4, s.U, s.M));
  s.category = eimfL_i32(category);
  s.lambda = (float)luaL_checknumber(L, 6);
  luaL_argcheck(L, s.lambda >= 0 && isfinite(s.lambda), 6, "a number of at least 0 expected");
  eimf_diverse(eimfL_i32(ids), eimfL_f32(scores), &s, eimfL_scratch(L, (size_t)s.M * sizeof(int32_t)));
  return 0;
}


/***
Segments lo .. lo+B-1 of a jagged array, each sorted, without 0 and repetitions.
@function distinct_segments
@tparam tensor out_ids int32 with room for them, written and cut to their number
@tparam tensor out_offsets (B+1) int32, written
@tparam tensor ids int32 within 0..most
@tparam tensor offsets (V+1) int32
@tparam integer lo from 1
@tparam integer most largest id
@treturn integer how many
*/
static int k_distinct_segments (lua_State *L) {
  eimf_tensor *out = eimfL_checkids(L, 1, -1);
  int64_t V, most = eimfL_checkcount(L, 6, 0, INT32_MAX), B = eimfL_checkids(L, 2, -1)->size - 1;
  const eimf_tensor *ids = eimfL_checkids(L, 3, -1);
  const int32_t *o = eimfL_i32(eimfL_checkoffsets(L, 4, ids->size, &V));
  int64_t lo = eimfL_checkcount(L, 5, 1, V + 1) - 1;
  luaL_argcheck(L, B >= 0 && lo + B <= V, 2, "more segments than there are");
  for (int64_t i = o[lo]; i < o[lo + B]; i++)
    if (eimfL_i32(ids)[i] < 0 || eimfL_i32(ids)[i] > most) {
      lua_pushfstring(L, "id %d at position %d is outside 0..%d", (int)eimfL_i32(ids)[i], (int)i + 1, (int)most);
      luaL_argerror(L, 3, lua_tostring(L, -1));
    }
  luaL_argcheck(L, out->capacity >= o[lo + B] - o[lo], 1, "too little room for the segments");
  out->size = out->shape[0] = eimf_distinct_segments(eimfL_i32(out), eimfL_i32(eimfL_checkids(L, 2, -1)),
                                                     eimfL_i32(ids), o, lo, B);
  lua_pushinteger(L, (lua_Integer)out->size);
  return 1;
}


/***
Counts ids: count[id] += 1.
@function count_ids
@tparam tensor count (N+1) int32
@tparam tensor ids (n) int32 within 0..N
*/
static int k_count_ids (lua_State *L) {
  const eimf_tensor *count = eimfL_checkids(L, 1, -1);
  const eimf_tensor *ids = eimfL_checkidrange(L, 2, -1, count->size - 1);
  eimf_count_ids(eimfL_i32(count), eimfL_i32(ids), ids->size);
  return 0;
}


/***
Rows that hold a NaN or an infinity.
@function odd_rows
@tparam tensor x (U, ...) float32
@treturn integer how many
*/
static int k_odd_rows (lua_State *L) {
  const eimf_tensor *x = eimfL_checktensor(L, 1, EIMF_F32, -1);
  int64_t U = x->shape[0];
  lua_pushinteger(L, (lua_Integer)eimf_odd_rows(eimfL_f32(x), U, U > 0 ? x->size / U : 0));
  return 1;
}


const luaL_Reg eimfL_metrics_functions[] = {
  {"metrics", k_metrics}, {"first_ranks", k_first_ranks}, {"diversity", k_diversity}, {"diverse", k_diverse},
  {"distinct_segments", k_distinct_segments}, {"count_ids", k_count_ids}, {"odd_rows", k_odd_rows}, {NULL, NULL}
};
