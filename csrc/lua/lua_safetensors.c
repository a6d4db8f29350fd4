/*
** lua_safetensors.c: safetensors files from and to tensors, and elements of other types.
** Neighbours: lua_files.c (paths, failures), lua_tensor.c.
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "../base/safetensors.h"
#include "lua_files.h"
#include "lua_functions.h"
#include "lua_tensor.h"


/*
** Loading: every step leaves what it makes on the Lua stack, so that an error frees all of it.
*/

static int badformat (lua_State *L, const char *path, const char *reason) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", path, reason);
  lua_pushliteral(L, "BAD_FORMAT");
  return 3;
}


static int badtensor (lua_State *L, const char *path, eimf_text name, const char *reason) {
  lua_pushlstring(L, name.at, name.len);
  return badformat(L, path, lua_pushfstring(L, "tensor '%s': %s", lua_tostring(L, -1), reason));
}


static int badheader (lua_State *L, const char *path, const eimf_st_header *h) {
  if (h->culprit != NULL) return badtensor(L, path, h->culprit->name, h->reason);
  return badformat(L, path, lua_pushfstring(L, "%s (byte %d of the header)", h->reason, (int)h->where));
}


static int badread (lua_State *L, const char *path, int rc, const eimf_file *f) {
  return rc == EIMF_EIO ? eimfL_ioerror(L, path, f->error) : badformat(L, path, "cut short");
}


/* Reads and parses the header; 0, or the number of results of a failure. */
static int load_header (lua_State *L, const char *path, eimf_file *f, eimf_st_header *h, uint64_t *data_at) {
  unsigned char first[EIMF_ST_PREFIX];
  const char *reason;
  uint64_t size;
  size_t n;
  char *text;
  int rc;
  if (eimf_file_open(f, path, &size) != EIMF_OK) return eimfL_ioerror(L, path, f->error);
  if (size < sizeof first) return badformat(L, path, size == 0 ? "an empty file" : "shorter than a safetensors header");
  if ((rc = eimf_file_read(f, 0, first, sizeof first)) != EIMF_OK) return badread(L, path, rc, f);
  if (eimf_st_prefix(first, size, &n, &reason) != EIMF_OK) return badformat(L, path, reason);
  text = eimfL_scratch(L, n);
  if ((rc = eimf_file_read(f, sizeof first, text, n)) != EIMF_OK) return badread(L, path, rc, f);
  eimf_st_bounds(text, n, &h->max_tensors, &h->max_pairs);
  h->tensors = eimfL_scratch(L, h->max_tensors * sizeof *h->tensors);
  h->pairs = eimfL_scratch(L, h->max_pairs * sizeof *h->pairs);
  *data_at = sizeof first + n;
  return eimf_st_parse(h, text, n, size - *data_at) == EIMF_OK ? 0 : badheader(L, path, h);
}


/* Pushes the tensor; 0, or the number of results of a failure. */
static int load_tensor (lua_State *L, const char *path, eimf_file *f, uint64_t data_at, const eimf_st_tensor *t) {
  static const int64_t single[1] = { 1 };
  int dtype = eimf_st_target(t->dtype) == EIMF_ST_F32 ? EIMF_F32 : EIMF_I32;
  eimf_tensor *x = eimfL_newtensor(L, dtype, t->ndim > 0 ? t->ndim : 1, t->ndim > 0 ? t->shape : single);
  int rc = eimf_st_read(f, data_at + t->begin, t->size, t->dtype, x->data);
  if (rc == EIMF_ERANGE)
    return badtensor(L, path, t->name, t->dtype == EIMF_ST_I64 ? "a value outside int32" : "a value outside float32");
  return rc == EIMF_OK ? 0 : badread(L, path, rc, f);
}


static void push_metadata (lua_State *L, const eimf_st_header *h) {
  size_t i;
  lua_createtable(L, 0, (int)h->n_pairs);
  for (i = 0; i < h->n_pairs; i++) {
    lua_pushlstring(L, h->pairs[i].key.at, h->pairs[i].key.len);
    lua_pushlstring(L, h->pairs[i].value.at, h->pairs[i].value.len);
    lua_rawset(L, -3);
  }
}


/***
Loads a safetensors file.
@function safetensors_load
@tparam string path
@treturn {[string]=tensor,...} tensors F32, F16, BF16 and F64 as float32, I32 and I64 as int32; rank 0 becomes (1)
@treturn {[string]=string,...} metadata
@treturn[2] nil
@treturn[2] string "path: reason"
@treturn[2] string code: "BAD_FORMAT", "ENOENT" ...
*/
static int f_safetensors_load (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  eimf_file *f = eimfL_newfile(L);
  eimf_st_header h = { 0 };
  uint64_t data_at = 0;
  size_t i;
  int failure = load_header(L, path, f, &h, &data_at);
  if (failure == 0) lua_createtable(L, 0, (int)h.n_tensors);
  for (i = 0; failure == 0 && i < h.n_tensors; i++) {
    lua_pushlstring(L, h.tensors[i].name.at, h.tensors[i].name.len);
    failure = load_tensor(L, path, f, data_at, &h.tensors[i]);
    if (failure == 0) lua_rawset(L, -3);
  }
  eimf_file_close(f);
  if (failure > 0) return failure;
  push_metadata(L, &h);
  return 2;
}


