/*
** lua_compat.h: the only file that looks at LUA_VERSION_NUM.
** One source for Lua 5.1, LuaJIT, 5.3 and 5.4.
*/
#ifndef EIMF_LUA_COMPAT_H
#define EIMF_LUA_COMPAT_H

#include <lua.h>
#include <lauxlib.h>

#if LUA_VERSION_NUM >= 504
#define eimfL_newud(L, n)      lua_newuserdatauv(L, (n), 1)
#define eimfL_setowner(L, i)   lua_setiuservalue(L, (i), 1)
#define eimfL_pushowner(L, i)  lua_getiuservalue(L, (i), 1)
#elif LUA_VERSION_NUM == 503
#define eimfL_newud(L, n)      lua_newuserdata(L, (n))
#define eimfL_setowner(L, i)   lua_setuservalue(L, (i))
#define eimfL_pushowner(L, i)  lua_getuservalue(L, (i))
#else   /* 5.1, LuaJIT: a user value must be a table, so the owner sits in one */
#define eimfL_newud(L, n)      lua_newuserdata(L, (n))
#define lua_rawlen             lua_objlen
#define luaL_checkversion(L)   ((void)0)

static inline void eimfL_setowner (lua_State *L, int i) {
  int ud = i < 0 ? lua_gettop(L) + i + 1 : i;
  lua_createtable(L, 1, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  lua_setfenv(L, ud);
}

static inline void eimfL_pushowner (lua_State *L, int i) {
  lua_getfenv(L, i);
  lua_rawgeti(L, -1, 1);
  lua_remove(L, -2);
}

#if !defined(LUA_GCISRUNNING)   /* LuaJIT 2.1 has these two */
static inline void luaL_setfuncs (lua_State *L, const luaL_Reg *l, int nup) {
  for (; l->name != NULL; l++) {
    for (int i = 0; i < nup; i++) lua_pushvalue(L, -nup);
    lua_pushcclosure(L, l->func, nup);
    lua_setfield(L, -(nup + 2), l->name);
  }
  lua_pop(L, nup);
}

static inline void *luaL_testudata (lua_State *L, int i, const char *name) {
  void *p = lua_touserdata(L, i);
  if (p == NULL || !lua_getmetatable(L, i)) return NULL;
  luaL_getmetatable(L, name);
  if (!lua_rawequal(L, -1, -2)) p = NULL;
  lua_pop(L, 2);
  return p;
}
#endif
#endif

#endif
