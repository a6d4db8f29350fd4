/*
** json.h: the small strict subset of JSON that headers of files are written in: strings, whole
** numbers, punctuation.  The caller walks its own grammar, so nesting is bounded by the caller's
** code and nothing is skipped unread.  No memory is taken: strings are decoded in place.
*/
#ifndef EIMF_JSON_H
#define EIMF_JSON_H

#include <stddef.h>
#include <stdint.h>

typedef struct eimf_text {           /* UTF-8 bytes, not ended by a zero; may hold zeros */
  const char *at;
  size_t len;
} eimf_text;

typedef struct eimf_json {
  char *text;                        /* the document; its strings are decoded in place */
  size_t size;
  size_t pos;                        /* next unread byte; at an error, near its place */
  const char *reason;                /* why the last call failed: a constant string */
} eimf_json;

void eimf_json_init (eimf_json *j, char *text, size_t size);

/* Next byte after white space, 0 at the end; does not consume it. */
int eimf_json_peek (eimf_json *j);

/* Consumes white space and then the byte `c`. */
int eimf_json_expect (eimf_json *j, char c, const char *reason);

/* After an element of a list: EIMF_OK with *more = 1 for a comma, 0 for the closing byte. */
int eimf_json_next (eimf_json *j, char closing, int *more);

/* A string; *s points into the document. */
int eimf_json_string (eimf_json *j, eimf_text *s);

/* A whole number 0 .. 2^63 - 1: no sign, fraction, exponent or leading zero. */
int eimf_json_uint (eimf_json *j, int64_t *value);

/* Nothing but white space is left. */
int eimf_json_end (eimf_json *j);

/* Writes `s` quoted and escaped; returns the number of bytes.  out NULL only counts. */
size_t eimf_json_quote (char *out, eimf_text s);

/* 1 where the bytes are well-formed UTF-8 (no overlong forms, no surrogates). */
int eimf_utf8_valid (eimf_text s);

/* Order of bytes, the shorter first on a tie: -1, 0, 1. */
int eimf_text_compare (eimf_text a, eimf_text b);

/* Is `s` the C string `word`? */
int eimf_text_is (eimf_text s, const char *word);

#endif
