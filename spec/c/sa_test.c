/*
** sa_test.c: self-attentive extraction against its naive twin: every K, odd widths, empty segments, histories
** longer than the positions, rows that repeat vectors.
*/
#include "levels.h"

#include "kernels/ref.h"

/* A problem, what its kernel writes, and what the twin says. */
typedef struct {
  eimf_sa s;
  int32_t *off, *rows;
  float *h, *p, *w1, *w2, *dv, *da, *scratch;
  float *v, *a, *u, *dh, *dp, *dw1, *dw2;
} problem;

/* n > 0: rows repeat so many vectors, some of which nobody has. */
static problem make_of (int64_t B, int64_t D, int64_t H, int64_t K, int64_t T, int64_t n) {
  problem q = { .off = jagged_offsets(B) };
  const int64_t R = q.off[B];
  if (n > 0) {
    q.rows = guard_words((size_t)R);
    for (int64_t r = 0; r < R; r++) q.rows[r] = (int32_t)(r * r % 97 * 3 % n);
  }
  else n = R;
  q.h = filled(n * D, 1);
  q.p = T > 0 ? filled(T * D, 2) : NULL;
  q.w1 = filled(D * H, 3);
  q.w2 = filled(H * K, 4);
  q.dv = filled(B * K * D, 5);
  q.da = filled(R * K, 10);
  q.s = (eimf_sa){ .R = R, .B = B, .D = D, .H = H, .K = K, .T = T, .n = n, .threads = 2,
                   .off = q.off, .rows = q.rows, .h = q.h, .p = q.p, .w1 = q.w1, .w2 = q.w2 };
  q.scratch = guard_new((size_t)eimf_sa_scratch(&q.s));
  q.v = guard_new((size_t)(B * K * D));
  q.a = guard_new((size_t)(R * K));
  q.u = q.rows == NULL ? guard_new((size_t)(R * H)) : NULL;
  q.dh = filled(n * D, 6);
  q.dp = filled(T * D, 7);
  q.dw1 = filled(D * H, 8);
  q.dw2 = filled(H * K, 9);
  return q;
}


static problem make (int64_t B, int64_t D, int64_t H, int64_t K, int64_t T) { return make_of(B, D, H, K, T, 0); }


static void done (problem q) {
  GUARD_DONE(q.off);
  if (q.rows != NULL) GUARD_DONE(q.rows);
  GUARD_DONE(q.h);
  if (q.p != NULL) GUARD_DONE(q.p);
  GUARD_DONE(q.w1);
  GUARD_DONE(q.w2);
  GUARD_DONE(q.dv);
  GUARD_DONE(q.da);
  GUARD_DONE(q.scratch);
  GUARD_DONE(q.v);
  GUARD_DONE(q.a);
  if (q.u != NULL) GUARD_DONE(q.u);
  GUARD_DONE(q.dh);
  GUARD_DONE(q.dp);
  GUARD_DONE(q.dw1);
  GUARD_DONE(q.dw2);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_sa_fwd(q->v, q->a, q->u, &q->s, q->scratch);
}


static void backward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_sa_bwd(q->dh, 1, q->p ? q->dp : NULL, q->dw1, q->dw2, q->dv, q->da, q->a, q->u, &q->s, q->scratch);
}


