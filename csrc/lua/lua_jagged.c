/*
** lua_jagged.c: bindings of kernels/jagged.h, the batches of eimf.data.
*/

/***
@submodule eimf.core
*/
#include "../kernels/jagged.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static const char *const stream_names[] = { "shuffle", "split", NULL };
static const uint32_t streams[] = { EIMF_STREAM_SHUFFLE, EIMF_STREAM_SPLIT };

/* Offsets (U+1) and what they cut, at arg and arg + 1. The offsets are walked
** where a set is opened, not at every step: here the ends are looked at. */
static const int32_t *checkjagged (lua_State *L, int arg, int64_t *U) {
  const eimf_tensor *offsets = eimfL_checkids(L, arg, -1);
  const eimf_tensor *items = eimfL_checkids(L, arg + 1, -1);
  const int32_t *o = eimfL_i32(offsets);
  *U = offsets->size - 1;
  luaL_argcheck(L, *U >= 0 && o[0] == 0 && o[*U] == items->size, arg, "offsets do not fit the items");
  return o;
}


/* A vector of the batch, cut to n of what its memory holds. */
static int32_t *sized (lua_State *L, int arg, int64_t n) {
  eimf_tensor *t = eimfL_checkids(L, arg, -1);
  luaL_argcheck(L, t->capacity >= n, arg, "too little room for the batch");
  t->shape[0] = t->size = n;
  return eimfL_i32(t);
}


/* After the kernel: ids and positions show the rows that were written. */
static int cutrows (lua_State *L, int ids, int positions, int32_t rows) {
  sized(L, ids, rows);
  sized(L, positions, rows);
  lua_pushinteger(L, rows);
  return 1;
}


/***
Copies parts of segments: `count[v]` items of user `users[v]` from the `first[v]`-th on.
@function jagged_slice
@tparam tensor offsets_out (V+1) int32, written
@tparam tensor items_out (sum of count) int32, written
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32
@tparam tensor users (V) int32, from 1
@tparam tensor first (V) int32, from 0
@tparam tensor count (V) int32
*/
static int k_jagged_slice (lua_State *L) {
  int64_t U;
  eimfL_checkoffsets(L, 3, -1, &U);
  const int32_t *offsets = checkjagged(L, 3, &U);
  const eimf_tensor *users = eimfL_checkids(L, 5, -1), *out = eimfL_checkids(L, 2, -1);
  const eimf_tensor *first = eimfL_checkids(L, 6, users->size), *count = eimfL_checkids(L, 7, users->size);
  const eimf_tensor *offsets_out = eimfL_checkids(L, 1, users->size + 1);
  return eimfL_result(L, eimf_jagged_slice(eimfL_i32(offsets_out), eimfL_i32(out), offsets,
      eimfL_i32(eimfL_checkids(L, 4, -1)), eimfL_i32(users), eimfL_i32(first), eimfL_i32(count),
      users->size, U, out->size));
}


/***
Every training example: all positions but the first of each segment.
@function jagged_prefixes
@tparam tensor examples int32 with room for them, written and cut to their number
@tparam tensor offsets (U+1) int32
@treturn integer number of examples
*/
static int k_jagged_prefixes (lua_State *L) {
  int64_t U, room = 0;
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 2, -1, &U));
  for (int64_t u = 0; u < U; u++) room += offsets[u + 1] > offsets[u] ? offsets[u + 1] - offsets[u] - 1 : 0;
  lua_pushinteger(L, (lua_Integer)eimf_jagged_prefixes(sized(L, 1, room), offsets, U));
  return 1;
}


