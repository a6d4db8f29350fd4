/*
** lua_semantic.c: wrappers for the losses on semantic interests, and for
** profiles of items over a bank of them.
*/

/***
@submodule eimf.core
*/
#include "../kernels/hot.h"
#include "../kernels/semantic.h"
#include "../kernels/table.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static float *checkroom (lua_State *L, int arg, int64_t n) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= n, arg, "too small");
  return eimfL_f32(t);
}


static float checkscale (lua_State *L, int arg) {
  lua_Number scale = luaL_checknumber(L, arg);
  luaL_argcheck(L, scale > 0 && scale <= 1e30, arg, "scale above 0 expected");
  return (float)scale;
}


/* Reads x, z, offsets, columns, weights, rows|nil, scale, own|nil, owner|nil, bonus|nil from `first` on. */
static eimf_profile checkprofile (lua_State *L, int first) {
  eimf_profile s = { .threads = eimf_threads() };
  const eimf_tensor *x = eimfL_checkmatrix(L, first, -1, -1), *z = eimfL_checkmatrix(L, first + 1, -1, x->shape[1]);
  const eimf_tensor *columns = eimfL_checkids(L, first + 3, -1), *t;
  int64_t table;
  s.B = x->shape[0];
  s.D = x->shape[1];
  s.J = z->shape[0];
  luaL_argcheck(L, s.J > 0, first + 1, "no vectors");
  s.x = eimfL_f32(x);
  s.z = eimfL_f32(z);
  s.offsets = eimfL_i32(eimfL_checkoffsets(L, first + 2, columns->size, &table));
  s.columns = eimfL_i32(columns);
  s.weights = eimfL_f32(eimfL_checkvector(L, first + 4, columns->size));
  if (!lua_isnoneornil(L, first + 5)) s.rows = eimfL_i32(eimfL_checkidrange(L, first + 5, s.B, table - 1));
  else luaL_argcheck(L, table == s.B, first + 2, "a row of the table for each row expected, or rows");
  s.scale = checkscale(L, first + 6);
  if ((t = eimfL_optids(L, first + 7, s.B)) != NULL) {
    s.own = eimfL_i32(t);
    s.owner = eimfL_i32(eimfL_checkids(L, first + 8, s.J));
    s.bonus = (float)luaL_checknumber(L, first + 9);
    luaL_argcheck(L, s.bonus >= 0, first + 9, "number from 0 on expected");
  }
  return s;
}


/***
Sizes that profile_softmax and info_nce need for B rows against J, D wide.
@function pairs_plan
@tparam integer B
@tparam integer J
@tparam integer D
@treturn integer floats of packed
@treturn integer floats of scratch of the backward
*/
static int k_pairs_plan (lua_State *L) {
  int64_t B = eimfL_checkcount(L, 1, 0, INT32_MAX), J = eimfL_checkcount(L, 2, 0, INT32_MAX);
  int64_t D = eimfL_checkcount(L, 3, 0, INT32_MAX);
  lua_pushnumber(L, (lua_Number)eimf_pairs_packed(J, D));
  lua_pushnumber(L, (lua_Number)eimf_pairs_scratch(B, J, D));
  return 2;
}


/***
Cross-entropy of a softmax over a bank of vectors to sparse distributions, row by row:
loss_b = mass_b ln sum_j exp(scale x_b . z_j) - sum_j P_bj scale x_b . z_j.
@function profile_fwd
@tparam tensor loss (B), written
@tparam tensor stat (B, 3), written
@tparam tensor packed written: see pairs_plan
@tparam tensor x (B, D)
@tparam tensor z (J, D)
@tparam tensor offsets (M+1) int32 of a table of distributions
@tparam tensor columns (entries) int32 from 0, rising within a row
@tparam tensor weights (entries)
@tparam ?tensor rows (B) int32 from 0: the table's rows; nil: row b for row b
@tparam number scale above 0
@tparam ?tensor own (B) int32
@tparam ?tensor owner (J) int32
@tparam ?number bonus entries with owner = own weigh (1 + bonus); the row keeps its mass
*/
static int k_profile_fwd (lua_State *L) {
  eimf_profile s = checkprofile(L, 4);
  float *loss = eimfL_f32(eimfL_checkvector(L, 1, s.B)), *stat = eimfL_f32(eimfL_checkmatrix(L, 2, s.B, 3));
  int bad;
  eimf_profile_fwd(&bad, loss, stat, checkroom(L, 3, eimf_pairs_packed(s.J, s.D)), &s);
  luaL_argcheck(L, !bad, 8, "columns that do not rise within a row, or outside the bank");
  return 0;
}


