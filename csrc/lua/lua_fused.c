/*
** lua_fused.c: wrappers of the fused kernels: self-attentive extraction,
** losses over candidates, ranking.
*/

/***
@submodule eimf.core
*/
#include "../kernels/hot.h"
#include "lua_functions.h"
#include "lua_tensor.h"

/* Reads h, p|nil, w1, w2, off, rows|nil from arguments `first` on. */
static eimf_sa checksa (lua_State *L, int first) {
  eimf_sa s = { .threads = eimf_threads() };
  const eimf_tensor *h = eimfL_checkmatrix(L, first, -1, -1);
  s.n = s.R = h->shape[0];
  s.D = h->shape[1];
  if (!lua_isnil(L, first + 5)) {
    const eimf_tensor *rows = eimfL_checkidrange(L, first + 5, -1, s.n - 1);
    s.R = rows->size;
    s.rows = eimfL_i32(rows);
  }
  if (!lua_isnil(L, first + 1)) {
    const eimf_tensor *p = eimfL_checkmatrix(L, first + 1, -1, s.D);
    luaL_argcheck(L, p->shape[0] > 0, first + 1, "no positions");
    s.p = eimfL_f32(p);
    s.T = p->shape[0];
  }
  const eimf_tensor *w1 = eimfL_checkmatrix(L, first + 2, s.D, -1);
  s.H = w1->shape[1];
  const eimf_tensor *w2 = eimfL_checkmatrix(L, first + 3, s.H, -1);
  s.K = w2->shape[1];
  luaL_argcheck(L, s.H > 0 && s.K > 0, first + 3, "no hidden units or interests");
  s.off = eimfL_i32(eimfL_checkoffsets(L, first + 4, s.R, &s.B));
  s.h = eimfL_f32(h);
  s.w1 = eimfL_f32(w1);
  s.w2 = eimfL_f32(w2);
  return s;
}


static float *checkscratch (lua_State *L, int arg, int64_t n) {
  eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= n, arg, "scratch is too small");
  return eimfL_f32(t);
}


/***
Floats of scratch that either direction of self-attentive extraction needs.
@function sa_scratch
@tparam tensor h (n, D), n = R without rows
@tparam ?tensor p (T, D)
@tparam tensor w1 (D, H)
@tparam tensor w2 (H, K)
@tparam tensor off (B+1) int32
@tparam ?tensor rows (R) int32 from 0: the row of h that a row of the segments is; nil: its own
@treturn integer
*/
static int k_sa_scratch (lua_State *L) {
  eimf_sa s = checksa(L, 1);
  lua_pushnumber(L, (lua_Number)eimf_sa_scratch(&s));
  return 1;
}


/***
Self-attentive interest extraction (ComiRec-SA): a = softmax over each
segment's rows of tanh((h + p) W1) W2; v_k = sum_r a_rk h_r.
@function sa_fwd
@tparam tensor v (B, K, D), written
@tparam tensor a (R, K), written: attention
@tparam ?tensor u (R, H), written: hidden layer; not wanted with rows
@tparam tensor h (n, D), n = R without rows
@tparam ?tensor p (T, D), by position counted back from the newest
@tparam tensor w1 (D, H)
@tparam tensor w2 (H, K)
@tparam tensor off (B+1) int32
@tparam ?tensor rows (R) int32 from 0
@tparam tensor scratch at least sa_scratch floats
*/
static int k_sa_fwd (lua_State *L) {
  eimf_sa s = checksa(L, 4);
  float *v = eimfL_f32(eimfL_checkcube(L, 1, s.B, s.K, s.D));
  float *a = eimfL_f32(eimfL_checkmatrix(L, 2, s.R, s.K));
  float *u = s.rows != NULL ? NULL : eimfL_f32(eimfL_checkmatrix(L, 3, s.R, s.H));
  eimf_sa_fwd(v, a, u, &s, checkscratch(L, 10, eimf_sa_scratch(&s)));
  return 0;
}


