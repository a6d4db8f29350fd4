/*
** lua_routing.c: wrappers of dynamic routing and of the maps of positions.
*/

/***
@submodule eimf.core
*/
#include "../kernels/routing.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define MAX_ITERATIONS 1000

/* What both directions of routing know: B, K, D of v, off, own, dynamic from their arguments. */
static eimf_route checkroute (lua_State *L, int v, int off, int own, int dynamic) {
  eimf_route s = { .own = lua_toboolean(L, own), .dynamic = lua_toboolean(L, dynamic) };
  s.off = eimfL_i32(eimfL_checkoffsets(L, off, -1, &s.B));
  const eimf_tensor *t = eimfL_checkcube(L, v, s.B, -1, -1);
  s.K = t->shape[1];
  s.D = t->shape[2];
  s.R = s.off[s.B];
  luaL_argcheck(L, s.K > 0, v, "no interests");
  return s;
}


static int64_t width (const eimf_route *s) { return s->own ? s->K * s->D : s->D; }


/***
Dynamic routing of each segment's rows to K interests: `iterations` times w = softmax of the logits, z_k = sum_r w_rk
x_rk, v_k = squash(z_k), logit_rk += x_rk . v_k.
@function route_fwd
@tparam tensor v (B, K, D), written
@tparam tensor w (R, K), written: weights of the last iteration
@tparam tensor z (B, K, D), written: interests before the squash
@tparam tensor x (R, D), or (R, K D) where each interest has a row of its own
@tparam ?tensor logits (R, K): those of the first iteration; nil: 0
@tparam tensor off (B+1) int32
@tparam integer iterations
@tparam string axis "interest" or "time": what the softmax sums over
@tparam boolean own x holds a row for each interest
@tparam boolean dynamic only max(1, min(K, floor(log2 L))) interests for a segment of L rows; the others repeat the first
@tparam tensor scratch (R, K)
*/
static int k_route_fwd (lua_State *L) {
  static const char *const axes[] = { "interest", "time", NULL };
  eimf_route s = checkroute(L, 1, 6, 9, 10);
  float *w = eimfL_f32(eimfL_checkmatrix(L, 2, s.R, s.K));
  float *z = eimfL_f32(eimfL_checkcube(L, 3, s.B, s.K, s.D));
  s.x = eimfL_f32(eimfL_checkmatrix(L, 4, s.R, width(&s)));
  const eimf_tensor *logits = lua_isnil(L, 5) ? NULL : eimfL_checkmatrix(L, 5, s.R, s.K);
  s.logits = logits ? eimfL_f32(logits) : NULL;
  s.iterations = (int)eimfL_checkcount(L, 7, 1, MAX_ITERATIONS);
  s.over_time = luaL_checkoption(L, 8, NULL, axes) == 1;
  eimf_route_fwd(eimfL_f32(eimfL_checktensor(L, 1, EIMF_F32, 3)), w, z, &s,
                 eimfL_f32(eimfL_checkmatrix(L, 11, s.R, s.K)));
  return 0;
}


/***
Backward of route_fwd: adds into dx. The weights get no gradient.
@function route_bwd
@tparam tensor dx (R, D) or (R, K D)
@tparam tensor dv (B, K, D)
@tparam tensor w as written by route_fwd
@tparam tensor z as written by route_fwd
@tparam tensor off (B+1) int32
@tparam boolean own
@tparam boolean dynamic
@tparam tensor scratch (B, K, D)
*/
static int k_route_bwd (lua_State *L) {
  eimf_route s = checkroute(L, 2, 5, 6, 7);
  float *dx = eimfL_f32(eimfL_checkmatrix(L, 1, s.R, width(&s)));
  const float *w = eimfL_f32(eimfL_checkmatrix(L, 3, s.R, s.K));
  const float *z = eimfL_f32(eimfL_checkcube(L, 4, s.B, s.K, s.D));
  eimf_route_bwd(dx, eimfL_f32(eimfL_checktensor(L, 2, EIMF_F32, 3)), w, z, &s,
                 eimfL_f32(eimfL_checkcube(L, 8, s.B, s.K, s.D)));
  return 0;
}


/* Reads h, w, off from arguments `first` on. */
static eimf_maps checkmaps (lua_State *L, int first) {
  eimf_maps s = { .threads = eimf_threads() };
  const eimf_tensor *h = eimfL_checkmatrix(L, first, -1, -1);
  s.R = h->shape[0];
  s.D = h->shape[1];
  const eimf_tensor *w = eimfL_checkcube(L, first + 1, -1, s.D, -1);
  s.T = w->shape[0];
  s.N = w->shape[2];
  luaL_argcheck(L, s.T > 0, first + 1, "no positions");
  s.off = eimfL_i32(eimfL_checkoffsets(L, first + 2, s.R, &s.B));
  s.h = eimfL_f32(h);
  s.w = eimfL_f32(w);
  return s;
}


static float *checkscratch (lua_State *L, int arg, const eimf_maps *s) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  luaL_argcheck(L, t->size >= eimf_maps_scratch(s), arg, "scratch is too small");
  return eimfL_f32(t);
}


/***
Floats of scratch that either direction of position_linear needs.
@function position_linear_scratch
@tparam tensor h (R, D)
@tparam tensor w (T, D, N)
@tparam tensor off (B+1) int32
@treturn integer
*/
static int k_position_linear_scratch (lua_State *L) {
  eimf_maps s = checkmaps(L, 1);
  lua_pushnumber(L, (lua_Number)eimf_maps_scratch(&s));
  return 1;
}


/***
A linear map for each position: y_r = h_r W_p, p counted back from the newest row of the segment; rows older than T share
the last map.
@function position_linear_fwd
@tparam tensor y (R, N), written
@tparam tensor h (R, D)
@tparam tensor w (T, D, N)
@tparam tensor off (B+1) int32
@tparam tensor scratch at least position_linear_scratch floats
*/
static int k_position_linear_fwd (lua_State *L) {
  eimf_maps s = checkmaps(L, 2);
  eimf_position_linear_fwd(eimfL_f32(eimfL_checkmatrix(L, 1, s.R, s.N)), &s, checkscratch(L, 5, &s));
  return 0;
}


/***
Backward of position_linear_fwd: adds into dh and dw; either may be nil.
@function position_linear_bwd
@tparam ?tensor dh (R, D)
@tparam ?tensor dw (T, D, N)
@tparam tensor dy (R, N)
@tparam tensor h (R, D)
@tparam tensor w (T, D, N)
@tparam tensor off (B+1) int32
@tparam tensor scratch
*/
static int k_position_linear_bwd (lua_State *L) {
  eimf_maps s = checkmaps(L, 4);
  const eimf_tensor *dh = eimfL_optsize(L, 1, s.R * s.D), *dw = eimfL_optsize(L, 2, s.T * s.D * s.N);
  const float *dy = eimfL_f32(eimfL_checkmatrix(L, 3, s.R, s.N));
  eimf_position_linear_bwd(dh ? eimfL_f32(dh) : NULL, dw ? eimfL_f32(dw) : NULL, dy, &s, checkscratch(L, 7, &s));
  return 0;
}


const luaL_Reg eimfL_routing_functions[] = {
  {"route_fwd", k_route_fwd}, {"route_bwd", k_route_bwd}, {"position_linear_scratch", k_position_linear_scratch},
  {"position_linear_fwd", k_position_linear_fwd}, {"position_linear_bwd", k_position_linear_bwd}, {NULL, NULL}
};
