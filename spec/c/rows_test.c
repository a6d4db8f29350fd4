/*
** rows_test.c: softmax and its logarithm, layer norm, unit rows and matrix products against their naive twins.
*/
#include "levels.h"

#include "kernels/gemm.h"
#include "kernels/ref.h"
#include "kernels/rows.h"

static const int64_t SHAPES[][2] = {
  { 0, 5 }, { 1, 1 }, { 2, 3 }, { 5, 16 }, { 3, 17 }, { 4, 50 }, { 9, 64 }, { 600, 65 }
};
#define N_SHAPES (int)(sizeof SHAPES / sizeof SHAPES[0])

typedef struct { int64_t R, C, n; float *x, *dy; } rows;

static rows rows_of (int i, float scale) {
  rows s = { SHAPES[i][0], SHAPES[i][1], SHAPES[i][0] * SHAPES[i][1], NULL, NULL };
  s.x = filled(s.n, 1);
  s.dy = filled(s.n, 2);
  for (int64_t j = 0; j < s.n; j++) s.x[j] *= scale;
  return s;
}


static void rows_done (rows s) {
  GUARD_DONE(s.x);
  GUARD_DONE(s.dy);
}


static void same (const float *y, const float *expected, int64_t n, double tolerance) {
  CHECK_CLOSE(y, expected, n, tolerance);
}


/* Compares and frees. */
static void settle (float *y, float *expected, int64_t n, double tolerance) {
  same(y, expected, n, tolerance);
  GUARD_DONE(y);
  GUARD_DONE(expected);
}


typedef void (*forward) (float *, const float *, int64_t, int64_t);
typedef void (*backward) (float *, const float *, const float *, int64_t, int64_t);

static void softmax_like (forward fwd, forward ref_fwd, backward bwd, backward ref_bwd, double tolerance) {
  for (int i = 0; i < N_SHAPES; i++) {
    rows s = rows_of(i, 10);
    float *y = guard_new((size_t)s.n), *ey = guard_new((size_t)s.n), *dx = filled(s.n, 3), *edx = copied(dx, s.n);
    spans out = { { y, (size_t)s.n } }, grad = { { dx, (size_t)s.n } };
    CHECK_THREADS(out, fwd(y, s.x, s.R, s.C));
    ref_fwd(ey, s.x, s.R, s.C);
    CHECK_THREADS(grad, bwd(dx, y, s.dy, s.R, s.C));
    ref_bwd(edx, ey, s.dy, s.R, s.C);
    fwd(s.x, s.x, s.R, s.C);                       /* in place */
    same(s.x, ey, s.n, tolerance);
    settle(y, ey, s.n, tolerance);
    settle(dx, edx, s.n, 5e-6);
    rows_done(s);
  }
}


static void softmax (void) {
  softmax_like(eimf_softmax_fwd, ref_softmax_fwd, eimf_softmax_bwd, ref_softmax_bwd, 1e-6);
}


static void log_softmax (void) {
  softmax_like(eimf_log_softmax_fwd, ref_log_softmax_fwd, eimf_log_softmax_bwd, ref_log_softmax_bwd, 2e-6);
}


static void log_sum_exp (void) {
  for (int i = 0; i < N_SHAPES; i++) {
    rows s = rows_of(i, 10);
    float *y = guard_new((size_t)s.R), *ey = guard_new((size_t)s.R), *dx = filled(s.n, 3), *edx = copied(dx, s.n);
    spans out = { { y, (size_t)s.R } }, grad = { { dx, (size_t)s.n } };
    CHECK_THREADS(out, eimf_log_sum_exp_fwd(y, s.x, s.R, s.C));
    ref_log_sum_exp_fwd(ey, s.x, s.R, s.C);
    CHECK_THREADS(grad, eimf_log_sum_exp_bwd(dx, s.x, y, s.dy, s.R, s.C));
    ref_log_sum_exp_bwd(edx, s.x, ey, s.dy, s.R, s.C);
    settle(y, ey, s.R, 2e-6);
    settle(dx, edx, s.n, 5e-6);
    rows_done(s);
  }
}


