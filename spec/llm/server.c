/*
** server.c: the OpenAI-compatible server of the specs of eimf.endpoint and
** eimf.llm, and of bench/llm.lua. One thread, any number of connections, kept
** alive, so that latency is a timer and not a process. Listens on a free port
** of 127.0.0.1, prints the port, ends at /stop or after LIFETIME seconds.
**
** POST /MODE/v1/chat/completions, POST /MODE/v1/embeddings. MODE is one word
** or several joined by "+", each a way to behave; numbers follow an "=":
**
**   good            a JSON answer that tells the prompt's hash
**   ms=N            answers N milliseconds later
**   first=N         only the first N requests behave in the ways that follow it
**   after=N         only those after the first N do
**   status=S        that status, with an error in JSON    wait=S  with Retry-After: S
**   quota           429 with insufficient_quota           schema  400 if response_format is there
**   auth            401 unless the key is "sk-right"      echo    tells the key in its answer
**   cut             closes in the middle of the answer    close   closes without a word
**   html            says text/html                        broken  JSON that ends too early
**   huge            100 MB of text                        hugebad 100 MB with status 500
**   fenced prose empty range text short   ways that a model may answer: see answer_text
**   think           thoughts before the JSON
**   mend            prose, but good JSON once it is asked again with the error
**   moved=PORT      307 to the same path on that port
**
** GET /counts tells JSON: requests, answers (paid for: status 200 sent whole), keys (requests
** with an Authorization header), most (requests at once), repairs. POST /reset zeroes them.
*/
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME 300
#define MOST 256
#define REQUEST (1 << 20)
#define HUGE_BYTES (100L << 20)

typedef struct {
  int s;                             /* -1: free */
  char *in;
  size_t have;
  char *out;
  size_t size, sent;
  long filler;                       /* bytes of text still to send after `out` */
  double due;                        /* when the answer may start; 0: none waits */
  int closing, asking, paid;
} connection;

static connection all[MOST];
static struct { long requests, answers, keys, most, repairs, now; } counts;


static double now_ms (void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}


/* ---- answers ----------------------------------------------------------- */

static void reply (connection *c, int status, const char *type, const char *more, const char *body, long filler) {
  size_t n = strlen(body);
  c->out = malloc(n + 1024);
  int head = sprintf(c->out, "HTTP/1.1 %d Said\r\nContent-Type: %s\r\n%sContent-Length: %ld\r\n\r\n",
                     status, type, more, (long)n + filler);
  memcpy(c->out + head, body, n);
  c->size = (size_t)head + n;
  c->sent = 0;
  c->filler = filler;
  c->paid = status == 200;
}


static void error_reply (connection *c, int status, const char *more, const char *words, const char *code) {
  char body[512];
  snprintf(body, sizeof body, "{\"error\": {\"message\": \"%s\", \"code\": \"%s\"}}", words, code);
  reply(c, status, "application/json", more, body, 0);
}


static unsigned hash (const char *text, const char *end) {
  unsigned h = 2166136261u;
  for (; text < end; text++) h = (h ^ (unsigned char)*text) * 16777619u;
  return h;
}


/* What the model says: JSON that has to be escaped into JSON. */
static void answer_text (char *to, size_t room, const char *mode, unsigned h, const char *key) {
  static const char good[] = "{\\\"interests\\\": [{\\\"name\\\": \\\"number %u\\\", \\\"description\\\": \\\"%s\\\","
                             " \\\"items\\\": [1]}]}";
  char json[1024];
  snprintf(json, sizeof json, good, h, key);
  if (strcmp(mode, "fenced") == 0) snprintf(to, room, "```json\\n%s\\n```", json);
  else if (strcmp(mode, "think") == 0) snprintf(to, room, "<think>{hm}</think>\\n%s", json);
  else if (strcmp(mode, "prose") == 0) snprintf(to, room, "Sure! Here it is: %s I hope that helps {you}.", json);
  else if (strcmp(mode, "empty") == 0) snprintf(to, room, "{\\\"interests\\\": []}");
  else if (strcmp(mode, "range") == 0)
    snprintf(to, room, "{\\\"interests\\\": [{\\\"name\\\": \\\"n\\\", \\\"description\\\": \\\"d\\\", \\\"items\\\": [999]}]}");
  else if (strcmp(mode, "text") == 0) snprintf(to, room, "I cannot answer that.");
  else snprintf(to, room, "%s", json);
}