/***
Backward of profile_fwd: adds into dx and dz; either may be nil.
@function profile_bwd
@tparam ?tensor dx (B, D)
@tparam ?tensor dz (J, D)
@tparam tensor g (B) gradient of each row's loss
@tparam tensor scratch see pairs_plan
@tparam tensor stat as written by profile_fwd
@tparam tensor packed as written by profile_fwd
@param ... x, z, offsets, columns, weights, rows, scale, own, owner, bonus as given to profile_fwd
*/
static int k_profile_bwd (lua_State *L) {
  eimf_profile s = checkprofile(L, 7);
  const eimf_tensor *dx = eimfL_optsize(L, 1, s.B * s.D), *dz = eimfL_optsize(L, 2, s.J * s.D);
  const float *g = eimfL_f32(eimfL_checkvector(L, 3, s.B));
  float *scratch = checkroom(L, 4, eimf_pairs_scratch(s.B, s.J, s.D));
  const float *stat = eimfL_f32(eimfL_checkmatrix(L, 5, s.B, 3));
  const float *packed = checkroom(L, 6, eimf_pairs_packed(s.J, s.D));
  eimf_profile_bwd(dx ? eimfL_f32(dx) : NULL, dz ? eimfL_f32(dz) : NULL, g, stat, packed, &s, scratch);
  return 0;
}


/***
Profiles of items over a bank of interests: for each row t_i the `top` largest
entries of softmax_j(t_i . s_j / temperature), brought to a sum of 1, as a table in CSR form. Its row 0 (no item) is
empty, row i is that of t's row i; a zero row of t is empty.
@function profile
@tparam tensor t (N, D)
@tparam tensor s (J, D)
@tparam number temperature above 0
@tparam[opt=J] integer top
@treturn tensor offsets (N + 2) int32
@treturn tensor columns int32 from 0, rising within a row
@treturn tensor weights
*/
static int k_profile (lua_State *L) {
  const eimf_tensor *t = eimfL_checkmatrix(L, 1, -1, -1), *s = eimfL_checkmatrix(L, 2, -1, t->shape[1]);
  const int64_t N = t->shape[0], J = s->shape[0], D = t->shape[1];
  luaL_argcheck(L, J > 0, 2, "no interests");
  float temperature = checkscale(L, 3);
  int64_t top = lua_isnoneornil(L, 4) ? J : eimfL_checkcount(L, 4, 1, INT32_MAX);
  int64_t size[1] = { N + 2 }, entries[1] = { eimf_rows_in_use(eimfL_f32(t), N, D) * (top < J ? top : J) };
  luaL_argcheck(L, entries[0] <= INT32_MAX, 4, "more entries than 2^31");
  eimf_tensor *offsets = eimfL_newtensor(L, EIMF_I32, 1, size);
  eimf_tensor *columns = eimfL_newtensor(L, EIMF_I32, 1, entries);
  eimf_tensor *weights = eimfL_newtensor(L, EIMF_F32, 1, entries);
  float *scratch = eimfL_scratch(L, (size_t)eimf_profile_room(N, J) * sizeof(float));
  int status = eimf_profile_build(eimfL_i32(offsets), eimfL_i32(columns), eimfL_f32(weights), eimfL_f32(t),
                                  eimfL_f32(s), N, J, D, temperature, top, scratch);
  luaL_argcheck(L, status == EIMF_OK, 1, "products of the rows are not finite numbers");
  lua_pop(L, 1);
  return 3;
}