/***
One example of each segment of two items or more, drawn evenly.
@function jagged_cuts
@tparam tensor examples int32 with room for them, written and cut to their number
@tparam tensor offsets (U+1) int32
@tparam integer seed
@tparam integer epoch
@treturn integer number of examples
*/
static int k_jagged_cuts (lua_State *L) {
  int64_t U;
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 2, -1, &U));
  uint64_t seed = eimfL_checkseed(L, 3), epoch = eimfL_checkseed(L, 4);
  int64_t n = eimf_jagged_cuts(NULL, offsets, U, seed, epoch);
  eimf_jagged_cuts(sized(L, 1, n), offsets, U, seed, epoch);
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}


/***
Windows of at most max_len rows in which every position but the first of each segment is a target once.
@function jagged_windows
@tparam ?tensor windows int32 with room for them, written and cut to their number; nil: count only
@tparam tensor offsets (U+1) int32
@tparam integer max_len
@treturn integer number of windows
*/
static int k_jagged_windows (lua_State *L) {
  int64_t U;
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 2, -1, &U));
  int64_t T = eimfL_checkcount(L, 3, 1, INT32_MAX), n = eimf_jagged_windows(NULL, offsets, U, T);
  if (!lua_isnil(L, 1)) eimf_jagged_windows(sized(L, 1, n), offsets, U, T);
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}


/***
Cuts windows into batches of about as many rows: batch i holds windows starts[i] .. starts[i+1]-1.
@function jagged_shares
@tparam tensor starts (steps+1) int32, written: from 0
@tparam tensor windows (W) int32, in the order of the epoch
@tparam tensor offsets (U+1) int32
@tparam integer max_len
@tparam integer rows of all windows together
*/
static int k_jagged_shares (lua_State *L) {
  int64_t U;
  const eimf_tensor *starts = eimfL_checkids(L, 1, -1), *windows = eimfL_checkids(L, 2, -1);
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 3, -1, &U));
  int64_t T = eimfL_checkcount(L, 4, 1, INT32_MAX), rows = eimfL_checkcount(L, 5, 1, INT32_MAX);
  luaL_argcheck(L, starts->size > 1, 1, "no batches");
  return eimfL_result(L, eimf_jagged_shares(eimfL_i32(starts), eimfL_i32(windows), windows->size, offsets, U, T,
      rows, starts->size - 1));
}


/***
Shuffles ids in place: a function of (seed, step, number of ids).
@function permute
@tparam tensor ids (n) int32
@tparam integer seed
@tparam string stream "shuffle" or "split"
@tparam integer step the epoch, or 0
*/
static int k_permute (lua_State *L) {
  const eimf_tensor *ids = eimfL_checkids(L, 1, -1);
  uint64_t seed = eimfL_checkseed(L, 2), step = eimfL_checkseed(L, 4);
  uint32_t stream = streams[luaL_checkoption(L, 3, NULL, stream_names)];
  return eimfL_result(L, eimf_permute(eimfL_i32(ids), ids->size, seed, stream, step));
}


/***
Batch of examples first .. first+B-1. Every tensor of the batch keeps its
memory and takes the size that is needed.
@function jagged_gather
@tparam tensor ids room for B * max_len int32, written, cut to (R)
@tparam tensor history_offsets room for B+1, written
@tparam tensor positions room for B * max_len, written: 1 = newest, cut to (R)
@tparam tensor targets room for B, written
@tparam tensor users room for B, written: from 1
@tparam tensor examples (E) int32
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32
@tparam integer first from 1
@tparam integer size B
@tparam integer max_len
@treturn integer R
*/
static int k_jagged_gather (lua_State *L) {
  int64_t U;
  const eimf_tensor *examples = eimfL_checkids(L, 6, -1);
  const int32_t *offsets = checkjagged(L, 7, &U), *items = eimfL_i32(eimfL_checkids(L, 8, -1));
  int64_t first = eimfL_checkcount(L, 9, 1, examples->size);
  int64_t B = eimfL_checkcount(L, 10, 1, examples->size - first + 1);
  int64_t T = eimfL_checkcount(L, 11, 1, INT32_MAX / B);
  int32_t *ids = sized(L, 1, B * T), *rows = sized(L, 2, B + 1), *positions = sized(L, 3, B * T);
  int32_t *targets = sized(L, 4, B), *users = sized(L, 5, B);
  eimfL_result(L, eimf_jagged_gather(ids, rows, positions, targets, users,
      eimfL_i32(examples) + first - 1, offsets, items, B, U, T));
  return cutrows(L, 1, 3, rows[B]);
}


