/*
** lua_journal.c: files of lines that several processes add to at once.
** Neighbour: lua_files.h (paths, errors of the system).
*/

/***
@submodule eimf.core
*/
#include <stdlib.h>

#include "../base/eimf_base.h"
#include "../base/journal.h"
#include "lua_files.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define JOURNAL_CLASS "eimf.journal"
#define PIECE ((size_t)1 << 20)      /* bytes read at once */

static eimf_journal *check (lua_State *L) {
  eimf_journal *j = luaL_checkudata(L, 1, JOURNAL_CLASS);
  luaL_argcheck(L, j->fd >= 0, 1, "journal was closed");
  return j;
}


static int result (lua_State *L, const eimf_journal *j, int rc) {
  if (rc != EIMF_OK) return eimfL_ioerror(L, "journal", j->error);
  lua_pushboolean(L, 1);
  return 1;
}


/***
Adds a line; on return it is with the system, so that a kill loses nothing.
@function journal:append
@tparam string line without its line feed; holds none
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code, as "ENOSPC"
*/
static int j_append (lua_State *L) {
  eimf_journal *j = check(L);
  size_t n;
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  lua_pushliteral(L, "\n");
  lua_concat(L, 2);
  const char *bytes = lua_tolstring(L, 2, &n);
  return result(L, j, eimf_journal_append(j, bytes, n));
}


/***
The next whole lines, of this process and of others, up to a MiB.
@function journal:read
@treturn string bytes; "" where nothing is new
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int j_read (lua_State *L) {
  eimf_journal *j = check(L);
  size_t n, waiting = eimf_journal_waiting(j);
  size_t room = waiting < PIECE ? waiting + 1 : PIECE;     /* one more: a last line without its end is none */
  char *bytes = eimfL_scratch(L, room);
  int rc = eimf_journal_read(j, bytes, room, &n);
  if (rc != EIMF_OK) return result(L, j, rc);
  lua_pushlstring(L, bytes, n);
  return 1;
}


/***
Was the file put in another's place (as an editor saves), removed or shortened since it was opened?
@function journal:replaced
@tparam string path
@treturn boolean
*/
static int j_replaced (lua_State *L) {
  eimf_journal *j = check(L);
  lua_pushboolean(L, eimf_journal_replaced(j, eimfL_checkpath(L, 2)));
  return 1;
}


/***
Puts what was added on the disk, against a power cut.
@function journal:sync
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int j_sync (lua_State *L) {
  eimf_journal *j = check(L);
  return result(L, j, eimf_journal_sync(j));
}


/***
Claims a number; other processes (and other journals of this one) that ask for it are told no until
it is released, or until this process ends, however it ends.
@function journal:claim
@tparam string number hexadecimal digits, at most 16
@treturn boolean false: somebody else holds it
*/
static int j_claim (lua_State *L) {
  eimf_journal *j = check(L);
  int held;
  eimf_journal_claim(j, strtoull(luaL_checkstring(L, 2), NULL, 16), &held);
  lua_pushboolean(L, held);
  return 1;
}


/***
Lets go of a claim.
@function journal:release
@tparam string number
*/
static int j_release (lua_State *L) {
  eimf_journal_release(check(L), strtoull(luaL_checkstring(L, 2), NULL, 16));
  return 0;
}


/***
Closes it and lets go of all claims. Closing twice does nothing.
@function journal:close
*/
static int j_close (lua_State *L) {
  eimf_journal_close(luaL_checkudata(L, 1, JOURNAL_CLASS));
  return 0;
}


static const luaL_Reg methods[] = {
  { "append", j_append }, { "read", j_read }, { "replaced", j_replaced }, { "sync", j_sync },
  { "claim", j_claim }, { "release", j_release }, { "close", j_close },
  { "__gc", j_close }, { "__close", j_close }, { NULL, NULL }
};


static void set_class (lua_State *L) {
  if (luaL_newmetatable(L, JOURNAL_CLASS)) {
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
}


/***
Opens a file of lines that several processes may add to at once; made where missing.
@function journal_open
@tparam string path
@treturn journal with :append, :read, :replaced, :sync, :claim, :release, :close
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int f_journal_open (lua_State *L) {
  static const eimf_journal closed = EIMF_JOURNAL_CLOSED;
  const char *path = eimfL_checkpath(L, 1);
  eimf_journal *j = eimfL_newud(L, sizeof *j);
  *j = closed;
  set_class(L);
  if (eimf_journal_open(j, path) != EIMF_OK) return eimfL_ioerror(L, path, j->error);
  return 1;
}


const luaL_Reg eimfL_journal_functions[] = {
  { "journal_open", f_journal_open }, { NULL, NULL }
};
