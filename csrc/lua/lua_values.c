/*
** lua_values.c: reading and writing the elements of tensors.
** Neighbours: lua_tensor.c (making them), lua_check.c (the checks).
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "lua_functions.h"
#include "lua_tensor.h"

static const char *const dtype_names[] = { "float32", "int32", NULL };

static eimf_tensor *checkany (lua_State *L, int arg) {
  return eimfL_checktensor(L, arg, -1, -1);
}


/* 0-based element from 1-based positions at arguments 2..; -1 = last. */
static int64_t checkelement (lua_State *L, const eimf_tensor *t) {
  int64_t at = 0;
  for (int i = 0; i < t->ndim; i++) {
    int64_t p = eimfL_checkcount(L, i + 2, -t->shape[i], t->shape[i]);
    luaL_argcheck(L, p != 0, i + 2, "positions count from 1");
    at = at * t->shape[i] + (p > 0 ? p - 1 : t->shape[i] + p);
  }
  return at;
}


/***
One element.
@function tensor:get
@tparam integer ... a position for each dimension, from 1; negative from the end
@treturn number
*/
static int t_get (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  int64_t at = checkelement(L, t);
  if (t->dtype == EIMF_F32) lua_pushnumber(L, (lua_Number)eimfL_f32(t)[at]);
  else lua_pushinteger(L, eimfL_i32(t)[at]);
  return 1;
}


static void put (lua_State *L, eimf_tensor *t, int64_t at, int arg) {
  if (t->dtype == EIMF_F32) eimfL_f32(t)[at] = (float)luaL_checknumber(L, arg);
  else eimfL_i32(t)[at] = (int32_t)eimfL_checkcount(L, arg, INT32_MIN, INT32_MAX);
}


/***
Writes one element.
@function tensor:set
@tparam integer ... a position for each dimension, then the value
@treturn tensor itself
*/
static int t_set (lua_State *L) {
  eimf_tensor *t = checkany(L, 1);
  put(L, t, checkelement(L, t), t->ndim + 2);
  lua_settop(L, 1);
  return 1;
}


/***
Copy with memory of its own.
@function tensor:clone
@treturn tensor
*/
static int t_clone (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  eimf_tensor *c = eimfL_newtensor(L, t->dtype, t->ndim, t->shape);
  memcpy(c->data, t->data, (size_t)t->size * sizeof(float));
  return 1;
}


/***
Copies the elements of another tensor of the same type and number of elements.
@function tensor:copy_
@tparam tensor from
@treturn tensor itself
*/
static int t_copy (lua_State *L) {
  eimf_tensor *t = checkany(L, 1);
  const eimf_tensor *from = eimfL_checktensor(L, 2, t->dtype, -1);
  luaL_argcheck(L, from->size == t->size, 2, "other number of elements");
  memmove(t->data, from->data, (size_t)t->size * sizeof(float));
  lua_settop(L, 1);
  return 1;
}


/***
Sets every element.
@function tensor:fill_
@tparam number value
@treturn tensor itself
*/
static int t_fill (lua_State *L) {
  eimf_tensor *t = checkany(L, 1);
  if (t->size > 0) put(L, t, 0, 2);
  int32_t *x = t->data, bits = t->size > 0 ? x[0] : 0;      /* any type: 4 bytes each */
  if (bits == 0) memset(x, 0, (size_t)t->size * sizeof bits);
  else for (int64_t i = 1; i < t->size; i++) x[i] = bits;
  lua_settop(L, 1);
  return 1;
}


/* Rows of dimension `dim` are tables of rows; gcc wants to hear the second bound. */
static int has_rows (const eimf_tensor *t, int dim) {
  return dim + 1 < t->ndim && dim + 1 < EIMF_MAXRANK;
}


/* Pushes elements from `*at` on as tables nested from dimension `dim` on. */
static void push_nested (lua_State *L, const eimf_tensor *t, int dim, int64_t *at) {
  luaL_checkstack(L, 3, "tensor:totable");
  lua_createtable(L, (int)t->shape[dim], 0);
  for (int64_t i = 0; i < t->shape[dim]; i++) {
    if (has_rows(t, dim)) push_nested(L, t, dim + 1, at);
    else if (t->dtype == EIMF_F32) lua_pushnumber(L, (lua_Number)eimfL_f32(t)[(*at)++]);
    else lua_pushinteger(L, eimfL_i32(t)[(*at)++]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}


/***
Elements as nested tables.
@function tensor:totable
@treturn table
*/
static int t_totable (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  int64_t at = 0;
  push_nested(L, t, 0, &at);
  return 1;
}


/***
Elements as raw bytes, 4 each, in the machine's order (little-endian).
@function tensor:tostring
@treturn string
*/
static int t_tostring (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  lua_pushlstring(L, t->data, (size_t)t->size * sizeof(float));
  return 1;
}


/***
Fills the tensor from raw bytes, 4 for each element.
@function tensor:read_
@tparam string bytes
@tparam[opt=0] integer offset bytes to leave out at the beginning
@treturn tensor itself
*/
static int t_read (lua_State *L) {
  size_t len;
  eimf_tensor *t = checkany(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &len);
  size_t need = (size_t)t->size * sizeof(float);
  size_t offset = lua_isnoneornil(L, 3) ? 0 : (size_t)eimfL_checkcount(L, 3, 0, (int64_t)len);
  luaL_argcheck(L, need <= len - offset, 2, "fewer bytes than the tensor has");
  memcpy(t->data, bytes + offset, need);
  lua_settop(L, 1);
  return 1;
}


/* Reads a (nested) table into the elements; every table of a depth must be
** as long as the first one, which gave the shape. */
static void read_nested (lua_State *L, eimf_tensor *t, int dim, int64_t *at) {
  luaL_checkstack(L, 3, "tensor");
  if (!lua_istable(L, -1) || (int64_t)lua_rawlen(L, -1) != t->shape[dim])
    luaL_error(L, "ragged table: every row must have %d elements", (int)t->shape[dim]);
  for (int64_t i = 0; i < t->shape[dim]; i++) {
    lua_rawgeti(L, -1, (int)i + 1);
    if (has_rows(t, dim)) read_nested(L, t, dim + 1, at);
    else put(L, t, (*at)++, lua_gettop(L));
    lua_pop(L, 1);
  }
}


/***
Tensor from a (nested) table of numbers.
@function from_table
@tparam string dtype "float32" or "int32"
@tparam table values rows of equal length
@treturn tensor
*/
static int f_from_table (lua_State *L) {
  int64_t shape[EIMF_MAXRANK], at = 0;
  int n = 0, dtype = luaL_checkoption(L, 1, NULL, dtype_names);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  while (lua_istable(L, -1)) {
    luaL_argcheck(L, n < EIMF_MAXRANK, 2, "nested deeper than 4");
    shape[n++] = (int64_t)lua_rawlen(L, -1);
    lua_rawgeti(L, -1, 1);
  }
  lua_settop(L, 2);
  eimf_tensor *t = eimfL_newtensor(L, dtype, n, shape);
  lua_pushvalue(L, 2);
  read_nested(L, t, 0, &at);
  lua_pop(L, 1);
  return 1;
}


const luaL_Reg eimfL_value_methods[] = {
  {"get", t_get}, {"set", t_set}, {"clone", t_clone}, {"copy_", t_copy}, {"fill_", t_fill},
  {"totable", t_totable}, {"tostring", t_tostring}, {"read_", t_read}, {NULL, NULL}
};

const luaL_Reg eimfL_value_functions[] = {
  {"from_table", f_from_table}, {NULL, NULL}
};
