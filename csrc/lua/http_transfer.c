/*
** http_transfer.c: one HTTP request: options, body, outcome. No Lua runs
** inside libcurl: its write callback only fills a buffer or a FILE.
** Neighbour: http.c, which steps it.
*/
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_transfer.h"

#define USER_AGENT "eimf/1"
#define MAX_REDIRECTS 5
#define CONNECT_TIMEOUT_MS 15000L
#define STALL_BYTES 10L            /* fewer bytes a second than this, ... */
#define STALL_SECONDS 60           /* ... for so long, and a transfer gives up */
#define MAX_BODY (64 << 20)        /* bytes in memory, where max_bytes is not given */
#define MAX_ERROR_BODY (64 << 10)  /* of an answer >= 400: it goes to memory */

/* ---- the body ---------------------------------------------------------- */

static int keep (transfer *t, const char *data, size_t n) {
  if (t->size + n + 1 > t->room) {
    size_t room = 2 * (t->size + n + 1);
    char *body = realloc(t->body, room);
    if (body == NULL) { t->write_errno = ENOMEM; return 0; }
    t->body = body;
    t->room = room;
  }
  memcpy(t->body + t->size, data, n);
  t->size += n;
  return 1;
}


/* An answer >= 400 is never written to the file: its text explains. */
static size_t on_data (char *data, size_t one, size_t n, void *self) {
  transfer *t = self;
  n *= one;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
  if (t->status >= 400) {
    size_t space = t->size < MAX_ERROR_BODY ? MAX_ERROR_BODY - t->size : 0;
    t->enough = n > space;                       /* the rest of it is not waited for */
    return keep(t, data, n < space ? n : space) && !t->enough ? n : 0;
  }
  t->received += (curl_off_t)n;
  if (t->from + t->received > t->max_bytes) { t->too_large = 1; return 0; }
  if (t->file == NULL) return keep(t, data, n) ? n : 0;
  errno = 0;
  if (fwrite(data, 1, n, t->file) == n) return n;
  t->write_errno = errno != 0 ? errno : EIO;
  return 0;
}


/* What is written is on the disk when a transfer is over: a rename follows. */
static void close_file (transfer *t) {
  if (t->file == NULL) return;
  errno = 0;
  int bad = fflush(t->file) != 0 || fsync(fileno(t->file)) != 0;
  if (bad && t->write_errno == 0) t->write_errno = errno != 0 ? errno : EIO;
  fclose(t->file);
  t->file = NULL;
}


/* ---- life and death ---------------------------------------------------- */

void eimf_http_leave (transfer *t) {
  if (t->owner == NULL) return;
  if (t->easy != NULL) curl_multi_remove_handle(t->owner->multi, t->easy);
  if (t->prev != NULL) t->prev->next = t->next; else t->owner->first = t->next;
  if (t->next != NULL) t->next->prev = t->prev;
  t->owner = NULL;
  t->prev = t->next = NULL;
}


int eimf_http_close (lua_State *L) {
  transfer *t = luaL_checkudata(L, 1, EIMF_HTTP_TRANSFER);
  eimf_http_leave(t);
  if (t->easy != NULL) curl_easy_cleanup(t->easy);
  curl_slist_free_all(t->headers);
  close_file(t);
  free(t->body);
  t->easy = NULL;
  t->headers = NULL;
  t->body = NULL;
  t->size = t->room = 0;
  return 0;
}


void eimf_http_finish (transfer *t, CURLcode result) {
  t->result = t->enough ? CURLE_OK : result;
  t->done = 1;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
  close_file(t);
  eimf_http_leave(t);
}


/* ---- options ----------------------------------------------------------- */

static lua_Number number_field (lua_State *L, const char *name, lua_Number otherwise) {
  lua_getfield(L, 2, name);
  lua_Number x = lua_isnil(L, -1) ? otherwise : lua_tonumber(L, -1);
  if (!lua_isnil(L, -1) && (!lua_isnumber(L, -1) || !(x >= 0 && x <= 9e15)))
    luaL_error(L, "bad option '%s' (must be a number from 0 on)", name);
  lua_pop(L, 1);
  return x;
}


/* Leaves the string on the stack, so that it lives as long as it is used. */
static const char *string_field (lua_State *L, const char *name, size_t *size) {
  lua_getfield(L, 2, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "bad option '%s' (must be a string)", name);
  return lua_tolstring(L, -1, size);
}


