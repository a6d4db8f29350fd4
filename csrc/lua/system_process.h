/*
** system_process.h: what system_process.c gives to eimf.system.
*/
#ifndef EIMF_SYSTEM_PROCESS_H
#define EIMF_SYSTEM_PROCESS_H

#include "lua_compat.h"

extern const luaL_Reg eimfL_process_functions[];

#endif
