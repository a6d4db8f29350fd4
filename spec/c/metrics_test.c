/*
** metrics_test.c: kernels of metrics.h, with guard words; the formulas are
** compared with a twin in Lua, in spec/eval.
*/
#include "check.h"
#include "kernels/metrics.h"

static void metrics_of_two_users (void) {
  const int32_t ranked[] = { 10, 20, 30, 7, 0, 0 }, targets[] = { 30, 99, 10, 10 }, off[] = { 0, 4, 4 }, cut[] = { 1, 3 };
  eimf_metrics_spec s = { .U = 2, .n = 3, .cuts = 2, .groups = 1, .ranked = ranked, .target = targets,
                          .target_off = off, .cut = cut };
  float *per_user = guard_new(16);
  double *sums = guard_words(2 * 9), *ideal = guard_words(2 * 4);
  memset(sums, 0, 9 * sizeof *sums);
  eimf_metrics(per_user, sums, &s, ideal);
  CHECK_NEAR(sums[0], 1, 0);                             /* the second user has no target */
  CHECK_NEAR(sums[1], 1.0 / 3, 1e-15);
  CHECK_NEAR(sums[2], 1, 1e-15);
  CHECK_NEAR(sums[5], 2.0 / 3, 1e-15);
  CHECK_NEAR(sums[6], 1.5 / (1 + 1 / log2(3) + 0.5), 1e-15);
  CHECK_NEAR(per_user[7], 1, 0);
  for (int i = 8; i < 16; i++) CHECK(isnan(per_user[i]));
  GUARD_DONE(per_user); GUARD_DONE(sums); GUARD_DONE(ideal);
}


static void segments_become_sets (void) {
  enum { LONG = 1000 };
  int32_t ids[LONG + 5] = { 3, 1, 3, 0, 2 }, off[] = { 0, 5, 5, LONG + 5 };
  int32_t *out = guard_new_ids(LONG + 5), *out_off = guard_new_ids(4);
  for (int i = 0; i < LONG; i++) ids[5 + i] = (i * 7919) % 400;
  CHECK_INT(eimf_distinct_segments(out, out_off, ids, off, 0, 3), 3 + 399);
  CHECK_INT(out[0], 1);
  CHECK_INT(out[2], 3);
  CHECK_INT(out_off[2], 3);
  for (int i = 0; i < 399; i++) CHECK_INT(out[3 + i], i + 1);
  CHECK_INT(eimf_distinct_segments(out, out_off, ids, off, 1, 1), 0);
  CHECK_INT(ids[0], 3);
  GUARD_DONE(out); GUARD_DONE(out_off);
}


static void coverage_diversity_counts (void) {
  const int32_t ranked[] = { 1, 2, 3, 2, 0, 0 }, category[] = { 0, 1, 1, 2 }, cut[] = { 2, 3 };
  int32_t *first = guard_new_ids(4), *count = guard_new_ids(4);
  double *sums = guard_words(2 * 4);
  for (int i = 0; i < 4; i++) { first[i] = INT32_MAX; count[i] = 0; sums[i] = 0; }
  eimf_first_ranks(first, ranked, 2, 3);
  CHECK_INT(first[0], INT32_MAX);
  CHECK_INT(first[2], 1);
  CHECK_INT(first[3], 3);
  eimf_diversity(sums, ranked, category, cut, 2, 3, 2);
  CHECK_NEAR(sums[0], 0, 0);
  CHECK_NEAR(sums[1], 2.0 / 3, 1e-15);
  CHECK_NEAR(sums[3], 1, 0);
  eimf_count_ids(count, ranked, 6);
  CHECK_INT(count[0], 2);
  CHECK_INT(count[2], 2);
  GUARD_DONE(first); GUARD_DONE(count); GUARD_DONE(sums);
}


static void odd_rows_are_found (void) {
  const float x[] = { 1, 2, NAN, 0, INFINITY, 1, -INFINITY, INFINITY, 3e38f, 3e38f };
  CHECK_INT(eimf_odd_rows(x, 5, 2), 3);
  CHECK_INT(eimf_odd_rows(x, 0, 2), 0);
}


int main (void) {
  RUN(metrics_of_two_users);
  RUN(segments_become_sets);
  RUN(coverage_diversity_counts);
  RUN(odd_rows_are_found);
  return check_report("metrics");
}
