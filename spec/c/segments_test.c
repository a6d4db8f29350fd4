/*
** segments_test.c: operations on jagged rows against their naive twins: empty segments, one segment, none.
*/
#include "levels.h"

#include "kernels/ref.h"
#include "kernels/segments.h"

static const int64_t SEGMENTS[] = { 0, 1, 2, 9, 130 };
static const int64_t WIDTHS[] = { 1, 3, 16, 50, 64 };
#define N_CASES 25

typedef struct { int64_t B, R, D; int32_t *off; float *x; } jagged;

static jagged jagged_case (int i) {
  jagged s = { SEGMENTS[i / 5], 0, WIDTHS[i % 5], jagged_offsets(SEGMENTS[i / 5]), NULL };
  s.R = s.off[s.B];
  s.x = filled(s.R * s.D, 1);
  return s;
}


static void jagged_done (jagged s) {
  GUARD_DONE(s.off);
  GUARD_DONE(s.x);
}


/* y (n) by the kernel, 1 and 2 threads, and z by its twin, both from the same content. */
#define AGAINST(kernel, twin, n, tolerance) do {   \
    float *y = filled(n, 7), *z = copied(y, n);    \
    spans out = { { y, (size_t)(n) } };            \
    CHECK_THREADS(out, kernel);                    \
    twin;                                          \
    CHECK_CLOSE(y, z, n, tolerance);               \
    GUARD_DONE(y);                                 \
    GUARD_DONE(z);                                 \
  } while (0)

static void sums_and_repetitions (void) {
  for (int i = 0; i < N_CASES; i++) {
    jagged s = jagged_case(i);
    float *v = filled(s.B * s.D, 2);
    for (int mean = 0; mean < 2; mean++)
      for (int add = 0; add < 2; add++) {
        AGAINST(eimf_segment_sum(y, s.x, s.off, s.B, s.D, mean, add),
                ref_segment_sum(z, s.x, s.off, s.B, s.D, mean, add), s.B * s.D, 1e-6);
        AGAINST(eimf_segment_repeat(y, v, s.off, s.B, s.D, mean, add),
                ref_segment_repeat(z, v, s.off, s.B, s.D, mean, add), s.R * s.D, 1e-6);
      }
    AGAINST(eimf_segment_last_fwd(y, s.x, s.off, s.B, s.D), ref_segment_last_fwd(z, s.x, s.off, s.B, s.D),
            s.B * s.D, 0);
    AGAINST(eimf_segment_last_bwd(y, v, s.off, s.B, s.D), ref_segment_last_bwd(z, v, s.off, s.B, s.D),
            s.R * s.D, 1e-7);
    GUARD_DONE(v);
    jagged_done(s);
  }
}


static void softmax (void) {
  for (int i = 0; i < N_CASES; i++) {
    jagged s = jagged_case(i);
    const int64_t n = s.R * s.D;
    for (int64_t j = 0; j < n; j++) s.x[j] *= 10;
    for (int64_t j = 0; j < n && j < 3 * s.D; j += 2) s.x[j] = -INFINITY;
    float *dy = filled(n, 2), *a = guard_new((size_t)n);
    AGAINST(eimf_segment_softmax_fwd(y, s.x, s.off, s.B, s.D), ref_segment_softmax_fwd(z, s.x, s.off, s.B, s.D),
            n, 1e-6);
    ref_segment_softmax_fwd(a, s.x, s.off, s.B, s.D);
    AGAINST(eimf_segment_softmax_bwd(y, a, dy, s.off, s.B, s.D),
            ref_segment_softmax_bwd(z, a, dy, s.off, s.B, s.D), n, 2e-6);
    eimf_segment_softmax_fwd(s.x, s.x, s.off, s.B, s.D);           /* in place */
    CHECK_CLOSE(s.x, a, n, 1e-6);
    GUARD_DONE(dy);
    GUARD_DONE(a);
    jagged_done(s);
  }
}


static void a_masked_column_gives_zeros (void) {
  static const int32_t off[] = { 0, 3 };
  float x[6] = { -INFINITY, 1, -INFINITY, 1, -INFINITY, NAN };
  float *y = guard_new(6);
  eimf_segment_softmax_fwd(y, x, off, 1, 2);
  CHECK(y[0] == 0 && y[2] == 0 && y[4] == 0);
  CHECK(isnan(y[1]) && isnan(y[3]) && isnan(y[5]));
  GUARD_DONE(y);
}


static void weighted_sums (void) {
  for (int i = 0; i < N_CASES * 8; i++) {
    if (SEGMENTS[i / 40] > 100 && i % 8 + 1 != 4) continue;        /* two threads for one K only */
    jagged s = jagged_case(i / 8);
    const int64_t K = i % 8 + 1, nv = s.B * K * s.D, nw = s.R * K, nx = s.R * s.D;
    float *w = filled(nw, 2), *v = filled(nv, 3);
    for (int add = 0; add < 2; add++) {
      AGAINST(eimf_segment_weighted_sum(y, w, s.x, s.off, s.B, K, s.D, add),
              ref_segment_weighted_sum(z, w, s.x, s.off, s.B, K, s.D, add), nv, 3e-6);
      AGAINST(eimf_segment_dot(y, s.x, v, s.off, s.B, K, s.D, add),
              ref_segment_dot(z, s.x, v, s.off, s.B, K, s.D, add), nw, 3e-6);
      AGAINST(eimf_segment_mix(y, w, v, s.off, s.B, K, s.D, add),
              ref_segment_mix(z, w, v, s.off, s.B, K, s.D, add), nx, 2e-6);
    }
    GUARD_DONE(w);
    GUARD_DONE(v);
    jagged_done(s);
  }
}


int main (void) {
  RUN_LEVELS(sums_and_repetitions);
  RUN_LEVELS(softmax);
  RUN_LEVELS(a_masked_column_gives_zeros);
  RUN_LEVELS(weighted_sums);
  return check_report("segments");
}