static void chat_reply (connection *c, const char *mode, unsigned h, const char *key, long words) {
  char text[2048], body[4096];
  int cut = strcmp(mode, "short") == 0;
  answer_text(text, sizeof text, mode, h, key);
  if (cut) text[20] = '\0';
  snprintf(body, sizeof body, "{\"id\": \"x\", \"choices\": [{\"index\": 0, \"finish_reason\": \"%s\", \"message\": "
           "{\"role\": \"assistant\", \"content\": \"%s\"}}], \"usage\": {\"prompt_tokens\": %ld, \"completion_tokens\": 20}}",
           cut ? "length" : "stop", text, words);
  reply(c, 200, "application/json; charset=utf-8", "", body, 0);
}


/* Eight numbers for each input, made of its hash. */
static void embeddings_reply (connection *c, const char *body) {
  const char *at = strstr(body, "\"input\"");
  char *out = malloc(REQUEST);
  size_t n = (size_t)sprintf(out, "{\"object\": \"list\", \"data\": [");
  int index = 0;
  at = at != NULL ? strchr(at, '[') : NULL;
  while (at != NULL && (at = strchr(at, '"')) != NULL && n < REQUEST - 1024) {
    const char *from = ++at;
    while (*at != '"' && *at != '\0') at += *at == '\\' ? 2 : 1;
    unsigned h = hash(from, at);
    n += (size_t)sprintf(out + n, "%s{\"index\": %d, \"embedding\": [", index > 0 ? ", " : "", index);
    index++;
    for (int d = 0; d < 8; d++)
      n += (size_t)sprintf(out + n, "%s%.4f", d > 0 ? ", " : "", (double)(h >> d * 4 & 15) / 15 - 0.4);
    n += (size_t)sprintf(out + n, "]}");
    at++;
    while (*at == ' ') at++;
    if (*at != ',') break;
  }
  sprintf(out + n, "], \"usage\": {\"prompt_tokens\": %d}}", index);
  reply(c, 200, "application/json", "", out, 0);
  free(out);
}


/* ---- requests ----------------------------------------------------------- */

static const char *header (connection *c, const char *name) {
  const char *end = strstr(c->in, "\r\n\r\n");
  const char *at = strcasestr(c->in, name);
  return at != NULL && at < end ? at + strlen(name) : NULL;
}


static void key_of (connection *c, char *key, size_t room) {
  const char *at = header(c, "\r\nAuthorization: Bearer ");
  size_t n = at != NULL ? strcspn(at, "\r") : 0;
  if (n >= room) n = room - 1;
  if (n > 0) memcpy(key, at, n);
  key[n] = '\0';
}


static void count_reply (connection *c) {
  char body[256];
  snprintf(body, sizeof body, "{\"requests\": %ld, \"answers\": %ld, \"keys\": %ld, \"most\": %ld, \"repairs\": %ld}",
           counts.requests, counts.answers, counts.keys, counts.most, counts.repairs);
  reply(c, 200, "application/json", "", body, 0);
  c->paid = 0;
}


static void moved_reply (connection *c, long port, const char *path) {
  char more[600];
  snprintf(more, sizeof more, "Location: http://127.0.0.1:%ld%.400s\r\n", port, path);
  error_reply(c, 307, more, "elsewhere", "moved");
}


