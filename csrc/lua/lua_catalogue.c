/*
** lua_catalogue.c: the generated catalogue's kernels. Each takes its outputs
** first and, last, the options table that lua/eimf/data/generated.lua checked.
*/

/***
@submodule eimf.core
*/
#include "../kernels/catalogue.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static double field (lua_State *L, int arg, const char *name, double low, double high) {
  lua_getfield(L, arg, name);
  double x = lua_tonumber(L, -1);
  if (!lua_isnumber(L, -1) || !(x >= low && x <= high))
    luaL_error(L, "bad argument #%d (field '%s' must be a number between %f and %f)",
               arg, name, low, high);
  lua_pop(L, 1);
  return x;
}


static eimf_catalogue checkcatalogue (lua_State *L, int arg) {
  eimf_catalogue c;
  luaL_checktype(L, arg, LUA_TTABLE);
  c.seed = (uint64_t)field(L, arg, "seed", 0, 9007199254740991.0);
  c.n_users = (int64_t)field(L, arg, "users", 1, INT32_MAX - 2);
  c.n_items = (int64_t)field(L, arg, "items", 1, INT32_MAX - 2);
  c.n_interests = (int)field(L, arg, "interests", 1, 1 << 20);
  c.n_groups = (int)field(L, arg, "groups", 1, INT32_MAX - 1);
  c.min_length = (int)field(L, arg, "min_length", 1, 1 << 20);
  c.max_length = (int)field(L, arg, "max_length", c.min_length, 1 << 20);
  c.mean_length = field(L, arg, "mean_length", c.min_length, c.max_length);
  c.noise = field(L, arg, "noise", 0, 1);
  c.persistence = field(L, arg, "persistence", 0, 1);
  c.succession = field(L, arg, "succession", 0, 1);
  return c;
}


static const int32_t *checkstarts (lua_State *L, int arg, const eimf_catalogue *c) {
  int64_t S;
  const eimf_tensor *t = eimfL_checkoffsets(L, arg, c->n_items, &S);
  luaL_argcheck(L, S == c->n_interests, arg, "not the starts of these interests");
  return eimfL_i32(t);
}


/***
First raw item of each interest.
@function catalogue_interests
@tparam tensor starts (S+1) int32, written
@tparam table options
*/
static int k_interests (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 2);
  eimf_tensor *starts = eimfL_checkids(L, 1, c.n_interests + 1);
  return eimfL_result(L, eimf_catalogue_interests(eimfL_i32(starts), &c));
}


/***
Groups of the users, and where their events and interests lie.
@function catalogue_users
@tparam tensor group (U) int32, written
@tparam tensor offsets (U+1) int32, written
@tparam tensor held_offsets (U+1) int32, written
@tparam table options
@treturn number events of all users
*/
static int k_users (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 4);
  eimf_tensor *group = eimfL_checkids(L, 1, c.n_users);
  eimf_tensor *offsets = eimfL_checkids(L, 2, c.n_users + 1);
  eimf_tensor *held_offsets = eimfL_checkids(L, 3, c.n_users + 1);
  eimfL_result(L, eimf_catalogue_users(eimfL_i32(group), eimfL_i32(offsets),
                                       eimfL_i32(held_offsets), &c));
  lua_pushinteger(L, eimfL_i32(offsets)[c.n_users]);
  return 1;
}


/***
Interests that each user holds.
@function catalogue_held
@tparam tensor held (H) int32, written
@tparam tensor held_offsets (U+1) int32
@tparam table options
*/
static int k_held (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 3);
  eimf_tensor *held = eimfL_checkids(L, 1, -1);
  int64_t U;
  const eimf_tensor *offsets = eimfL_checkoffsets(L, 2, held->size, &U);
  luaL_argcheck(L, U == c.n_users, 2, "not the offsets of these users");
  return eimfL_result(L, eimf_catalogue_held(eimfL_i32(held), eimfL_i32(offsets), &c));
}


/***
All events, as raw items in the order of time.
@function catalogue_events
@tparam tensor items (E) int32, written
@tparam tensor offsets (U+1) int32
@tparam tensor starts (S+1) int32
@tparam table options
*/
static int k_events (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 4);
  eimf_tensor *items = eimfL_checkids(L, 1, -1);
  int64_t U;
  const eimf_tensor *offsets = eimfL_checkoffsets(L, 2, items->size, &U);
  luaL_argcheck(L, U == c.n_users, 2, "not the offsets of these users");
  const int32_t *starts = checkstarts(L, 3, &c);
  return eimfL_result(L, eimf_catalogue_events(eimfL_i32(items), eimfL_i32(offsets), starts, &c));
}


/***
Numbers the items 1..N by falling popularity.
@function catalogue_number
@tparam tensor items (E) int32, raw items turned into ids
@tparam tensor counts (N+1) int32, written
@tparam tensor origin (N+1) int32, written: raw item + 1 of each id
@tparam table options
*/
static int k_number (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 4);
  eimf_tensor *items = eimfL_checkids(L, 1, -1);
  eimfL_checkidrange(L, 1, items->size, c.n_items - 1);
  eimf_tensor *counts = eimfL_checkids(L, 2, c.n_items + 1);
  eimf_tensor *origin = eimfL_checkids(L, 3, c.n_items + 1);
  int32_t *scratch = eimfL_scratch(L, (size_t)c.n_items * sizeof(int32_t));
  int32_t *buckets = eimfL_scratch(L, (size_t)(c.n_users + 2) * sizeof(int32_t));
  return eimfL_result(L, eimf_catalogue_number(eimfL_i32(items), eimfL_i32(counts),
                                               eimfL_i32(origin), scratch, buckets,
                                               items->size, &c));
}


/***
Interest of each item id.
@function catalogue_label
@tparam tensor interest (N+1) int32, written
@tparam tensor origin (N+1) int32
@tparam tensor starts (S+1) int32
@tparam table options
*/
static int k_label (lua_State *L) {
  eimf_catalogue c = checkcatalogue(L, 4);
  eimf_tensor *interest = eimfL_checkids(L, 1, c.n_items + 1);
  const eimf_tensor *origin = eimfL_checkids(L, 2, c.n_items + 1);
  const int32_t *starts = checkstarts(L, 3, &c);
  return eimfL_result(L, eimf_catalogue_label(eimfL_i32(interest), eimfL_i32(origin), starts, &c));
}


const luaL_Reg eimfL_catalogue_functions[] = {
  { "catalogue_interests", k_interests },
  { "catalogue_users", k_users },
  { "catalogue_held", k_held },
  { "catalogue_events", k_events },
  { "catalogue_number", k_number },
  { "catalogue_label", k_label },
  { NULL, NULL }
};