/***
Batch of windows first .. first+B-1: a target and a user for each row. Every tensor of the batch keeps its memory and
takes the size that is needed.
@function jagged_gather_windows
@tparam tensor ids room for R int32, written
@tparam tensor window_offsets room for B+1, written
@tparam tensor positions room for R, written: 1 = newest of its window
@tparam tensor targets room for R, written
@tparam tensor users room for R, written: from 1
@tparam tensor windows (W) int32
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32
@tparam integer first from 1
@tparam integer size B
@tparam integer max_len
@treturn integer R
*/
static int k_jagged_gather_windows (lua_State *L) {
  int64_t U;
  const eimf_tensor *windows = eimfL_checkids(L, 6, -1);
  const int32_t *offsets = checkjagged(L, 7, &U), *items = eimfL_i32(eimfL_checkids(L, 8, -1));
  int64_t first = eimfL_checkcount(L, 9, 1, windows->size);
  int64_t B = eimfL_checkcount(L, 10, 1, windows->size - first + 1);
  int64_t T = eimfL_checkcount(L, 11, 1, INT32_MAX), room = eimfL_checkids(L, 1, -1)->capacity;
  int32_t *ids = sized(L, 1, room), *rows = sized(L, 2, B + 1), *positions = sized(L, 3, room);
  int32_t *targets = sized(L, 4, room), *users = sized(L, 5, room);
  eimfL_result(L, eimf_jagged_gather_windows(ids, rows, positions, targets, users,
      eimfL_i32(windows) + first - 1, offsets, items, B, U, T, room));
  sized(L, 4, rows[B]);
  sized(L, 5, rows[B]);
  return cutrows(L, 1, 3, rows[B]);
}


/***
The newest max_len rows of segments lo .. lo+B-1, as a batch.
@function jagged_tails
@tparam tensor ids room for B * max_len int32, written, cut to (R)
@tparam tensor history_offsets room for B+1, written
@tparam tensor positions room for B * max_len, written: 1 = newest, cut to (R)
@tparam tensor offsets (V+1) int32
@tparam tensor items (n) int32
@tparam integer lo from 1
@tparam integer size B
@tparam integer max_len
@treturn integer R
*/
static int k_jagged_tails (lua_State *L) {
  int64_t V;
  const int32_t *offsets = checkjagged(L, 4, &V), *items = eimfL_i32(eimfL_checkids(L, 5, -1));
  int64_t lo = eimfL_checkcount(L, 6, 1, V);
  int64_t B = eimfL_checkcount(L, 7, 1, V - lo + 1);
  int64_t T = eimfL_checkcount(L, 8, 1, INT32_MAX / B);
  int32_t *ids = sized(L, 1, B * T), *rows = sized(L, 2, B + 1), *positions = sized(L, 3, B * T);
  eimfL_result(L, eimf_jagged_tails(ids, rows, positions, offsets, items, offsets[V], lo - 1, B, T));
  return cutrows(L, 1, 3, rows[B]);
}


const luaL_Reg eimfL_jagged_functions[] = {
  {"jagged_slice", k_jagged_slice}, {"jagged_prefixes", k_jagged_prefixes},
  {"jagged_cuts", k_jagged_cuts}, {"permute", k_permute},
  {"jagged_windows", k_jagged_windows}, {"jagged_shares", k_jagged_shares},
  {"jagged_gather", k_jagged_gather}, {"jagged_gather_windows", k_jagged_gather_windows},
  {"jagged_tails", k_jagged_tails}, {NULL, NULL}
};
