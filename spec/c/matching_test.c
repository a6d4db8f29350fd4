/*
** matching_test.c: optimal matching against the best of all matchings.
*/
#include "levels.h"

#include "kernels/ref.h"
#include "kernels/semantic.h"

/* Every row's pairs are distinct, as many as there can be, and their sum is the best. */
static void check_rows (const int32_t *choice, const float *v, const float *z, const int32_t *counts,
                        const int32_t *rows, int64_t B, int64_t K, int64_t Ks, int64_t D) {
  for (int64_t b = 0; b < B; b++) {
    const int64_t n = rows[b] == 0 ? 0 : counts == NULL ? Ks : counts[rows[b] - 1];
    const float *bank = z + (rows[b] == 0 ? 0 : rows[b] - 1) * Ks * D;
    unsigned taken = 0;
    int64_t pairs = 0;
    double sum = 0;
    for (int64_t k = 0; k < K; k++) {
      const int32_t j = choice[b * K + k];
      if (j == -1) continue;
      CHECK(j >= 0 && j < n && !(taken >> j & 1));
      taken |= 1u << j;
      pairs++;
      sum += ref_cosine(v + (b * K + k) * D, bank + j * D, D);
    }
    CHECK_INT(pairs, K < n ? K : n);
    CHECK_NEAR(sum, ref_match_best(v + b * K * D, bank, K, n, D), 1e-12);
  }
}


static void match (int64_t B, int64_t K, int64_t G, int64_t Ks, int64_t D, int with_counts, int levels) {
  float *v = filled(B * K * D, 1), *z = filled(G * Ks * D, 2);
  int32_t *rows = some_ids(B, 0, (int32_t)G, 3), *counts = some_ids(G, 0, (int32_t)Ks, 4);
  int32_t *choice = guard_new_ids((size_t)(B * K)), *left = guard_new_ids((size_t)(B * K));
  int32_t *right = guard_new_ids((size_t)(B * K)), *groups = guard_new_ids((size_t)(B * K));
  int64_t pairs;
  for (int64_t i = 0; levels && i < B * K * D; i++) v[i] = v[i] > 0 ? 1 : 0;       /* many equal cosines, zero rows */
  for (int64_t i = 0; levels && i < G * Ks * D; i++) z[i] = z[i] > 0 ? 1 : 0;
  spans out = { { choice, (size_t)(B * K) } };
  CHECK_THREADS(out, eimf_match(choice, v, z, with_counts ? counts : NULL, rows, B, K, Ks, D));
  check_rows(choice, v, z, with_counts ? counts : NULL, rows, B, K, Ks, D);
  pairs = eimf_match_pairs(left, right, groups, choice, rows, B, K, Ks);
  for (int64_t i = 0; i < pairs; i++) {
    CHECK_INT(groups[i], rows[left[i] / K]);
    CHECK_INT(right[i], (groups[i] - 1) * Ks + choice[left[i]]);
    CHECK(i == 0 || left[i] > left[i - 1]);
  }
  GUARD_DONE(v);
  GUARD_DONE(z);
  GUARD_DONE(rows);
  GUARD_DONE(counts);
  GUARD_DONE(choice);
  GUARD_DONE(left);
  GUARD_DONE(right);
  GUARD_DONE(groups);
}


static void best_of_all (void) {
  for (int64_t K = 1; K <= 6; K++)
    for (int64_t Ks = 1; Ks <= 6; Ks++)
      for (int form = 0; form < 4; form++) match(12, K, 5, Ks, 3, form & 1, form >> 1);
  match(0, 2, 3, 2, 4, 1, 0);
  match(400, 4, 20, 4, 16, 1, 0);
}


/* 64 to 64 in a line: each has one partner that is nearest by far. */
static void as_large_as_it_may_be (void) {
  enum { N = EIMF_MATCH_MOST };
  static float v[N * N], z[N * N];
  int32_t choice[N], row = 1;
  for (int i = 0; i < N; i++) {
    v[i * N + i] = 2;
    z[i * N + (i * 5 + 3) % N] = 3;
  }
  eimf_match(choice, v, z, NULL, &row, 1, N, N, N);
  for (int i = 0; i < N; i++) CHECK_INT((choice[i] * 5 + 3) % N, i);
}


static void what_is_no_number (void) {
  float v[4] = { NAN, 1, INFINITY, 0 }, z[4] = { 1, 0, 0, 1 };
  int32_t choice[2], row = 1;
  eimf_match(choice, v, z, NULL, &row, 1, 2, 2, 2);
  CHECK(choice[0] != choice[1] && choice[0] >= 0 && choice[1] >= 0);
}


int main (void) {
  RUN(best_of_all);
  RUN(as_large_as_it_may_be);
  RUN(what_is_no_number);
  return check_report("matching");
}