/* One masked element, a row masked throughout, large numbers, NaN. */
static void softmax_at_the_edges (void) {
  enum { C = 19 };
  float *x = filled(4 * C, 1), *y = guard_new(4 * C), *l = guard_new(4);
  x[3] = -INFINITY;
  for (int c = 0; c < C; c++) x[C + c] = -INFINITY;
  for (int c = 0; c < C; c++) x[2 * C + c] = 3e38f * (c == 5 ? 1 : -1);
  x[3 * C + 18] = NAN;
  eimf_softmax_fwd(y, x, 4, C);
  CHECK_NEAR(ref_sum(y, C), 1, 1e-6);
  CHECK(y[3] == 0);
  CHECK(ref_sum(y + C, C) == 0);
  CHECK(y[2 * C + 5] == 1 && ref_sum(y + 2 * C, C) == 1);
  CHECK(isnan(y[3 * C]));
  eimf_log_softmax_fwd(y, x, 4, C);
  CHECK(y[3] == -INFINITY && isfinite(y[4]));
  CHECK(y[C] == -INFINITY && y[2 * C - 1] == -INFINITY);
  CHECK(y[2 * C + 5] == 0 && isnan(y[3 * C]));
  eimf_log_sum_exp_fwd(l, x, 4, C);
  CHECK(isfinite(l[0]) && l[1] == -INFINITY && l[2] == 3e38f && isnan(l[3]));
  eimf_log_sum_exp_fwd(l, x, 1, 0);
  CHECK(l[0] == -INFINITY);
  eimf_softmax_fwd(y, x, 3, 0);
  GUARD_DONE(x);
  GUARD_DONE(y);
  GUARD_DONE(l);
}


static void layer_norm (void) {
  for (int i = 0; i < N_SHAPES; i++) {
    rows s = rows_of(i, 3);
    float *gain = filled(s.C, 3), *bias = filled(s.C, 4), *stat = guard_new((size_t)(2 * s.R));
    float *y = guard_new((size_t)s.n), *ey = guard_new((size_t)s.n), *dx = filled(s.n, 5), *edx = copied(dx, s.n);
    float *dg = filled(s.C, 6), *edg = copied(dg, s.C), *db = filled(s.C, 7), *edb = copied(db, s.C);
    spans out = { { y, (size_t)s.n }, { stat, (size_t)(2 * s.R) } };
    spans grad = { { dx, (size_t)s.n }, { dg, (size_t)s.C }, { db, (size_t)s.C } };
    CHECK_THREADS(out, eimf_layer_norm_fwd(y, stat, s.x, gain, bias, s.R, s.C, 1e-3));
    ref_layer_norm_fwd(ey, s.x, gain, bias, s.R, s.C, 1e-3);
    CHECK_THREADS(grad, eimf_layer_norm_bwd(dx, dg, db, s.x, gain, stat, s.dy, s.R, s.C));
    ref_layer_norm_bwd(edx, edg, edb, s.x, gain, s.dy, s.R, s.C, 1e-3);
    eimf_layer_norm_bwd(NULL, NULL, NULL, s.x, gain, stat, s.dy, s.R, s.C);
    settle(y, ey, s.n, 5e-6);
    settle(dx, edx, s.n, 1e-5);
    settle(dg, edg, s.C, 2e-5);
    settle(db, edb, s.C, 2e-6 * (double)(s.R + 1));
    GUARD_DONE(gain);
    GUARD_DONE(bias);
    GUARD_DONE(stat);
    rows_done(s);
  }
}


static void l2_normalise (void) {
  for (int i = 0; i < N_SHAPES; i++) {
    rows s = rows_of(i, 3);
    for (int64_t c = 0; s.R > 1 && c < s.C; c++) s.x[c] = 0;       /* a row without direction */
    float *inv = guard_new((size_t)s.R), *y = guard_new((size_t)s.n), *ey = guard_new((size_t)s.n);
    float *dx = filled(s.n, 5), *edx = copied(dx, s.n);
    spans out = { { y, (size_t)s.n }, { inv, (size_t)s.R } }, grad = { { dx, (size_t)s.n } };
    CHECK_THREADS(out, eimf_l2_normalise_fwd(y, inv, s.x, s.R, s.C, 1e-6));
    ref_l2_normalise_fwd(ey, s.x, s.R, s.C, 1e-6);
    CHECK_THREADS(grad, eimf_l2_normalise_bwd(dx, y, inv, s.dy, s.R, s.C, 1e-6));
    ref_l2_normalise_bwd(edx, s.x, s.dy, s.R, s.C, 1e-6);
    settle(y, ey, s.n, 1e-6);
    settle(dx, edx, s.n, 5e-6);
    GUARD_DONE(inv);
    rows_done(s);
  }
}


