/*
** lua_files.c: whole-file writes that cannot lose a good file, folders, names of errno.
** The world's refusals come back as nil, "path: reason", "ENOENT".
*/

/***
@submodule eimf.core
*/
#include "lua_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lua_functions.h"
#include "lua_tensor.h"

#define FILE_CLASS "eimf.file"
#define ID_DIGITS 20             /* of a process id, at most */

static const struct { int number; const char *name; } errno_names[] = {
  { EACCES, "EACCES" }, { EBADF, "EBADF" }, { EBUSY, "EBUSY" }, { EDQUOT, "EDQUOT" }, { EEXIST, "EEXIST" },
  { EFBIG, "EFBIG" }, { EINVAL, "EINVAL" }, { EIO, "EIO" }, { EISDIR, "EISDIR" }, { ELOOP, "ELOOP" },
  { EMFILE, "EMFILE" }, { ENAMETOOLONG, "ENAMETOOLONG" }, { ENFILE, "ENFILE" }, { ENOENT, "ENOENT" },
  { ENOMEM, "ENOMEM" }, { ENOSPC, "ENOSPC" }, { ENOTDIR, "ENOTDIR" }, { ENOTEMPTY, "ENOTEMPTY" },
  { EPERM, "EPERM" }, { EROFS, "EROFS" }, { ESPIPE, "ESPIPE" }, { ETXTBSY, "ETXTBSY" }, { EXDEV, "EXDEV" },
};


static const char *errno_name (int error) {
  size_t i;
  for (i = 0; i < sizeof errno_names / sizeof errno_names[0]; i++)
    if (errno_names[i].number == error) return errno_names[i].name;
  return "EIO";
}


int eimfL_ioerror (lua_State *L, const char *path, int error) {
  const char *reason = error == ESPIPE ? "not a regular file" : strerror(error);
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", path, reason);
  lua_pushstring(L, errno_name(error));
  return 3;
}


int eimfL_fileresult (lua_State *L, const char *path, int rc, const eimf_file *f) {
  if (rc != EIMF_OK) return eimfL_ioerror(L, path, f->error);
  lua_pushboolean(L, 1);
  return 1;
}


const char *eimfL_checkpath (lua_State *L, int arg) {
  size_t n;
  const char *path = luaL_checklstring(L, arg, &n);
  luaL_argcheck(L, n > 0, arg, "a path is empty");
  luaL_argcheck(L, strlen(path) == n, arg, "a path holds a zero byte");
  return path;
}


char *eimfL_temporary (lua_State *L, const char *path) {
  size_t size = strlen(path) + sizeof EIMF_TEMPORARY + ID_DIGITS;
  char *name = eimfL_scratch(L, size);
  snprintf(name, size, "%s" EIMF_TEMPORARY, path, (long)getpid());
  return name;
}


static int file_gc (lua_State *L) {
  eimf_file_close(luaL_checkudata(L, 1, FILE_CLASS));
  return 0;
}


eimf_file *eimfL_newfile (lua_State *L) {
  static const eimf_file closed = EIMF_FILE_CLOSED;
  eimf_file *f = eimfL_newud(L, sizeof *f);
  *f = closed;
  if (luaL_newmetatable(L, FILE_CLASS)) {
    lua_pushcfunction(L, file_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, file_gc);
    lua_setfield(L, -2, "__close");
  }
  lua_setmetatable(L, -2);
  return f;
}


/* Number of strings at `arg`: a string is one piece, a list holds several. */
static int checkpieces (lua_State *L, int arg) {
  int i, n;
  if (lua_type(L, arg) == LUA_TSTRING) return 1;
  luaL_checktype(L, arg, LUA_TTABLE);
  n = (int)lua_rawlen(L, arg);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, arg, i);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, arg, lua_pushfstring(L, "piece %d is not a string", i));
    lua_pop(L, 1);
  }
  return n;
}


/* Writes the pieces, all of them known to be strings: no call in here can raise. */
static int write_pieces (lua_State *L, int arg, int n, eimf_file *f) {
  int i, rc = EIMF_OK;
  for (i = 1; rc == EIMF_OK && i <= n; i++) {
    const char *piece;
    size_t len;
    if (lua_type(L, arg) == LUA_TSTRING) lua_pushvalue(L, arg);
    else lua_rawgeti(L, arg, i);
    piece = lua_tolstring(L, -1, &len);
    rc = eimf_file_write(f, piece, len);
    lua_pop(L, 1);
  }
  return rc;
}


/***
Writes a whole file through a temporary neighbour: written, flushed to the disk, renamed.
@function write_atomic
@tparam string path
@tparam string|{string,...} pieces
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code, as "ENOSPC"
*/
static int f_write_atomic (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  int n = checkpieces(L, 2), rc;
  char *temporary = eimfL_temporary(L, path);
  eimf_file f = EIMF_FILE_CLOSED;
  luaL_checkstack(L, 2, NULL);
  rc = eimf_file_create(&f, temporary);
  if (rc == EIMF_OK && (rc = write_pieces(L, 2, n, &f)) == EIMF_OK) rc = eimf_file_commit(&f, temporary, path);
  eimf_file_abandon(&f, temporary);
  return eimfL_fileresult(L, path, rc, &f);
}


/***
Adds bytes at the end of a file with one write, so that a killed process leaves no torn line.
@function file_append
@tparam string path
@tparam string bytes
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int f_file_append (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  eimf_file f = EIMF_FILE_CLOSED;
  int rc = eimf_file_append(&f, path, bytes, n);
  return eimfL_fileresult(L, path, rc, &f);
}


/***
Makes one folder.
@function folder_make
@tparam string path
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code, "EEXIST" where something is there
*/
static int f_folder_make (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  eimf_file f = EIMF_FILE_CLOSED;
  int rc = eimf_folder_make(&f, path);
  return eimfL_fileresult(L, path, rc, &f);
}


/***
What a path names.
@function path_kind
@tparam string path
@treturn string|nil "file", "folder", "other", or nil where there is nothing
*/
static int f_path_kind (lua_State *L) {
  static const char *const kinds[] = { NULL, "file", "folder", "other" };
  lua_pushstring(L, kinds[eimf_path_kind(eimfL_checkpath(L, 1))]);
  return 1;
}


/***
Name of an error number, as io functions return it: "ENOENT".
@function errno_name
@tparam integer number
@treturn string "EIO" for a number without a name here
*/
static int f_errno_name (lua_State *L) {
  lua_pushstring(L, errno_name((int)luaL_checkinteger(L, 1)));
  return 1;
}


/***
Removes a file.
@function file_remove
@tparam string path
@treturn boolean true
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int f_file_remove (lua_State *L) {
  const char *path = eimfL_checkpath(L, 1);
  if (remove(path) != 0) return eimfL_ioerror(L, path, errno);
  lua_pushboolean(L, 1);
  return 1;
}


const luaL_Reg eimfL_files_functions[] = {
  { "write_atomic", f_write_atomic },
  { "file_append", f_file_append },
  { "folder_make", f_folder_make },
  { "path_kind", f_path_kind },
  { "errno_name", f_errno_name },
  { "file_remove", f_file_remove },
  { NULL, NULL }
};
