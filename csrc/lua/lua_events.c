/*
** lua_events.c: bindings of kernels/events.h, the making of sets.
*/

/***
@submodule eimf.core
*/
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../kernels/events.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static int32_t *checkids (lua_State *L, int arg, int64_t n) {
  return eimfL_i32(eimfL_checkids(L, arg, n));
}


/* Times: (n, 2) int32, the 8 bytes of a double in each row. */
static int32_t *checktimes (lua_State *L, int arg, int64_t n) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_I32, 2);
  luaL_argcheck(L, t->shape[0] == n && t->shape[1] == 2, arg, "times must be (n, 2), n as many as the rows");
  return eimfL_i32(t);
}


/***
Puts a row into tensors.
@function events_put
@tparam tensor users (n) int32, written
@tparam tensor items (n) int32, written
@tparam tensor times (n, 2) int32, written: the bytes of a double each
@tparam integer at row, from 1
@tparam integer user from 1
@tparam integer item from 1
@tparam number time finite
*/
static int k_events_put (lua_State *L) {
  int64_t n = eimfL_checkids(L, 1, -1)->size;
  int32_t *users = checkids(L, 1, n), *items = checkids(L, 2, n), *times = checktimes(L, 3, n);
  int64_t at = eimfL_checkcount(L, 4, 1, n) - 1;
  double time = (double)luaL_checknumber(L, 7);
  luaL_argcheck(L, lua_type(L, 7) == LUA_TNUMBER && isfinite(time), 7, "times must be finite numbers");
  users[at] = (int32_t)eimfL_checkcount(L, 5, 1, INT32_MAX);
  items[at] = (int32_t)eimfL_checkcount(L, 6, 1, INT32_MAX);
  memcpy(times + 2 * at, &time, sizeof time);
  return 0;
}


/***
Looks in rows, in the order of their file, for users whose row before the last is missing: where the times are an order
index, 0, 1, 2, ... for each user.
@function events_gaps
@tparam tensor gap (U) int32, written: 1 for such a user once another one follows
@tparam tensor users (n) int32
@tparam tensor times (n, 2) int32
@tparam integer user that the rows before these ended with; 0 at first
@tparam number before time of its last row but one
@tparam number last time of its last row
@treturn[1] integer user
@treturn[1] number before
@treturn[1] number last
@treturn[2] nil the times are no order index
*/
static int k_events_gaps (lua_State *L) {
  const eimf_tensor *gap = eimfL_checkids(L, 1, -1), *users = eimfL_checkids(L, 2, -1);
  const int32_t *times = checktimes(L, 3, users->size);
  eimf_gap at = { (int32_t)eimfL_checkcount(L, 4, 0, gap->size), luaL_checknumber(L, 5), luaL_checknumber(L, 6) };
  int is_index = eimf_events_gaps(eimfL_i32(gap), &at, eimfL_i32(users), times, users->size, gap->size);
  if (is_index < 0) return eimfL_result(L, is_index);
  if (!is_index) return lua_pushnil(L), 1;
  lua_pushinteger(L, at.user);
  lua_pushnumber(L, at.before);
  lua_pushnumber(L, at.last);
  return 3;
}


/***
Adds the rows of each user to counts[user].
@function events_count
@tparam tensor counts (U+1) int32, added to
@tparam tensor users (n) int32, from 1
*/
static int k_events_count (lua_State *L) {
  const eimf_tensor *counts = eimfL_checkids(L, 1, -1), *users = eimfL_checkids(L, 2, -1);
  return eimfL_result(L, eimf_events_count(eimfL_i32(counts), eimfL_i32(users), users->size, counts->size - 1));
}


/***
Counts into offsets: running sums in place.
@function events_starts
@tparam tensor counts (U+1) int32, [0] = 0
*/
static int k_events_starts (lua_State *L) {
  const eimf_tensor *counts = eimfL_checkids(L, 1, -1);
  return eimfL_result(L, eimf_events_starts(eimfL_i32(counts), counts->size - 1));
}


/***
Puts rows behind the earlier ones of their user.
@function events_place
@tparam tensor items_out (all rows) int32, written
@tparam tensor times_out (all rows, 2) int32, written
@tparam tensor cursor (U+1) int32: where each user's next row goes, moved on
@tparam tensor users (n) int32
@tparam tensor items (n) int32
@tparam tensor times (n, 2) int32
*/
static int k_events_place (lua_State *L) {
  const eimf_tensor *out = eimfL_checkids(L, 1, -1), *cursor = eimfL_checkids(L, 3, -1);
  const eimf_tensor *users = eimfL_checkids(L, 4, -1);
  int32_t *times_out = checktimes(L, 2, out->size);
  const int32_t *items = checkids(L, 5, users->size), *times = checktimes(L, 6, users->size);
  return eimfL_result(L, eimf_events_place(eimfL_i32(out), times_out, eimfL_i32(cursor), eimfL_i32(users),
      items, times, users->size, cursor->size - 1, out->size));
}


/***
Sorts the rows of each user by time, ties as they stand.
@function events_sort
@tparam tensor items (n) int32, changed
@tparam tensor times (n, 2) int32, changed
@tparam tensor offsets (U+1) int32
*/
static int k_events_sort (lua_State *L) {
  int64_t U, n = eimfL_checkids(L, 1, -1)->size;
  int32_t *items = checkids(L, 1, n), *times = checktimes(L, 2, n);
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 3, n, &U));
  void *scratch = eimfL_scratch(L, eimf_events_sort_bytes(offsets, U));
  return eimfL_result(L, eimf_events_sort(items, times, offsets, scratch, U));
}


