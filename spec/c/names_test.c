/*
** names_test.c: names and their numbers beside a list that is searched from its start, growing as they must,
** with guard words around every table.
*/
#include "check.h"
#include "kernels/names.h"

enum { NAMES = 3000, LONGEST = 40 };

typedef struct list {        /* the naive twin */
  char bytes[NAMES][LONGEST];
  size_t length[NAMES];
  int32_t count;
} list;

static int32_t naive_number (list *l, const char *name, size_t n) {
  for (int32_t i = 0; i < l->count; i++)
    if (l->length[i] == n && memcmp(l->bytes[i], name, n) == 0) return i + 1;
  memcpy(l->bytes[l->count], name, n);
  l->length[l->count] = n;
  return ++l->count;
}


/* Room as a wrapper makes it: new guarded memory, the old one checked and freed. */
static void reserve (eimf_names *t, int64_t names, int64_t length) {
  int64_t n_slots, n_words;
  size_t bytes = 0;
  void *old = t->slots;
  if (eimf_names_room(t, names, length, &n_slots, &n_words)) return;
  CHECK_OK(eimf_names_bytes(&bytes, n_slots, n_words));
  eimf_names_move(t, guard_words(bytes / 4), n_slots, n_words, t);
  if (old != NULL) GUARD_DONE(old);
}


static eimf_name *record (eimf_names *t, const char *name, size_t n) {
  return eimf_names_record(t, name, n, eimf_names_hash(name, n));
}


static uint32_t next (uint32_t *state) { return (*state = *state * 1664525u + 1013904223u) >> 8; }


/* A name of 0 to LONGEST - 1 bytes of few kinds, so that many come again. */
static size_t some_name (char *name, uint32_t *state) {
  const uint32_t most = next(state) % LONGEST + 1;
  size_t n = next(state) % most;
  for (size_t i = 0; i < n; i++) name[i] = (char)(i % 3 == 0 ? next(state) % 256 : 'a' + i);
  return n;
}


static void numbers_as_a_list (void) {
  static list twin;
  eimf_names t = { 0 };
  uint32_t state = 1;
  char name[LONGEST];
  while (twin.count < NAMES) {
    size_t n = some_name(name, &state);
    reserve(&t, 1, (int64_t)n);
    CHECK_INT(record(&t, name, n)->number, naive_number(&twin, name, n));
    CHECK_INT(t.count, twin.count);
    CHECK(2 * t.count <= t.n_slots && t.used <= t.n_words);
  }
  const eimf_name *r = NULL;
  for (int32_t i = 0; i < NAMES; i++) {
    r = eimf_names_next(&t, r);
    if (!check_that(r != NULL, __LINE__, "only %d names", i)) break;
    CHECK_INT(r->number, i + 1);
    CHECK(r->length == twin.length[i] && memcmp(r->bytes, twin.bytes[i], twin.length[i]) == 0);
  }
  CHECK(r != NULL && eimf_names_next(&t, r) == NULL);
  GUARD_DONE(t.slots);
}


/* A prefix, a suffix, a byte of another value at every place: all are other names. */
static void near_names_differ (void) {
  eimf_names t = { 0 };
  char name[LONGEST];
  int32_t wanted = 0;
  for (int length = 1; length < LONGEST; length++) {
    for (int at = 0; at < length; at++) {
      memset(name, 'x', sizeof name);
      name[at] = (char)('A' + at % 20);
      reserve(&t, 1, length);
      CHECK_INT(record(&t, name, (size_t)length)->number, ++wanted);
      CHECK_INT(record(&t, name, (size_t)length)->number, wanted);
    }
  }
  GUARD_DONE(t.slots);
}


static void settled_stays (void) {
  eimf_names t = { 0 };
  reserve(&t, 2, 2);
  record(&t, "a", 1)->settled = 1;
  record(&t, "b", 1);
  reserve(&t, 100000, 1000000);
  CHECK(record(&t, "a", 1)->settled == 1 && record(&t, "b", 1)->settled == 0);
  CHECK_INT(record(&t, "b", 1)->number, 2);
  GUARD_DONE(t.slots);
}


/* As many as there was room asked for, of the worst lengths, without another word. */
static void room_is_room (void) {
  for (int length = 1; length <= 9; length++) {
    eimf_names t = { 0 };
    char name[16];
    int most = length < 3 ? 200 : 2000;
    reserve(&t, most, (int64_t)most * length);
    for (int i = 0; i < most; i++) {
      memset(name, 'x', sizeof name);
      for (int k = 0, left = i; k < length && k < 4; k++, left /= 64) name[k] = (char)(' ' + left % 64);
      record(&t, name, (size_t)length);
    }
    CHECK(2 * t.count <= t.n_slots && t.used <= t.n_words);
    GUARD_DONE(t.slots);
  }
}


static void refuses_what_cannot_be_counted (void) {
  size_t bytes;
  CHECK_INT(eimf_names_bytes(&bytes, 1024, (int64_t)1 << 32), EIMF_ERANGE);
  CHECK_INT(eimf_names_bytes(&bytes, (int64_t)1 << 31, 1), EIMF_ERANGE);
}


int main (void) {
  RUN(numbers_as_a_list);
  RUN(near_names_differ);
  RUN(settled_stays);
  RUN(room_is_room);
  RUN(refuses_what_cannot_be_counted);
  return check_report("names");
}
