/*
** lua_elementwise.c: wrappers of sums and products of tensors, plain and with
** a vector spread over rows or columns.
*/

/***
@submodule eimf.core
*/
#include "../kernels/elementwise.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static float *checkfloats (lua_State *L, int arg, int64_t n) {
  return eimfL_f32(eimfL_checksize(L, arg, n));
}


/* NULL for nil */
static float *optfloats (lua_State *L, int arg, int64_t n) {
  const eimf_tensor *t = eimfL_optsize(L, arg, n);
  return t ? eimfL_f32(t) : NULL;
}


/* Any float32 tensor; *n its elements. */
static float *checkany (lua_State *L, int arg, int64_t *n) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_F32, -1);
  *n = t->size;
  return eimfL_f32(t);
}


static float checkfloat (lua_State *L, int arg) { return (float)luaL_checknumber(L, arg); }


/***
y = alpha a + beta b.
@function combine
@tparam tensor y any shape, written; may be a or b
@tparam number alpha
@tparam tensor a as many elements
@tparam[opt] number beta
@tparam[opt] tensor b as many elements
*/
static int k_combine (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  const float *a = checkfloats(L, 3, n), *b = optfloats(L, 5, n);
  eimf_combine(y, checkfloat(L, 2), a, b ? checkfloat(L, 4) : 0, b, n);
  return 0;
}


/***
y += alpha x.
@function axpy
@tparam tensor y any shape
@tparam number alpha
@tparam tensor x as many elements
*/
static int k_axpy (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_axpy(y, checkfloat(L, 2), checkfloats(L, 3, n), n);
  return 0;
}


/***
y += alpha.
@function add_number
@tparam tensor y any shape
@tparam number alpha
*/
static int k_add_number (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_add_number(y, checkfloat(L, 2), n);
  return 0;
}


/***
y = a b, element by element; with add, y += a b.
@function mul
@tparam tensor y any shape
@tparam tensor a as many elements
@tparam tensor b as many elements
@tparam[opt] boolean add
*/
static int k_mul (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_mul(y, checkfloats(L, 2, n), checkfloats(L, 3, n), n, lua_toboolean(L, 4));
  return 0;
}


/***
y = a / b, element by element.
@function div_fwd
@tparam tensor y any shape, written
@tparam tensor a as many elements
@tparam tensor b as many elements
*/
static int k_div_fwd (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_div_fwd(y, checkfloats(L, 2, n), checkfloats(L, 3, n), n);
  return 0;
}


/***
Backward of div_fwd: da += dy / b, db -= dy y / b.
@function div_bwd
@tparam ?tensor da
@tparam ?tensor db
@tparam tensor b
@tparam tensor y
@tparam tensor dy
*/
static int k_div_bwd (lua_State *L) {
  int64_t n;
  const float *b = checkany(L, 3, &n);
  float *da = optfloats(L, 1, n), *db = optfloats(L, 2, n);
  eimf_div_bwd(da, db, b, checkfloats(L, 4, n), checkfloats(L, 5, n), n);
  return 0;
}


/***
y = x where x > 0, else slope x.
@function leaky_relu_fwd
@tparam tensor y any shape, written; may be x
@tparam tensor x as many elements
@tparam number slope
*/
static int k_leaky_relu_fwd (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_leaky_relu_fwd(y, checkfloats(L, 2, n), checkfloat(L, 3), n);
  return 0;
}


/***
Backward of leaky_relu_fwd: dx += dy, or slope dy where x <= 0.
@function leaky_relu_bwd
@tparam tensor dx
@tparam tensor x
@tparam tensor dy
@tparam number slope
*/
static int k_leaky_relu_bwd (lua_State *L) {
  int64_t n;
  float *dx = checkany(L, 1, &n);
  eimf_leaky_relu_bwd(dx, checkfloats(L, 2, n), checkfloats(L, 3, n), checkfloat(L, 4), n);
  return 0;
}


/***
y = ln x.
@function log_fwd
@tparam tensor y any shape, written; may be x
@tparam tensor x as many elements
*/
static int k_log_fwd (lua_State *L) {
  int64_t n;
  float *y = checkany(L, 1, &n);
  eimf_log_fwd(y, checkfloats(L, 2, n), n);
  return 0;
}


/***
Backward of log_fwd: dx += dy / x.
@function log_bwd
@tparam tensor dx
@tparam tensor x
@tparam tensor dy
*/
static int k_log_bwd (lua_State *L) {
  int64_t n;
  float *dx = checkany(L, 1, &n);
  eimf_log_bwd(dx, checkfloats(L, 2, n), checkfloats(L, 3, n), n);
  return 0;
}


/* y (R, C) at 1, x (R, C) at 2, v (C or R) at 3 */
typedef struct { float *y; const float *x, *v; int64_t R, C; } spread;

static spread checkspread (lua_State *L, int by_column) {
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, -1, -1);
  spread s = { eimfL_f32(y), NULL, NULL, y->shape[0], y->shape[1] };
  s.x = checkfloats(L, 2, y->size);
  s.v = checkfloats(L, 3, by_column ? s.R : s.C);
  return s;
}


/***
y[r][c] = x[r][c] + v[c].
@function add_rows
@tparam tensor y (R, C), written; may be x
@tparam tensor x (R, C)
@tparam tensor v (C)
*/
static int k_add_rows (lua_State *L) {
  spread s = checkspread(L, 0);
  eimf_add_rows(s.y, s.x, s.v, s.R, s.C);
  return 0;
}