/***
Rows minus their mean, at length 1: y_i = (x_i - mean) / |x_i - mean|. Zero rows do not count and stay zero.
@function centre_rows
@tparam tensor y (N, D), written; may be x
@tparam tensor x (N, D)
@tparam[opt] tensor mean (D), written
*/
static int k_centre_rows (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *y = eimfL_checksame(L, 1, x);
  const int64_t D = x->shape[1];
  const eimf_tensor *out = eimfL_optvector(L, 3, D);
  double *mean = eimfL_scratch(L, (size_t)D * sizeof(double));
  eimf_centre_rows(eimfL_f32(y), mean, eimfL_f32(x), x->shape[0], D);
  for (int64_t d = 0; out != NULL && d < D; d++) eimfL_f32(out)[d] = (float)mean[d];
  return 0;
}


/***
Distinct ids of several lists, in the order they are first met; id 0 is left out.
@function distinct
@tparam tensor out int32, written; room for every id of the lists, or for N
@tparam tensor marker (N+1) int32, all 0; it is again afterwards
@tparam tensor ids int32 within 0..N
@param ... further lists
@treturn integer how many
*/
static int k_distinct (lua_State *L) {
  const int lists = lua_gettop(L);
  const eimf_tensor *out = eimfL_checkids(L, 1, -1), *marker = eimfL_checkids(L, 2, -1);
  int64_t most = 0, n = 0;
  luaL_argcheck(L, marker->size > 0, 2, "a marker for ids 0..N expected");
  for (int i = 3; i <= lists; i++) most += eimfL_checkidrange(L, i, -1, marker->size - 1)->size;
  luaL_argcheck(L, out->size >= (most < marker->size - 1 ? most : marker->size - 1), 1, "no room for the distinct ids");
  for (int i = 3; i <= lists; i++) {
    const eimf_tensor *ids = eimfL_checkids(L, i, -1);
    n = eimf_distinct(eimfL_i32(out), eimfL_i32(marker), eimfL_i32(ids), ids->size, n);
  }
  eimf_rows_unmark(eimfL_i32(marker), eimfL_i32(out), n);
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}


/***
Who is taught of a batch: targets of users with a cluster, where the marker of the target is 0.
@function taught
@tparam tensor taught (B) int32, written: the target, or 0
@tparam tensor clusters (B) int32, written: cluster of the user
@tparam tensor users (B) int32 within 0..U; 0: nobody
@tparam tensor labels (U) int32, cluster of each user, 0: none
@tparam tensor targets (B) int32 within 0..N
@tparam tensor marker (N+1) int32
@treturn integer how many are taught
*/
static int k_taught (lua_State *L) {
  const eimf_tensor *labels = eimfL_checkids(L, 4, -1), *marker = eimfL_checkids(L, 6, -1);
  const eimf_tensor *users = eimfL_checkidrange(L, 3, -1, labels->size);
  luaL_argcheck(L, marker->size > 0, 6, "a marker for ids 0..N expected");
  const eimf_tensor *targets = eimfL_checkidrange(L, 5, users->size, marker->size - 1);
  int32_t *taught = eimfL_i32(eimfL_checkids(L, 1, users->size));
  int32_t *clusters = eimfL_i32(eimfL_checkids(L, 2, users->size));
  lua_pushinteger(L, (lua_Integer)eimf_taught(taught, clusters, eimfL_i32(users), eimfL_i32(labels), eimfL_i32(targets),
                                              eimfL_i32(marker), users->size));
  return 1;
}


/* Reads a, b, groups|nil, scale from `first` on. */
static eimf_nce checknce (lua_State *L, int first) {
  eimf_nce s = { .threads = eimf_threads() };
  const eimf_tensor *a = eimfL_checkmatrix(L, first, -1, -1), *b = eimfL_checksame(L, first + 1, a);
  const eimf_tensor *groups = eimfL_optids(L, first + 2, a->shape[0]);
  s.M = a->shape[0];
  s.D = a->shape[1];
  s.a = eimfL_f32(a);
  s.b = eimfL_f32(b);
  if (groups != NULL) s.groups = eimfL_i32(groups);
  s.scale = checkscale(L, first + 3);
  return s;
}


