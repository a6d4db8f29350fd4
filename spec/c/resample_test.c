/*
** resample_test.c: kernels of resample.h beside loops that do one draw at a time, with guard words;
** the same on one thread and on two.
*/
#include "check.h"
#include "kernels/resample.h"

enum { U = 1001, DRAWS = 300, SEED = 7 };

static void bootstrap_draws_rows (void) {
  float *x = guard_new(2 * U), *means = guard_new(2 * DRAWS), *again = guard_new(2 * DRAWS);
  check_fill(x, 2 * U, 1);
  eimf_set_threads(1);
  eimf_bootstrap(means, x, U, DRAWS, SEED);
  for (int r = 0; r < DRAWS; r++) {
    double a = 0, b = 0;
    for (int i = 0; i < U; i++) {
      int64_t u = (int64_t)(((uint64_t)eimf_rng_u32(SEED, EIMF_STREAM_BOOTSTRAP, (uint64_t)r, (uint64_t)i) * U) >> 32);
      a += (double)x[2 * u];
      b += (double)x[2 * u + 1];
    }
    CHECK_NEAR(means[2 * r], a / U, 1e-6);
    CHECK_NEAR(means[2 * r + 1], b / U, 1e-6);
  }
  eimf_set_threads(2);
  eimf_bootstrap(again, x, U, DRAWS, SEED);
  CHECK_INT(memcmp(means, again, 2 * DRAWS * sizeof *means), 0);
  GUARD_DONE(x); GUARD_DONE(means); GUARD_DONE(again);
}


/* One draw of signs, element by element. */
static double flipped (const float *d, int n, int r) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    uint32_t word = eimf_rng_u32(SEED, EIMF_STREAM_SIGNS, (uint64_t)r, (uint64_t)(i / 128 * 4 + i % 4));
    sum += (word >> (i % 128 / 4) & 1 ? 1.0 : -1.0) * (double)d[i];
  }
  return sum;
}


static void signs_are_counted (void) {
  for (int n = 1; n <= U; n = 2 * n + n % 3) {
    float *d = guard_new((size_t)n);
    double sum = 0;
    int far = 0;
    check_fill(d, (size_t)n, (uint32_t)n);
    for (int i = 0; i < n; i++) sum += (double)d[i];
    for (int r = 0; r < DRAWS; r++) far += fabs(flipped(d, n, r)) >= fabs(sum) - 1e-9;
    for (int threads = 1; threads <= 2; threads++) {
      eimf_set_threads(threads);
      CHECK_INT(eimf_sign_flips(d, n, DRAWS, SEED), far);
    }
    GUARD_DONE(d);
  }
}


static void ties_are_as_far (void) {
  const float third[] = { 1.0f / 3, 1.0f / 3, 1.0f / 3 }, none[] = { 0, 0 };
  int64_t far = eimf_sign_flips(third, 3, 8000, SEED);
  CHECK(far > 1800 && far < 2200);               /* two of eight signs */
  CHECK_INT(eimf_sign_flips(none, 2, DRAWS, SEED), DRAWS);
  CHECK_INT(eimf_sign_flips(none, 0, DRAWS, SEED), DRAWS);
}


int main (void) {
  RUN(bootstrap_draws_rows);
  RUN(signs_are_counted);
  RUN(ties_are_as_far);
  return check_report("resample");
}