/***
Backward of sa_fwd, with the scratch as that left it: adds into dh, dp, dw1, dw2.
@function sa_bwd
@tparam ?tensor dh (n, D)
@tparam boolean add into dh; else it is written
@tparam ?tensor dp (T, D)
@tparam tensor dw1 (D, H)
@tparam tensor dw2 (H, K)
@tparam tensor dv (B, K, D)
@tparam ?tensor da (R, K): gradient of the attention itself
@tparam tensor a (R, K)
@tparam ?tensor u (R, H)
@tparam tensor h (n, D)
@tparam ?tensor p (T, D)
@tparam tensor w1 (D, H)
@tparam tensor w2 (H, K)
@tparam tensor off (B+1) int32
@tparam ?tensor rows (R) int32 from 0
@tparam tensor scratch
*/
static int k_sa_bwd (lua_State *L) {
  eimf_sa s = checksa(L, 10);
  const eimf_tensor *dh = eimfL_optsize(L, 1, s.n * s.D), *dp = eimfL_optsize(L, 3, s.T * s.D);
  float *dw1 = eimfL_f32(eimfL_checkmatrix(L, 4, s.D, s.H));
  float *dw2 = eimfL_f32(eimfL_checkmatrix(L, 5, s.H, s.K));
  const float *dv = eimfL_f32(eimfL_checkcube(L, 6, s.B, s.K, s.D));
  const eimf_tensor *da = eimfL_optsize(L, 7, s.R * s.K);
  const float *a = eimfL_f32(eimfL_checkmatrix(L, 8, s.R, s.K));
  const float *u = s.rows != NULL ? NULL : eimfL_f32(eimfL_checkmatrix(L, 9, s.R, s.H));
  luaL_argcheck(L, dp == NULL || s.p != NULL, 3, "gradient of positions that were not given");
  eimf_sa_bwd(dh ? eimfL_f32(dh) : NULL, lua_toboolean(L, 2), dp ? eimfL_f32(dp) : NULL, dw1, dw2, dv,
              da ? eimfL_f32(da) : NULL, a, u, &s, checkscratch(L, 16, eimf_sa_scratch(&s)));
  return 0;
}


static const char *const forms[] = { "softmax", "hard", "binary", NULL };      /* EIMF_CE_... */

/* Reads u, pos|nil, c, pos_bias|nil, bias|nil, ids|nil, target|nil, form|nil, beta|nil from `first` on. */
static eimf_ce checkce (lua_State *L, int first) {
  eimf_ce s = { .threads = eimf_threads() };
  const eimf_tensor *u = eimfL_checkmatrix(L, first, -1, -1), *t;
  s.B = u->shape[0];
  s.D = u->shape[1];
  s.u = eimfL_f32(u);
  const eimf_tensor *c = eimfL_checkmatrix(L, first + 2, -1, s.D);
  s.S = c->shape[0];
  luaL_argcheck(L, s.S > 0, first + 2, "no candidates");
  s.c = eimfL_f32(c);
  if (!lua_isnil(L, first + 1)) s.pos = eimfL_f32(eimfL_checkmatrix(L, first + 1, s.B, s.D));
  if ((t = eimfL_optvector(L, first + 3, s.B)) != NULL) s.pos_bias = eimfL_f32(t);
  if ((t = eimfL_optvector(L, first + 4, s.S)) != NULL) s.bias = eimfL_f32(t);
  if ((t = eimfL_optids(L, first + 5, s.S)) != NULL) s.ids = eimfL_i32(t);
  if ((t = eimfL_optids(L, first + 6, s.B)) != NULL) s.target = eimfL_i32(t);
  s.form = luaL_checkoption(L, first + 7, "softmax", forms);
  s.beta = (float)luaL_optnumber(L, first + 8, 0);
  luaL_argcheck(L, s.beta >= 0, first + 8, "a number of at least 0 expected");
  luaL_argcheck(L, s.pos != NULL || s.form == EIMF_CE_SOFTMAX, first + 1, "vectors of the targets expected");
  if (s.pos == NULL) {
    luaL_argcheck(L, s.target != NULL, first + 6, "targets expected: positions among the candidates");
    for (int64_t b = 0; b < s.B; b++)
      luaL_argcheck(L, s.target[b] >= 0 && s.target[b] < s.S, first + 6, "target outside the candidates");
  }
  eimf_ce_plan(&s);
  return s;
}


/***
Sizes that ce_fwd and ce_bwd need for B rows of width D against S candidates.
@function ce_plan
@tparam integer B
@tparam integer S
@tparam integer D
@tparam[opt="softmax"] string form of ce_fwd
@treturn integer columns of p
@treturn integer columns of stat
@treturn integer floats of scratch
*/
static int k_ce_plan (lua_State *L) {
  eimf_ce s = { .threads = eimf_threads() };
  s.B = eimfL_checkcount(L, 1, 0, INT32_MAX);
  s.S = eimfL_checkcount(L, 2, 1, INT32_MAX);
  s.D = eimfL_checkcount(L, 3, 1, INT32_MAX);
  s.form = luaL_checkoption(L, 4, "softmax", forms);
  eimf_ce_plan(&s);
  lua_pushnumber(L, (lua_Number)s.ld);
  lua_pushnumber(L, (lua_Number)(s.tiles + 1));
  lua_pushnumber(L, (lua_Number)eimf_ce_scratch(&s));
  return 3;
}