/* One word of a mode; 0: it decides nothing. */
static int behave (connection *c, const char *word, const char *path, const char *body, long *wait, const char **said) {
  char key[256], more[64] = "";
  long n = 0;
  key_of(c, key, sizeof key);
  if (sscanf(word, "wait=%ld", wait) == 1) return 0;
  if (*wait > 0) snprintf(more, sizeof more, "Retry-After: %ld\r\n", *wait);
  if (sscanf(word, "ms=%ld", &n) == 1) { c->due = now_ms() + (double)n; return 0; }
  if (sscanf(word, "status=%ld", &n) == 1) error_reply(c, (int)n, more, "so it is", "E");
  else if (sscanf(word, "moved=%ld", &n) == 1) moved_reply(c, n, path);
  else if (strcmp(word, "quota") == 0) error_reply(c, 429, more, "you have no money", "insufficient_quota");
  else if (strcmp(word, "auth") == 0) {
    char words[320];
    if (strcmp(key, "sk-right") == 0) return 0;
    snprintf(words, sizeof words, "Incorrect API key provided: %s", key);
    error_reply(c, 401, more, words, "invalid_api_key");
  }
  else if (strcmp(word, "schema") == 0) {
    if (strstr(body, "response_format") == NULL) return 0;
    error_reply(c, 400, more, "response_format is not known here", "E");
  }
  else if (strcmp(word, "close") == 0) { c->closing = 1; c->out = calloc(1, 1); c->size = 0; c->paid = 0; }
  else if (strcmp(word, "html") == 0) {
    reply(c, 200, "text/html", "", "<html>Please log in</html>", 0);
    c->paid = 0;
  }
  else if (strcmp(word, "broken") == 0) reply(c, 200, "application/json", "", "{\"choices\": [{\"mess", 0);
  else if (strcmp(word, "huge") == 0) reply(c, 200, "application/json", "", "{\"choices\": \"", HUGE_BYTES);
  else if (strcmp(word, "hugebad") == 0) reply(c, 500, "text/plain", "", "so much: ", HUGE_BYTES);
  else if (strcmp(word, "mend") == 0) *said = strstr(body, "cannot be used") != NULL ? "good" : "text";
  else if (strcmp(word, "cut") == 0) *said = "cut";
  else *said = word;
  return 1;
}


static void ask (connection *c, char *path, const char *body) {
  char mode[256] = "", whole[600], key[256];
  const char *said = "good";
  long wait = 0, n = 0, active = 1;
  int embeddings = strstr(path, "/embeddings") != NULL;
  snprintf(whole, sizeof whole, "%s", path);
  sscanf(path, "/%255[^/]", mode);
  counts.requests++;
  counts.now++;
  if (counts.now > counts.most) counts.most = counts.now;
  c->asking = 1;
  key_of(c, key, sizeof key);
  if (key[0] != '\0') counts.keys++;
  if (strstr(body, "cannot be used") != NULL) counts.repairs++;
  for (char *word = strtok(mode, "+"); word != NULL; word = strtok(NULL, "+")) {
    if (sscanf(word, "first=%ld", &n) == 1) { active = counts.requests <= n; continue; }
    if (sscanf(word, "after=%ld", &n) == 1) { active = counts.requests > n; continue; }
    if (active && behave(c, word, whole, body, &wait, &said)) break;
  }
  if (c->out != NULL) return;
  if (embeddings) { embeddings_reply(c, body); return; }
  int echo = strcmp(said, "echo") == 0;
  chat_reply(c, said, hash(body, body + strlen(body)), echo ? key : "d", (long)strlen(body) / 4);
  if (strcmp(said, "cut") == 0) { c->size -= 40; c->closing = 1; c->paid = 0; }
}


/* Answers the request in `in`, of `size` bytes. */
static void serve (connection *c, size_t size) {
  char path[512] = "", kept = c->in[size];
  c->in[size] = '\0';
  const char *body = strstr(c->in, "\r\n\r\n") + 4;
  sscanf(c->in, "%*s %511s", path);
  if (strcmp(path, "/counts") == 0) count_reply(c);
  else if (strcmp(path, "/reset") == 0) {
    memset(&counts, 0, sizeof counts);
    for (int i = 0; i < MOST; i++) all[i].asking = 0;        /* of clients that are gone */
    count_reply(c);
  }
  else if (strcmp(path, "/stop") == 0) exit(0);
  else ask(c, path, body);
  c->in[size] = kept;
  memmove(c->in, c->in + size, c->have - size);
  c->have -= size;
}


