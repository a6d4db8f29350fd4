/*
** lua_tensor.h: the tensor userdata and the checks every wrapper starts with.
**
** The bytes of a tensor lie inside a second userdata (the owner), rounded up
** to 64 bytes by hand because Lua aligns to 8 only; a view shares the owner.
** Nothing is malloc'ed, so neither needs __gc and the collector sees the
** real size.
*/
#ifndef EIMF_LUA_TENSOR_H
#define EIMF_LUA_TENSOR_H

#include "../base/eimf_base.h"
#include "lua_compat.h"

#define EIMF_TENSOR "eimf.tensor"
#define EIMF_MAXRANK 4

enum { EIMF_F32, EIMF_I32 };

typedef struct eimf_tensor {
  void *data;
  int dtype;
  int ndim;
  int64_t shape[EIMF_MAXRANK];
  int64_t size;              /* product of shape */
  int64_t capacity;          /* elements the owner has room for from data on */
} eimf_tensor;

static inline float *eimfL_f32 (const eimf_tensor *t) { return t->data; }
static inline int32_t *eimfL_i32 (const eimf_tensor *t) { return t->data; }

/* Checks. -1 = any. They raise with the argument's number and its shape. */
eimf_tensor *eimfL_checktensor (lua_State *L, int arg, int dtype, int ndim);
eimf_tensor *eimfL_checkmatrix (lua_State *L, int arg, int64_t rows, int64_t cols);
eimf_tensor *eimfL_checkvector (lua_State *L, int arg, int64_t n);
eimf_tensor *eimfL_checkids (lua_State *L, int arg, int64_t n);
eimf_tensor *eimfL_checksize (lua_State *L, int arg, int64_t n);
eimf_tensor *eimfL_checkcube (lua_State *L, int arg, int64_t a, int64_t b, int64_t c);
eimf_tensor *eimfL_checksame (lua_State *L, int arg, const eimf_tensor *like);
/* Jagged offsets: i32 (B+1), 0-based, rising, last = rows (-1: not checked);
** returns the tensor, *B set. */
eimf_tensor *eimfL_checkoffsets (lua_State *L, int arg, int64_t rows, int64_t *B);
/* Ids within 0..max (a table's last row); raises naming position and id. */
eimf_tensor *eimfL_checkidrange (lua_State *L, int arg, int64_t n, int64_t max);
/* NULL for nil or none. */
eimf_tensor *eimfL_optvector (lua_State *L, int arg, int64_t n);
eimf_tensor *eimfL_optids (lua_State *L, int arg, int64_t n);
eimf_tensor *eimfL_optsize (lua_State *L, int arg, int64_t n);

/* A whole number within lo..hi; works where Lua has no integers (5.1). */
int64_t eimfL_checkcount (lua_State *L, int arg, int64_t lo, int64_t hi);
/* eimfL_checkcount of an unsigned 53-bit seed or step. */
uint64_t eimfL_checkseed (lua_State *L, int arg);

eimf_tensor *eimfL_newtensor (lua_State *L, int dtype, int ndim, const int64_t *shape);
void *eimfL_scratch (lua_State *L, size_t bytes);
const char *eimfL_shapestring (lua_State *L, const eimf_tensor *t);  /* pushes */
/* Status -> nothing (EIMF_OK) or an error that names it. */
int eimfL_result (lua_State *L, int status);

#endif
