/*
** system.c: eimf.system, what a training run asks of the operating system:
** the wall clock, peak memory, whether somebody watches, Ctrl-C, and other
** processes (system_process.h). A module of its own, so that a host that only serves never meets its signal handler.
*/

/***
What a run asks of the operating system.
@module eimf.system
*/
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lua_compat.h"
#include "system_process.h"

static volatile sig_atomic_t interrupted = 0;    /* what a signal handler may write */

static void on_interrupt (int signal_number) {
  (void)signal_number;
  interrupted = 1;
}


/***
From now on the first Ctrl-C (SIGINT) or SIGTERM is only noted, for `caught`;
a second one ends the process as usual.
@function trap
@tparam[opt=false] boolean keep one that has been noted stays so, and the next still ends the process
*/
static int f_trap (lua_State *L) {
  struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART };
  if (lua_toboolean(L, 1) && interrupted) return 0;
  interrupted = 0;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return 0;
}


/***
Was there a Ctrl-C since `trap`?
@function caught
@treturn boolean
*/
static int f_caught (lua_State *L) {
  lua_pushboolean(L, interrupted != 0);
  return 1;
}


/***
Seconds of a clock that never goes back.
@function now
@treturn number
*/
static int f_now (lua_State *L) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec * 1e-9);
  return 1;
}


/***
Largest resident memory that the process had so far.
@function peak_rss
@treturn number MiB
*/
static int f_peak_rss (lua_State *L) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  lua_pushnumber(L, (lua_Number)usage.ru_maxrss / 1024);
  return 1;
}


/***
Is standard error a terminal?
@function is_terminal
@treturn boolean
*/
static int f_is_terminal (lua_State *L) {
  lua_pushboolean(L, isatty(STDERR_FILENO));
  return 1;
}


static const luaL_Reg functions[] = {
  {"trap", f_trap}, {"caught", f_caught}, {"now", f_now}, {"peak_rss", f_peak_rss},
  {"is_terminal", f_is_terminal}, {NULL, NULL}
};

int luaopen_eimf_system (lua_State *L);

__attribute__((visibility("default")))
int luaopen_eimf_system (lua_State *L) {
  luaL_checkversion(L);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  luaL_setfuncs(L, eimfL_process_functions, 0);
  return 1;
}
