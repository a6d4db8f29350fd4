/*
** rank_twin_test.c: exact top n against its naive twin: ties, exclusion, more places than items.
*/
#include "levels.h"

#include "kernels/ref.h"

typedef struct {
  eimf_rank s;
  float *v, *e, *score, *scratch;
  int32_t *ids, *exclude, *exclude_off;
} problem;

/* whole: small whole numbers, so that scores are exact and ties abound. */
static problem make (int64_t U, int64_t K, int64_t D, int64_t N, int64_t n, int whole, int exclude) {
  problem q = { .v = filled(U * K * D, 1), .e = filled((N + 1) * D, 2) };
  for (int64_t i = 0; whole && i < U * K * D; i++) q.v[i] = rintf(q.v[i] * 2);
  for (int64_t i = 0; whole && i < (N + 1) * D; i++) q.e[i] = rintf(q.e[i] * 2);
  for (int64_t d = 0; d < D; d++) q.e[d] = 100;    /* row 0 would win if it took part */
  q.s = (eimf_rank){ .U = U, .K = K, .D = D, .N = N, .n = n, .threads = 2, .v = q.v, .e = q.e };
  q.exclude_off = guard_new_ids((size_t)U + 1);
  q.exclude = guard_new_ids((size_t)(U * N));
  q.exclude_off[0] = 0;
  for (int64_t u = 0; u < U; u++) {                /* every third item, all, none, the first half ... */
    int32_t at = q.exclude_off[u];
    for (int32_t i = 1; i <= N; i++)
      if (u % 4 == 0 ? (i + u) % 3 == 0 : u % 4 == 1 ? N < 60 : u % 4 == 2 ? 0 : 2 * i < N) q.exclude[at++] = i;
    q.exclude_off[u + 1] = at;
  }
  if (exclude) {
    q.s.exclude = q.exclude;
    q.s.exclude_off = q.exclude_off;
  }
  q.ids = guard_new_ids((size_t)(U * n));
  q.score = guard_new((size_t)(U * n));
  q.scratch = guard_new((size_t)eimf_rank_scratch(&q.s));
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.v);
  GUARD_DONE(q.e);
  GUARD_DONE(q.exclude);
  GUARD_DONE(q.exclude_off);
  GUARD_DONE(q.ids);
  GUARD_DONE(q.score);
  GUARD_DONE(q.scratch);
}


static void rank (problem *q) {
  q->s.threads = eimf_threads();
  eimf_rank_top(q->ids, q->score, &q->s, q->scratch);
}


static void compare (int64_t U, int64_t K, int64_t D, int64_t N, int64_t n, int whole, int exclude) {
  problem q = make(U, K, D, N, n, whole, exclude);
  int32_t *ids = guard_new_ids((size_t)(U * n));
  float *score = guard_new((size_t)(U * n));
  spans out = { { q.ids, (size_t)(U * n) }, { q.score, (size_t)(U * n) } };
  CHECK_THREADS(out, rank(&q));
  ref_rank_top(ids, score, &q.s);
  CHECK_CLOSE(q.score, score, U * n, whole ? 0 : 3e-6);
  int64_t other = 0;
  for (int64_t i = 0; i < U * n; i++) other += q.ids[i] != ids[i];
  check_that(other <= (whole ? 0 : U * n / 200), __LINE__, "%lld of %lld ids differ (U %lld K %lld D %lld N %lld)",
             (long long)other, (long long)(U * n), (long long)U, (long long)K, (long long)D, (long long)N);
  GUARD_DONE(ids);
  GUARD_DONE(score);
  done(q);
}


static void ties_and_exclusion (void) {
  for (int exclude = 0; exclude < 2; exclude++) {
    for (int64_t K = 1; K <= 8; K++) compare(9, K, 3, 100, 10, 1, exclude);
    compare(1, 1, 1, 1, 1, 1, exclude);
    compare(1, 4, 64, 31, 50, 1, exclude);         /* more places than items */
    compare(5, 4, 16, 32, 32, 1, exclude);
    compare(5, 4, 16, 33, 7, 1, exclude);
    compare(7, 2, 50, 300, 100, 1, exclude);
  }
}


static void many_users (void) {
  for (int exclude = 0; exclude < 2; exclude++) {
    compare(250, 4, 16, 500, 20, 1, exclude);      /* several blocks of users, packed items */
    compare(130, 3, 50, 257, 50, 0, exclude);
    compare(300, 1, 64, 129, 5, 0, exclude);
  }
}


