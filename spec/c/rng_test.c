/*
** rng_test.c: Philox's known answers (those of Random123's kat_vectors), and the numbers made from it.
*/
#include "check.h"

#include "base/eimf_base.h"

static void known_answers (void) {
  static const uint32_t zeros[4] = { 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u };
  static const uint32_t ones[4] = { 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu };
  uint32_t w[4];
  eimf_philox(w, 0, 0, 0, 0);
  CHECK(memcmp(w, zeros, sizeof w) == 0);
  eimf_philox(w, UINT64_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX);
  CHECK(memcmp(w, ones, sizeof w) == 0);
}


/* Each argument matters, beyond 32 bits too where it may be larger. */
static void every_argument_counts (void) {
  const uint32_t base = eimf_rng_u32(1, 2, 3, 4);
  CHECK(eimf_rng_u32(2, 2, 3, 4) != base);
  CHECK(eimf_rng_u32(1 + (1ull << 40), 2, 3, 4) != base);
  CHECK(eimf_rng_u32(1, 3, 3, 4) != base);
  CHECK(eimf_rng_u32(1, 2, 4, 4) != base);
  CHECK(eimf_rng_u32(1, 2, 3 + (1ull << 40), 4) != base);
  CHECK(eimf_rng_u32(1, 2, 3, 5) != base);
  CHECK(eimf_rng_u32(1, 2, 3, 4 + (1ull << 40)) != base);
  CHECK(eimf_rng_u32(1, 2, 3, 4) == base);
}


static void words_of_a_block (void) {
  uint32_t w[4];
  eimf_philox(w, 9, 8, 7, 5);
  for (uint64_t i = 0; i < 4; i++) CHECK_INT(eimf_rng_u32(9, 8, 7, 20 + i), w[i]);
}


static void uniform_numbers (void) {
  enum { N = 100000, BINS = 10 };
  double sum = 0, bins[BINS] = { 0 };
  for (int i = 0; i < N; i++) {
    float x = eimf_rng_uniform(1, EIMF_STREAM_INIT, 2, (uint64_t)i);
    CHECK(x >= 0 && x < 1);
    sum += (double)x;
    bins[(int)(x * BINS)]++;
  }
  CHECK_NEAR(sum / N, 0.5, 0.003);                 /* 4.9 standard errors over 1 + 0.5 */
  for (int i = 0; i < BINS; i++) CHECK_NEAR(bins[i] / N, 0.1, 0.0045);
}


static void normal_numbers (void) {
  enum { N = 100000 };
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0, last = 0;
  for (int i = 0; i < N; i++) {
    double x = (double)eimf_rng_normal(1, EIMF_STREAM_INIT, 3, (uint64_t)i);
    CHECK(isfinite(x));
    m1 += x / N;
    m2 += x * x / N;
    m3 += x * x * x / N;
    m4 += x * x * x * x / N;
    neighbours += x * last / N;
    last = x;
  }
  CHECK_NEAR(m1, 0, 0.016);
  CHECK_NEAR(m2, 1, 0.012);
  CHECK_NEAR(m3, 0, 0.06);
  CHECK_NEAR(m4, 3, 0.035);
  CHECK_NEAR(neighbours, 0, 0.016);
}


int main (void) {
  RUN(known_answers);
  RUN(every_argument_counts);
  RUN(words_of_a_block);
  RUN(uniform_numbers);
  RUN(normal_numbers);
  return check_report("rng");
}
