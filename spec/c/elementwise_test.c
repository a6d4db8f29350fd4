/*
** elementwise_test.c: sums, products, maps, dropout and Adam against their naive twins.
*/
#include "levels.h"

#include "kernels/elementwise.h"
#include "kernels/ref.h"

static const int64_t SIZES[] = { 0, 1, 3, 4, 15, 16, 17, 50, 64, 1000, 40001 };
#define N_SIZES (int)(sizeof SIZES / sizeof SIZES[0])
#define EACH_SIZE(n) for (int i_ = 0; i_ < N_SIZES; i_++) for (int64_t n = SIZES[i_], once_ = 1; once_; once_ = 0)

/* y by the kernel (1 and 2 threads) and z by its twin, from the same content. */
#define AGAINST(kernel, twin, n, tolerance) do {   \
    float *y = filled(n, 7), *z = copied(y, n);    \
    spans out = { { y, (size_t)(n) } };            \
    CHECK_THREADS(out, kernel);                    \
    twin;                                          \
    CHECK_CLOSE(y, z, n, tolerance);               \
    GUARD_DONE(y);                                 \
    GUARD_DONE(z);                                 \
  } while (0)

#define TIGHT 1e-6

static void sums_and_products (void) {
  EACH_SIZE(n) {
    float *a = filled(n, 1), *b = filled(n, 2);
    for (int64_t i = 0; i < n; i++) b[i] += b[i] < 0 ? -0.5f : 0.5f;
    AGAINST(eimf_combine(y, 2.5f, a, -0.5f, b, n), ref_combine(z, 2.5f, a, -0.5f, b, n), n, TIGHT);
    AGAINST(eimf_combine(y, -1, a, 0, NULL, n), ref_combine(z, -1, a, 0, NULL, n), n, TIGHT);
    AGAINST(eimf_axpy(y, 0.3f, a, n), ref_combine(z, 1, z, 0.3f, a, n), n, TIGHT);
    AGAINST(eimf_add_number(y, 0.3f, n), for (int64_t i = 0; i < n; i++) z[i] += 0.3f, n, TIGHT);
    AGAINST(eimf_mul(y, a, b, n, 0), ref_mul(z, a, b, n, 0), n, TIGHT);
    AGAINST(eimf_mul(y, a, b, n, 1), ref_mul(z, a, b, n, 1), n, TIGHT);
    AGAINST(eimf_div_fwd(y, a, b, n), ref_div_fwd(z, a, b, n), n, TIGHT);
    AGAINST(eimf_div_bwd(y, NULL, b, a, b, n), ref_div_bwd(z, NULL, b, a, b, n), n, TIGHT);
    AGAINST(eimf_div_bwd(NULL, y, b, a, b, n), ref_div_bwd(NULL, z, b, a, b, n), n, TIGHT);
    AGAINST(eimf_leaky_relu_fwd(y, a, 0.1f, n), ref_leaky_relu_fwd(z, a, 0.1f, n), n, TIGHT);
    AGAINST(eimf_leaky_relu_bwd(y, a, b, 0.1f, n), ref_leaky_relu_bwd(z, a, b, 0.1f, n), n, TIGHT);
    GUARD_DONE(a);
    GUARD_DONE(b);
  }
}


static void logarithms (void) {
  EACH_SIZE(n) {
    float *x = filled(n, 1), *g = filled(n, 2);
    for (int64_t i = 0; i < n; i++) x[i] = 0.01f + fabsf(x[i]) * 100;
    AGAINST(eimf_log_fwd(y, x, n), ref_log_fwd(z, x, n), n, TIGHT);
    AGAINST(eimf_log_bwd(y, x, g, n), ref_log_bwd(z, x, g, n), n, TIGHT);
    GUARD_DONE(x);
    GUARD_DONE(g);
  }
}


static void maps (void) {
  EACH_SIZE(n) {
    float *x = filled(n, 1), *g = filled(n, 2);
    for (int64_t i = 0; i < n; i++) x[i] *= i % 3 == 0 ? 0.5f : i % 3 == 1 ? 5.0f : 20.0f;
    for (int op = EIMF_TANH; op <= EIMF_EXP; op++) {
      AGAINST(eimf_map_fwd(op, y, x, n), ref_map_fwd(op, z, x, n), n, op == EIMF_EXP ? 3e-6 : 2e-6);
      AGAINST(eimf_map_bwd(op, y, x, g, n), ref_map_bwd(op, z, x, g, n), n, 4e-6);
    }
    GUARD_DONE(x);
    GUARD_DONE(g);
  }
}


static void maps_at_the_edges (void) {
  enum { N = 8 };
  static const float x[N] = { INFINITY, -INFINITY, NAN, 0, 100, -100, 1e-20f, 88 };
  float *y = guard_new(N);
  eimf_map_fwd(EIMF_TANH, y, x, N);
  CHECK(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0 && y[4] == 1 && y[5] == -1);
  CHECK_NEAR(y[6] / 1e-20f, 1, 1e-5);
  eimf_map_fwd(EIMF_SIGMOID, y, x, N);
  CHECK(y[0] == 1 && y[1] == 0 && isnan(y[2]) && y[3] == 0.5f && y[4] == 1 && y[5] >= 0 && y[5] < 1e-30f);
  eimf_map_fwd(EIMF_EXP, y, x, N);
  CHECK(y[1] == 0 && isnan(y[2]) && y[3] == 1 && y[5] == 0 && isfinite(y[7]));
  eimf_map_fwd(EIMF_GELU, y, x, N);
  CHECK(isnan(y[2]) && y[3] == 0 && y[4] == 100 && y[5] == 0);
  GUARD_DONE(y);
}


