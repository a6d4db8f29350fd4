/*
** diverse_test.c: the kernel of diverse.h beside a twin that counts pairs anew for every candidate.
*/
#include "check.h"
#include "kernels/diverse.h"

enum { U = 40, M = 30, N = 60, CATEGORIES = 5 };

/* What item i would add to the list of t items. */
static double value (const eimf_diverse_spec *s, int32_t id, float score, const int32_t *list, int64_t t) {
  double sum = score;
  for (int64_t j = 0; j < t; j++)
    if (s->category[list[j]] != 0 && s->category[id] != 0 && s->category[list[j]] != s->category[id])
      sum += (double)s->lambda;
  return sum;
}


static int holds (const int32_t *list, int64_t t, int32_t id) {
  for (int64_t j = 0; j < t; j++)
    if (list[j] == id) return 1;
  return 0;
}


static void twin (int32_t *ids, const eimf_diverse_spec *s, int64_t u) {
  for (int64_t t = 0; t < s->n; t++) {
    double most = -INFINITY;
    ids[t] = 0;
    for (int64_t i = 0; i < s->M; i++) {
      int32_t id = s->candidate[u * s->M + i];
      if (id == 0 || holds(ids, t, id)) continue;
      double x = value(s, id, s->score[u * s->M + i], ids, t);
      if (x > most) { most = x; ids[t] = id; }
    }
  }
}


/* Rows of M distinct ids with falling scores; some rows end early. */
static void fill (int32_t *candidate, float *score, int32_t *category) {
  for (int i = 1; i <= N; i++) category[i] = (i * 7) % (CATEGORIES + 1);
  category[0] = 0;
  for (int u = 0; u < U; u++) {
    int m = u % 7 == 0 ? u / 2 : M;
    for (int i = 0; i < M; i++) {
      candidate[u * M + i] = i < m ? 1 + (i * 13 + u * 5) % N : 0;
      score[u * M + i] = i < m ? (float)(M - i / 2) / (float)(1 + u % 3) : -INFINITY;
    }
  }
}


static void lists_are_those_of_the_twin (void) {
  const float lambdas[] = { 0, 0.125f, 1, 100 };
  const int64_t lengths[] = { 1, 10, M, M + 3 };
  int32_t *candidate = guard_new_ids(U * M), *category = guard_new_ids(N + 1), *same = guard_new_ids(M);
  float *score = guard_new(U * M);
  fill(candidate, score, category);
  for (int l = 0; l < 4; l++)
    for (int k = 0; k < 4; k++) {
      eimf_diverse_spec s = { .U = U, .M = M, .n = lengths[k], .candidate = candidate, .score = score,
                              .category = category, .lambda = lambdas[l] };
      int32_t *ids = guard_new_ids((size_t)(U * s.n)), expected[M + 3];
      float *scores = guard_new((size_t)(U * s.n));
      eimf_diverse(ids, scores, &s, same);
      for (int64_t u = 0; u < U; u++) {
        twin(expected, &s, u);
        for (int64_t t = 0; t < s.n; t++) CHECK_INT(ids[u * s.n + t], expected[t]);
      }
      GUARD_DONE(ids); GUARD_DONE(scores);
    }
  GUARD_DONE(candidate); GUARD_DONE(category); GUARD_DONE(same); GUARD_DONE(score);
}


static void scores_stay_the_candidates_own (void) {
  const int32_t candidate[] = { 1, 2, 3, 0 }, category[] = { 0, 1, 1, 2 };
  const float score[] = { 3, 2.5f, 2, -INFINITY };
  eimf_diverse_spec s = { .U = 1, .M = 4, .n = 4, .candidate = candidate, .score = score, .category = category,
                          .lambda = 1 };
  int32_t ids[4], same[4];
  float scores[4];
  eimf_diverse(ids, scores, &s, same);
  CHECK_INT(ids[0], 1);
  CHECK_INT(ids[1], 3);
  CHECK_INT(ids[2], 2);
  CHECK_INT(ids[3], 0);
  CHECK_NEAR(scores[1], 2, 0);
  CHECK_NEAR(scores[2], 2.5, 0);
  CHECK(isinf(scores[3]) && scores[3] < 0);
}


int main (void) {
  RUN(lists_are_those_of_the_twin);
  RUN(scores_stay_the_candidates_own);
  return check_report("diverse");
}
