/*
** levels.h: a test in every instruction set that this machine has, and a call
** with 1 and 2 threads that must give the same bits. With check.h.
**
**   static void sums (void) {
**     float *y = filled(n, 1);
**     spans out = { { y, n } };
**     CHECK_THREADS(out, eimf_sum_rows(y, x, R, C));    // y is put back between the two calls
**     CHECK_CLOSE(y, expected, n, 1e-6);
**   }
**   int main (void) { RUN_LEVELS(sums); return check_report("sums"); }
*/
#ifndef EIMF_LEVELS_H
#define EIMF_LEVELS_H

#include "check.h"

#include "base/eimf_base.h"

#define MOST_SPANS 8

typedef struct { void *at; size_t n; } span;       /* n words of 4 bytes */
typedef span spans[MOST_SPANS];                    /* up to the first NULL */

static CHECK_UNUSED size_t spans_words (const span *s) {
  size_t n = 0;
  for (int i = 0; i < MOST_SPANS && s[i].at != NULL; i++) n += s[i].n;
  return n;
}


/* The bytes of all spans, one after the other; free() them. */
static CHECK_UNUSED char *spans_copy (const span *s) {
  char *bytes = malloc(spans_words(s) * 4 + 1), *to = bytes;
  if (bytes == NULL) abort();
  for (int i = 0; i < MOST_SPANS && s[i].at != NULL; to += s[i].n * 4, i++) memcpy(to, s[i].at, s[i].n * 4);
  return bytes;
}


static CHECK_UNUSED void spans_restore (const span *s, const char *bytes) {
  for (int i = 0; i < MOST_SPANS && s[i].at != NULL; bytes += s[i].n * 4, i++) memcpy(s[i].at, bytes, s[i].n * 4);
}


#define CHECK_THREADS(outputs, call) do {                                                     \
    char *before_ = spans_copy(outputs), *one_, *two_;                                        \
    eimf_set_threads(1);                                                                      \
    call;                                                                                     \
    one_ = spans_copy(outputs);                                                               \
    spans_restore(outputs, before_);                                                          \
    eimf_set_threads(2);                                                                      \
    call;                                                                                     \
    two_ = spans_copy(outputs);                                                               \
    eimf_set_threads(1);                                                                      \
    check_that(memcmp(one_, two_, spans_words(outputs) * 4) == 0, __LINE__, "2 threads give other bits: %s", #call); \
    free(before_);                                                                            \
    free(one_);                                                                               \
    free(two_);                                                                               \
  } while (0)


static CHECK_UNUSED void in_levels (void (*test) (void), const char *name) {
  static const char *const levels[] = { "portable", "avx2", "avx512" };
  static char label[120];
  for (int i = 0; i < 3; i++) {
    if (eimf_set_simd(levels[i]) != EIMF_OK) continue;
    snprintf(label, sizeof label, "%s (%s)", name, levels[i]);
    check_name = label;
    test();
  }
}

#define RUN_LEVELS(test) in_levels(test, #test)


/* A guarded buffer of numbers within [-1, 1). */
static CHECK_UNUSED float *filled (int64_t n, uint32_t seed) {
  float *x = guard_new((size_t)n);
  check_fill(x, (size_t)n, seed);
  return x;
}


/* A guarded copy. */
static CHECK_UNUSED float *copied (const float *x, int64_t n) {
  float *y = guard_new((size_t)n);
  memcpy(y, x, (size_t)n * sizeof *y);
  return y;
}


/* Offsets (B+1) of B segments of 3, 0, 1, 7, 2, 0, 41, 5, 3, 0 ... rows. */
static CHECK_UNUSED int32_t *jagged_offsets (int64_t B) {
  static const int32_t lengths[] = { 3, 0, 1, 7, 2, 0, 41, 5 };
  int32_t *off = guard_new_ids((size_t)B + 1);
  off[0] = 0;
  for (int64_t b = 0; b < B; b++) off[b + 1] = off[b] + lengths[b % 8];
  return off;
}


/* n ids within lo..hi, some of them more than once. */
static CHECK_UNUSED int32_t *some_ids (int64_t n, int32_t lo, int32_t hi, uint32_t seed) {
  int32_t *ids = guard_new_ids((size_t)n);
  uint32_t state = seed;
  for (int64_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    ids[i] = lo + (int32_t)((state >> 8) % (uint32_t)(hi - lo + 1));
  }
  return ids;
}

#endif
