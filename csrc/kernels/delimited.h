/*
** delimited.h: rows of a text with columns (TSV, CSV, MovieLens' "::") as
** numbers of users and items and times. Floor 1. Only what is plain is taken:
** the first line that is not, whatever ails it, is left to the caller.
** Neighbour: names.h.
*/
#ifndef EIMF_DELIMITED_H
#define EIMF_DELIMITED_H

#include "names.h"

typedef struct eimf_layout {
  char separator;
  int width;                 /* times that the separator stands between columns, 1 or 2 */
  int quotes;                /* a line that holds '"' is left to the caller */
  int settled;               /* so is a line whose item is not settled (names.h) */
  int n_columns;
  int user, item, time;      /* columns from 0; time -1: none, all times are 0 */
} eimf_layout;

typedef struct eimf_rows {   /* n rows of `room`; a time is a double, 8 bytes in two int32 */
  int32_t *users, *items, *times;
  int64_t n, room;
  eimf_names *user_names, *item_names;
} eimf_rows;

/* True when n bytes are UTF-8 without NUL: no overlong forms, no surrogates,
** nothing above U+10FFFF. */
int eimf_is_utf8 (const char *text, size_t n);

/* A time that needs no rounding or one: digits, also with a point among them,
** or a date "2014-07-23", "2014-07-23 08:15:00". False for all else. */
int eimf_plain_time (double *time, const char *text, size_t n);

/* Reads whole lines (each with its \n) up to the first that is not plain or
** finds no room. Returns the bytes taken; `lines` of them, empty ones too.
** `mixed`: the text may hold bytes that are not ASCII, so look. The names must
** have room for those of n bytes and of the rows that there is room for. */
size_t eimf_delimited_read (eimf_rows *rows, int64_t *lines, const eimf_layout *layout,
                            const char *text, size_t n, int mixed);

#endif
