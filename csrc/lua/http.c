/*
** http.c: opens eimf.http, HTTP over libcurl's multi interface.
**
** Two userdata. A client holds a CURLM and steps all its transfers at once; a
** transfer (neighbour http_transfer.c) holds one request, its body (memory or
** a file) and its outcome. Lua drives: client:step(ms) or transfer:step(ms),
** then looks; no function of Lua is ever called from inside libcurl.
** Both are liolib's pattern: zeroed, given their metatable, then opened;
** __gc, __close and :close() are one idempotent function. A closed client
** lets go of its transfers; a closed transfer leaves its client.
*/

/***
HTTP in steps.
@module eimf.http
*/
#include <errno.h>
#include <string.h>

#include "http_transfer.h"

#define CLIENT "eimf.http.client"

static int failure (lua_State *L, const char *message, const char *code) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}


static const char *errno_name (int e) {
  return e == ENOENT ? "ENOENT" : e == EACCES ? "EACCES" : e == EISDIR ? "EISDIR" : "EIO";
}


static int client_close (lua_State *L) {
  client *c = luaL_checkudata(L, 1, CLIENT);
  while (c->first != NULL) eimf_http_leave(c->first);
  if (c->multi != NULL) curl_multi_cleanup(c->multi);
  c->multi = NULL;
  return 0;
}


/* ---- stepping ---------------------------------------------------------- */

/* Ends those that are over; how many. */
static int collect (client *c) {
  CURLMsg *m;
  int left, over = 0;
  while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
    transfer *t = NULL;
    if (m->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    eimf_http_finish(t, m->data.result);
    over++;
  }
  return over;
}


/* Moves every transfer on; where that ends none, waits up to ms for something to happen. */
static int step (client *c, int ms) {
  int running = 0;
  if (c->multi == NULL || c->first == NULL) return 0;
  CURLMcode rc = curl_multi_perform(c->multi, &running);
  if (rc == CURLM_OK && collect(c) == 0 && running > 0 && ms > 0) {
    rc = curl_multi_poll(c->multi, NULL, 0, ms, NULL);
    if (rc == CURLM_OK) rc = curl_multi_perform(c->multi, &running);
  }
  collect(c);
  if (rc == CURLM_OK) return running;
  while (c->first != NULL) {                     /* the multi handle itself failed */
    snprintf(c->first->message, CURL_ERROR_SIZE, "%s", curl_multi_strerror(rc));
    eimf_http_finish(c->first, CURLE_RECV_ERROR);
  }
  return 0;
}


/***
Moves all transfers of a client on, waiting a little for the network; does not wait where a
transfer is over at once, so that its answer is seen.
@function client:step
@tparam[opt=100] integer ms the longest wait, in milliseconds
@treturn integer transfers still under way
*/
static int client_step (lua_State *L) {
  client *c = luaL_checkudata(L, 1, CLIENT);
  lua_pushinteger(L, step(c, (int)luaL_optinteger(L, 2, 100)));
  return 1;
}


/***
Waits for the network or for the time to pass, also where nothing is under way; moves nothing on.
@function client:wait
@tparam integer ms
*/
static int client_wait (lua_State *L) {
  client *c = luaL_checkudata(L, 1, CLIENT);
  int ms = (int)luaL_checkinteger(L, 2);
  if (c->multi != NULL && ms > 0) curl_multi_poll(c->multi, NULL, 0, ms, NULL);
  return 0;
}


/***
What the headers of an answer said, whatever its status.
@function transfer:answer
@treturn table status, connected (did it get as far as to send the request?), content_type, location
(where it sends on, when redirects were not followed), retry_after (seconds); the last three only
where the server said them
*/
static int transfer_answer (lua_State *L) {
  return eimf_http_answer(L, luaL_checkudata(L, 1, EIMF_HTTP_TRANSFER));
}


/***
Where a transfer stands.
@function transfer:state
@treturn[1] table done, status, received (bytes, with those the file had), total (bytes, where
the server told), resumed_from; once done also body (a string) when it was kept in memory
@treturn[2] nil
@treturn[2] string what failed
@treturn[2] string code: "HTTP_404", "COULDNT_CONNECT", "TIMEDOUT", "TOO_LARGE", "WRITE_ERROR", ...
@treturn[2] string body of an answer of status 400 or more
*/
static int transfer_state (lua_State *L) {
  return eimf_http_state(L, luaL_checkudata(L, 1, EIMF_HTTP_TRANSFER));
}


