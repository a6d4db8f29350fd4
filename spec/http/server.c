/*
** server.c: the HTTP server of spec/http_spec.lua and spec/data/fetch_spec.lua.
** Listens on a free port of 127.0.0.1, prints the port, answers one request
** after another, and ends at /stop or, where a test died, after LIFETIME
** seconds.
**
**   /bytes/N        N bytes, byte i = 'a' + i % 26; understands Range
**   /norange/N      the same, deaf to Range
**   /cut/N/M        says N bytes, closes after M of them; understands Range
**   /chunked/N      the same bytes without a length
**   /moved/PATH     301 to /PATH        /loop   301 to itself
**   /status/S       that status, with a line of text
**   /slow           accepts, then says nothing for a minute
**   /echo           the body of a POST    /stop   ends the server
*/
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFETIME 120

static void say (int s, const char *text, size_t n) {
  while (n > 0) {
    ssize_t sent = send(s, text, n, MSG_NOSIGNAL);
    if (sent <= 0) return;
    text += sent;
    n -= (size_t)sent;
  }
}


static void say_line (int s, const char *text) { say(s, text, strlen(text)); }


static void say_bytes (int s, long from, long to) {
  char block[4096];
  while (from < to) {
    size_t n = 0;
    for (; n < sizeof block && from < to; n++, from++) block[n] = (char)('a' + from % 26);
    say(s, block, n);
  }
}


static void status (int s, int code, const char *more, const char *body) {
  char head[1024];
  snprintf(head, sizeof head, "HTTP/1.1 %d Said\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
           code, more, strlen(body));
  say_line(s, head);
  say_line(s, body);
}


/* Bytes from..N of N; the connection is closed at `stop`. */
static void answer (int s, long from, long N, long stop) {
  char head[512];
  if (from > 0 && from >= N) {
    snprintf(head, sizeof head, "Content-Range: bytes */%ld\r\n", N);
    status(s, 416, head, "no such range\n");
    return;
  }
  int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %ld\r\n",
                   from > 0 ? "206 Partial Content" : "200 OK", N - from);
  say(s, head, (size_t)n);
  if (from > 0) {
    n = snprintf(head, sizeof head, "Content-Range: bytes %ld-%ld/%ld\r\n", from, N - 1, N);
    say(s, head, (size_t)n);
  }
  say_line(s, "\r\n");
  say_bytes(s, from, stop < N ? stop : N);
}


static long header_number (const char *request, const char *name) {
  const char *at = strstr(request, name);
  return at != NULL ? strtol(at + strlen(name), NULL, 10) : 0;
}


static void moved (int s, const char *path) {
  char more[512];
  snprintf(more, sizeof more, "Location: /%.400s\r\n", path);
  status(s, 301, more, "it is elsewhere\n");
}


static void echo (int s, char *request, size_t have, size_t size) {
  long wanted = header_number(request, "Content-Length: ");
  char *body = strstr(request, "\r\n\r\n") + 4;
  size_t got = have - (size_t)(body - request);
  while ((long)got < wanted && have < size - 1) {
    ssize_t n = recv(s, request + have, size - 1 - have, 0);
    if (n <= 0) break;
    have += (size_t)n;
    got += (size_t)n;
  }
  request[have] = '\0';
  status(s, 200, "", body);
}


static void serve (int s, char *request, size_t have, size_t size) {
  char path[512] = "", word[512];
  long N, M, from = header_number(request, "Range: bytes=");
  sscanf(request, "%*s %511s", path);
  if (sscanf(path, "/bytes/%ld", &N) == 1) answer(s, from, N, N);
  else if (sscanf(path, "/norange/%ld", &N) == 1) answer(s, 0, N, N);
  else if (sscanf(path, "/cut/%ld/%ld", &N, &M) == 2) answer(s, from, N, from + M);
  else if (sscanf(path, "/chunked/%ld", &N) == 1) {
    say_line(s, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    say_bytes(s, 0, N);
  }
  else if (sscanf(path, "/moved/%511s", word) == 1) moved(s, word);
  else if (strcmp(path, "/loop") == 0) moved(s, "loop");
  else if (sscanf(path, "/status/%ld", &N) == 1) status(s, (int)N, "", "so it is\n");
  else if (strcmp(path, "/slow") == 0) {       /* silence, until the client gives up */
    while (recv(s, request, size, 0) > 0) continue;
  }
  else if (strcmp(path, "/echo") == 0) echo(s, request, have, size);
  else if (strcmp(path, "/stop") == 0) {
    kill(getppid(), SIGTERM);
    status(s, 200, "", "stopped\n");
  }
  else status(s, 404, "", "nothing here\n");
}


/* One request in a process of its own, so that /slow holds up nobody. */
static void accept_one (int listener) {
  static char request[1 << 16];
  int s = accept(listener, NULL, NULL);
  if (s < 0) return;
  if (fork() != 0) { close(s); return; }
  size_t have = 0;
  close(listener);
  alarm(LIFETIME);
  while (have < sizeof request - 1) {
    ssize_t n = recv(s, request + have, sizeof request - 1 - have, 0);
    if (n <= 0) break;
    have += (size_t)n;
    request[have] = '\0';
    if (strstr(request, "\r\n\r\n") != NULL) {
      serve(s, request, have, sizeof request);
      break;
    }
  }
  shutdown(s, SHUT_WR);
  while (recv(s, request, sizeof request, 0) > 0) continue;  /* let the client read it all */
  close(s);
  _exit(0);
}


int main (void) {
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof here;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  signal(SIGCHLD, SIG_IGN);
  alarm(LIFETIME);
  if (listener < 0 || bind(listener, (struct sockaddr *)&here, size) != 0
      || listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&here, &size) != 0) {
    perror("http_server");
    return 1;
  }
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  for (;;) accept_one(listener);
}
