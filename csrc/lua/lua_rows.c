/*
** lua_rows.c: wrappers of functions of whole rows and of jagged rows.
*/

/***
@submodule eimf.core
*/
#include "../kernels/rows.h"
#include "../kernels/segments.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define EPS_LEAST 1e-30

static float *checkfloats (lua_State *L, int arg, int64_t n) {
  return eimfL_f32(eimfL_checksize(L, arg, n));
}


static float *optfloats (lua_State *L, int arg, int64_t n) {
  const eimf_tensor *t = eimfL_optsize(L, arg, n);
  return t ? eimfL_f32(t) : NULL;
}


static double checkeps (lua_State *L, int arg) {
  double eps = luaL_checknumber(L, arg);
  luaL_argcheck(L, eps >= EPS_LEAST && eps <= 1, arg, "eps within [1e-30, 1] expected");
  return eps;
}


/***
y = x - ln sum over the row of exp(x).
@function log_softmax_fwd
@tparam tensor y (R, C), written; may be x
@tparam tensor x (R, C)
*/
static int k_log_softmax_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *y = eimfL_checksame(L, 1, x);
  eimf_log_softmax_fwd(eimfL_f32(y), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
Backward of log_softmax_fwd: dx += dy - exp(y) sum over the row of dy.
@function log_softmax_bwd
@tparam tensor dx (R, C)
@tparam tensor y (R, C)
@tparam tensor dy (R, C)
*/
static int k_log_softmax_bwd (lua_State *L) {
  const eimf_tensor *dx = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *y = eimfL_checksame(L, 2, dx), *dy = eimfL_checksame(L, 3, dx);
  eimf_log_softmax_bwd(eimfL_f32(dx), eimfL_f32(y), eimfL_f32(dy), dx->shape[0], dx->shape[1]);
  return 0;
}


/***
y[r] = ln sum over the row of exp(x).
@function log_sum_exp_fwd
@tparam tensor y (R), written
@tparam tensor x (R, C)
*/
static int k_log_sum_exp_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1);
  eimf_log_sum_exp_fwd(checkfloats(L, 1, x->shape[0]), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
Backward of log_sum_exp_fwd: dx[r][c] += dy[r] exp(x[r][c] - y[r]).
@function log_sum_exp_bwd
@tparam tensor dx (R, C)
@tparam tensor x (R, C)
@tparam tensor y (R)
@tparam tensor dy (R)
*/
static int k_log_sum_exp_bwd (lua_State *L) {
  const eimf_tensor *dx = eimfL_checkmatrix(L, 1, -1, -1), *x = eimfL_checksame(L, 2, dx);
  int64_t R = x->shape[0];
  const float *y = checkfloats(L, 3, R), *dy = checkfloats(L, 4, R);
  eimf_log_sum_exp_bwd(eimfL_f32(dx), eimfL_f32(x), y, dy, R, x->shape[1]);
  return 0;
}


/***
Layer norm: y = (x - mean) / sqrt(variance + eps) gain + bias, row by row.
@function layer_norm_fwd
@tparam tensor y (R, D), written; may be x
@tparam tensor stat (R, 2), written
@tparam tensor x (R, D)
@tparam tensor gain (D)
@tparam tensor bias (D)
@tparam number eps
*/
static int k_layer_norm_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 3, -1, -1), *y = eimfL_checksame(L, 1, x);
  int64_t R = x->shape[0], D = x->shape[1];
  float *stat = checkfloats(L, 2, 2 * R);
  const float *gain = checkfloats(L, 4, D), *bias = checkfloats(L, 5, D);
  eimf_layer_norm_fwd(eimfL_f32(y), stat, eimfL_f32(x), gain, bias, R, D, checkeps(L, 6));
  return 0;
}


/***
Backward of layer_norm_fwd: adds into dx, dgain, dbias; any of them may be nil.
@function layer_norm_bwd
@tparam ?tensor dx (R, D)
@tparam ?tensor dgain (D)
@tparam ?tensor dbias (D)
@tparam tensor x (R, D)
@tparam tensor gain (D)
@tparam tensor stat (R, 2) as written by layer_norm_fwd
@tparam tensor dy (R, D)
*/
static int k_layer_norm_bwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 4, -1, -1);
  int64_t R = x->shape[0], D = x->shape[1];
  float *dx = optfloats(L, 1, R * D), *dgain = optfloats(L, 2, D), *dbias = optfloats(L, 3, D);
  const float *gain = checkfloats(L, 5, D), *stat = checkfloats(L, 6, 2 * R), *dy = checkfloats(L, 7, R * D);
  eimf_layer_norm_bwd(dx, dgain, dbias, eimfL_f32(x), gain, stat, dy, R, D);
  return 0;
}


