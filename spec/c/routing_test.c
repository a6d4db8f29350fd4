/*
** routing_test.c: dynamic routing and the maps of positions against their naive twins: every K, odd widths, empty
** segments, both axes, both forms of x, histories longer than the positions.
*/
#include "levels.h"

#include "kernels/ref.h"

typedef struct {
  eimf_route s;
  int32_t *off;
  float *x, *logits, *dv, *v, *w, *z, *dx, *scratch;
} problem;

static int64_t size_of_x (const eimf_route *s) { return s->R * (s->own ? s->K : 1) * s->D; }


/* kind: bits of own, over_time, dynamic, and whether the logits begin with 0. */
static problem make (int64_t B, int64_t D, int64_t K, int iterations, int kind) {
  problem q = { .off = jagged_offsets(B) };
  const int64_t R = q.off[B];
  q.s = (eimf_route){ .R = R, .B = B, .K = K, .D = D, .iterations = iterations, .own = kind & 1,
                      .over_time = kind >> 1 & 1, .dynamic = kind >> 2 & 1, .off = q.off };
  q.x = filled(size_of_x(&q.s), 1);
  q.logits = filled(R * K, 2);
  q.dv = filled(B * K * D, 3);
  q.s.x = q.x;
  if (!(kind >> 3 & 1)) q.s.logits = q.logits;
  q.v = guard_new((size_t)(B * K * D));
  q.w = guard_new((size_t)(R * K));
  q.z = guard_new((size_t)(B * K * D));
  q.dx = filled(size_of_x(&q.s), 4);
  q.scratch = guard_new((size_t)((R > B * D ? R : B * D) * K));
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.off);
  GUARD_DONE(q.x);
  GUARD_DONE(q.logits);
  GUARD_DONE(q.dv);
  GUARD_DONE(q.v);
  GUARD_DONE(q.w);
  GUARD_DONE(q.z);
  GUARD_DONE(q.dx);
  GUARD_DONE(q.scratch);
}


static void compare (int64_t B, int64_t D, int64_t K, int iterations, int kind) {
  problem q = make(B, D, K, iterations, kind);
  const int64_t nv = B * K * D, nw = q.s.R * K, nx = size_of_x(&q.s);
  float *v = guard_new((size_t)nv), *w = guard_new((size_t)nw), *z = guard_new((size_t)nv), *dx = copied(q.dx, nx);
  spans out = { { q.v, (size_t)nv }, { q.w, (size_t)nw }, { q.z, (size_t)nv } }, grad = { { q.dx, (size_t)nx } };
  CHECK_THREADS(out, eimf_route_fwd(q.v, q.w, q.z, &q.s, q.scratch));
  CHECK_THREADS(grad, eimf_route_bwd(q.dx, q.dv, q.w, q.z, &q.s, q.scratch));
  ref_route_fwd(v, w, z, &q.s);
  ref_route_bwd(dx, q.dv, &q.s);
  CHECK_CLOSE(q.v, v, nv, 1e-5);
  CHECK_CLOSE(q.w, w, nw, 1e-5);
  CHECK_CLOSE(q.z, z, nv, 2e-5);
  CHECK_CLOSE(q.dx, dx, nx, 1e-5);
  GUARD_DONE(v);
  GUARD_DONE(w);
  GUARD_DONE(z);
  GUARD_DONE(dx);
  done(q);
}


static void every_kind (void) {
  static const int64_t widths[] = { 1, 3, 16, 50, 64 };
  for (int kind = 0; kind < 16; kind++)
    for (int64_t K = 1; K <= 8; K++) compare(9, widths[(K + kind) % 5], K, 3, kind);
  for (int i = 1; i <= 6; i++) compare(9, 16, 4, i, 0);
}


static void few_and_many_segments (void) {
  for (int kind = 0; kind < 8; kind++) {
    compare(0, 16, 4, 3, kind);
    compare(1, 16, 4, 3, kind);
    compare(300, 16, 4, 3, kind);                     /* work for two threads */
  }
}


static void an_empty_history_gives_zeros (void) {
  for (int kind = 0; kind < 8; kind++) {
    problem q = make(9, 16, 4, 3, kind);
    eimf_route_fwd(q.v, q.w, q.z, &q.s, q.scratch);
    for (int64_t i = 0; i < 4 * 16; i++) CHECK(q.v[1 * 4 * 16 + i] == 0);       /* segment 1 is empty */
    done(q);
  }
}


/* Of lengths 3, 0, 1, 7, 2, 0, 41, 5 as many interests are distinct as log2 says; the others are the first one. */
static void interests_that_take_no_part_repeat_the_first (void) {
  static const int64_t part[] = { 1, 1, 1, 2, 1, 1, 4, 2 };
  problem q = make(8, 16, 4, 3, 4);
  eimf_route_fwd(q.v, q.w, q.z, &q.s, q.scratch);
  for (int64_t b = 0; b < 8; b++)
    for (int64_t k = 1; k < 4; k++) {
      const float *first = q.v + b * 64, *own = first + k * 16;
      const int repeats = memcmp(first, own, 16 * sizeof(float)) == 0;
      CHECK_INT(repeats, k >= part[b]);
    }
  done(q);
}


/* Logits far apart: no infinity, no NaN, weights of 0 and 1. */
static void large_logits (void) {
  for (int kind = 0; kind < 4; kind++) {
    problem q = make(9, 16, 4, 3, kind);
    for (int64_t i = 0; i < q.s.R * 4; i++) q.logits[i] *= 1e4f;
    eimf_route_fwd(q.v, q.w, q.z, &q.s, q.scratch);
    for (int64_t i = 0; i < q.s.R * 4; i++) CHECK(q.w[i] >= 0 && q.w[i] <= 1);
    done(q);
  }
}


