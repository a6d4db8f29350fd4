/*
** http_transfer.h: one HTTP request as http.c steps it: what it asks for,
** where its body goes, how it ended.
*/
#ifndef EIMF_HTTP_TRANSFER_H
#define EIMF_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <stdio.h>

#include "lua_compat.h"

#define EIMF_HTTP_TRANSFER "eimf.http.transfer"

typedef struct eimf_transfer transfer;

typedef struct {
  CURLM *multi;                    /* NULL when closed */
  transfer *first;                 /* of the transfers under way */
} client;

struct eimf_transfer {
  client *owner;                   /* NULL when over or closed */
  transfer *prev, *next;
  CURL *easy;
  struct curl_slist *headers;
  FILE *file;                      /* NULL: the body goes to memory */
  char *body;
  size_t size, room;
  curl_off_t received, max_bytes, from;   /* from: bytes that the file had */
  int done, too_large, enough, write_errno;   /* enough: of an error's body */
  CURLcode result;
  long status;
  char message[CURL_ERROR_SIZE];
};

/* Pushes a transfer set up by the options at stack position 2; *failed is its
** errno when the file cannot be opened. Raises on a wrong option. */
transfer *eimf_http_new (lua_State *L, int *failed);
/* Marks it over: the file is flushed to the disk, the client left. */
void eimf_http_finish (transfer *t, CURLcode result);
/* Leaves its client, which then knows nothing of it. */
void eimf_http_leave (transfer *t);
/* Pushes the state table, or nil, message, code. */
int eimf_http_state (lua_State *L, const transfer *t);
/* Pushes what the headers of the answer said. */
int eimf_http_answer (lua_State *L, const transfer *t);
int eimf_http_close (lua_State *L);

#endif
