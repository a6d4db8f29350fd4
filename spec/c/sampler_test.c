/*
** sampler_test.c: negatives: distinct, repeatable, drawn as often as their chance says.
*/
#include "check.h"

#include "kernels/sampler.h"

typedef struct { int32_t *ids, *marker; float *bias; int64_t S, N, tries; } sample;

static sample make (int64_t S, int64_t N) {
  sample s = { guard_new_ids((size_t)S), guard_new_ids((size_t)N + 1), guard_new((size_t)S), S, N, 0 };
  memset(s.marker, 0, (size_t)(N + 1) * sizeof *s.marker);
  return s;
}


static int draw (sample *s, int law, uint64_t seed, uint64_t step) {
  return eimf_sample(s->ids, s->bias, s->marker, s->S, s->N, law, seed, step, &s->tries);
}


static void done (sample s) {
  GUARD_DONE(s.ids);
  GUARD_DONE(s.marker);
  GUARD_DONE(s.bias);
}


static void distinct_and_within_range (void) {
  static const int64_t sizes[][2] = { { 0, 5 }, { 1, 1 }, { 5, 5 }, { 7, 100 }, { 100, 100 }, { 512, 12101 } };
  for (int i = 0; i < 12; i++) {
    sample s = make(sizes[i / 2][0], sizes[i / 2][1]);
    CHECK_OK(draw(&s, i % 2, 7, 3));
    CHECK(s.tries >= s.S);
    for (int64_t j = 0; j <= s.N; j++) CHECK_INT(s.marker[j], 0);
    for (int64_t j = 0; j < s.S; j++) {
      CHECK(s.ids[j] >= 1 && s.ids[j] <= s.N);
      CHECK_INT(s.marker[s.ids[j]]++, 0);
      CHECK(isfinite(s.bias[j]) && s.bias[j] >= 0);
    }
    done(s);
  }
}


static void more_than_there_are (void) {
  sample s = make(6, 6);
  s.N = 5;
  CHECK_INT(draw(&s, EIMF_UNIFORM, 1, 1), EIMF_ERANGE);
  done(s);
}


static void a_function_of_seed_and_step (void) {
  sample a = make(64, 1000), b = make(64, 1000);
  for (int law = 0; law < 2; law++) {
    draw(&a, law, 7, 3);
    draw(&b, law, 7, 3);
    CHECK(memcmp(a.ids, b.ids, 64 * sizeof *a.ids) == 0);
    draw(&b, law, 7, 4);
    CHECK(memcmp(a.ids, b.ids, 64 * sizeof *a.ids) != 0);
    draw(&b, law, 8, 3);
    CHECK(memcmp(a.ids, b.ids, 64 * sizeof *a.ids) != 0);
  }
  done(a);
  done(b);
}


/* How often each id is in a sample, against exp(-bias), the chance that the kernel says it had. */
static void drawn_as_often_as_said (int law, int64_t S, int64_t N, double tolerance) {
  enum { STEPS = 20000 };
  sample s = make(S, N);
  double *seen = calloc((size_t)N + 1, sizeof *seen), *chance = calloc((size_t)N + 1, sizeof *chance);
  float *bias = guard_new((size_t)N);
  int32_t *all = guard_new_ids((size_t)N);
  for (int64_t i = 0; i < N; i++) all[i] = (int32_t)i + 1;
  for (uint64_t step = 0; step < STEPS; step++) {
    draw(&s, law, 99, step);
    for (int64_t i = 0; i < S; i++) seen[s.ids[i]] += 1.0 / STEPS;
    eimf_sample_bias(bias, all, N, S, N, law, s.tries);
    for (int64_t i = 0; i < N; i++) chance[i + 1] += exp(-(double)bias[i]) / STEPS;
    for (int64_t i = 0; i < S; i++) CHECK_NEAR(s.bias[i], bias[s.ids[i] - 1], 1e-6);
  }
  for (int64_t i = 1; i <= N; i++) CHECK_NEAR(seen[i], chance[i], tolerance);
  if (law == EIMF_UNIFORM) CHECK_NEAR(chance[1], (double)S / (double)N, 1e-6);
  free(seen);
  free(chance);
  GUARD_DONE(bias);
  GUARD_DONE(all);
  done(s);
}


static void distribution (void) {
  drawn_as_often_as_said(EIMF_UNIFORM, 8, 50, 0.012);            /* 4.5 standard errors of 0.0026 */
  drawn_as_often_as_said(EIMF_LOG_UNIFORM, 8, 50, 0.025);        /* 1 - (1 - P)^tries is an approximation */
}


static void popular_items_come_first (void) {
  sample s = make(1, 1000);
  double low = 0;
  for (uint64_t step = 0; step < 10000; step++) {
    draw(&s, EIMF_LOG_UNIFORM, 5, step);
    low += s.ids[0] <= 30;
  }
  CHECK_NEAR(low / 10000, log(31) / log(1001), 0.015);           /* 0.497 */
  done(s);
}


static void no_item_has_no_bias (void) {
  static const int32_t ids[] = { 0, 1 };
  float bias[2];
  eimf_sample_bias(bias, ids, 2, 10, 100, EIMF_UNIFORM, 10);
  CHECK(bias[0] == 0);
  CHECK_NEAR(bias[1], log(10), 1e-6);
}


int main (void) {
  RUN(distinct_and_within_range);
  RUN(more_than_there_are);
  RUN(a_function_of_seed_and_step);
  RUN(distribution);
  RUN(popular_items_come_first);
  RUN(no_item_has_no_bias);
  return check_report("sampler");
}
