/*
** check.h: what the C tests of floors 0 and 1 are written with.
**
**   #include "check.h"
**   static void adds_two_rows (void) {
**     float *y = guard_new(6);                     // 6 floats with guard words before and after
**     CHECK_OK(eimf_add(y, a, b, 6));
**     CHECK_NEAR(y[0], 3.0, 1e-6);
**     CHECK_CLOSE(y, expected, 6, 1e-5);           // max |y - e| / (1 + |e|)
**     CHECK(guard_ok(y));
**     guard_free(y);
**   }
**   int main (void) {
**     RUN(adds_two_rows);
**     return check_report("gemm");
**   }
**
** A failure prints line, test and values and the test goes on; the exit code says if there was any.
** The first CHECK_SHOW failures are printed, the rest are counted only.
*/
#ifndef EIMF_CHECK_H
#define EIMF_CHECK_H

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_SHOW 20                              /* failures printed; the rest are counted */
#define GUARD_WORDS 16                             /* 64 bytes, so that buffers stay aligned to 64 */
#define GUARD_WORD 0x7FC0DEADu                     /* a NaN: reading it shows as well as writing it */
#define GUARD_ALIGN 64

static int check_count, check_failures;
static const char *check_name = "";

#if defined(__GNUC__)
#define CHECK_UNUSED __attribute__((unused))
#define CHECK_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define CHECK_UNUSED
#define CHECK_PRINTF
#endif

#define RUN(test) (check_name = #test, test())

#define CHECK(condition) \
  check_that((condition) != 0, __LINE__, "%s", #condition)

#define CHECK_INT(got, expected) \
  check_int((long long)(got), (long long)(expected), __LINE__, #got)

#define CHECK_OK(status) CHECK_INT(status, 0)

#define CHECK_STR(got, expected) \
  check_that(strcmp((got), (expected)) == 0, __LINE__, "%s is \"%s\", expected \"%s\"", #got, (got), (expected))

/* |got - expected| <= tolerance * (1 + |expected|); a NaN is never near. */
#define CHECK_NEAR(got, expected, tolerance) \
  check_near((double)(got), (double)(expected), (double)(tolerance), __LINE__, #got)

/* The same for n floats; names the worst. */
#define CHECK_CLOSE(got, expected, n, tolerance) \
  check_close((got), (expected), (size_t)(n), (double)(tolerance), __LINE__, #got)

static CHECK_UNUSED CHECK_PRINTF int check_that (int good, int line, const char *form, ...);

static int check_that (int good, int line, const char *form, ...) {
  va_list args;
  check_count++;
  if (good) return 1;
  if (check_failures++ >= CHECK_SHOW) return 0;
  fprintf(stderr, "  line %d, %s: ", line, check_name);
  va_start(args, form);
  vfprintf(stderr, form, args);
  va_end(args);
  fputc('\n', stderr);
  return 0;
}


static CHECK_UNUSED int check_int (long long got, long long expected, int line, const char *what) {
  return check_that(got == expected, line, "%s is %lld, expected %lld", what, got, expected);
}


static CHECK_UNUSED double check_error (double got, double expected) {
  double error = fabs(got - expected) / (1 + fabs(expected));
  return got == expected ? 0 : isnan(error) ? INFINITY : error;    /* equal infinities are equal */
}


static CHECK_UNUSED int check_near (double got, double expected, double tolerance, int line, const char *what) {
  return check_that(check_error(got, expected) <= tolerance, line, "%s is %.9g, expected %.9g", what, got, expected);
}


static CHECK_UNUSED int check_close (const float *got, const float *expected, size_t n, double tolerance,
                                     int line, const char *what) {
  size_t i, worst = 0;
  double most = 0;
  for (i = 0; i < n; i++) {
    double error = check_error((double)got[i], (double)expected[i]);
    if (error > most) {
      most = error;
      worst = i;
    }
  }
  return check_that(most <= tolerance, line, "%s[%zu] is %.9g, expected %.9g (error %.3g over %.3g)", what, worst,
                    n > 0 ? (double)got[worst] : 0, n > 0 ? (double)expected[worst] : 0, most, tolerance);
}


/*
** Guarded buffers: n words of 4 bytes between two rows of guard words, all of them guard words at first,
** so that what a kernel forgets to write is a NaN.
*/

typedef struct guard_head {                        /* in front of the first row of guard words */
  void *block;
  size_t n;
} guard_head;

#define GUARD_BYTES (GUARD_WORDS * sizeof(uint32_t))

static CHECK_UNUSED void *guard_words (size_t n) {
  static const uint32_t word = GUARD_WORD;
  guard_head head = { malloc(GUARD_ALIGN + 2 * GUARD_BYTES + n * sizeof word + sizeof head), n };
  uintptr_t first = ((uintptr_t)head.block + sizeof head + GUARD_ALIGN - 1) & ~(uintptr_t)(GUARD_ALIGN - 1);
  char *words = (char *)first;
  size_t i;
  if (head.block == NULL) abort();
  memcpy(words - sizeof head, &head, sizeof head);
  for (i = 0; i < n + 2 * GUARD_WORDS; i++) memcpy(words + i * sizeof word, &word, sizeof word);
  return words + GUARD_BYTES;
}


static CHECK_UNUSED float *guard_new (size_t n) { return guard_words(n); }

static CHECK_UNUSED int32_t *guard_new_ids (size_t n) { return guard_words(n); }


static CHECK_UNUSED guard_head guard_of (const void *buffer) {
  guard_head head;
  memcpy(&head, (const char *)buffer - GUARD_BYTES - sizeof head, sizeof head);
  return head;
}


/* Nothing was written before or after the buffer. */
static CHECK_UNUSED int guard_ok (const void *buffer) {
  const char *before = (const char *)buffer - GUARD_BYTES;
  const char *after = (const char *)buffer + guard_of(buffer).n * sizeof(uint32_t);
  size_t i;
  for (i = 0; i < GUARD_BYTES; i += sizeof(uint32_t)) {
    uint32_t words[2];
    memcpy(&words[0], before + i, sizeof(uint32_t));
    memcpy(&words[1], after + i, sizeof(uint32_t));
    if (words[0] != GUARD_WORD || words[1] != GUARD_WORD) return 0;
  }
  return 1;
}


static CHECK_UNUSED void guard_free (void *buffer) { free(guard_of(buffer).block); }


/* Checks the guards and frees. */
#define GUARD_DONE(buffer) (check_that(guard_ok(buffer), __LINE__, "written outside %s", #buffer), guard_free(buffer))


/* A small generator for test data: uniform in [-1, 1), the same everywhere. */
static CHECK_UNUSED float check_random (uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) / 8388608.0f - 1.0f;
}


static CHECK_UNUSED void check_fill (float *x, size_t n, uint32_t seed) {
  uint32_t state = seed * 2654435761u + 1;
  size_t i;
  for (i = 0; i < n; i++) x[i] = check_random(&state);
}


static CHECK_UNUSED int check_report (const char *what) {
  printf("%s: %d checks, %d failed\n", what, check_count, check_failures);
  return check_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
