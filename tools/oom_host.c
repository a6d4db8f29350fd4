/*
** oom_host.c: a C host whose memory runs out at every possible place.
**
**   oom_host SCRIPT...
**
** Each script returns a table name -> task (a function); what the script does
** itself, such as loading modules, is not part of the sweep. A task is run
** again and again: first no request for memory succeeds, then one, then two,
** ... until the task does. Every failure must come out as Lua's memory error
** and leave a state in which the next attempt works. (The method of Lua's own
** testes/memerr.lua.) What leaks on the way is for the sanitizer to find:
** the build with EIMF_SANITIZE has this host too.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#define MAX_REQUESTS 20000
#define UNLIMITED (-1)

enum { TASKS = 1, NAME, TASK };       /* places on the stack */


static void *allocate (void *ud, void *old, size_t old_size, size_t size) {
  long *left = ud;
  if (size == 0) {
    free(old);
    return NULL;
  }
  if (old == NULL || size > old_size) {       /* to shrink never fails */
    if (*left == 0) return NULL;
    if (*left > 0) (*left)--;
  }
  return realloc(old, size);
}


/* One attempt with n requests; leaves the error, if any, on the stack. */
static int attempt (lua_State *L, long *left, long n) {
  lua_settop(L, TASK);
  lua_pushvalue(L, TASK);
  *left = n;
  int status = lua_pcall(L, 0, 0, 0);
  *left = UNLIMITED;
  return status;
}


/* Requests that failed before the task succeeded; -1 on a fault. */
static long sweep (lua_State *L, long *left, const char *path) {
  const char *name = lua_tostring(L, NAME);
  for (long n = 0; n < MAX_REQUESTS; n++) {
    int status = attempt(L, left, n);
    if (status == LUA_OK) return n;
    const char *message = luaL_tolstring(L, -1, NULL);
    if (status != LUA_ERRMEM && strstr(message, "not enough memory") == NULL) {
      fprintf(stderr, "%s: '%s' with %ld requests: %s\n", path, name, n, message);
      return -1;
    }
    lua_gc(L, LUA_GCCOLLECT, 0);
  }
  fprintf(stderr, "%s: '%s' needs more than %d requests\n", path, name, MAX_REQUESTS);
  return -1;
}


static int sweep_all (lua_State *L, long *left, const char *path) {
  long points = 0;
  int tasks = 0, faults = 0;
  lua_pushnil(L);
  while (lua_next(L, TASKS) != 0) {
    long n = sweep(L, left, path);
    if (n < 0) faults++;
    else points += n;
    tasks++;
    lua_settop(L, NAME);
  }
  printf("%s: %d tasks, %ld failing requests survived, %d faults\n", path, tasks, points, faults);
  return faults + (tasks == 0);
}


static int sweep_script (const char *path) {
  long left = UNLIMITED;
  int faults = 1;
  lua_State *L = lua_newstate(allocate, &left);
  if (L == NULL) return 1;
  luaL_openlibs(L);
  if (luaL_dofile(L, path) == LUA_OK && lua_istable(L, -1)) {
    lua_settop(L, TASKS);
    faults = sweep_all(L, &left, path);
  }
  else
    fprintf(stderr, "%s: %s\n", path, lua_isstring(L, -1) ? lua_tostring(L, -1) : "no table of tasks");
  lua_close(L);
  return faults;
}


int main (int argc, char **argv) {
  int faults = 0;
  for (int i = 1; i < argc; i++) faults += sweep_script(argv[i]);
  return faults == 0 ? 0 : 1;
}