typedef struct {
  eimf_maps s;
  int32_t *off;
  float *h, *w, *dy, *y, *dh, *dw, *scratch;
} map_problem;

static map_problem make_maps (int64_t B, int64_t D, int64_t N, int64_t T) {
  map_problem q = { .off = jagged_offsets(B) };
  const int64_t R = q.off[B];
  q.h = filled(R * D, 1);
  q.w = filled(T * D * N, 2);
  q.dy = filled(R * N, 3);
  q.s = (eimf_maps){ .R = R, .B = B, .D = D, .N = N, .T = T, .threads = 2, .off = q.off, .h = q.h, .w = q.w };
  q.y = guard_new((size_t)(R * N));
  q.dh = filled(R * D, 4);
  q.dw = filled(T * D * N, 5);
  q.scratch = guard_new((size_t)eimf_maps_scratch(&q.s));
  return q;
}


static void done_maps (map_problem q) {
  GUARD_DONE(q.off);
  GUARD_DONE(q.h);
  GUARD_DONE(q.w);
  GUARD_DONE(q.dy);
  GUARD_DONE(q.y);
  GUARD_DONE(q.dh);
  GUARD_DONE(q.dw);
  GUARD_DONE(q.scratch);
}


static void map_forward (map_problem *q) {
  q->s.threads = eimf_threads();
  eimf_position_linear_fwd(q->y, &q->s, q->scratch);
}


static void map_backward (map_problem *q, int want_h, int want_w) {
  q->s.threads = eimf_threads();
  eimf_position_linear_bwd(want_h ? q->dh : NULL, want_w ? q->dw : NULL, q->dy, &q->s, q->scratch);
}


static void compare_maps (int64_t B, int64_t D, int64_t N, int64_t T) {
  map_problem q = make_maps(B, D, N, T);
  const int64_t R = q.s.R, nw = T * D * N;
  float *y = guard_new((size_t)(R * N)), *dh = copied(q.dh, R * D), *dw = copied(q.dw, nw);
  spans out = { { q.y, (size_t)(R * N) } }, grad = { { q.dh, (size_t)(R * D) }, { q.dw, (size_t)nw } };
  CHECK_THREADS(out, map_forward(&q));
  CHECK_THREADS(grad, map_backward(&q, 1, 1));
  ref_position_linear_fwd(y, &q.s);
  ref_position_linear_bwd(dh, dw, q.dy, &q.s);
  CHECK_CLOSE(q.y, y, R * N, 1e-5);
  CHECK_CLOSE(q.dh, dh, R * D, 3e-5);
  CHECK_CLOSE(q.dw, dw, nw, 5e-5);
  GUARD_DONE(y);
  GUARD_DONE(dh);
  GUARD_DONE(dw);
  done_maps(q);
}


static void every_width (void) {
  static const int64_t widths[] = { 1, 3, 16, 50, 64 };
  for (int i = 0; i < 5; i++) {
    compare_maps(9, widths[i], 4 * widths[i], 20);   /* histories of 41 rows are longer */
    compare_maps(9, widths[i], widths[4 - i], 3);
  }
  compare_maps(0, 16, 64, 5);
  compare_maps(1, 16, 64, 1);
  compare_maps(300, 16, 40, 7);                      /* chunks, tiles, two threads */
}


static void gradients_that_nobody_wants (void) {
  map_problem q = make_maps(9, 16, 64, 5);
  float *dh = copied(q.dh, q.s.R * 16), *dw = copied(q.dw, 5 * 16 * 64);
  ref_position_linear_bwd(dh, dw, q.dy, &q.s);
  map_backward(&q, 1, 0);
  CHECK_CLOSE(q.dh, dh, q.s.R * 16, 3e-5);
  map_backward(&q, 0, 1);
  CHECK_CLOSE(q.dh, dh, q.s.R * 16, 3e-5);
  CHECK_CLOSE(q.dw, dw, 5 * 16 * 64, 5e-5);
  GUARD_DONE(dh);
  GUARD_DONE(dw);
  done_maps(q);
}


/* What a history gives does not depend on its neighbours in the batch. */
static void alone_or_in_a_batch (void) {
  map_problem all = make_maps(300, 16, 40, 20);
  map_forward(&all);
  for (int64_t b = 6; b < 300; b += 49) {
    const int32_t n = all.off[b + 1] - all.off[b];
    int32_t off[2] = { 0, n };
    eimf_maps s = all.s;
    s.R = n;
    s.B = 1;
    s.off = off;
    s.h = all.h + all.off[b] * 16;
    float *y = guard_new((size_t)n * 40), *scratch = guard_new((size_t)eimf_maps_scratch(&s));
    eimf_position_linear_fwd(y, &s, scratch);
    CHECK(memcmp(y, all.y + all.off[b] * 40, sizeof(float) * (size_t)n * 40) == 0);
    GUARD_DONE(y);
    GUARD_DONE(scratch);
  }
  done_maps(all);
}


int main (void) {
  RUN_LEVELS(every_kind);
  RUN_LEVELS(few_and_many_segments);
  RUN_LEVELS(an_empty_history_gives_zeros);
  RUN_LEVELS(interests_that_take_no_part_repeat_the_first);
  RUN_LEVELS(large_logits);
  RUN_LEVELS(every_width);
  RUN_LEVELS(gradients_that_nobody_wants);
  RUN_LEVELS(alone_or_in_a_batch);
  return check_report("routing");
}