static void check_names (lua_State *L) {
  static const char *const names[] = { "url", "file", "resume", "timeout", "connect_timeout",
    "max_bytes", "headers", "body", "method", "redirects", "stall", "ca_file" };
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    size_t i = 0, n = sizeof names / sizeof names[0];
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    while (i < n && strcmp(name, names[i]) != 0) i++;
    if (i == n) luaL_error(L, "bad option '%s' (unknown)", name);
  }
}


/* headers = { "Name: value", ... } */
static void set_headers (lua_State *L, transfer *t) {
  lua_getfield(L, 2, "headers");
  if (lua_istable(L, -1)) {
    for (int i = 1; lua_rawgeti(L, -1, i), !lua_isnil(L, -1); i++) {
      struct curl_slist *more = curl_slist_append(t->headers, luaL_checkstring(L, -1));
      if (more == NULL) luaL_error(L, "not enough memory");
      t->headers = more;
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
  }
  lua_pop(L, 1);
}


static void set_protocols (CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}


/* How long, how slow, how often sent on. */
static void set_patience (lua_State *L, CURL *e) {
  long redirects = (long)number_field(L, "redirects", MAX_REDIRECTS);
  curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
  curl_easy_setopt(e, CURLOPT_MAXREDIRS, redirects);
  curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
  curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)number_field(L, "stall", STALL_SECONDS));
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(1e3 * number_field(L, "timeout", 0)));
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)(1e3 * number_field(L, "connect_timeout", CONNECT_TIMEOUT_MS / 1e3)));
}


/* libcurl copies every string but a POSTFIELDS, hence COPYPOSTFIELDS. */
static void set_options (lua_State *L, transfer *t) {
  CURL *e = t->easy;
  size_t size;
  const char *text = string_field(L, "url", NULL);
  if (text == NULL) luaL_error(L, "bad option 'url' (is missing)");
  curl_easy_setopt(e, CURLOPT_URL, text);
  set_protocols(e);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->message);
  curl_easy_setopt(e, CURLOPT_PRIVATE, t);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(e, CURLOPT_USERAGENT, USER_AGENT);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  set_patience(L, e);
  if ((text = string_field(L, "ca_file", NULL)) != NULL) curl_easy_setopt(e, CURLOPT_CAINFO, text);
  if ((text = string_field(L, "body", &size)) != NULL) {
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, text);
  }
  if ((text = string_field(L, "method", NULL)) != NULL)
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, text);
  set_headers(L, t);
}


/* The file to write to; with resume, from where it ends. 0: refused, errno. */
static int open_file (lua_State *L, transfer *t) {
  const char *path = string_field(L, "file", NULL);
  int resume = (lua_getfield(L, 2, "resume"), lua_toboolean(L, -1));
  t->max_bytes = (curl_off_t)number_field(L, "max_bytes", path != NULL ? 9e15 : MAX_BODY);
  if (path == NULL) return 1;
  t->file = fopen(path, resume ? "ab" : "wb");
  if (t->file == NULL) return 0;
  struct stat about;
  if (resume && fstat(fileno(t->file), &about) == 0) t->from = about.st_size;
  if (t->from > 0) curl_easy_setopt(t->easy, CURLOPT_RESUME_FROM_LARGE, t->from);
  return 1;
}


/* ---- outcomes ---------------------------------------------------------- */

static const struct { CURLcode code; const char *name; } curl_names[] = {
  { CURLE_UNSUPPORTED_PROTOCOL, "UNSUPPORTED_PROTOCOL" },
  { CURLE_URL_MALFORMAT, "URL_MALFORMAT" },
  { CURLE_COULDNT_RESOLVE_PROXY, "COULDNT_RESOLVE_PROXY" },
  { CURLE_COULDNT_RESOLVE_HOST, "COULDNT_RESOLVE_HOST" },
  { CURLE_COULDNT_CONNECT, "COULDNT_CONNECT" },
  { CURLE_PARTIAL_FILE, "PARTIAL_FILE" },
  { CURLE_WRITE_ERROR, "WRITE_ERROR" },
  { CURLE_OUT_OF_MEMORY, "OUT_OF_MEMORY" },
  { CURLE_OPERATION_TIMEDOUT, "TIMEDOUT" },
  { CURLE_RANGE_ERROR, "RANGE_ERROR" },
  { CURLE_SSL_CONNECT_ERROR, "SSL_CONNECT_ERROR" },
  { CURLE_TOO_MANY_REDIRECTS, "TOO_MANY_REDIRECTS" },
  { CURLE_GOT_NOTHING, "GOT_NOTHING" },
  { CURLE_SEND_ERROR, "SEND_ERROR" },
  { CURLE_RECV_ERROR, "RECV_ERROR" },
  { CURLE_PEER_FAILED_VERIFICATION, "PEER_FAILED_VERIFICATION" },
  { CURLE_HTTP2, "HTTP2" },
  { CURLE_HTTP2_STREAM, "HTTP2_STREAM" },
};