/***
Rows of unit length: y = x / max(|x|, eps).
@function l2_normalise_fwd
@tparam tensor y (R, D), written; may be x
@tparam tensor inv (R), written: 1 / max(|x|, eps)
@tparam tensor x (R, D)
@tparam number eps
*/
static int k_l2_normalise_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 3, -1, -1), *y = eimfL_checksame(L, 1, x);
  float *inv = checkfloats(L, 2, x->shape[0]);
  eimf_l2_normalise_fwd(eimfL_f32(y), inv, eimfL_f32(x), x->shape[0], x->shape[1], checkeps(L, 4));
  return 0;
}


/***
Backward of l2_normalise_fwd: dx += (dy - y (y . dy)) / |x|; rows not longer than eps get none.
@function l2_normalise_bwd
@tparam tensor dx (R, D)
@tparam tensor y (R, D)
@tparam tensor inv (R)
@tparam tensor dy (R, D)
@tparam number eps
*/
static int k_l2_normalise_bwd (lua_State *L) {
  const eimf_tensor *dx = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *y = eimfL_checksame(L, 2, dx), *dy = eimfL_checksame(L, 4, dx);
  const float *inv = checkfloats(L, 3, dx->shape[0]);
  eimf_l2_normalise_bwd(eimfL_f32(dx), eimfL_f32(y), inv, eimfL_f32(dy), dx->shape[0], dx->shape[1],
                        checkeps(L, 5));
  return 0;
}


/***
Rows of a length within [0, 1): y = x |x| / (1 + |x|^2).
@function squash_fwd
@tparam tensor y (R, D), written; may be x
@tparam tensor x (R, D)
*/
static int k_squash_fwd (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 2, -1, -1), *y = eimfL_checksame(L, 1, x);
  eimf_squash_fwd(eimfL_f32(y), eimfL_f32(x), x->shape[0], x->shape[1]);
  return 0;
}


/***
Backward of squash_fwd.
@function squash_bwd
@tparam tensor dx (R, D)
@tparam tensor x (R, D)
@tparam tensor dy (R, D)
*/
static int k_squash_bwd (lua_State *L) {
  const eimf_tensor *dx = eimfL_checkmatrix(L, 1, -1, -1);
  const eimf_tensor *x = eimfL_checksame(L, 2, dx), *dy = eimfL_checksame(L, 3, dx);
  eimf_squash_bwd(eimfL_f32(dx), eimfL_f32(x), eimfL_f32(dy), dx->shape[0], dx->shape[1]);
  return 0;
}


/* The jagged matrix (R, C) at `arg`, its offsets at `off_arg`. */
typedef struct { float *x; const int32_t *off; int64_t R, B, C; } jagged;

static jagged checkjagged (lua_State *L, int arg, int off_arg) {
  const eimf_tensor *x = eimfL_checkmatrix(L, arg, -1, -1);
  jagged j = { .x = eimfL_f32(x), .R = x->shape[0], .C = x->shape[1] };
  j.off = eimfL_i32(eimfL_checkoffsets(L, off_arg, j.R, &j.B));
  return j;
}


/***
Sum of each segment's rows; with mean, divided by their number; with add, added to y.
@function segment_sum
@tparam tensor y (B, D)
@tparam tensor x (R, D)
@tparam tensor off (B+1) int32
@tparam[opt] boolean mean
@tparam[opt] boolean add
*/
static int k_segment_sum (lua_State *L) {
  jagged j = checkjagged(L, 2, 3);
  eimf_segment_sum(checkfloats(L, 1, j.B * j.C), j.x, j.off, j.B, j.C, lua_toboolean(L, 4), lua_toboolean(L, 5));
  return 0;
}


/***
A row of x for every row of its segment; with mean, divided by their number; with add, added to y.
@function segment_repeat
@tparam tensor y (R, D)
@tparam tensor x (B, D)
@tparam tensor off (B+1) int32
@tparam[opt] boolean mean
@tparam[opt] boolean add
*/
static int k_segment_repeat (lua_State *L) {
  jagged j = checkjagged(L, 1, 3);
  eimf_segment_repeat(j.x, checkfloats(L, 2, j.B * j.C), j.off, j.B, j.C, lua_toboolean(L, 4), lua_toboolean(L, 5));
  return 0;
}


/***
Newest row of each segment, zeros for an empty one.
@function segment_last_fwd
@tparam tensor y (B, D), written
@tparam tensor x (R, D)
@tparam tensor off (B+1) int32
*/
static int k_segment_last_fwd (lua_State *L) {
  jagged j = checkjagged(L, 2, 3);
  eimf_segment_last_fwd(checkfloats(L, 1, j.B * j.C), j.x, j.off, j.B, j.C);
  return 0;
}


/***
Backward of segment_last_fwd.
@function segment_last_bwd
@tparam tensor dx (R, D)
@tparam tensor dy (B, D)
@tparam tensor off (B+1) int32
*/
static int k_segment_last_bwd (lua_State *L) {
  jagged j = checkjagged(L, 1, 3);
  eimf_segment_last_bwd(j.x, checkfloats(L, 2, j.B * j.C), j.off, j.B, j.C);
  return 0;
}


