/*
** lua_names.c: bindings of kernels/names.h and kernels/delimited.h: names and
** their numbers, and rows of a text with columns. A dictionary is a userdata;
** its tables lie in another one that it owns and that grows by being replaced.
*/

/***
@submodule eimf.core
*/
#include <string.h>

#include "../kernels/delimited.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define NAMES_CLASS "eimf.names"

static eimf_names *checknames (lua_State *L, int arg) {
  return luaL_checkudata(L, arg, NAMES_CLASS);
}


/* Room for `names` more names of `length` bytes together. */
static void reserve (lua_State *L, int arg, int64_t names, int64_t length) {
  eimf_names *t = lua_touserdata(L, arg);
  int64_t n_slots, n_words;
  size_t bytes;
  if (eimf_names_room(t, names, length, &n_slots, &n_words)) return;
  if (eimf_names_bytes(&bytes, n_slots, n_words) != EIMF_OK || t->count > INT32_MAX - names)
    luaL_error(L, "more names than 32 bits can count");
  eimf_names larger;
  eimf_names_move(&larger, eimfL_scratch(L, bytes), n_slots, n_words, t);
  eimfL_setowner(L, arg);                          /* lets go of the old tables */
  *t = larger;
}


/* The record of the name at 2, added where it is new. */
static eimf_name *record (lua_State *L) {
  eimf_names *t = checknames(L, 1);
  size_t n;
  const char *name = luaL_checklstring(L, 2, &n);
  luaL_argcheck(L, n <= INT32_MAX, 2, "too long for a name");
  reserve(L, 1, 1, (int64_t)n);
  return eimf_names_record(t, name, n, eimf_names_hash(name, n));
}


/***
An empty dictionary of names.
@function names
@treturn names
*/
static int f_names (lua_State *L) {
  eimf_names *t = eimfL_newud(L, sizeof *t);
  memset(t, 0, sizeof *t);
  luaL_getmetatable(L, NAMES_CLASS);
  lua_setmetatable(L, -2);
  return 1;
}


/***
Number of a name, which is added where it is new.
@function names:number
@tparam string name
@treturn integer from 1, in the order of the first coming
*/
static int n_number (lua_State *L) {
  lua_pushinteger(L, record(L)->number);
  return 1;
}


/***
Marks a name, which is added where it is new: nothing more is to be learned of it.
@function names:settle
@tparam string name
*/
static int n_settle (lua_State *L) {
  record(L)->settled = 1;
  return 0;
}


/***
Number of names.
@function names:count
@treturn integer
*/
static int n_count (lua_State *L) {
  lua_pushinteger(L, checknames(L, 1)->count);
  return 1;
}


/***
All names by their numbers.
@function names:list
@treturn {string,...}
*/
static int n_list (lua_State *L) {
  const eimf_names *t = checknames(L, 1);
  const eimf_name *name = NULL;
  lua_createtable(L, t->count, 0);
  while ((name = eimf_names_next(t, name)) != NULL) {
    lua_pushlstring(L, name->bytes, name->length);
    lua_rawseti(L, -2, name->number);
  }
  return 1;
}


/* ---- Rows ---- */

static int column (lua_State *L, int table, const char *name, int least, int most) {
  lua_getfield(L, table, name);
  int none = lua_isnil(L, -1) && least == 0;
  int at = none ? 0 : (int)eimfL_checkcount(L, lua_gettop(L), least, most);
  lua_pop(L, 1);
  return at - 1;
}


static int flag (lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  int yes = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return yes;
}


static eimf_layout checklayout (lua_State *L, int table) {
  eimf_layout layout = { 0 };
  size_t width = 0;
  luaL_checktype(L, table, LUA_TTABLE);
  lua_getfield(L, table, "separator");
  const char *separator = lua_tolstring(L, -1, &width);
  luaL_argcheck(L, width == 1 || (width == 2 && separator[0] == separator[1]), table,
                "the separator must be one character, or one twice");
  layout.separator = separator[0];
  layout.width = (int)width;
  lua_pop(L, 1);
  layout.n_columns = column(L, table, "n_columns", 1, INT32_MAX) + 1;
  layout.user = column(L, table, "user", 1, layout.n_columns);
  layout.item = column(L, table, "item", 1, layout.n_columns);
  layout.time = column(L, table, "time", 0, layout.n_columns);
  layout.quotes = flag(L, table, "quotes");
  layout.settled = flag(L, table, "settled");
  return layout;
}


/***
Takes the ordinary lines of a text: reads them up to the first that is not (whatever may be wrong or unusual with it),
that is not complete, or for whose row there is no room.
@function delimited_read
@tparam names user_names added to
@tparam names item_names added to
@tparam tensor users (n) int32, written
@tparam tensor items (n) int32, written
@tparam tensor times (n, 2) int32, written
@tparam integer filled rows that the three hold already
@tparam string text UTF-8, or not
@tparam integer at where the first line begins, from 1
@tparam boolean mixed false: the text is known to be ASCII without NUL
@tparam table layout separator: one character, or one twice; n_columns; user, item, time: columns, from 1 (time = nil:
all are 0); quotes: leave lines that hold `"`; settled: leave lines whose item is not settled
@treturn integer where the next line begins
@treturn integer lines taken, empty ones too
@treturn integer rows filled
*/
static int k_delimited_read (lua_State *L) {
  eimf_names *user_names = checknames(L, 1), *item_names = checknames(L, 2);
  const eimf_tensor *users = eimfL_checkids(L, 3, -1), *items = eimfL_checkids(L, 4, users->size);
  const eimf_tensor *times = eimfL_checktensor(L, 5, EIMF_I32, 2);
  luaL_argcheck(L, times->shape[0] == users->size && times->shape[1] == 2, 5, "times must be (n, 2)");
  int64_t filled = eimfL_checkcount(L, 6, 0, users->size), lines, names;
  size_t n, at;
  const char *text = luaL_checklstring(L, 7, &n);
  at = (size_t)eimfL_checkcount(L, 8, 1, (int64_t)n + 1) - 1;
  const eimf_layout layout = checklayout(L, 10);
  n -= at;
  names = (int64_t)n / 2 < users->size - filled ? (int64_t)n / 2 : users->size - filled;
  reserve(L, 1, names, (int64_t)n);
  reserve(L, 2, names, (int64_t)n);
  eimf_rows rows = { eimfL_i32(users), eimfL_i32(items), eimfL_i32(times), filled, users->size,
                     user_names, item_names };
  at += eimf_delimited_read(&rows, &lines, &layout, text + at, n, lua_toboolean(L, 9));
  lua_pushinteger(L, (lua_Integer)at + 1);
  lua_pushinteger(L, (lua_Integer)lines);
  lua_pushinteger(L, (lua_Integer)rows.n);
  return 3;
}


static const luaL_Reg methods[] = {
  {"number", n_number}, {"settle", n_settle}, {"count", n_count}, {"list", n_list}, {NULL, NULL}
};

const luaL_Reg eimfL_names_functions[] = {
  {"names", f_names}, {"delimited_read", k_delimited_read}, {NULL, NULL}
};

void eimfL_names_class (lua_State *L) {
  if (luaL_newmetatable(L, NAMES_CLASS)) {
    lua_createtable(L, 0, 4);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, NAMES_CLASS);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}
