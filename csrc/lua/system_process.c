/*
** system_process.c: other processes for eimf.system: started, asked whether they have ended, signalled.
** Each leads a group of its own, so that Ctrl-C comes to the one that started it alone, which passes it on;
** where Linux is, it does not outlive that one. And a lock, for what no two processes may do at once.
*/

/***
@submodule eimf.system
*/
#define _DEFAULT_SOURCE          /* flock, prctl */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "system_process.h"

#define NOT_STARTED 127          /* what a shell says of a program that it cannot start */
#define KILLED 128               /* and, the signal added, of one that a signal ended */


static void complain (const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(NOT_STARTED);
}


/* In the child; only what a forked child of a process with threads may call. */
static void become (char **words, int log, pid_t parent, const sigset_t *before) {
  int nothing = open("/dev/null", O_RDONLY);
  signal(SIGINT, SIG_DFL);                             /* not the parent's handlers: what they note is lost here */
  signal(SIGTERM, SIG_DFL);
  sigprocmask(SIG_SETMASK, before, NULL);
  setpgid(0, 0);
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(NOT_STARTED);         /* ended before the line above */
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execvp(words[0], words);
  complain(words[0]);
  complain(": ");
  complain(strerror(errno));
  complain("\n");
  _exit(NOT_STARTED);
}


static int failed (lua_State *L, const char *what) {
  int reason = errno;
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, strerror(reason));
  lua_pushstring(L, reason == ENOENT ? "ENOENT" : reason == EACCES ? "EACCES" : "EIO");
  return 3;
}


/* The words at stack position 1 as an argument vector, in a userdata that is pushed. */
static char **checkwords (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t n = lua_rawlen(L, 1);
  luaL_argcheck(L, n > 0, 1, "one word at least expected");
  char **words = lua_newuserdata(L, (n + 1) * sizeof *words);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, 1, "a list of strings expected");
    words[i] = (char *)lua_tostring(L, -1);            /* the table keeps it */
    lua_pop(L, 1);
  }
  words[n] = NULL;
  return words;
}


/***
Starts a program; it reads nothing, and what it prints goes to the end of a file.
@function start
@tparam {string,...} words the program, looked for on PATH, and its arguments
@tparam string log path of the file
@treturn integer its process id
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int f_start (lua_State *L) {
  char **words = checkwords(L);
  const char *path = luaL_checkstring(L, 2);
  int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) return failed(L, path);
  sigset_t ours, before;                               /* a signal to the child waits until it is itself */
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  sigprocmask(SIG_BLOCK, &ours, &before);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) become(words, log, parent, &before);
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(log);
  if (pid < 0) return failed(L, words[0]);
  setpgid(pid, pid);                                   /* whichever of the two comes first */
  lua_pushinteger(L, (lua_Integer)pid);
  return 1;
}


/***
Has a program that `start` started ended? To be asked until it has, and no more.
@function ended
@tparam integer id
@treturn ?integer its exit code, 128 + number of the signal that ended it; nil while it runs
*/
static int f_ended (lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  int status;
  pid_t found = waitpid(pid, &status, WNOHANG);
  if (found < 0) return luaL_argerror(L, 1, strerror(errno));
  if (found == 0) return 0;
  lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : KILLED + WTERMSIG(status));
  return 1;
}


/***
Sends Ctrl-C to a program that `start` started, and to those that it started itself.
@function interrupt
@tparam integer id
*/
static int f_interrupt (lua_State *L) {
  kill(-(pid_t)luaL_checkinteger(L, 1), SIGINT);
  return 0;
}


/***
Sleeps; a signal that is noted ends it sooner.
@function sleep
@tparam number seconds
*/
static int f_sleep (lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e6, 1, "seconds expected");
  struct timespec t = { .tv_sec = (time_t)seconds };
  t.tv_nsec = (long)((seconds - (lua_Number)t.tv_sec) * 1e9);
  nanosleep(&t, NULL);
  return 0;
}


/***
Locks a file, made where it is missing, until `unlock` or the end of the process, however it comes.
@function lock
@tparam string path
@treturn integer the lock
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code "BUSY" where another process holds it
*/
static int f_lock (lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return failed(L, path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    int busy = errno == EWOULDBLOCK, n = failed(L, path);
    close(file);
    if (!busy) return n;
    lua_pushnil(L);
    lua_pushfstring(L, "%s: another process is at work here", path);
    lua_pushliteral(L, "BUSY");
    return n;
  }
  lua_pushinteger(L, file);                            /* the open descriptor is the lock */
  return 1;
}


/***
Gives a lock back.
@function unlock
@tparam integer lock
*/
static int f_unlock (lua_State *L) {
  close((int)luaL_checkinteger(L, 1));
  return 0;
}


const luaL_Reg eimfL_process_functions[] = {
  {"start", f_start}, {"ended", f_ended}, {"interrupt", f_interrupt}, {"sleep", f_sleep}, {"lock", f_lock},
  {"unlock", f_unlock}, {NULL, NULL}
};