/***
The k-core: drops users and items with fewer than k rows until none has fewer.
@function events_core
@tparam tensor user_counts (U) int32, written: rows left, 0 = gone
@tparam tensor item_counts (N) int32, written
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32, from 1
@tparam integer k 0 and 1 drop nothing
@treturn integer users left
@treturn integer items left
@treturn integer rows left
*/
static int k_events_core (lua_State *L) {
  int64_t U, kept[3];
  const eimf_tensor *items = eimfL_checkids(L, 4, -1), *item_counts = eimfL_checkids(L, 2, -1);
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 3, items->size, &U));
  int32_t *user_counts = checkids(L, 1, U);
  int64_t k = eimfL_checkcount(L, 5, 0, INT32_MAX);
  eimfL_result(L, eimf_events_core(user_counts, eimfL_i32(item_counts), kept, offsets, eimfL_i32(items),
      U, item_counts->size, k));
  for (int i = 0; i < 3; i++) lua_pushinteger(L, (lua_Integer)kept[i]);
  return 3;
}


/***
Ids 1..M by falling count; ties: the item that came first.
@function events_rank
@tparam tensor rank (N) int32, written: id of each item, 0 = gone
@tparam tensor origin (M) int32, written: item of each id
@tparam tensor counts (M+1) int32, written: rows of each id, [0] = 0
@tparam tensor item_counts (N) int32
*/
static int k_events_rank (lua_State *L) {
  const eimf_tensor *item_counts = eimfL_checkids(L, 4, -1), *origin = eimfL_checkids(L, 2, -1);
  int32_t *rank = checkids(L, 1, item_counts->size), *counts = checkids(L, 3, origin->size + 1), most = 0;
  for (int64_t i = 0; i < item_counts->size; i++) {
    int32_t c = eimfL_i32(item_counts)[i];
    luaL_argcheck(L, c >= 0, 4, "counts must not be negative");
    if (c > most) most = c;
  }
  int32_t *buckets = eimfL_scratch(L, ((size_t)most + 2) * sizeof *buckets);
  return eimfL_result(L, eimf_events_rank(rank, eimfL_i32(origin), counts, buckets, eimfL_i32(item_counts),
      item_counts->size, origin->size));
}


/***
Leaves out the users and items that have gone, and turns items into ids.
@function events_compact
@tparam tensor offsets_out (V+1) int32, written
@tparam tensor items_out (rows left) int32, written
@tparam tensor kept (V) int32, written: number of each user left
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32
@tparam tensor user_counts (U) int32, of `events_core`
@tparam tensor rank (N) int32, of `events_rank`
*/
static int k_events_compact (lua_State *L) {
  int64_t U, left = 0, V = 0;
  const eimf_tensor *items = eimfL_checkids(L, 5, -1), *rank = eimfL_checkids(L, 7, -1);
  const int32_t *offsets = eimfL_i32(eimfL_checkoffsets(L, 4, items->size, &U));
  const int32_t *user_counts = checkids(L, 6, U);
  eimfL_checkidrange(L, 5, -1, rank->size);
  for (int64_t u = 0; u < U; u++) {
    V += user_counts[u] > 0;
    left += user_counts[u];
  }
  int32_t *offsets_out = checkids(L, 1, V + 1), *out = checkids(L, 2, left), *kept = checkids(L, 3, V);
  return eimfL_result(L, eimf_events_compact(offsets_out, out, kept, offsets, eimfL_i32(items), user_counts,
      eimfL_i32(rank), U));
}


/***
True when a text is plain ASCII without NUL.
@function is_plain
@tparam string text
@treturn boolean
*/
static int k_is_plain (lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  lua_pushboolean(L, eimf_is_plain(text, len));
  return 1;
}


/***
Fingerprint (FNV-1a, 64 bits) of tensors and strings, one after another.
@function hash
@param ... tensors or strings
@treturn string 16 hexadecimal digits
*/
static int k_hash (lua_State *L) {
  uint64_t h = EIMF_HASH_START;
  char text[17];
  for (int arg = 1; arg <= lua_gettop(L); arg++) {
    size_t len;
    if (lua_type(L, arg) == LUA_TSTRING) {
      const char *s = lua_tolstring(L, arg, &len);
      h = eimf_hash(h, s, len);
    }
    else {
      const eimf_tensor *t = eimfL_checktensor(L, arg, -1, -1);
      h = eimf_hash(h, t->data, (size_t)t->size * sizeof(float));
    }
  }
  snprintf(text, sizeof text, "%016" PRIx64, h);
  lua_pushstring(L, text);
  return 1;
}


const luaL_Reg eimfL_events_functions[] = {
  {"events_put", k_events_put}, {"events_gaps", k_events_gaps},
  {"events_count", k_events_count}, {"events_starts", k_events_starts},
  {"events_place", k_events_place}, {"events_sort", k_events_sort}, {"events_core", k_events_core},
  {"events_rank", k_events_rank}, {"events_compact", k_events_compact}, {"is_plain", k_is_plain},
  {"hash", k_hash}, {NULL, NULL}
};
