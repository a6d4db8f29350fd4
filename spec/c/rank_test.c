/*
** rank_test.c: eimf_rank_top against its definition, in every instruction set,
** with guard words after lists, scores and scratch. Values are small whole
** numbers, so that sums are exact in any order and ties are frequent.
*/
#include "check.h"
#include "kernels/hot.h"

typedef struct { int64_t U, K, D, N, n; int threads, excluded; } shape;

static const shape SHAPES[] = {
  { 1, 1, 1, 1, 1, 1, 0 }, { 1, 4, 16, 100, 10, 1, 1 }, { 3, 1, 7, 31, 40, 1, 1 }, { 49, 4, 8, 65, 20, 2, 1 },
  { 100, 3, 5, 513, 50, 2, 1 }, { 2, 200, 3, 64, 5, 1, 0 }, { 40, 13, 2, 257, 1, 2, 1 }, { 5, 2, 4, 2000, 900, 1, 1 },
  { 4, 2, 4, 0, 3, 1, 0 },
};

static void fill_whole (float *x, int64_t n, uint32_t seed) {
  check_fill(x, (size_t)n, seed);
  for (int64_t i = 0; i < n; i++) x[i] = floorf(x[i] * 3);
}


/* A third of the items of each user, none of users whose number divides by 5. Returns how many in all. */
static int64_t fill_excluded (int32_t *ids, int32_t *off, const shape *s) {
  int64_t n = 0;
  off[0] = 0;
  for (int64_t u = 0; u < s->U; u++) {
    for (int64_t i = 1 + u % 3; s->excluded && u % 5 != 0 && i <= s->N; i += 3) ids[n++] = (int32_t)i;
    off[u + 1] = (int32_t)n;
  }
  return n;
}


static float score_of (const eimf_rank *s, int64_t u, int64_t id) {
  float best = -INFINITY;
  for (int64_t k = 0; k < s->K; k++) {
    float sum = 0;
    for (int64_t d = 0; d < s->D; d++) sum += s->v[(u * s->K + k) * s->D + d] * s->e[id * s->D + d];
    if (sum > best) best = sum;
  }
  return best;
}


static int excluded (const eimf_rank *s, int64_t u, int64_t id) {
  if (s->exclude == NULL) return 0;
  for (int32_t i = s->exclude_off[u]; i < s->exclude_off[u + 1]; i++)
    if (s->exclude[i] == id) return 1;
  return 0;
}


/* The next best after (score, id) in the order of rank; 0 where there is none. */
static int64_t next_best (const eimf_rank *s, int64_t u, float score, int64_t after, float *its) {
  int64_t best = 0;
  for (int64_t id = 1; id <= s->N; id++) {
    float x = score_of(s, u, id);
    if (excluded(s, u, id) || x > score || (x == score && id <= after)) continue;
    if (best == 0 || x > *its) { best = id; *its = x; }
  }
  return best;
}


static void check_user (const eimf_rank *s, int64_t u, const int32_t *ids, const float *score) {
  float last = INFINITY;
  int64_t id = 0;
  for (int64_t i = 0; i < s->n; i++) {
    float its = -INFINITY;
    if (i == 0 || id != 0) id = next_best(s, u, last, id, &its);
    last = its;
    CHECK_INT(ids[i], id);
    CHECK(score[i] == its);
  }
}


static void check_shape (const shape *t) {
  float *v = guard_new((size_t)(t->U * t->K * t->D)), *e = guard_new((size_t)((t->N + 1) * t->D));
  int32_t *list = guard_new_ids((size_t)(t->U * (t->N / 3 + 1))), *off = guard_new_ids((size_t)t->U + 1);
  int32_t *ids = guard_new_ids((size_t)(t->U * t->n));
  float *score = guard_new((size_t)(t->U * t->n));
  eimf_rank s = { t->U, t->K, t->D, t->N, t->n, t->threads, v, e, NULL, NULL };
  fill_whole(v, t->U * t->K * t->D, 1);
  fill_whole(e, (t->N + 1) * t->D, 2);
  if (fill_excluded(list, off, t) > 0) { s.exclude = list; s.exclude_off = off; }
  float *scratch = guard_new((size_t)eimf_rank_scratch(&s));
  eimf_rank_top(ids, score, &s, scratch);
  for (int64_t u = 0; u < t->U; u += t->U / 7 + 1) check_user(&s, u, ids + u * t->n, score + u * t->n);
  GUARD_DONE(v); GUARD_DONE(e); GUARD_DONE(list); GUARD_DONE(off);
  GUARD_DONE(ids); GUARD_DONE(score); GUARD_DONE(scratch);
}


static void lists_are_the_definition (void) {
  static const char *const levels[] = { "portable", "avx2", "avx512" };
  const char *best = eimf_simd_name();
  for (int i = 0; i < 3; i++) {
    if (eimf_set_simd(levels[i]) != EIMF_OK) continue;
    for (size_t t = 0; t < sizeof SHAPES / sizeof SHAPES[0]; t++) check_shape(&SHAPES[t]);
  }
  CHECK_OK(eimf_set_simd(best));
}


int main (void) {
  RUN(lists_are_the_definition);
  return check_report("rank");
}
