/*
** delimited.c: see delimited.h. Neighbour: names.h.
*/
#include <string.h>

#include "delimited.h"

#define MAX_DIGITS 15        /* a whole number of so many is a double */
#define AHEAD 32             /* lines */

typedef struct span {
  const char *at;
  size_t n;
} span;

enum { USER, ITEM, TIME, ROLES };


/* ---- Text ---- */

static int in (unsigned char c, int lo, int hi) { return c >= lo && c <= hi; }


/* Bytes of the sequence at s (Unicode, table 3-7), of which n are left; 0: malformed. */
static size_t sequence (const unsigned char *s, size_t n) {
  if (in(s[0], 1, 0x7F)) return 1;
  if (in(s[0], 0xC2, 0xDF)) return n >= 2 && in(s[1], 0x80, 0xBF) ? 2 : 0;
  if (in(s[0], 0xE0, 0xEF)) {
    int lo = s[0] == 0xE0 ? 0xA0 : 0x80, hi = s[0] == 0xED ? 0x9F : 0xBF;
    return n >= 3 && in(s[1], lo, hi) && in(s[2], 0x80, 0xBF) ? 3 : 0;
  }
  if (in(s[0], 0xF0, 0xF4)) {
    int lo = s[0] == 0xF0 ? 0x90 : 0x80, hi = s[0] == 0xF4 ? 0x8F : 0xBF;
    return n >= 4 && in(s[1], lo, hi) && in(s[2], 0x80, 0xBF) && in(s[3], 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}


int eimf_is_utf8 (const char *text, size_t n) {
  const unsigned char *s = (const unsigned char *)text;
  size_t size = 1;
  for (size_t i = 0; i < n && size > 0; i += size) size = sequence(s + i, n - i);
  return size > 0;
}


/* ---- Times ---- */

/* n digits as a number; -1 where one is none. */
static int64_t digits (const char *s, size_t n) {
  int64_t value = 0;
  for (size_t i = 0; i < n; i++) {
    if (!in((unsigned char)s[i], '0', '9')) return -1;
    value = 10 * value + (s[i] - '0');
  }
  return value;
}


/* Days from 1970-01-01 in the Gregorian calendar; years begin in March. */
static int64_t days (int64_t year, int64_t month, int64_t day) {
  if (month < 3) year--;
  return 365 * year + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 719469;
}


/* "2014-07-23", "2014-07-23 08:15:00" or with a T: seconds, UTC. */
static int date (double *time, const char *s, size_t n) {
  int64_t year, month, day, hour = 0, minute = 0, second = 0;
  if ((n != 10 && n != 19) || s[4] != '-' || s[7] != '-') return 0;
  year = digits(s, 4); month = digits(s + 5, 2); day = digits(s + 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return 0;
  if (n == 19) {
    if ((s[10] != ' ' && s[10] != 'T') || s[13] != ':' || s[16] != ':') return 0;
    hour = digits(s + 11, 2); minute = digits(s + 14, 2); second = digits(s + 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return 0;
  }
  *time = (double)(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second);
  return 1;
}


/* Both parts of the quotient are exact, so it is rounded once, as by strtod. */
static int decimal (double *time, const char *s, size_t n, size_t point) {
  int64_t whole = digits(s, point), part = digits(s + point + 1, n - point - 1), scale = 1;
  if (point == 0 || point + 1 == n || whole < 0 || part < 0) return 0;
  for (size_t i = point + 1; i < n; i++) scale *= 10;
  *time = (double)(whole * scale + part) / (double)scale;
  return 1;
}


int eimf_plain_time (double *time, const char *text, size_t n) {
  if (n == 0 || n > MAX_DIGITS + 4) return 0;
  int64_t whole = n <= MAX_DIGITS ? digits(text, n) : -1;
  if (whole >= 0) {
    *time = (double)whole;
    return 1;
  }
  const char *point = memchr(text, '.', n);
  if (point != NULL && n <= MAX_DIGITS + 1) return decimal(time, text, n, (size_t)(point - text));
  return date(time, text, n);
}


/* ---- Rows ---- */

/* The columns that count of a line [s, end); false where it has not as many columns as it should. */
static int split (span role[ROLES], const eimf_layout *layout, const char *s, const char *end) {
  for (int column = 0; ; column++) {
    const char *stop = memchr(s, layout->separator, (size_t)(end - s));
    const span field = { s, (size_t)((stop ? stop : end) - s) };
    if (column == layout->user) role[USER] = field;
    if (column == layout->item) role[ITEM] = field;
    if (column == layout->time) role[TIME] = field;
    if (stop == NULL) return column + 1 == layout->n_columns;
    if (column + 1 == layout->n_columns) return 0;
    if (layout->width == 2 && (stop + 1 == end || stop[1] != layout->separator)) return 0;
    s = stop + layout->width;
  }
}


/* A line [s, end) that is plain: its columns and time. */
static int parse (span role[ROLES], double *time, const eimf_layout *layout, const char *s, const char *end,
                  int mixed) {
  *time = 0;
  return (!mixed || eimf_is_utf8(s, (size_t)(end - s)))
    && (!layout->quotes || memchr(s, '"', (size_t)(end - s)) == NULL)
    && split(role, layout, s, end) && role[USER].n > 0 && role[ITEM].n > 0
    && (layout->time < 0 || eimf_plain_time(time, role[TIME].at, role[TIME].n));
}


/* ---- Reading: some lines ahead, so that memory is asked for long before it is needed ---- */

typedef struct line {
  const char *at;            /* where it begins, and the lines before it */
  int64_t before;
  span role[ROLES];
  uint32_t user, item;       /* hashes */
  double time;
} line;

typedef struct place {
  const char *at, *end;
  int64_t lines;             /* before it */
} place;


/* Up to `most` lines, empty ones passed over; `p` moves behind them. */
static int look_ahead (line *ahead, int64_t most, place *p, const eimf_rows *rows, const eimf_layout *layout,
                       int mixed) {
  const char *stop;
  int n = 0;
  while (n < most && (stop = memchr(p->at, '\n', (size_t)(p->end - p->at))) != NULL) {
    const char *end = stop > p->at && stop[-1] == '\r' ? stop - 1 : stop;
    line *l = ahead + n;
    if (end > p->at) {
      if (!parse(l->role, &l->time, layout, p->at, end, mixed)) break;
      l->at = p->at;
      l->before = p->lines;
      l->user = eimf_names_hash(l->role[USER].at, l->role[USER].n);
      l->item = eimf_names_hash(l->role[ITEM].at, l->role[ITEM].n);
      EIMF_NAMES_NEAR(rows->user_names, l->user);
      EIMF_NAMES_NEAR(rows->item_names, l->item);
      n++;
    }
    p->at = stop + 1;
    p->lines++;
  }
  return n;
}


/* False where the line is left to the caller, who will take it: so its item may be numbered here. */
static int put (eimf_rows *rows, const line *l, int settled) {
  const span user = l->role[USER], item = l->role[ITEM];
  const eimf_name *name = eimf_names_record(rows->item_names, item.at, item.n, l->item);
  if (settled && !name->settled) return 0;
  rows->items[rows->n] = name->number;
  rows->users[rows->n] = eimf_names_record(rows->user_names, user.at, user.n, l->user)->number;
  memcpy(rows->times + 2 * rows->n, &l->time, sizeof l->time);
  rows->n++;
  return 1;
}


size_t eimf_delimited_read (eimf_rows *rows, int64_t *lines, const eimf_layout *layout,
                            const char *text, size_t n, int mixed) {
  line ahead[AHEAD];
  place p = { text, text + n, 0 };
  int more = AHEAD;
  while (more == AHEAD && rows->n < rows->room) {
    more = look_ahead(ahead, rows->room - rows->n < AHEAD ? rows->room - rows->n : AHEAD, &p, rows, layout, mixed);
    for (int i = 0; i < more; i++) {
      EIMF_NAMES_NEARER(rows->user_names, ahead[i].user);
      EIMF_NAMES_NEARER(rows->item_names, ahead[i].item);
    }
    for (int i = 0; i < more; i++) {
      if (put(rows, ahead + i, layout->settled)) continue;
      *lines = ahead[i].before;
      return (size_t)(ahead[i].at - text);
    }
  }
  *lines = p.lines;
  return (size_t)(p.at - text);
}
