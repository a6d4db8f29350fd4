/*
** lua_files.h: paths and failures of files, for the bindings that read or write them.
*/
#ifndef EIMF_LUA_FILES_H
#define EIMF_LUA_FILES_H

#include "../base/files.h"
#include "lua_compat.h"

/* A path: a string without zero bytes. */
const char *eimfL_checkpath (lua_State *L, int arg);

/* Pushes memory that holds the name of the path's temporary. */
char *eimfL_temporary (lua_State *L, const char *path);

/* Pushes a closed file that the collector closes at the latest. */
eimf_file *eimfL_newfile (lua_State *L);

/* nil, "path: No such file or directory", "ENOENT" */
int eimfL_ioerror (lua_State *L, const char *path, int error);

/* true, or the above where rc is EIMF_EIO. */
int eimfL_fileresult (lua_State *L, const char *path, int rc, const eimf_file *f);

#endif