/*
** Saving: names, tensors, keys and values stay alive in the lists on the stack.
*/

static eimf_text list_text (lua_State *L, int arg, size_t i) {
  eimf_text s;
  lua_rawgeti(L, arg, (int)i + 1);
  if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, arg, "a list of strings expected");
  s.at = lua_tolstring(L, -1, &s.len);
  lua_pop(L, 1);
  return s;
}


static void list_tensor (lua_State *L, int arg, size_t i, eimf_st_tensor *t) {
  const eimf_tensor *x;
  lua_rawgeti(L, arg, (int)i + 1);
  x = luaL_testudata(L, -1, EIMF_TENSOR);
  if (x == NULL) luaL_argerror(L, arg, "a list of tensors expected");
  t->dtype = x->dtype == EIMF_F32 ? EIMF_ST_F32 : EIMF_ST_I32;
  t->ndim = x->ndim;
  memcpy(t->shape, x->shape, sizeof t->shape);
  t->data = x->data;
  lua_pop(L, 1);
}


/* The header of the lists at 2..5, in scratch memory. */
static void list_header (lua_State *L, eimf_st_header *h) {
  size_t i;
  for (i = 2; i <= 5; i++) luaL_checktype(L, (int)i, LUA_TTABLE);
  h->n_tensors = lua_rawlen(L, 2);
  h->n_pairs = lua_rawlen(L, 4);
  luaL_argcheck(L, lua_rawlen(L, 3) == h->n_tensors, 3, "one tensor for each name expected");
  luaL_argcheck(L, lua_rawlen(L, 5) == h->n_pairs, 5, "one value for each key expected");
  h->tensors = eimfL_scratch(L, h->n_tensors * sizeof *h->tensors);
  h->pairs = eimfL_scratch(L, h->n_pairs * sizeof *h->pairs);
  for (i = 0; i < h->n_tensors; i++) {
    h->tensors[i].name = list_text(L, 2, i);
    list_tensor(L, 3, i, &h->tensors[i]);
  }
  for (i = 0; i < h->n_pairs; i++) {
    h->pairs[i].key = list_text(L, 4, i);
    h->pairs[i].value = list_text(L, 5, i);
  }
}


/* The header as text, in scratch memory. */
static char *format_header (lua_State *L, eimf_st_header *h, size_t *n) {
  char *head;
  if (eimf_st_layout(h) != EIMF_OK) luaL_argerror(L, h->culprit != NULL ? 2 : 4, h->reason);
  *n = eimf_st_format(NULL, h);
  luaL_argcheck(L, *n <= EIMF_ST_MAX_HEADER, 4, "names and metadata of more than 100 MB");
  head = eimfL_scratch(L, *n);
  eimf_st_format(head, h);
  return head;
}


/***
Saves tensors as a safetensors file, whole or not at all: temporary neighbour, flush, rename.
@function safetensors_save
@tparam string path
@tparam {string,...} names
@tparam {tensor,...} tensors one for each name
@tparam {string,...} keys of the metadata
@tparam {string,...} values one for each key
@treturn boolean true
@treturn[2] nil
@treturn[2] string "path: reason"
@treturn[2] string code: "ENOSPC" ...
*/
static int f_safetensors_save (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  eimf_st_header h = { 0 };
  eimf_file f = EIMF_FILE_CLOSED;
  char *head, *temporary;
  size_t n = 0;
  int rc;
  list_header(L, &h);
  head = format_header(L, &h, &n);
  temporary = eimfL_temporary(L, path);
  rc = eimf_st_save(&f, path, temporary, head, n, &h);
  return eimfL_fileresult(L, path, rc, &f);
}


/***
Writes elements of some type, as they stand in a file, into a tensor.
@function elements_decode
@tparam tensor t written: float32 for F32, F16, BF16, F64; int32 for I32, I64
@tparam string dtype as safetensors names it
@tparam string bytes
@tparam integer offset bytes to skip; what follows must be the elements and nothing else
@treturn boolean false where a value does not fit
*/
static int f_elements_decode (lua_State *L) {
  eimf_tensor *t = eimfL_checktensor(L, 1, -1, -1);
  eimf_text name, bytes;
  eimf_st_dtype dtype;
  int64_t offset;
  name.at = luaL_checklstring(L, 2, &name.len);
  bytes.at = luaL_checklstring(L, 3, &bytes.len);
  offset = eimfL_checkcount(L, 4, 0, (int64_t)bytes.len);
  dtype = eimf_st_dtype_of(name);
  luaL_argcheck(L, dtype != EIMF_ST_UNKNOWN, 2, "unknown type of elements");
  luaL_argcheck(L, (eimf_st_target(dtype) == EIMF_ST_F32) == (t->dtype == EIMF_F32), 1, "tensor of the wrong type");
  luaL_argcheck(L, bytes.len - (size_t)offset == (size_t)t->size * eimf_st_width(dtype), 3, "wrong number of bytes");
  lua_pushboolean(L, eimf_st_decode(t->data, bytes.at + offset, t->size, dtype) == EIMF_OK);
  return 1;
}


const luaL_Reg eimfL_safetensors_functions[] = {
  { "safetensors_load", f_safetensors_load },
  { "safetensors_save", f_safetensors_save },
  { "elements_decode", f_elements_decode },
  { NULL, NULL }
};