/***
Moves the client of this transfer on, then tells where the transfer stands.
@function transfer:step
@tparam[opt=100] integer ms the longest wait, in milliseconds
@treturn table,nil,... as `transfer:state`
*/
static int transfer_step (lua_State *L) {
  transfer *t = luaL_checkudata(L, 1, EIMF_HTTP_TRANSFER);
  if (t->owner != NULL) step(t->owner, (int)luaL_optinteger(L, 2, 100));
  return eimf_http_state(L, t);
}


/* ---- starting ---------------------------------------------------------- */

static int push_client (lua_State *L) {
  client *c = eimfL_newud(L, sizeof *c);
  memset(c, 0, sizeof *c);
  luaL_getmetatable(L, CLIENT);
  lua_setmetatable(L, -2);
  c->multi = curl_multi_init();
  if (c->multi == NULL) return luaL_error(L, "not enough memory");
  return 1;
}


/***
A client: steps any number of transfers at once.
@function client
@treturn client with :start{...}, :step(ms), :close()
*/
static int http_client (lua_State *L) {
  return push_client(L);
}


/***
Starts a request; nothing is sent before the first step.
@function client:start
@tparam table options url; file (path, written or, with resume, continued; without it the body is
kept in memory); resume; timeout and connect_timeout (seconds); stall (seconds of next to nothing
after which it gives up, 60; 0 never); max_bytes; headers (list of "Name: value"); body (a string,
sent by POST); method; redirects (how many are followed, 5); ca_file (certificates to trust)
@treturn[1] transfer with :step(ms), :state(), :close()
@treturn[2] nil
@treturn[2] string message
@treturn[2] string code
*/
static int client_start (lua_State *L) {
  client *c = luaL_checkudata(L, 1, CLIENT);
  int failed;
  luaL_argcheck(L, c->multi != NULL, 1, "client was closed");
  transfer *t = eimf_http_new(L, &failed);
  if (failed) return failure(L, strerror(failed), errno_name(failed));
  lua_pushvalue(L, 1);
  eimfL_setowner(L, 3);                          /* a transfer keeps its client alive */
  if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
    return failure(L, "the transfer could not be started", "CURL_MULTI");
  t->owner = c;
  t->next = c->first;
  if (c->first != NULL) c->first->prev = t;
  c->first = t;
  return 1;
}


/***
Starts a request on a client of its own.
@function start
@tparam table options as for `client:start`
@treturn transfer,nil,... as `client:start`
*/
static int http_start (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  push_client(L);
  lua_insert(L, 1);
  return client_start(L);
}


/* ---- module ------------------------------------------------------------ */

/***
Lets go of all transfers: those not done are cancelled. Closing twice does nothing.
@function client:close
*/
static const luaL_Reg client_methods[] = {
  { "start", client_start }, { "step", client_step }, { "wait", client_wait }, { "close", client_close },
  { "__gc", client_close }, { "__close", client_close }, { NULL, NULL }
};

/***
Ends the transfer, under way or not, and frees its body. Closing twice does nothing.
@function transfer:close
*/
static const luaL_Reg transfer_methods[] = {
  { "step", transfer_step }, { "state", transfer_state }, { "answer", transfer_answer },
  { "close", eimf_http_close },
  { "__gc", eimf_http_close }, { "__close", eimf_http_close }, { NULL, NULL }
};

static const luaL_Reg functions[] = {
  { "client", http_client }, { "start", http_start }, { NULL, NULL }
};


static void new_class (lua_State *L, const char *name, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int luaopen_eimf_http (lua_State *L);

__attribute__((visibility("default")))
int luaopen_eimf_http (lua_State *L) {
  luaL_checkversion(L);
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return luaL_error(L, "libcurl could not be initialised");
  new_class(L, CLIENT, client_methods);
  new_class(L, EIMF_HTTP_TRANSFER, transfer_methods);
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  lua_pushstring(L, curl_version());
  lua_setfield(L, -2, "version");
  return 1;
}