/***
Symmetric InfoNCE of M pairs of rows: half the cross-entropy of each row of a among the rows of b, and half that of
each row of b among those of a. Pairs of one group are left out, but for the pair itself.
@function nce_fwd
@tparam tensor loss (M), written
@tparam tensor stat (2, M), written
@tparam tensor packed written: see pairs_plan, with B = J = M
@tparam tensor a (M, D)
@tparam tensor b (M, D)
@tparam ?tensor groups (M) int32
@tparam number scale above 0: one over the temperature
*/
static int k_nce_fwd (lua_State *L) {
  eimf_nce s = checknce(L, 4);
  float *loss = eimfL_f32(eimfL_checkvector(L, 1, s.M)), *stat = eimfL_f32(eimfL_checkmatrix(L, 2, 2, s.M));
  eimf_nce_fwd(loss, stat, checkroom(L, 3, eimf_pairs_packed(s.M, s.D)), &s);
  return 0;
}


/***
Backward of nce_fwd: adds into da and db; either may be nil.
@function nce_bwd
@tparam ?tensor da (M, D)
@tparam ?tensor db (M, D)
@tparam tensor g (M) gradient of each pair's loss
@tparam tensor scratch see pairs_plan
@tparam tensor stat as written by nce_fwd
@tparam tensor packed as written by nce_fwd
@param ... a, b, groups, scale as given to nce_fwd
*/
static int k_nce_bwd (lua_State *L) {
  eimf_nce s = checknce(L, 7);
  const eimf_tensor *da = eimfL_optsize(L, 1, s.M * s.D), *db = eimfL_optsize(L, 2, s.M * s.D);
  const float *g = eimfL_f32(eimfL_checkvector(L, 3, s.M));
  float *scratch = checkroom(L, 4, eimf_pairs_scratch(s.M, s.M, s.D));
  const float *stat = eimfL_f32(eimfL_checkmatrix(L, 5, 2, s.M));
  const float *packed = checkroom(L, 6, eimf_pairs_packed(s.M, s.D));
  eimf_nce_bwd(da ? eimfL_f32(da) : NULL, db ? eimfL_f32(db) : NULL, g, stat, packed, &s, scratch);
  return 0;
}


/* counts (G) within 0..K, or NULL */
static const int32_t *optcounts (lua_State *L, int arg, int64_t G, int64_t K) {
  return lua_isnoneornil(L, arg) ? NULL : eimfL_i32(eimfL_checkidrange(L, arg, G, K));
}


/* Reads z, e, counts|nil, rows|nil, scale from `first` on. */
static eimf_attend checkattend (lua_State *L, int first) {
  eimf_attend s = { .threads = eimf_threads() };
  const eimf_tensor *z = eimfL_checkcube(L, first, -1, -1, -1), *e;
  s.G = z->shape[0];
  s.K = z->shape[1];
  s.D = z->shape[2];
  e = eimfL_checkmatrix(L, first + 1, -1, s.D);
  s.B = e->shape[0];
  s.z = eimfL_f32(z);
  s.e = eimfL_f32(e);
  s.counts = optcounts(L, first + 2, s.G, s.K);
  if (!lua_isnoneornil(L, first + 3)) s.rows = eimfL_i32(eimfL_checkidrange(L, first + 3, s.B, s.G));
  else luaL_argcheck(L, s.G == s.B, first, "a group for each row expected, or rows");
  s.scale = checkscale(L, first + 4);
  return s;
}


/***
Target-aware attention: y_b = sum_k a_bk z_k over the vectors of row b's group, a = softmax_k(scale z_k . e_b).
@function attend_fwd
@tparam tensor y (B, D), written
@tparam tensor a (B, K), written: attention
@tparam tensor z (G, K, D)
@tparam tensor e (B, D)
@tparam ?tensor counts (G) int32: how many vectors of each group count; nil: all
@tparam ?tensor rows (B) int32: group of each row from 1, 0 for none; nil: its own
@tparam number scale above 0
*/
static int k_attend_fwd (lua_State *L) {
  eimf_attend s = checkattend(L, 3);
  float *y = eimfL_f32(eimfL_checkmatrix(L, 1, s.B, s.D)), *a = eimfL_f32(eimfL_checkmatrix(L, 2, s.B, s.K));
  eimf_attend_fwd(y, a, &s);
  return 0;
}