/***
y[r][c] = x[r][c] v[c]; with add, +=.
@function mul_rows
@tparam tensor y (R, C)
@tparam tensor x (R, C)
@tparam tensor v (C)
@tparam[opt] boolean add
*/
static int k_mul_rows (lua_State *L) {
  spread s = checkspread(L, 0);
  eimf_mul_rows(s.y, s.x, s.v, s.R, s.C, lua_toboolean(L, 4));
  return 0;
}


/***
y[r][c] = x[r][c] + v[r].
@function add_columns
@tparam tensor y (R, C), written; may be x
@tparam tensor x (R, C)
@tparam tensor v (R)
*/
static int k_add_columns (lua_State *L) {
  spread s = checkspread(L, 1);
  eimf_add_columns(s.y, s.x, s.v, s.R, s.C);
  return 0;
}


/***
y[r][c] = x[r][c] v[r]; with add, +=.
@function mul_columns
@tparam tensor y (R, C)
@tparam tensor x (R, C)
@tparam tensor v (R)
@tparam[opt] boolean add
*/
static int k_mul_columns (lua_State *L) {
  spread s = checkspread(L, 1);
  eimf_mul_columns(s.y, s.x, s.v, s.R, s.C, lua_toboolean(L, 4));
  return 0;
}


/***
y[c] = sum over rows of a[r][c] b[r][c] (b nil: of a[r][c]), in double; with add, +=.
@function column_dot
@tparam tensor y (C)
@tparam tensor a (R, C)
@tparam ?tensor b (R, C)
@tparam[opt] boolean add
*/
static int k_column_dot (lua_State *L) {
  const eimf_tensor *a = eimfL_checkmatrix(L, 2, -1, -1);
  float *y = checkfloats(L, 1, a->shape[1]);
  eimf_column_dot(y, eimfL_f32(a), optfloats(L, 3, a->size), a->shape[0], a->shape[1], lua_toboolean(L, 4));
  return 0;
}


/***
y[r] = sum over columns of a[r][c] b[r][c] (b nil: of a[r][c]), in double; with add, +=.
@function row_dot
@tparam tensor y (R)
@tparam tensor a (R, C)
@tparam ?tensor b (R, C)
@tparam[opt] boolean add
*/
static int k_row_dot (lua_State *L) {
  const eimf_tensor *a = eimfL_checkmatrix(L, 2, -1, -1);
  float *y = checkfloats(L, 1, a->shape[0]);
  eimf_row_dot(y, eimfL_f32(a), optfloats(L, 3, a->size), a->shape[0], a->shape[1], lua_toboolean(L, 4));
  return 0;
}


/***
Sum of all elements, in double.
@function sum
@tparam tensor x any shape
@treturn number
*/
static int k_sum (lua_State *L) {
  int64_t n;
  const float *x = checkany(L, 1, &n);
  lua_pushnumber(L, eimf_sum(x, n));
  return 1;
}


/***
Copies a block of a matrix into another one; with add, adds it.
@function block
@tparam tensor y (R, C)
@tparam integer row of y where the block begins, from 0
@tparam integer column of y, from 0
@tparam tensor x (P, Q)
@tparam integer row of x, from 0
@tparam integer column of x, from 0
@tparam integer rows
@tparam integer columns
@tparam[opt] boolean add
*/
static int k_block (lua_State *L) {
  const eimf_tensor *y = eimfL_checkmatrix(L, 1, -1, -1), *x = eimfL_checkmatrix(L, 4, -1, -1);
  int64_t ldy = y->shape[1], ldx = x->shape[1];
  int64_t r = eimfL_checkcount(L, 2, 0, y->shape[0]), c = eimfL_checkcount(L, 3, 0, ldy);
  int64_t p = eimfL_checkcount(L, 5, 0, x->shape[0]), q = eimfL_checkcount(L, 6, 0, ldx);
  int64_t rows = y->shape[0] - r, columns = ldy - c;
  if (rows > x->shape[0] - p) rows = x->shape[0] - p;
  if (columns > ldx - q) columns = ldx - q;
  rows = eimfL_checkcount(L, 7, 0, rows);
  columns = eimfL_checkcount(L, 8, 0, columns);
  if (rows == 0 || columns == 0) return 0;
  eimf_block(eimfL_f32(y) + r * ldy + c, ldy, eimfL_f32(x) + p * ldx + q, ldx, rows, columns, lua_toboolean(L, 9));
  return 0;
}


const luaL_Reg eimfL_elementwise_functions[] = {
  {"combine", k_combine}, {"axpy", k_axpy}, {"add_number", k_add_number}, {"mul", k_mul},
  {"div_fwd", k_div_fwd}, {"div_bwd", k_div_bwd},
  {"leaky_relu_fwd", k_leaky_relu_fwd}, {"leaky_relu_bwd", k_leaky_relu_bwd},
  {"log_fwd", k_log_fwd}, {"log_bwd", k_log_bwd},
  {"add_rows", k_add_rows}, {"mul_rows", k_mul_rows}, {"add_columns", k_add_columns}, {"mul_columns", k_mul_columns},
  {"column_dot", k_column_dot}, {"row_dot", k_row_dot}, {"sum", k_sum}, {"block", k_block}, {NULL, NULL}
};
