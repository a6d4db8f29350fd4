/*
** resample.c: see resample.h. Owner-computes: a draw belongs to one thread.
*/
#include <math.h>

#include "resample.h"

#define WORDS 4                  /* of a block of random numbers */
#define BITS 32                  /* of a word */
#define SIGNS (WORDS * BITS)     /* of a block */
#define ROUNDING 1e-10           /* sums of |d| within which two sums are equal: d has ties, and sums round */

void eimf_bootstrap (float *means, const float *x, int64_t U, int64_t draws, uint64_t seed) {
#pragma omp parallel for num_threads(eimf_threads()) if (U * draws > EIMF_PAR_MIN)
  for (int64_t r = 0; r < draws; r++) {
    double a = 0, b = 0;
    uint32_t w[WORDS];
    for (int64_t i = 0; i < U; i++) {
      if (i % WORDS == 0) eimf_philox(w, seed, EIMF_STREAM_BOOTSTRAP, (uint64_t)r, (uint64_t)i / WORDS);
      const float *row = x + 2 * (((uint64_t)w[i % WORDS] * (uint64_t)U) >> 32);
      a += (double)row[0];
      b += (double)row[1];
    }
    means[2 * r] = (float)(a / (double)U);
    means[2 * r + 1] = (float)(b / (double)U);
  }
}


/* The sum of those of d (n) whose bit is set in draw r: element j of a block has bit j / 4 of word j % 4. */
static double chosen_sum (const float *d, int64_t n, uint64_t seed, int64_t r) {
  double sum[WORDS] = { 0 };
  uint32_t w[WORDS];
  for (int64_t lo = 0; lo < n; lo += SIGNS) {
    const int64_t most = n - lo < SIGNS ? n - lo : SIGNS;
    eimf_philox(w, seed, EIMF_STREAM_SIGNS, (uint64_t)r, (uint64_t)(lo / SIGNS));
    for (int64_t j = 0; j + WORDS <= most; j += WORDS)
      for (int k = 0; k < WORDS; k++) sum[k] += (double)d[lo + j + k] * (double)(w[k] >> (j / WORDS) & 1);
    for (int64_t j = most / WORDS * WORDS; j < most; j++)
      sum[0] += (double)d[lo + j] * (double)(w[j % WORDS] >> (j / WORDS) & 1);
  }
  return sum[0] + sum[1] + sum[2] + sum[3];
}


int64_t eimf_sign_flips (const float *d, int64_t n, int64_t draws, uint64_t seed) {
  double sum = 0, absolute = 0;
  int64_t far = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += (double)d[i];
    absolute += fabs((double)d[i]);
  }
  const double least = fabs(sum) - ROUNDING * absolute;
#pragma omp parallel for num_threads(eimf_threads()) reduction(+ : far) if (n * draws > EIMF_PAR_MIN)
  for (int64_t r = 0; r < draws; r++)           /* chosen ones keep their sign, the others turn it */
    far += fabs(2 * chosen_sum(d, n, seed, r) - sum) >= least;
  return far;
}