static void compare_of (int64_t B, int64_t D, int64_t H, int64_t K, int64_t T, int64_t n) {
  problem q = make_of(B, D, H, K, T, n);
  const eimf_sa *s = &q.s;
  const int64_t nv = B * K * D, na = s->R * K, nu = s->R * H, nh = s->n * D;
  float *v = guard_new((size_t)nv), *a = guard_new((size_t)na), *u = guard_new((size_t)nu);
  float *dh = copied(q.dh, nh), *dp = copied(q.dp, T * D), *dw1 = copied(q.dw1, D * H), *dw2 = copied(q.dw2, H * K);
  spans out = { { q.v, (size_t)nv }, { q.a, (size_t)na }, { q.u, (size_t)(q.u ? nu : 0) } };
  spans grad = { { q.dh, (size_t)nh }, { q.dp, (size_t)(T * D) }, { q.dw1, (size_t)(D * H) },
                 { q.dw2, (size_t)(H * K) } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_sa_fwd(v, a, u, s);
  ref_sa_bwd(dh, q.p ? dp : NULL, dw1, dw2, q.dv, q.da, s);
  CHECK_CLOSE(q.v, v, nv, 1e-5);
  CHECK_CLOSE(q.a, a, na, 1e-5);
  if (q.u != NULL) CHECK_CLOSE(q.u, u, nu, 5e-6);
  CHECK_CLOSE(q.dh, dh, nh, 3e-5);
  CHECK_CLOSE(q.dp, dp, T * D, 5e-5);
  CHECK_CLOSE(q.dw1, dw1, D * H, 5e-5);
  CHECK_CLOSE(q.dw2, dw2, H * K, 5e-5);
  GUARD_DONE(v);
  GUARD_DONE(a);
  GUARD_DONE(u);
  GUARD_DONE(dh);
  GUARD_DONE(dp);
  GUARD_DONE(dw1);
  GUARD_DONE(dw2);
  done(q);
}


static void compare (int64_t B, int64_t D, int64_t H, int64_t K, int64_t T) { compare_of(B, D, H, K, T, 0); }


static void every_k_and_width (void) {
  static const int64_t widths[] = { 1, 3, 16, 50, 64 };
  for (int64_t K = 1; K <= 8; K++) compare(9, widths[K % 5], 4 * widths[K % 5], K, 20);
  for (int i = 0; i < 5; i++) compare(9, widths[i], 7, 4, 5);      /* histories of 41 and 7 are longer */
}


static void few_segments (void) {
  compare(0, 16, 64, 4, 5);
  compare(1, 16, 64, 4, 5);
  compare(2, 3, 5, 2, 1);
  compare(3, 16, 1, 1, 0);                         /* no positions */
}


static void many_chunks (void) {
  compare(300, 16, 33, 4, 20);                     /* 2,213 rows: chunks, tiles, two threads */
}


static void rows_that_repeat_vectors (void) {
  for (int64_t K = 1; K <= 8; K++) compare_of(9, 3 * K, 7 * K, K, 5 * (K % 2), 1 + 9 * K);
  compare_of(300, 16, 33, 4, 20, 500);
  compare_of(300, 20, 64, 5, 150, 100);            /* more positions than a tile has rows */
  compare_of(300, 16, 64, 4, 20, 1);
  compare_of(0, 16, 64, 4, 5, 3);                  /* nobody has a history */
}


/* The way forward has the same bits whether vectors are told to repeat or stand there again. */
static void repeated_or_written_out (void) {
  problem q = make_of(300, 16, 64, 4, 20, 77);
  const int64_t R = q.s.R, nv = 300 * 4 * 16;
  float *h = guard_new((size_t)(R * 16)), *v = guard_new((size_t)nv);
  for (int64_t r = 0; r < R; r++) memcpy(h + r * 16, q.h + q.rows[r] * 16, 16 * sizeof *h);
  forward(&q);
  memcpy(v, q.v, (size_t)nv * sizeof *v);
  q.s.h = h;
  q.s.rows = NULL;
  q.s.n = R;
  GUARD_DONE(q.scratch);
  q.scratch = guard_new((size_t)eimf_sa_scratch(&q.s));
  q.u = guard_new((size_t)(R * 64));
  forward(&q);
  CHECK(memcmp(v, q.v, (size_t)nv * sizeof *v) == 0);
  GUARD_DONE(h);
  GUARD_DONE(v);
  done(q);
}


static void gradients_of (int64_t n) {
  problem q = make_of(9, 16, 64, 4, 5, n);
  float *dw1 = copied(q.dw1, 16 * 64);
  forward(&q);
  eimf_sa_bwd(NULL, 1, NULL, q.dw1, q.dw2, q.dv, NULL, q.a, q.u, &q.s, q.scratch);
  ref_sa_bwd(NULL, NULL, dw1, q.dw2, q.dv, NULL, &q.s);
  CHECK_CLOSE(q.dw1, dw1, 16 * 64, 5e-5);
  GUARD_DONE(dw1);
  done(q);
}

static void gradients_that_nobody_wants (void) {
  gradients_of(0);
  gradients_of(20);
}


/* Gradients of rows that are written, whatever was there: what adding them to zeros gives. */
static void written_not_added (void) {
  for (int64_t K = 3; K <= 10; K++) {
    problem q = make_of(9, 16, 64, K < 7 ? K : K - 4, 5, K < 7 ? 0 : 30);
    float *dh = filled(q.s.n * 16, 11);
    forward(&q);
    memset(q.dh, 0, (size_t)(q.s.n * 16) * sizeof *q.dh);
    backward(&q);
    eimf_sa_bwd(dh, 0, NULL, q.dw1, q.dw2, q.dv, q.da, q.a, q.u, &q.s, q.scratch);
    CHECK_CLOSE(q.dh, dh, q.s.n * 16, 0);
    GUARD_DONE(dh);
    done(q);
  }
}


static void an_empty_history_gives_zeros (void) {
  problem q = make(9, 16, 64, 4, 5);
  forward(&q);
  for (int64_t i = 0; i < 4 * 16; i++) CHECK(q.v[1 * 4 * 16 + i] == 0);       /* segment 1 is empty */
  done(q);
}


/* What a history gives does not depend on its neighbours in the batch: not on their tile, nor on their chunk. */
static void alone_or_in_a_batch (void) {
  problem all = make(300, 16, 64, 4, 20);
  forward(&all);
  for (int64_t b = 6; b < 300; b += 49) {
    const int32_t n = all.off[b + 1] - all.off[b];
    int32_t off[2] = { 0, n };
    eimf_sa s = all.s;
    s.R = s.n = n;
    s.B = 1;
    s.off = off;
    s.h = all.h + all.off[b] * 16;
    float *v = guard_new(4 * 16), *a = guard_new((size_t)n * 4), *u = guard_new((size_t)n * 64);
    float *scratch = guard_new((size_t)eimf_sa_scratch(&s));
    eimf_sa_fwd(v, a, u, &s, scratch);
    CHECK(memcmp(v, all.v + b * 4 * 16, sizeof(float) * 4 * 16) == 0);
    GUARD_DONE(v);
    GUARD_DONE(a);
    GUARD_DONE(u);
    GUARD_DONE(scratch);
  }
  done(all);
}


int main (void) {
  RUN_LEVELS(every_k_and_width);
  RUN_LEVELS(few_segments);
  RUN_LEVELS(many_chunks);
  RUN_LEVELS(rows_that_repeat_vectors);
  RUN_LEVELS(repeated_or_written_out);
  RUN_LEVELS(gradients_that_nobody_wants);
  RUN_LEVELS(written_not_added);
  RUN_LEVELS(an_empty_history_gives_zeros);
  RUN_LEVELS(alone_or_in_a_batch);
  return check_report("sa");
}