static void vectors_spread_over_matrices (void) {
  static const int64_t shapes[][2] = { { 0, 3 }, { 3, 0 }, { 1, 1 }, { 5, 3 }, { 7, 16 }, { 3, 50 }, { 700, 65 } };
  for (int i = 0; i < 7; i++) {
    const int64_t R = shapes[i][0], C = shapes[i][1], n = R * C;
    float *x = filled(n, 1), *b = filled(n, 2);
    for (int by = 0; by < 2; by++) {
      const int64_t m = by ? R : C;
      float *v = filled(m, 3);
      AGAINST((by ? eimf_add_columns : eimf_add_rows)(y, x, v, R, C), ref_add_spread(z, x, v, R, C, by), n, TIGHT);
      for (int add = 0; add < 2; add++) {
        AGAINST((by ? eimf_mul_columns : eimf_mul_rows)(y, x, v, R, C, add),
                ref_mul_spread(z, x, v, R, C, by, add), n, TIGHT);
        AGAINST((by ? eimf_row_dot : eimf_column_dot)(y, x, b, R, C, add), ref_dot(z, x, b, R, C, by, add), m, TIGHT);
        AGAINST((by ? eimf_row_dot : eimf_column_dot)(y, x, NULL, R, C, add),
                ref_dot(z, x, NULL, R, C, by, add), m, TIGHT);
      }
      GUARD_DONE(v);
    }
    GUARD_DONE(x);
    GUARD_DONE(b);
  }
}


static void totals (void) {
  EACH_SIZE(n) {
    float *x = filled(n, 1);
    CHECK_NEAR(eimf_sum(x, n), ref_sum(x, n), 1e-12);
    GUARD_DONE(x);
  }
  float *big = guard_new(20000);                   /* float sums would lose the small ones */
  for (int i = 0; i < 20000; i++) big[i] = i == 0 ? 1e8f : 1.0f;
  CHECK_NEAR(eimf_sum(big, 20000), 1e8 + 19999, 1e-15);
  GUARD_DONE(big);
}


static void blocks (void) {
  float *x = filled(6 * 7, 1), *y = filled(5 * 9, 2), *before = copied(y, 5 * 9);
  eimf_block(y + 1 * 9 + 2, 9, x + 2 * 7 + 3, 7, 3, 4, 0);
  eimf_block(y + 1 * 9 + 2, 9, x + 2 * 7 + 3, 7, 3, 4, 1);
  for (int r = 0; r < 5; r++)
    for (int c = 0; c < 9; c++) {
      int inside = r >= 1 && r < 4 && c >= 2 && c < 6;
      CHECK_NEAR(y[r * 9 + c], inside ? 2 * x[(r + 1) * 7 + c + 1] : before[r * 9 + c], 1e-7);
    }
  GUARD_DONE(x);
  GUARD_DONE(y);
  GUARD_DONE(before);
}


static void dropout (void) {
  EACH_SIZE(n) {
    float *x = filled(n, 1);
    for (int add = 0; add < 2; add++) {
      AGAINST(eimf_dropout(y, x, n, 0.3, 11, 5, 2, add), ref_dropout(z, x, n, 0.3, 11, 5, 2, add), n, TIGHT);
      AGAINST(eimf_dropout(y, x, n, 0, 11, 5, 2, add), ref_dropout(z, x, n, 0, 11, 5, 2, add), n, TIGHT);
    }
    GUARD_DONE(x);
  }
}


static void dropout_keeps_its_share (void) {
  enum { N = 200000 };
  float *ones = guard_new(N), *y = guard_new(N), *z = guard_new(N);
  for (int i = 0; i < N; i++) ones[i] = 1;
  eimf_dropout(y, ones, N, 0.4, 3, 9, 1, 0);
  eimf_dropout(z, ones, N, 0.4, 3, 9, 2, 0);
  double kept = 0, both = 0, pairs = 0;
  for (int i = 0; i < N; i++) {
    kept += y[i] > 0;
    both += y[i] > 0 && z[i] > 0;
    pairs += i > 0 && y[i] > 0 && y[i - 1] > 0;
  }
  CHECK_NEAR(kept / N, 0.6, 0.005);                /* 5 standard errors: 0.0055 */
  CHECK_NEAR(both / N, 0.36, 0.005);
  CHECK_NEAR(pairs / N, 0.36, 0.005);
  CHECK_NEAR(ref_sum(y, N) / N, 1, 0.005);
  GUARD_DONE(ones);
  GUARD_DONE(y);
  GUARD_DONE(z);
}


int main (void) {
  RUN(sums_and_products);
  RUN(logarithms);
  RUN(vectors_spread_over_matrices);
  RUN(totals);
  RUN(blocks);
  RUN_LEVELS(maps);
  RUN_LEVELS(maps_at_the_edges);
  RUN_LEVELS(dropout);
  RUN_LEVELS(dropout_keeps_its_share);
  return check_report("elementwise");
}
