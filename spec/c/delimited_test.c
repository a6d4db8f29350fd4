/*
** delimited_test.c: the tokeniser beside a twin that goes byte by byte, on lines of few kinds of bytes, cut anywhere;
** times beside strtod and the calendar; UTF-8 beside its definition.
*/
#include "check.h"
#include "kernels/delimited.h"

enum { ROOM = 500, MEMORY = 1 << 18, TEXT = 4000 };

typedef struct made {        /* rows with guarded memory */
  eimf_rows rows;
  eimf_names users, items;
} made;

static eimf_names some_names (void) {
  eimf_names t = { 0 };
  int64_t n_slots, n_words;
  size_t bytes;
  eimf_names_room(&t, ROOM, TEXT, &n_slots, &n_words);
  CHECK_OK(eimf_names_bytes(&bytes, n_slots, n_words));
  eimf_names_move(&t, guard_words(bytes / 4), n_slots, n_words, &t);
  return t;
}


static void make (made *m, int64_t room) {
  m->users = some_names();
  m->items = some_names();
  m->rows = (eimf_rows){ guard_new_ids((size_t)room), guard_new_ids((size_t)room), guard_new_ids(2 * (size_t)room), 0,
                         room, &m->users, &m->items };
}


static void done (made *m) {
  GUARD_DONE(m->rows.users); GUARD_DONE(m->rows.items); GUARD_DONE(m->rows.times);
  GUARD_DONE(m->users.slots); GUARD_DONE(m->items.slots);
}


static double time_at (const made *m, int64_t row) {
  double time;
  memcpy(&time, m->rows.times + 2 * row, sizeof time);
  return time;
}


static int name_is (eimf_names *names, int32_t number, const char *s, size_t n) {
  const eimf_name *r = NULL;
  do r = eimf_names_next(names, r); while (r != NULL && r->number != number);
  return r != NULL && r->length == n && memcmp(r->bytes, s, n) == 0;
}


static const eimf_layout TSV = { '\t', 1, 0, 0, 4, 0, 1, 3 }, CSV = { ',', 1, 1, 0, 3, 2, 0, -1 },
                         DAT = { ':', 2, 0, 0, 4, 0, 1, 3 };

static void reads_rows (void) {
  static const char text[] = "ann\tB2\t5\t12\n\nben\tB1\t\t1.5\r\nann\tB1\t1\t2014-07-23\nann\tB";
  static const int32_t users[] = { 1, 2, 1 }, items[] = { 1, 2, 2 };
  static const double times[] = { 12, 1.5, 1406073600 };
  int64_t lines;
  made m;
  make(&m, 4);
  CHECK_INT(eimf_delimited_read(&m.rows, &lines, &TSV, text, sizeof text - 1, 0), sizeof text - 1 - 5);
  CHECK_INT(lines, 4);
  CHECK_INT(m.rows.n, 3);
  for (int i = 0; i < 3; i++) {
    CHECK_INT(m.rows.users[i], users[i]);
    CHECK_INT(m.rows.items[i], items[i]);
    CHECK(time_at(&m, i) == times[i]);
  }
  done(&m);
}


static void stops_at_what_is_not_plain (void) {
  static const struct { const eimf_layout *layout; const char *line; } bad[] = {
    { &TSV, "u\ti\t1" }, { &TSV, "u\ti\t1\t1\t1" }, { &TSV, "\ti\t1\t1" }, { &TSV, "u\t\t1\t1" }, { &TSV, "u\ti\t1\t" },
    { &TSV, "u\ti\t1\t-1" }, { &TSV, "u\ti\t1\t1e3" }, { &TSV, "u\xff\ti\t1\t1" }, { &TSV, "u" }, { &TSV, "\r\r" },
    { &CSV, "i,\"x\",u" }, { &CSV, "i,x" }, { &CSV, ",x,u" }, { &CSV, "i,x,u,1" },
    { &DAT, "u::i::5:1" }, { &DAT, "u::i::5:::1" }, { &DAT, "u:x::i::5::1" },
    { &DAT, "u::i::5::1::" }, { &DAT, "u::i::5:" },
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char text[64];
    int64_t lines;
    made m;
    make(&m, 4);
    int n = snprintf(text, sizeof text, "\n%s\n\n", bad[i].line);
    check_that(eimf_delimited_read(&m.rows, &lines, bad[i].layout, text, (size_t)n, 1) == 1 && m.rows.n == 0, __LINE__,
               "took '%s'", bad[i].line);
    CHECK_INT(lines, 1);
    done(&m);
  }
}


