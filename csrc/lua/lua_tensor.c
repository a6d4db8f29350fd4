/*
** lua_tensor.c: making tensors, and the methods that need no arithmetic.
** Neighbours: lua_check.c (the checks), lua_values.c (their elements).
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "lua_functions.h"
#include "lua_tensor.h"

static const char *const dtype_names[] = { "float32", "int32", NULL };

static void *aligned (char *raw) {
  return (void *)(((uintptr_t)raw + EIMF_ALIGN - 1) & ~(uintptr_t)(EIMF_ALIGN - 1));
}


void *eimfL_scratch (lua_State *L, size_t bytes) {
  if (bytes > SIZE_MAX - EIMF_ALIGN) luaL_error(L, "not enough memory");
  return aligned(eimfL_newud(L, bytes + EIMF_ALIGN));
}


/* Pushes the small userdata that describes `data`; no owner yet. */
static eimf_tensor *push_header (lua_State *L, int dtype, int ndim, const int64_t *shape) {
  eimf_tensor *t = eimfL_newud(L, sizeof *t);
  memset(t, 0, sizeof *t);
  t->dtype = dtype;
  t->ndim = ndim;
  t->size = 1;
  for (int i = 0; i < ndim; i++) {
    t->shape[i] = shape[i];
    t->size *= shape[i];
  }
  t->capacity = t->size;
  luaL_getmetatable(L, EIMF_TENSOR);
  lua_setmetatable(L, -2);
  return t;
}


static size_t checkedbytes (lua_State *L, int ndim, const int64_t *shape) {
  size_t bytes = sizeof(float);
  for (int i = 0; i < ndim; i++)
    if (eimf_mul_size(bytes, (size_t)shape[i], &bytes) != EIMF_OK || bytes > PTRDIFF_MAX / 2)
      luaL_error(L, "not enough memory");
  return bytes;
}


/* Zeros of a given shape. The elements are written once here: a tensor never
** shows what its memory held before. */
eimf_tensor *eimfL_newtensor (lua_State *L, int dtype, int ndim, const int64_t *shape) {
  size_t bytes = checkedbytes(L, ndim, shape);
  eimf_tensor *t = push_header(L, dtype, ndim, shape);
  t->data = memset(eimfL_scratch(L, bytes), 0, bytes);
  eimfL_setowner(L, -2);
  return t;
}


/* Pushes a view of the tensor at `arg`: same owner, other shape. */
static eimf_tensor *push_view (lua_State *L, int arg, int64_t first, int ndim, const int64_t *shape) {
  const eimf_tensor *of = lua_touserdata(L, arg);
  eimf_tensor *t = push_header(L, of->dtype, ndim, shape);
  t->data = (char *)of->data + (size_t)first * sizeof(float);
  t->capacity = of->capacity - first;
  eimfL_pushowner(L, arg);
  eimfL_setowner(L, -2);
  return t;
}


static eimf_tensor *checkany (lua_State *L, int arg) {
  return eimfL_checktensor(L, arg, -1, -1);
}


/* Sizes from arguments first..top; at most one -1 where `total` allows it. */
static int checksizes (lua_State *L, int first, int64_t *shape, int64_t total) {
  int n = lua_gettop(L) - first + 1, open = -1;
  int64_t known = 1;
  luaL_argcheck(L, n >= 1 && n <= EIMF_MAXRANK, first, "1 to 4 sizes expected");
  for (int i = 0; i < n; i++) {
    shape[i] = eimfL_checkcount(L, first + i, total < 0 || open >= 0 ? 0 : -1, INT32_MAX);
    if (shape[i] < 0) open = i;
    else {
      luaL_argcheck(L, shape[i] == 0 || known <= PTRDIFF_MAX / shape[i], first + i,
                    "more elements than can be counted");
      known *= shape[i];
    }
  }
  if (open >= 0) {
    luaL_argcheck(L, known > 0 && total % known == 0, first + open, "size does not divide the elements");
    shape[open] = total / known;
  }
  return n;
}


/***
Zeros of a given type and shape.
@function new
@tparam string dtype "float32" or "int32"
@tparam integer ... 1 to 4 sizes
@treturn tensor
*/
static int f_new (lua_State *L) {
  int64_t shape[EIMF_MAXRANK];
  int dtype = luaL_checkoption(L, 1, NULL, dtype_names);
  int n = checksizes(L, 2, shape, -1);
  eimfL_newtensor(L, dtype, n, shape);
  return 1;
}


/***
True for a tensor.
@function is_tensor
@param x anything
@treturn boolean
*/
static int f_is_tensor (lua_State *L) {
  lua_pushboolean(L, lua_isuserdata(L, 1) && luaL_testudata(L, 1, EIMF_TENSOR) != NULL);
  return 1;
}