static void nothing_to_rank (void) {
  compare(3, 2, 4, 0, 5, 1, 0);                    /* no items: ids 0, scores -inf */
}


/* Scores of minus infinity and NaN are no scores: such items are not in the list, and nothing breaks. */
static void odd_scores (void) {
  problem q = make(3, 2, 16, 70, 10, 0, 0);
  for (int d = 0; d < 16; d++) {
    q.e[5 * 16 + d] = NAN;
    q.e[6 * 16 + d] = d == 0 ? INFINITY : 0;
  }
  rank(&q);
  for (int i = 0; i < 3 * 10; i++) {
    CHECK(q.ids[i] >= 1 && q.ids[i] <= 70 && q.ids[i] != 5);
    CHECK(i % 10 == 0 || q.score[i - 1] >= q.score[i]);
  }
  done(q);
}


/* Each user alone gets what it got among all, to the last bit: alone, every item is scored in full (hot/sieve.c). */
static void compare_alone (const problem *all) {
  const int64_t n = all->s.n, width = all->s.K * all->s.D;
  for (int64_t u = 0; u < all->s.U; u += all->s.U / 10) {
    int32_t off[2] = { 0, all->exclude_off[u + 1] - all->exclude_off[u] };
    eimf_rank s = all->s;
    s.U = 1;
    s.v += u * width;
    if (s.exclude != NULL) {
      s.exclude += all->exclude_off[u];
      s.exclude_off = off;
    }
    int32_t *ids = guard_new_ids((size_t)n);
    float *score = guard_new((size_t)n), *scratch = guard_new((size_t)eimf_rank_scratch(&s));
    eimf_rank_top(ids, score, &s, scratch);
    CHECK(memcmp(ids, all->ids + u * n, (size_t)n * sizeof *ids) == 0);
    CHECK(memcmp(score, all->score + u * n, (size_t)n * sizeof *score) == 0);
    GUARD_DONE(ids);
    GUARD_DONE(score);
    GUARD_DONE(scratch);
  }
}


/* What a user gets does not depend on who else is ranked. */
static void alone_or_in_a_batch (void) {
  static const int64_t shapes[][3] = {       /* users, interests, width */
    { 130, 4, 50 }, { 500, 1, 1 }, { 200, 2, 3 }, { 90, 9, 64 }, { 30, 17, 33 }, { 130, 4, 160 }, { 130, 4, 161 },
  };
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    problem all = make(shapes[i][0], shapes[i][1], shapes[i][2], 700, 20, 0, 1);
    rank(&all);
    compare_alone(&all);
    done(all);
  }
}


static void scale (float *x, int64_t n, float by) { for (int64_t i = 0; i < n; i++) x[i] *= by; }

/* Vectors that whole numbers of a byte do not suit: all lengths that float32 has, one number far above the others,
** none but zeros, no numbers, lists near to each other. */
static void vectors_of_all_kinds (void) {
  enum { U = 260, K = 3, D = 40, N = 900 };
  static const float by[] = { 1, 1e-3f, 1e3f, 1e-18f, 1e18f, 1e-30f, 1e30f, 0 };
  for (int kind = 0; kind < 5; kind++) {
    problem q = make(U, K, D, N, 20, 0, kind % 2);
    for (int64_t i = 1; i <= N; i++) {
      float *e = q.e + i * D;
      if (kind == 0) scale(e, D, by[i / 100 % 8]);
      if (kind == 1) scale(e, D, by[i % 3]);
      if (kind == 2) e[i % D] *= 1e4f;
      if (kind == 3 && i % 70 == 0) e[i % D] = i % 140 == 0 ? NAN : -INFINITY;
      if (kind == 4) for (int64_t d = 0; d < D; d++) e[d] = 1 + 1e-4f * e[d];
    }
    for (int64_t r = 0; r < U * K; r++) {
      if (kind == 0) scale(q.v + r * D, D, by[r / K % 8]);
      if (kind == 1) scale(q.v + r * D, D, by[r % 3]);
      if (kind == 2) q.v[r * D + r % D] *= 1e5f;
      if (kind == 3 && r % 50 == 0) q.v[r * D] = NAN;
    }
    rank(&q);
    compare_alone(&q);
    done(q);
  }
}


int main (void) {
  RUN_LEVELS(ties_and_exclusion);
  RUN_LEVELS(many_users);
  RUN_LEVELS(nothing_to_rank);
  RUN_LEVELS(odd_scores);
  RUN_LEVELS(alone_or_in_a_batch);
  RUN_LEVELS(vectors_of_all_kinds);
  return check_report("rank_twin");
}