/***
A target against candidate vectors: loss of each row.
@function ce_fwd
@tparam tensor loss (B), written
@tparam tensor p (B, columns), written: see ce_plan
@tparam tensor stat (B, columns), written
@tparam tensor u (B, D)
@tparam ?tensor pos (B, D): vectors of the targets; nil: targets are among the candidates
@tparam tensor c (S, D) candidates
@tparam ?tensor pos_bias (B) added to the targets' logits
@tparam ?tensor bias (S) added to the candidates' logits
@tparam ?tensor ids (S) int32 ids of the candidates; one equal to the row's target is left out
@tparam ?tensor target (B) int32 ids, or positions from 0 in c where pos is nil
@tparam ?string form "softmax": cross-entropy, the default; "hard": candidates weighted by exp(beta logit);
  "binary": each logit by itself, the target's weighted by beta. The last two want pos
@tparam ?number beta of those two, default 0
@tparam tensor scratch
*/
static int k_ce_fwd (lua_State *L) {
  eimf_ce s = checkce(L, 4);
  float *loss = eimfL_f32(eimfL_checkvector(L, 1, s.B));
  float *p = eimfL_f32(eimfL_checkmatrix(L, 2, s.B, s.ld));
  float *stat = eimfL_f32(eimfL_checkmatrix(L, 3, s.B, s.tiles + 1));
  eimf_ce_fwd(loss, p, stat, &s, checkscratch(L, 13, eimf_ce_scratch(&s)));
  return 0;
}


/***
Backward of ce_fwd: adds into du and dpos; dc is written, or added to; any of them may be nil.
@function ce_bwd
@tparam ?tensor du (B, D)
@tparam ?tensor dpos (B, D)
@tparam ?tensor dc (S, D)
@tparam boolean add into dc
@tparam tensor g (B) gradient of each row's loss
@tparam tensor p as written by ce_fwd
@tparam tensor stat as written by ce_fwd
@param ... u, pos, c, pos_bias, bias, ids, target, form, beta, scratch as given to ce_fwd
*/
static int k_ce_bwd (lua_State *L) {
  eimf_ce s = checkce(L, 8);
  const eimf_tensor *du = eimfL_optsize(L, 1, s.B * s.D), *dpos = eimfL_optsize(L, 2, s.B * s.D);
  const eimf_tensor *dc = eimfL_optsize(L, 3, s.S * s.D);
  const float *g = eimfL_f32(eimfL_checkvector(L, 5, s.B));
  const float *p = eimfL_f32(eimfL_checkmatrix(L, 6, s.B, s.ld));
  const float *stat = eimfL_f32(eimfL_checkmatrix(L, 7, s.B, s.tiles + 1));
  eimf_ce_bwd(du ? eimfL_f32(du) : NULL, dpos ? eimfL_f32(dpos) : NULL, dc ? eimfL_f32(dc) : NULL,
              lua_toboolean(L, 4), g, p, stat, &s, checkscratch(L, 17, eimf_ce_scratch(&s)));
  return 0;
}


/***
Exact top n of the largest score over K interests, all items of a table but row 0.
@function rank_top
@tparam tensor ids (U, n) int32, written: best first, 0 where there are fewer
@tparam tensor scores (U, n), written
@tparam tensor interests (U, K, D)
@tparam tensor items (N+1, D)
@tparam ?tensor exclude int32: sorted ids, user after user
@tparam ?tensor exclude_offsets (U+1) int32
*/
static int k_rank_top (lua_State *L) {
  eimf_rank s = { .threads = eimf_threads() };
  const eimf_tensor *ids = eimfL_checktensor(L, 1, EIMF_I32, 2);
  s.U = ids->shape[0];
  s.n = ids->shape[1];
  const eimf_tensor *score = eimfL_checkmatrix(L, 2, s.U, s.n);
  const eimf_tensor *v = eimfL_checkcube(L, 3, s.U, -1, -1);
  s.K = v->shape[1];
  s.D = v->shape[2];
  const eimf_tensor *e = eimfL_checkmatrix(L, 4, -1, s.D);
  luaL_argcheck(L, s.K > 0 && s.D > 0, 3, "no interests or no width");
  luaL_argcheck(L, e->shape[0] > 0, 4, "no row 0");
  s.N = e->shape[0] - 1;
  s.v = eimfL_f32(v);
  s.e = eimfL_f32(e);
  if (!lua_isnoneornil(L, 5)) {
    int64_t users;
    const eimf_tensor *list = eimfL_checkids(L, 5, -1);
    s.exclude = eimfL_i32(list);
    s.exclude_off = eimfL_i32(eimfL_checkoffsets(L, 6, list->size, &users));
    luaL_argcheck(L, users == s.U, 6, "one list for each user expected");
  }
  if (s.U == 0 || s.n == 0) return 0;
  float *scratch = eimfL_scratch(L, (size_t)eimf_rank_scratch(&s) * sizeof(float));
  eimf_rank_top(eimfL_i32(ids), eimfL_f32(score), &s, scratch);
  return 0;
}


const luaL_Reg eimfL_fused_functions[] = {
  {"sa_scratch", k_sa_scratch}, {"sa_fwd", k_sa_fwd}, {"sa_bwd", k_sa_bwd},
  {"ce_plan", k_ce_plan}, {"ce_fwd", k_ce_fwd}, {"ce_bwd", k_ce_bwd},
  {"rank_top", k_rank_top}, {NULL, NULL}
};