/***
Sizes of the dimensions.
@function tensor:shape
@treturn {integer,...}
*/
static int t_shape (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  lua_createtable(L, t->ndim, 0);
  for (int i = 0; i < t->ndim; i++) {
    lua_pushinteger(L, (lua_Integer)t->shape[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}


/***
Size of one dimension.
@function tensor:dim
@tparam integer i 1..rank, or -1..-rank from the end
@treturn integer
*/
static int t_dim (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  int64_t i = eimfL_checkcount(L, 2, -t->ndim, t->ndim);
  luaL_argcheck(L, i != 0, 2, "dimensions count from 1");
  lua_pushinteger(L, (lua_Integer)t->shape[i > 0 ? i - 1 : t->ndim + i]);
  return 1;
}


/***
Number of dimensions.
@function tensor:rank
@treturn integer
*/
static int t_rank (lua_State *L) {
  lua_pushinteger(L, checkany(L, 1)->ndim);
  return 1;
}


/***
Number of elements.
@function tensor:size
@treturn integer
*/
static int t_size (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)checkany(L, 1)->size);
  return 1;
}


/***
Elements that fit into the memory behind this tensor, from its first on.
@function tensor:capacity
@treturn integer
*/
static int t_capacity (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)checkany(L, 1)->capacity);
  return 1;
}


/***
Type of the elements.
@function tensor:dtype
@treturn string "float32" or "int32"
*/
static int t_dtype (lua_State *L) {
  lua_pushstring(L, dtype_names[checkany(L, 1)->dtype]);
  return 1;
}


/***
View of a leading range: shares memory.
@function tensor:rows
@tparam integer lo first position, from 1
@tparam integer hi last position, included; lo - 1 gives an empty view
@treturn tensor
*/
static int t_rows (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  luaL_argcheck(L, t->ndim >= 1, 1, "rank 0");
  int64_t lo = eimfL_checkcount(L, 2, 1, t->shape[0] + 1);
  int64_t hi = eimfL_checkcount(L, 3, lo - 1, t->shape[0]);
  int64_t shape[EIMF_MAXRANK], stride = 1;
  memcpy(shape, t->shape, sizeof shape);
  for (int i = 1; i < t->ndim; i++) stride *= t->shape[i];
  shape[0] = hi - lo + 1;
  push_view(L, 1, (lo - 1) * stride, t->ndim, shape);
  return 1;
}


/***
View of another shape with as many elements.
@function tensor:reshape
@tparam integer ... sizes; one may be -1
@treturn tensor
*/
static int t_reshape (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  int64_t shape[EIMF_MAXRANK], size = 1;
  int n = checksizes(L, 2, shape, t->size);
  for (int i = 0; i < n; i++) size *= shape[i];
  luaL_argcheck(L, size == t->size, 2, "other number of elements");
  push_view(L, 1, 0, n, shape);
  return 1;
}


/***
Gives the tensor itself another shape within the memory it has. For pools:
elements keep whatever the memory held.
@function tensor:resize_
@tparam integer ... sizes
@treturn tensor itself
*/
static int t_resize (lua_State *L) {
  eimf_tensor *t = checkany(L, 1);
  int64_t shape[EIMF_MAXRANK] = { 0 }, size = 1;
  int n = checksizes(L, 2, shape, -1);
  for (int i = 0; i < n; i++) size *= shape[i];
  luaL_argcheck(L, size <= t->capacity, 2, "more elements than the memory holds");
  memcpy(t->shape, shape, sizeof shape);
  t->ndim = n;
  t->size = size;
  lua_settop(L, 1);
  return 1;
}


static int t_describe (lua_State *L) {
  const eimf_tensor *t = checkany(L, 1);
  lua_pushfstring(L, "tensor %s %s", dtype_names[t->dtype], eimfL_shapestring(L, t));
  return 1;
}


static const luaL_Reg methods[] = {
  {"shape", t_shape}, {"dim", t_dim}, {"rank", t_rank}, {"size", t_size}, {"capacity", t_capacity},
  {"dtype", t_dtype}, {"rows", t_rows}, {"reshape", t_reshape}, {"resize_", t_resize}, {NULL, NULL}
};

const luaL_Reg eimfL_tensor_functions[] = {
  {"new", f_new}, {"is_tensor", f_is_tensor}, {NULL, NULL}
};

void eimfL_tensor_class (lua_State *L) {
  if (luaL_newmetatable(L, EIMF_TENSOR)) {
    lua_createtable(L, 0, 20);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, eimfL_value_methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, t_describe);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, EIMF_TENSOR);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}
