/*
** attention_test.c: causal attention against its naive twin: every number of
** heads, odd widths, empty, short and long segments, dropout; what a segment's
** neighbours must not change; and vectors of positions.
*/
#include "levels.h"

#include "kernels/ref.h"

typedef struct {
  eimf_attention s;
  int32_t *off;
  float *x, *dy, *dx, *y, *lse, *scratch;
} problem;

static float *new_scratch (const eimf_attention *s) {
  eimf_attention two = *s;
  two.threads = 2;
  return guard_new((size_t)eimf_attention_cut(&two).size);
}


static problem make (int32_t *off, int64_t B, int64_t H, int64_t d, double p) {
  const int64_t R = off[B];
  problem q = { .off = off };
  q.x = filled(R * 3 * H * d, 1);
  q.dy = filled(R * H * d, 2);
  q.dx = filled(R * 3 * H * d, 3);
  q.y = guard_new((size_t)(R * H * d));
  q.lse = guard_new((size_t)(R * H));
  q.s = (eimf_attention){ .R = R, .B = B, .H = H, .d = d, .off = off, .x = q.x, .p = p, .seed = 3, .step = 5, .draw = 2 };
  q.scratch = new_scratch(&q.s);
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.off);
  GUARD_DONE(q.x);
  GUARD_DONE(q.dy);
  GUARD_DONE(q.dx);
  GUARD_DONE(q.y);
  GUARD_DONE(q.lse);
  GUARD_DONE(q.scratch);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_attention_fwd(q->y, q->lse, &q->s, q->scratch);
}


static void backward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_attention_bwd(q->dx, q->dy, q->y, q->lse, &q->s, q->scratch);
}


static void compare (int32_t *off, int64_t B, int64_t H, int64_t d, double p) {
  problem q = make(off, B, H, d, p);
  const int64_t ny = q.s.R * H * d, nl = q.s.R * H;
  float *y = guard_new((size_t)ny), *lse = guard_new((size_t)nl), *dx = copied(q.dx, 3 * ny);
  spans out = { { q.y, (size_t)ny }, { q.lse, (size_t)nl } }, grad = { { q.dx, (size_t)(3 * ny) } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_attention_fwd(y, lse, &q.s);
  ref_attention_bwd(dx, q.dy, &q.s);
  CHECK_CLOSE(q.y, y, ny, 3e-6);
  CHECK_CLOSE(q.lse, lse, nl, 2e-6);
  CHECK_CLOSE(q.dx, dx, 3 * ny, 2e-5);
  GUARD_DONE(y);
  GUARD_DONE(lse);
  GUARD_DONE(dx);
  done(q);
}


/* Offsets (B+1) of segments of given lengths. */
static int32_t *offsets_of (const int32_t *lengths, int64_t B) {
  int32_t *off = guard_new_ids((size_t)B + 1);
  off[0] = 0;
  for (int64_t b = 0; b < B; b++) off[b + 1] = off[b] + lengths[b];
  return off;
}


static void every_width_and_number_of_heads (void) {
  static const int64_t widths[] = { 1, 3, 8, 16, 31, 32, 50, 64, 80 };
  for (int i = 0; i < 9; i++) compare(jagged_offsets(9), 9, 1 + i % 4, widths[i], i % 2 * 0.4);
}


static void few_segments (void) {
  static const int32_t one[] = { 1 }, none[] = { 0, 0 };
  compare(jagged_offsets(0), 0, 2, 4, 0);
  compare(offsets_of(none, 2), 2, 2, 4, 0.5);
  compare(offsets_of(one, 1), 1, 2, 4, 0.5);
}


static void lengths_around_a_block (void) {
  static const int32_t lengths[] = { 31, 32, 33, 1, 31, 2, 64, 65, 200, 0, 96 };
  compare(offsets_of(lengths, 11), 11, 2, 16, 0);
  compare(offsets_of(lengths, 11), 11, 1, 33, 0.5);
}


static void many_chunks (void) {
  compare(jagged_offsets(300), 300, 2, 8, 0.2);
}


/* What a segment gives is the same bits alone and beside others, and nothing of what comes later reaches a row. */
static void alone_or_in_a_batch (void) {
  problem all = make(jagged_offsets(300), 300, 2, 16, 0);
  forward(&all);
  for (int64_t b = 0; b < 300; b += 17) {
    const int32_t n = all.off[b + 1] - all.off[b];
    for (int32_t rows = n; rows > n / 2; rows -= 3) {
      int32_t off[2] = { 0, rows };
      eimf_attention s = all.s;
      s.R = rows;
      s.B = 1;
      s.off = off;
      s.x = all.x + all.off[b] * 3 * 32;
      float *y = guard_new((size_t)rows * 32), *lse = guard_new((size_t)rows * 2), *scratch = new_scratch(&s);
      eimf_attention_fwd(y, lse, &s, scratch);
      CHECK(memcmp(y, all.y + all.off[b] * 32, (size_t)rows * 32 * sizeof *y) == 0);
      CHECK(memcmp(lse, all.lse + all.off[b] * 2, (size_t)rows * 2 * sizeof *lse) == 0);
      GUARD_DONE(y);
      GUARD_DONE(lse);
      GUARD_DONE(scratch);
    }
  }
  done(all);
}


/* Scores of some hundreds: the softmax is that of the largest. */
static void large_scores (void) {
  problem q = make(jagged_offsets(9), 9, 1, 16, 0);
  for (int64_t i = 0; i < q.s.R * 48; i++) q.x[i] *= 40;
  float *y = guard_new((size_t)(q.s.R * 16)), *lse = guard_new((size_t)q.s.R);
  forward(&q);
  ref_attention_fwd(y, lse, &q.s);
  CHECK_CLOSE(q.y, y, q.s.R * 16, 1e-3);
  CHECK_CLOSE(q.lse, lse, q.s.R, 1e-5);
  GUARD_DONE(y);
  GUARD_DONE(lse);
  done(q);
}


static void positions (void) {
  static const int64_t most[] = { 1, 3, 7, 60 };
  for (int i = 0; i < 4; i++) {
    const int64_t T = most[i], D = 13 + 40 * i, B = 300;
    int32_t *off = jagged_offsets(B);
    const int64_t n = off[B] * D;
    float *x = filled(n, 1), *p = filled(T * D, 2), *y = guard_new((size_t)n), *ey = guard_new((size_t)n);
    float *dp = filled(T * D, 3), *edp = copied(dp, T * D);
    spans out = { { y, (size_t)n } }, grad = { { dp, (size_t)(T * D) } };
    CHECK_THREADS(out, eimf_positions_fwd(y, x, p, 2.5f, off, B, T, D));
    CHECK_THREADS(grad, eimf_positions_bwd(dp, x, off, B, T, D));
    ref_positions_fwd(ey, x, p, 2.5f, off, B, T, D);
    ref_positions_bwd(edp, x, off, B, T, D);
    CHECK_CLOSE(y, ey, n, 1e-6);
    CHECK_CLOSE(dp, edp, T * D, 1e-4);
    GUARD_DONE(off);
    GUARD_DONE(x);
    GUARD_DONE(p);
    GUARD_DONE(y);
    GUARD_DONE(ey);
    GUARD_DONE(dp);
    GUARD_DONE(edp);
  }
}


int main (void) {
  RUN_LEVELS(every_width_and_number_of_heads);
  RUN_LEVELS(few_segments);
  RUN_LEVELS(lengths_around_a_block);
  RUN_LEVELS(many_chunks);
  RUN_LEVELS(alone_or_in_a_batch);
  RUN_LEVELS(large_scores);
  RUN(positions);
  return check_report("attention");
}