static void drop (connection *c) {
  if (c->asking) counts.now--;
  close(c->s);
  free(c->in);
  free(c->out);
  memset(c, 0, sizeof *c);
  c->s = -1;
}


static void take (connection *c) {
  ssize_t n = recv(c->s, c->in + c->have, REQUEST - 1 - c->have, 0);
  if (n <= 0) { if (n == 0 || errno != EAGAIN) drop(c); return; }
  c->have += (size_t)n;
  c->in[c->have] = '\0';
  if (c->in[0] == 0x16) { drop(c); return; }     /* somebody wants to speak TLS */
  char *end = strstr(c->in, "\r\n\r\n");
  if (end == NULL) return;
  const char *length = header(c, "\r\nContent-Length: ");
  size_t size = (size_t)(end + 4 - c->in) + (length != NULL ? strtoul(length, NULL, 10) : 0);
  if (size >= REQUEST) drop(c);
  else if (c->have >= size) serve(c, size);
}


static void over (connection *c) {
  if (c->asking) counts.now--;
  if (c->asking && c->paid) counts.answers++;
  c->asking = 0;
  free(c->out);
  c->out = NULL;
  c->due = 0;
  if (c->closing) drop(c);
}


static void give (connection *c) {
  static char filler[1 << 16];
  if (filler[0] == 0) memset(filler, 'x', sizeof filler);
  while (c->sent < c->size) {
    ssize_t n = send(c->s, c->out + c->sent, c->size - c->sent, MSG_NOSIGNAL);
    if (n <= 0) { if (errno != EAGAIN) drop(c); return; }
    c->sent += (size_t)n;
  }
  while (c->filler > 0) {
    size_t want = (size_t)c->filler < sizeof filler ? (size_t)c->filler : sizeof filler;
    ssize_t n = send(c->s, filler, want, MSG_NOSIGNAL);
    if (n <= 0) { if (errno != EAGAIN) drop(c); return; }
    c->filler -= n;
  }
  over(c);
}


/* ---- the loop ----------------------------------------------------------- */

static void welcome (int listener) {
  int one = 1, s = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (s < 0) return;
  for (int i = 0; i < MOST; i++)
    if (all[i].s < 0) {
      setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      all[i].s = s;
      all[i].in = malloc(REQUEST);
      return;
    }
  close(s);
}


static void turn (int listener) {
  struct pollfd fds[MOST + 1] = { { .fd = listener, .events = POLLIN } };
  int wait = 1000;
  double now = now_ms();
  for (int i = 0; i < MOST; i++) {
    connection *c = &all[i];
    int late = c->out != NULL && c->due > now;
    if (late && c->due - now < wait) wait = (int)(c->due - now) + 1;
    fds[i + 1].fd = c->s;
    fds[i + 1].events = c->out == NULL ? POLLIN : late ? 0 : POLLOUT;
  }
  if (poll(fds, MOST + 1, wait) < 0) return;
  if (fds[0].revents & POLLIN) welcome(listener);
  for (int i = 0; i < MOST; i++) {
    connection *c = &all[i];
    if (c->s < 0 || fds[i + 1].fd != c->s) continue;
    if (fds[i + 1].revents & (POLLHUP | POLLERR)) drop(c);
    else if (fds[i + 1].revents & POLLIN) take(c);
    else if (fds[i + 1].revents & POLLOUT) give(c);
  }
}


int main (void) {
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof here;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  alarm(LIFETIME);
  for (int i = 0; i < MOST; i++) all[i].s = -1;
  if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) != 0
      || listen(listener, 256) != 0 || getsockname(listener, (struct sockaddr *)&here, &size) != 0) {
    perror("llm_server");
    return 1;
  }
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  for (;;) turn(listener);
}
