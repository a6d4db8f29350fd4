/*
** gru_test.c: the GRU in both forms against its naive twin: odd widths, empty segments, chunks and tiles.
*/
#include "levels.h"

#include "kernels/ref.h"

/* A problem, what its kernel writes, and what the twin says. */
typedef struct {
  eimf_gru s;
  int32_t *off;
  float *x, *wx, *wh, *bx, *bh, *g, *scratch, *back;
  float *h, *gates;
  eimf_gru_gradients d;
} problem;

static problem make (int64_t B, int64_t D, int64_t H, int before) {
  problem q = { .off = jagged_offsets(B) };
  const int64_t R = q.off[B];
  q.x = filled(R * D, 1);
  q.wx = filled(D * 3 * H, 2);
  q.wh = filled(H * 3 * H, 3);
  for (int64_t i = 0; i < H * 3 * H; i++) q.wh[i] *= 2 / (float)H;      /* states that do not explode backwards */
  q.bx = filled(3 * H, 4);
  q.bh = filled(3 * H, 5);
  q.g = filled(R * H, 6);
  q.s = (eimf_gru){ .R = R, .B = B, .D = D, .H = H, .threads = 2, .before = before, .off = q.off,
                    .x = q.x, .wx = q.wx, .wh = q.wh, .bx = q.bx, .bh = q.bh };
  q.scratch = guard_new((size_t)eimf_gru_scratch(&q.s, 0));
  q.back = guard_new((size_t)eimf_gru_scratch(&q.s, 1));
  q.h = guard_new((size_t)(R * H));
  q.gates = guard_new((size_t)(R * 4 * H));
  q.d = (eimf_gru_gradients){ filled(R * D, 7), filled(D * 3 * H, 8), filled(H * 3 * H, 9), filled(3 * H, 10),
                              filled(3 * H, 11) };
  return q;
}


static void free_gradients (eimf_gru_gradients d) {
  GUARD_DONE(d.x);
  GUARD_DONE(d.wx);
  GUARD_DONE(d.wh);
  GUARD_DONE(d.bx);
  GUARD_DONE(d.bh);
}

static void done (problem q) {
  GUARD_DONE(q.off);
  GUARD_DONE(q.x);
  GUARD_DONE(q.wx);
  GUARD_DONE(q.wh);
  GUARD_DONE(q.bx);
  GUARD_DONE(q.bh);
  GUARD_DONE(q.g);
  GUARD_DONE(q.scratch);
  GUARD_DONE(q.back);
  GUARD_DONE(q.h);
  GUARD_DONE(q.gates);
  free_gradients(q.d);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_gru_fwd(q->h, q->gates, &q->s, q->scratch);
}

static void backward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_gru_bwd(&q->d, q->g, q->h, q->gates, &q->s, q->back);
}


static void compare (int64_t B, int64_t D, int64_t H, int before) {
  problem q = make(B, D, H, before);
  const int64_t R = q.s.R;
  float *h = guard_new((size_t)(R * H));
  eimf_gru_gradients d = { copied(q.d.x, R * D), copied(q.d.wx, D * 3 * H), copied(q.d.wh, H * 3 * H),
                           copied(q.d.bx, 3 * H), copied(q.d.bh, 3 * H) };
  spans out = { { q.h, (size_t)(R * H) }, { q.gates, (size_t)(R * 4 * H) } };
  spans grad = { { q.d.x, (size_t)(R * D) }, { q.d.wx, (size_t)(D * 3 * H) }, { q.d.wh, (size_t)(H * 3 * H) },
                 { q.d.bx, (size_t)(3 * H) }, { q.d.bh, (size_t)(3 * H) } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_gru_fwd(h, &q.s);
  ref_gru_bwd(&d, q.g, &q.s);
  CHECK_CLOSE(q.h, h, R * H, 5e-6);
  CHECK_CLOSE(q.d.x, d.x, R * D, 3e-5);
  CHECK_CLOSE(q.d.wx, d.wx, D * 3 * H, 5e-5);
  CHECK_CLOSE(q.d.wh, d.wh, H * 3 * H, 5e-5);
  CHECK_CLOSE(q.d.bx, d.bx, 3 * H, 5e-5);
  CHECK_CLOSE(q.d.bh, d.bh, 3 * H, 5e-5);
  GUARD_DONE(h);
  free_gradients(d);
  done(q);
}


static void widths (void) {
  static const int64_t sizes[][2] = { { 1, 1 }, { 3, 5 }, { 16, 16 }, { 50, 7 }, { 9, 50 }, { 33, 32 } };
  for (int i = 0; i < 6; i++)
    for (int before = 0; before < 2; before++) compare(9, sizes[i][0], sizes[i][1], before);
}


static void few_segments (void) {
  for (int before = 0; before < 2; before++)
    for (int64_t B = 0; B < 4; B++) compare(B, 5, 6, before);
}


static void many_chunks (void) {
  for (int before = 0; before < 2; before++) compare(120, 17, 18, before);       /* 885 rows, five chunks */
  compare(900, 3, 4, 0);                                                         /* wider ones */
}


static void a_gradient_that_nobody_wants (void) {
  problem q = make(9, 5, 6, 0);
  eimf_gru_gradients none = q.d;
  float *dwx = copied(q.d.wx, 5 * 18), *dwh = copied(q.d.wh, 6 * 18), *dbx = copied(q.d.bx, 18);
  float *dbh = copied(q.d.bh, 18);
  forward(&q);
  none.x = NULL;
  eimf_gru_bwd(&none, q.g, q.h, q.gates, &q.s, q.back);
  ref_gru_bwd(&(eimf_gru_gradients){ NULL, dwx, dwh, dbx, dbh }, q.g, &q.s);
  CHECK_CLOSE(q.d.wx, dwx, 5 * 18, 5e-5);
  CHECK_CLOSE(q.d.wh, dwh, 6 * 18, 5e-5);
  GUARD_DONE(dwx);
  GUARD_DONE(dwh);
  GUARD_DONE(dbx);
  GUARD_DONE(dbh);
  done(q);
}


/* What a history gives does not depend on its neighbours in the batch. */
static void alone_or_in_a_batch (void) {
  for (int before = 0; before < 2; before++) {
    problem all = make(120, 16, 20, before);
    forward(&all);
    for (int64_t b = 6; b < 120; b += 49) {
      const int32_t n = all.off[b + 1] - all.off[b];
      int32_t off[2] = { 0, n };
      eimf_gru s = all.s;
      s.R = n;
      s.B = 1;
      s.off = off;
      s.x = all.x + all.off[b] * 16;
      float *h = guard_new((size_t)n * 20), *gates = guard_new((size_t)n * 80);
      float *scratch = guard_new((size_t)eimf_gru_scratch(&s, 0));
      eimf_gru_fwd(h, gates, &s, scratch);
      CHECK(memcmp(h, all.h + all.off[b] * 20, sizeof(float) * (size_t)n * 20) == 0);
      GUARD_DONE(h);
      GUARD_DONE(gates);
      GUARD_DONE(scratch);
    }
    done(all);
  }
}


int main (void) {
  RUN_LEVELS(widths);
  RUN_LEVELS(few_segments);
  RUN_LEVELS(many_chunks);
  RUN_LEVELS(a_gradient_that_nobody_wants);
  RUN_LEVELS(alone_or_in_a_batch);
  return check_report("gru");
}