/***
Softmax over the rows of each segment, each column by itself.
@function segment_softmax_fwd
@tparam tensor y (R, C), written; may be x
@tparam tensor x (R, C)
@tparam tensor off (B+1) int32
*/
static int k_segment_softmax_fwd (lua_State *L) {
  jagged j = checkjagged(L, 2, 3);
  eimf_segment_softmax_fwd(checkfloats(L, 1, j.R * j.C), j.x, j.off, j.B, j.C);
  return 0;
}


/***
Backward of segment_softmax_fwd: dx += y (dy - sum over the segment of y dy).
@function segment_softmax_bwd
@tparam tensor dx (R, C)
@tparam tensor y (R, C)
@tparam tensor dy (R, C)
@tparam tensor off (B+1) int32
*/
static int k_segment_softmax_bwd (lua_State *L) {
  jagged j = checkjagged(L, 1, 4);
  const float *y = checkfloats(L, 2, j.R * j.C), *dy = checkfloats(L, 3, j.R * j.C);
  eimf_segment_softmax_bwd(j.x, y, dy, j.off, j.B, j.C);
  return 0;
}


/* v (B, K, D) with w (R, K) and x (R, D) at the other two arguments, offsets at 4, add at 5 */
typedef struct { float *v, *w, *x; const int32_t *off; int64_t B, K, D; int add; } weighted;

static weighted checkweighted (lua_State *L, int v_arg, int w_arg, int x_arg) {
  const eimf_tensor *v = eimfL_checkcube(L, v_arg, -1, -1, -1);
  weighted s = { .v = eimfL_f32(v), .B = v->shape[0], .K = v->shape[1], .D = v->shape[2] };
  const eimf_tensor *w = eimfL_checkmatrix(L, w_arg, -1, s.K);
  int64_t segments;
  s.w = eimfL_f32(w);
  s.x = eimfL_f32(eimfL_checkmatrix(L, x_arg, w->shape[0], s.D));
  s.off = eimfL_i32(eimfL_checkoffsets(L, 4, w->shape[0], &segments));
  luaL_argcheck(L, segments == s.B, 4, "as many segments as interests expected");
  s.add = lua_toboolean(L, 5);
  return s;
}


/***
K weighted sums of each segment's rows: v[b][k] = sum_r w[r][k] x[r]; with add, +=.
@function segment_weighted_sum
@tparam tensor v (B, K, D)
@tparam tensor w (R, K)
@tparam tensor x (R, D)
@tparam tensor off (B+1) int32
@tparam[opt] boolean add
*/
static int k_segment_weighted_sum (lua_State *L) {
  weighted s = checkweighted(L, 1, 2, 3);
  eimf_segment_weighted_sum(s.v, s.w, s.x, s.off, s.B, s.K, s.D, s.add);
  return 0;
}


/***
Each row against the K vectors of its segment: w[r][k] = x[r] . v[b][k]; with add, +=.
@function segment_dot
@tparam tensor w (R, K)
@tparam tensor x (R, D)
@tparam tensor v (B, K, D)
@tparam tensor off (B+1) int32
@tparam[opt] boolean add
*/
static int k_segment_dot (lua_State *L) {
  weighted s = checkweighted(L, 3, 1, 2);
  eimf_segment_dot(s.w, s.x, s.v, s.off, s.B, s.K, s.D, s.add);
  return 0;
}


/***
Each row from the K vectors of its segment: x[r] = sum_k w[r][k] v[b][k]; with add, +=.
@function segment_mix
@tparam tensor x (R, D)
@tparam tensor w (R, K)
@tparam tensor v (B, K, D)
@tparam tensor off (B+1) int32
@tparam[opt] boolean add
*/
static int k_segment_mix (lua_State *L) {
  weighted s = checkweighted(L, 3, 2, 1);
  eimf_segment_mix(s.x, s.w, s.v, s.off, s.B, s.K, s.D, s.add);
  return 0;
}


const luaL_Reg eimfL_rows_functions[] = {
  {"log_softmax_fwd", k_log_softmax_fwd}, {"log_softmax_bwd", k_log_softmax_bwd},
  {"log_sum_exp_fwd", k_log_sum_exp_fwd}, {"log_sum_exp_bwd", k_log_sum_exp_bwd},
  {"layer_norm_fwd", k_layer_norm_fwd}, {"layer_norm_bwd", k_layer_norm_bwd},
  {"l2_normalise_fwd", k_l2_normalise_fwd}, {"l2_normalise_bwd", k_l2_normalise_bwd},
  {"squash_fwd", k_squash_fwd}, {"squash_bwd", k_squash_bwd},
  {"segment_sum", k_segment_sum}, {"segment_repeat", k_segment_repeat},
  {"segment_last_fwd", k_segment_last_fwd}, {"segment_last_bwd", k_segment_last_bwd},
  {"segment_softmax_fwd", k_segment_softmax_fwd}, {"segment_softmax_bwd", k_segment_softmax_bwd},
  {"segment_weighted_sum", k_segment_weighted_sum}, {"segment_dot", k_segment_dot},
  {"segment_mix", k_segment_mix}, {NULL, NULL}
};