static void stops_where_there_is_no_room (void) {
  static const char text[] = "i,x,u\nj,x,u\n\nk,x,u\n";
  int64_t lines;
  made m;
  make(&m, 2);
  CHECK_INT(eimf_delimited_read(&m.rows, &lines, &CSV, text, sizeof text - 1, 0), 12);
  CHECK_INT(m.rows.n, 2);
  CHECK_INT(eimf_delimited_read(&m.rows, &lines, &CSV, text, 6, 0), 0);
  done(&m);
}


static void stops_at_items_that_are_not_settled (void) {
  static const char text[] = "i,x,u\ni,x,v\n";
  eimf_layout layout = CSV;
  int64_t lines;
  made m;
  make(&m, 4);
  layout.settled = 1;
  CHECK_INT(eimf_delimited_read(&m.rows, &lines, &layout, text, sizeof text - 1, 0), 0);
  CHECK_INT(m.users.count, 0);
  eimf_names_record(&m.items, "i", 1, eimf_names_hash("i", 1))->settled = 1;
  CHECK_INT(eimf_delimited_read(&m.rows, &lines, &layout, text, sizeof text - 1, 0), 12);
  CHECK_INT(m.rows.n, 2);
  done(&m);
}


/* The twin: one line of layout TSV or DAT, ASCII only; 0 = not plain. */
static int naive_row (const char *s, size_t n, char separator, size_t width, const char *field[4], size_t length[4]) {
  size_t k = 0;
  field[0] = s;
  length[0] = 0;
  for (size_t i = 0; i < n; i++) {
    if (s[i] == 0) return 0;
    if (s[i] != separator) { length[k]++; continue; }
    if (width == 2 && (i + 1 >= n || s[++i] != separator)) return 0;
    if (++k == 4) return 0;
    field[k] = s + i + 1;
    length[k] = 0;
  }
  if (k != 3 || length[0] == 0 || length[1] == 0 || length[3] == 0 || length[3] > 15) return 0;
  for (size_t i = 0; i < length[3]; i++)
    if (field[3][i] < '0' || field[3][i] > '9') return 0;
  return 1;
}


/* Takes one line by the twin and checks it against row `row`; bytes taken, 0 where it stops. */
static size_t check_line (made *m, int64_t *row, const eimf_layout *layout, const char *s, const char *end) {
  const char *field[4], *stop = memchr(s, '\n', (size_t)(end - s));
  size_t length[4], n;
  if (stop == NULL) return 0;
  n = (size_t)(stop - s);
  if (n > 0 && s[n - 1] == '\r') n--;
  if (n > 0 && !naive_row(s, n, layout->separator, (size_t)layout->width, field, length)) return 0;
  if (n > 0 && check_that(*row < m->rows.n, __LINE__, "row %d is missing", (int)*row)) {
    CHECK(name_is(&m->users, m->rows.users[*row], field[0], length[0]));
    CHECK(name_is(&m->items, m->rows.items[*row], field[1], length[1]));
    CHECK(time_at(m, *row) == strtod(field[3], NULL));
    ++*row;
  }
  return (size_t)(stop + 1 - s);
}


static size_t some_text (char *text, char separator, int width, uint32_t *state) {
  size_t n = 0;
  for (int line = 0; line < 12; line++) {
    for (int column = 0; column < 4; column++) {
      for (int i = (int)(check_random(state) * 3 + 2.9f); i > 0; i--)
        text[n++] = (char)('0' + (int)(check_random(state) * 5 + 5));
      for (int i = 0; i < width && column < 3; i++) text[n++] = separator;
    }
    if (check_random(state) > 0.9f) text[n++] = "\r\t:\n,x\0"[(int)(check_random(state) * 3.4f + 3.5f)];
    if (check_random(state) > 0.5f) text[n++] = '\r';
    text[n++] = '\n';
  }
  return n - (size_t)(check_random(state) * 10 + 10);
}