static int failure (lua_State *L, const char *message, const char *code) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}


static int curl_failure (lua_State *L, const transfer *t) {
  const char *message = t->message[0] != '\0' ? t->message : curl_easy_strerror(t->result);
  for (size_t i = 0; i < sizeof curl_names / sizeof curl_names[0]; i++)
    if (curl_names[i].code == t->result) return failure(L, message, curl_names[i].name);
  lua_pushfstring(L, "CURL_%d", (int)t->result);
  return failure(L, message, lua_tostring(L, -1));
}


static void set_field (lua_State *L, const char *name, curl_off_t x) {
  lua_pushinteger(L, (lua_Integer)x);
  lua_setfield(L, -2, name);
}


static int push_state (lua_State *L, const transfer *t) {
  curl_off_t length = -1;
  if (t->easy != NULL) curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  lua_createtable(L, 0, 6);
  lua_pushboolean(L, t->done);
  lua_setfield(L, -2, "done");
  set_field(L, "status", t->status);
  set_field(L, "received", t->from + t->received);
  set_field(L, "resumed_from", t->from);
  if (length >= 0 && t->status < 400) set_field(L, "total", t->from + length);
  if (t->done && t->size > 0) {
    lua_pushlstring(L, t->body, t->size);
    lua_setfield(L, -2, "body");
  }
  return 1;
}


int eimf_http_state (lua_State *L, const transfer *t) {
  if (!t->done && t->owner == NULL) return failure(L, "transfer was closed", "CLOSED");
  if (t->too_large) return failure(L, "larger than max_bytes allows", "TOO_LARGE");
  if (t->write_errno != 0) return failure(L, strerror(t->write_errno), "WRITE_ERROR");
  if (t->done && t->result != CURLE_OK) return curl_failure(L, t);
  if (!t->done || t->status < 400) return push_state(L, t);
  lua_pushnil(L);
  lua_pushfstring(L, "the server answered with status %d", (int)t->status);
  lua_pushfstring(L, "HTTP_%d", (int)t->status);
  lua_pushlstring(L, t->body != NULL ? t->body : "", t->size);
  return 4;
}


static void set_text (lua_State *L, const char *name, CURL *easy, CURLINFO info) {
  const char *text = NULL;
  if (curl_easy_getinfo(easy, info, &text) != CURLE_OK || text == NULL) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}


int eimf_http_answer (lua_State *L, const transfer *t) {
  curl_off_t wait = 0;
  double connected = 0;
  lua_createtable(L, 0, 5);
  set_field(L, "status", t->status);
  if (t->easy == NULL) return 1;
  curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME, &connected);
  lua_pushboolean(L, connected > 0);
  lua_setfield(L, -2, "connected");
  set_text(L, "content_type", t->easy, CURLINFO_CONTENT_TYPE);
  set_text(L, "location", t->easy, CURLINFO_REDIRECT_URL);
#if LIBCURL_VERSION_NUM >= 0x074200
  curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
#endif
  if (wait > 0) set_field(L, "retry_after", wait);
  return 1;
}


/* ---- starting ---------------------------------------------------------- */

transfer *eimf_http_new (lua_State *L, int *failed) {
  check_names(L);
  lua_settop(L, 2);
  transfer *t = eimfL_newud(L, sizeof *t);
  memset(t, 0, sizeof *t);
  luaL_getmetatable(L, EIMF_HTTP_TRANSFER);
  lua_setmetatable(L, -2);
  t->easy = curl_easy_init();
  if (t->easy == NULL) luaL_error(L, "not enough memory");
  set_options(L, t);
  *failed = open_file(L, t) ? 0 : errno;
  lua_settop(L, 3);
  return t;
}