static void squash (void) {
  for (int i = 0; i < N_SHAPES; i++) {
    rows s = rows_of(i, i % 2 ? 3 : 0.3f);
    for (int64_t c = 0; s.R > 1 && c < s.C; c++) s.x[c] = 0;
    float *y = guard_new((size_t)s.n), *ey = guard_new((size_t)s.n), *dx = filled(s.n, 5), *edx = copied(dx, s.n);
    spans out = { { y, (size_t)s.n } }, grad = { { dx, (size_t)s.n } };
    CHECK_THREADS(out, eimf_squash_fwd(y, s.x, s.R, s.C));
    ref_squash_fwd(ey, s.x, s.R, s.C);
    CHECK_THREADS(grad, eimf_squash_bwd(dx, s.x, s.dy, s.R, s.C));
    ref_squash_bwd(edx, s.x, s.dy, s.R, s.C);
    settle(y, ey, s.n, 1e-6);
    settle(dx, edx, s.n, 3e-6);
    rows_done(s);
  }
}


static void products_of_matrices (void) {
  static const int64_t sizes[][3] = {              /* M, N, K */
    { 1, 1, 1 }, { 3, 5, 2 }, { 16, 1, 50 }, { 0, 3, 4 }, { 3, 0, 4 }, { 3, 4, 0 }, { 130, 64, 65 },
    { 600, 64, 65 }, { 64, 600, 65 }, { 130, 140, 150 }, { 600, 700, 6 }, { 33, 40, 2000 }      /* cut into blocks */
  };
  for (int i = 0; i < 12 * 4; i++) {
    const int64_t M = sizes[i / 4][0], N = sizes[i / 4][1], K = sizes[i / 4][2];
    const int ta = i & 1, tb = i >> 1 & 1;
    float *a = filled(M * K, 1), *b = filled(K * N, 2), *c = guard_new((size_t)(M * N)), *e = filled(M * N, 3);
    spans out = { { c, (size_t)(M * N) } };
    CHECK_THREADS(out, eimf_gemm(c, a, b, M, N, K, ta, tb, 1.5f, 0));        /* beta 0: c may hold NaN */
    ref_gemm(e, a, b, M, N, K, ta, tb, 1.5f, 0);
    same(c, e, M * N, 5e-5);
    CHECK_THREADS(out, eimf_gemm(c, a, b, M, N, K, ta, tb, -1, 1));
    ref_gemm(e, a, b, M, N, K, ta, tb, -1, 1);
    settle(c, e, M * N, 5e-5);
    GUARD_DONE(a);
    GUARD_DONE(b);
  }
}


static void batches_of_products (void) {
  const int64_t n = 3, M = 40, N = 50, K = 600;
  float *a = filled(n * M * K, 1), *b = filled(n * K * N, 2), *c = guard_new((size_t)(n * M * N));
  float *e = guard_new((size_t)(n * M * N));
  spans out = { { c, (size_t)(n * M * N) } };
  CHECK_THREADS(out, eimf_gemm_batched(c, a, b, n, M, N, K, 1, 1, 1, 0));
  for (int64_t i = 0; i < n; i++) ref_gemm(e + i * M * N, a + i * M * K, b + i * K * N, M, N, K, 1, 1, 1, 0);
  settle(c, e, n * M * N, 5e-5);
  GUARD_DONE(a);
  GUARD_DONE(b);
}


int main (void) {
  eimf_gemm_begin();
  RUN_LEVELS(softmax);
  RUN_LEVELS(log_softmax);
  RUN_LEVELS(log_sum_exp);
  RUN_LEVELS(softmax_at_the_edges);
  RUN_LEVELS(layer_norm);
  RUN_LEVELS(l2_normalise);
  RUN_LEVELS(squash);
  RUN(products_of_matrices);
  RUN(batches_of_products);
  return check_report("rows");
}