/***
Backward of attend_fwd: adds into dz and de; either may be nil.
@function attend_bwd
@tparam ?tensor dz (G, K, D)
@tparam ?tensor de (B, D)
@tparam tensor dy (B, D)
@tparam tensor scratch (B, K)
@tparam tensor a as written by attend_fwd
@param ... z, e, counts, rows, scale as given to attend_fwd
*/
static int k_attend_bwd (lua_State *L) {
  eimf_attend s = checkattend(L, 6);
  const eimf_tensor *dz = eimfL_optsize(L, 1, s.G * s.K * s.D), *de = eimfL_optsize(L, 2, s.B * s.D);
  const float *dy = eimfL_f32(eimfL_checkmatrix(L, 3, s.B, s.D));
  float *scratch = checkroom(L, 4, s.B * s.K);
  const float *a = eimfL_f32(eimfL_checkmatrix(L, 5, s.B, s.K));
  eimf_attend_bwd(dz ? eimfL_f32(dz) : NULL, de ? eimfL_f32(de) : NULL, dy, a, &s, scratch);
  return 0;
}


/***
Optimal matching of each row's interests to its group's vectors: of min(K, count) pairs those with the largest sum of
cosines, row after row. No gradient.
@function match
@tparam tensor left int32, written: positions from 0 of the pairs in v seen as (B K, D); room for B min(K, Ks)
@tparam tensor right int32, written: positions from 0 in z seen as (G Ks, D)
@tparam tensor groups int32, written: group of each pair
@tparam tensor v (B, K, D)
@tparam tensor z (G, Ks, D)
@tparam ?tensor counts (G) int32: how many vectors of each group count; nil: all
@tparam tensor rows (B) int32: group of each row from 1, 0 for none
@treturn integer pairs
*/
static int k_match (lua_State *L) {
  const eimf_tensor *v = eimfL_checkcube(L, 4, -1, -1, -1), *z = eimfL_checkcube(L, 5, -1, -1, v->shape[2]);
  const int64_t B = v->shape[0], K = v->shape[1], G = z->shape[0], Ks = z->shape[1];
  const int64_t room = B * (K < Ks ? K : Ks);
  const int32_t *counts = optcounts(L, 6, G, Ks);
  const int32_t *rows = eimfL_i32(eimfL_checkidrange(L, 7, B, G));
  luaL_argcheck(L, K <= EIMF_MATCH_MOST, 4, "more than 64 interests");
  luaL_argcheck(L, Ks <= EIMF_MATCH_MOST, 5, "more than 64 vectors in a group");
  int32_t *out[3];
  for (int i = 0; i < 3; i++) {
    const eimf_tensor *t = eimfL_checkids(L, i + 1, -1);
    luaL_argcheck(L, t->size >= room, i + 1, "no room for the pairs");
    out[i] = eimfL_i32(t);
  }
  int32_t *choice = eimfL_scratch(L, (size_t)(B * K) * sizeof *choice);
  eimf_match(choice, eimfL_f32(v), eimfL_f32(z), counts, rows, B, K, Ks, v->shape[2]);
  lua_pushinteger(L, (lua_Integer)eimf_match_pairs(out[0], out[1], out[2], choice, rows, B, K, Ks));
  return 1;
}


const luaL_Reg eimfL_semantic_functions[] = {
  {"pairs_plan", k_pairs_plan}, {"profile_fwd", k_profile_fwd}, {"profile_bwd", k_profile_bwd},
  {"profile", k_profile}, {"centre_rows", k_centre_rows}, {"distinct", k_distinct}, {"taught", k_taught},
  {"nce_fwd", k_nce_fwd}, {"nce_bwd", k_nce_bwd}, {"attend_fwd", k_attend_fwd}, {"attend_bwd", k_attend_bwd},
  {"match", k_match}, {NULL, NULL}
};
