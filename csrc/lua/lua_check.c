/*
** lua_check.c: the argument checks of lua_tensor.h, so that every wrapper
** speaks alike: "bad argument #2 to 'matmul' (shape (5, 6), wanted (4, *))".
*/
#include <math.h>
#include <stdio.h>

#include "lua_tensor.h"

#define MAX_EXACT 9007199254740992.0    /* 2^53: whole numbers of a double */

const char *eimfL_shapestring (lua_State *L, const eimf_tensor *t) {
  luaL_Buffer b;
  char part[32];
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '(');
  for (int i = 0; i < t->ndim; i++) {
    snprintf(part, sizeof part, i ? ", %lld" : "%lld", (long long)t->shape[i]);
    luaL_addstring(&b, part);
  }
  luaL_addchar(&b, ')');
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}


/* "(3, *)" from wanted sizes; -1 prints as a star. */
static const char *wantedstring (lua_State *L, int n, const int64_t *want) {
  eimf_tensor t = { .ndim = n };
  luaL_Buffer b;
  char part[32];
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '(');
  for (int i = 0; i < t.ndim; i++) {
    if (i) luaL_addstring(&b, ", ");
    if (want[i] < 0) luaL_addchar(&b, '*');
    else {
      snprintf(part, sizeof part, "%lld", (long long)want[i]);
      luaL_addstring(&b, part);
    }
  }
  luaL_addchar(&b, ')');
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}


static int shapeerror (lua_State *L, int arg, const eimf_tensor *t, int n, const int64_t *want) {
  const char *got = eimfL_shapestring(L, t);
  const char *wanted = wantedstring(L, n, want);
  lua_pushfstring(L, "shape %s, wanted %s", got, wanted);
  return luaL_argerror(L, arg, lua_tostring(L, -1));
}


eimf_tensor *eimfL_checktensor (lua_State *L, int arg, int dtype, int ndim) {
  eimf_tensor *t = luaL_checkudata(L, arg, EIMF_TENSOR);
  if (dtype >= 0 && t->dtype != dtype)
    luaL_argerror(L, arg, dtype == EIMF_F32 ? "float32 tensor expected, got int32"
                                            : "int32 tensor (ids) expected, got float32");
  if (ndim >= 0 && t->ndim != ndim) {
    const char *got = eimfL_shapestring(L, t);
    lua_pushfstring(L, "shape %s, wanted rank %d", got, ndim);
    luaL_argerror(L, arg, lua_tostring(L, -1));
  }
  return t;
}


static eimf_tensor *checkshape (lua_State *L, int arg, int dtype, int n, const int64_t *want) {
  eimf_tensor *t = eimfL_checktensor(L, arg, dtype, -1);
  int bad = t->ndim != n;
  for (int i = 0; !bad && i < n; i++)
    bad = want[i] >= 0 && t->shape[i] != want[i];
  if (bad) shapeerror(L, arg, t, n, want);
  return t;
}


eimf_tensor *eimfL_checkmatrix (lua_State *L, int arg, int64_t rows, int64_t cols) {
  int64_t want[2] = { rows, cols };
  return checkshape(L, arg, EIMF_F32, 2, want);
}


eimf_tensor *eimfL_checkvector (lua_State *L, int arg, int64_t n) {
  return checkshape(L, arg, EIMF_F32, 1, &n);
}


eimf_tensor *eimfL_checkids (lua_State *L, int arg, int64_t n) {
  return checkshape(L, arg, EIMF_I32, 1, &n);
}


eimf_tensor *eimfL_checkcube (lua_State *L, int arg, int64_t a, int64_t b, int64_t c) {
  int64_t want[3] = { a, b, c };
  return checkshape(L, arg, EIMF_F32, 3, want);
}


eimf_tensor *eimfL_checksize (lua_State *L, int arg, int64_t n) {
  eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  if (t->size != n) {
    const char *got = eimfL_shapestring(L, t);
    char elements[32];
    snprintf(elements, sizeof elements, "%lld", (long long)n);
    lua_pushfstring(L, "shape %s, wanted %s elements", got, elements);
    luaL_argerror(L, arg, lua_tostring(L, -1));
  }
  return t;
}


eimf_tensor *eimfL_checksame (lua_State *L, int arg, const eimf_tensor *like) {
  return checkshape(L, arg, like->dtype, like->ndim, like->shape);
}


eimf_tensor *eimfL_checkoffsets (lua_State *L, int arg, int64_t rows, int64_t *B) {
  eimf_tensor *t = eimfL_checkids(L, arg, -1);
  const int32_t *o = eimfL_i32(t);
  luaL_argcheck(L, t->size >= 1 && o[0] == 0, arg, "offsets must begin with 0");
  *B = t->size - 1;
  for (int64_t b = 0; b < *B; b++)
    luaL_argcheck(L, o[b] <= o[b + 1], arg, "offsets must not fall");
  if (rows >= 0 && o[*B] != rows) {
    lua_pushfstring(L, "offsets end at %d, but there are %d rows", (int)o[*B], (int)rows);
    luaL_argerror(L, arg, lua_tostring(L, -1));
  }
  return t;
}


eimf_tensor *eimfL_checkidrange (lua_State *L, int arg, int64_t n, int64_t max) {
  eimf_tensor *t = eimfL_checkids(L, arg, n);
  const int32_t *id = eimfL_i32(t);
  uint32_t most = 0;                                 /* below 0 is far above; no early end: several go at once */
  for (int64_t i = 0; i < t->size; i++) most = (uint32_t)id[i] > most ? (uint32_t)id[i] : most;
  for (int64_t i = 0; (int64_t)most > max && i < t->size; i++) {
    if (id[i] < 0 || id[i] > max) {
      lua_pushfstring(L, "id %d at position %d is outside 0..%d", (int)id[i], (int)i + 1, (int)max);
      luaL_argerror(L, arg, lua_tostring(L, -1));
    }
  }
  return t;
}


eimf_tensor *eimfL_optvector (lua_State *L, int arg, int64_t n) {
  return lua_isnoneornil(L, arg) ? NULL : eimfL_checkvector(L, arg, n);
}


eimf_tensor *eimfL_optids (lua_State *L, int arg, int64_t n) {
  return lua_isnoneornil(L, arg) ? NULL : eimfL_checkids(L, arg, n);
}


eimf_tensor *eimfL_optsize (lua_State *L, int arg, int64_t n) {
  return lua_isnoneornil(L, arg) ? NULL : eimfL_checksize(L, arg, n);
}


int64_t eimfL_checkcount (lua_State *L, int arg, int64_t lo, int64_t hi) {
  lua_Number x = luaL_checknumber(L, arg);
  if (!(x >= (lua_Number)lo && x <= (lua_Number)hi && floor(x) == x)) {
    char text[96];
    snprintf(text, sizeof text, "whole number within %lld..%lld expected, got %.14g",
             (long long)lo, (long long)hi, (double)x);
    luaL_argerror(L, arg, text);
  }
  return (int64_t)x;
}


uint64_t eimfL_checkseed (lua_State *L, int arg) {
  lua_Number x = luaL_checknumber(L, arg);
  luaL_argcheck(L, x >= 0 && x <= MAX_EXACT && floor(x) == x, arg, "seed must be a whole number within 0..2^53");
  return (uint64_t)x;
}


int eimfL_result (lua_State *L, int status) {
  if (status == EIMF_OK) return 0;
  return luaL_error(L, "%s", eimf_strerror(status));
}