static void agrees_with_its_twin (void) {
  uint32_t state = 7;
  char text[TEXT];
  for (int round = 0; round < 4000; round++) {
    const eimf_layout *layout = round % 2 ? &TSV : &DAT;
    size_t n = some_text(text, layout->separator, layout->width, &state), at = 0, step;
    int64_t lines, row = 0, wanted = 0;
    made m;
    make(&m, ROOM);
    size_t taken = eimf_delimited_read(&m.rows, &lines, layout, text, n, 1);
    while ((step = check_line(&m, &row, layout, text + at, text + n)) > 0) {
      at += step;
      wanted++;
    }
    CHECK_INT(taken, at);
    CHECK_INT(lines, wanted);
    CHECK_INT(m.rows.n, row);
    done(&m);
  }
}


/* ---- Times and text ---- */

static void times_are_strtods (void) {
  uint32_t state = 3;
  char text[32];
  double time;
  for (int round = 0; round < 200000; round++) {
    int n = (int)(check_random(&state) * 8 + 8.9f), point = (int)(check_random(&state) * 12 + 8);
    for (int i = 0; i < n; i++) text[i] = i == point ? '.' : (char)('0' + (int)(check_random(&state) * 5 + 5));
    text[n] = '\0';
    int within = n > 0 && (point < 0 || point >= n ? n <= 15 : point > 0 && point < n - 1 && n <= 16);
    CHECK_INT(eimf_plain_time(&time, text, (size_t)n), within);
    if (within) CHECK(time == strtod(text, NULL));
  }
}


static void dates_are_the_calendars (void) {
  static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  double time = 0;
  char text[32];
  int64_t day = -25568;                            /* the day before 1900-01-01 */
  for (int year = 1900; year < 2101; year++)
    for (int month = 1; month <= 12; month++)
      for (int d = 1; d <= lengths[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0)); d++) {
        int n = snprintf(text, sizeof text, "%04d-%02d-%02d%c%02d:%02d:%02d", year, month, d, d % 2 ? 'T' : ' ', d % 24,
                         d, d);
        day++;
        CHECK(eimf_plain_time(&time, text, 10) && time == (double)(day * 86400));
        CHECK(eimf_plain_time(&time, text, (size_t)n) && time == (double)(day * 86400 + d % 24 * 3600 + d * 61));
      }
  static const char *const bad[] = { "", ".", "1.", ".5", "+1", "-1", "1e3", "0x1", " 1", "1 ", "2014-13-01",
    "2014-00-01",
    "2014-01-00", "2014-01-32", "0000-01-01", "2014-01-01 24:00:00", "2014-01-01 00:60:00", "2014-01-01 00:00:61",
    "2014-01-01x00:00:00", "2014-01-01 0a:00:00", "2014/01/01", "1.2.3", "1234567890123456", 
    "nan", "2014-01-0 00:00:00" };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    check_that(!eimf_plain_time(&time, bad[i], strlen(bad[i])), __LINE__, "took '%s'", bad[i]);
}


/* A code point's bytes by shifts; the twin of what is well-formed. */
static size_t utf8_of (char *out, uint32_t c) {
  if (c < 0x80) return out[0] = (char)c, 1;
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(c | (0xF00u >> n & 0xF0));
  return n;
}


static void utf8_is_utf8 (void) {
  char text[8];
  for (uint32_t c = 0; c < 0x120000; c++) {
    size_t n = utf8_of(text, c);
    int good = c > 0 && c < 0x110000 && !(c >= 0xD800 && c < 0xE000);
    text[n] = 'x';
    if (eimf_is_utf8(text, n) != good || eimf_is_utf8(text, n + 1) != good) CHECK_INT(c, -1);
    if (n > 1 && eimf_is_utf8(text, n - 1)) CHECK_INT(c, -2);
  }
  static const char *const bad[] = { "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\x80", "\xFE",
    "\xC2x" };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!eimf_is_utf8(bad[i], strlen(bad[i])));
  CHECK(eimf_is_utf8("", 0));
}


int main (void) {
  RUN(reads_rows);
  RUN(stops_at_what_is_not_plain);
  RUN(stops_where_there_is_no_room);
  RUN(stops_at_items_that_are_not_settled);
  RUN(agrees_with_its_twin);
  RUN(times_are_strtods);
  RUN(dates_are_the_calendars);
  RUN(utf8_is_utf8);
  return check_report("delimited");
}
