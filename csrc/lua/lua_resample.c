/*
** lua_resample.c: wrappers of kernels/resample.h for eimf.eval.
*/

/***
@submodule eimf.core
*/
#include "../kernels/resample.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define MAX_USERS INT32_MAX


/***
Means of two columns over rows drawn with replacement.
@function bootstrap
@tparam tensor means (draws, 2), written
@tparam tensor x (U, 2) float32
@tparam integer seed
*/
static int k_bootstrap (lua_State *L) {
  const eimf_tensor *means = eimfL_checkmatrix(L, 1, -1, 2), *x = eimfL_checkmatrix(L, 2, -1, 2);
  luaL_argcheck(L, x->shape[0] > 0 && x->shape[0] <= MAX_USERS, 2, "one row at least expected");
  eimf_bootstrap(eimfL_f32(means), eimfL_f32(x), x->shape[0], means->shape[0], eimfL_checkseed(L, 3));
  return 0;
}


/***
Draws of random signs under which a sum lies as far from 0 as without them.
@function sign_flips
@tparam tensor d (n) float32
@tparam integer draws
@tparam integer seed
@treturn integer 0..draws
*/
static int k_sign_flips (lua_State *L) {
  const eimf_tensor *d = eimfL_checkvector(L, 1, -1);
  int64_t draws = eimfL_checkcount(L, 2, 1, INT32_MAX);
  lua_pushinteger(L, (lua_Integer)eimf_sign_flips(eimfL_f32(d), d->size, draws, eimfL_checkseed(L, 3)));
  return 1;
}


const luaL_Reg eimfL_resample_functions[] = {
  {"bootstrap", k_bootstrap}, {"sign_flips", k_sign_flips}, {NULL, NULL}
};
