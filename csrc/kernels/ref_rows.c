/*
** ref_rows.c: naive twins of rows.h, of the softmax of hot.h and of gemm.h.
** See ref.h.
*/
#include <math.h>

#include "ref.h"

static void put (float *y, double value, int add) {
  *y = (float)(add ? (double)*y + value : value);
}


static double top_of (const float *x, int64_t C) {
  double top = -INFINITY;
  for (int64_t c = 0; c < C; c++) if ((double)x[c] > top) top = (double)x[c];
  return top;
}


static double log_sum_exp (const float *x, int64_t C) {
  double top = top_of(x, C), s = 0;
  if (top == -INFINITY) return -INFINITY;
  for (int64_t c = 0; c < C; c++) s += exp((double)x[c] - top);
  return top + log(s);
}


void ref_softmax_fwd (float *y, const float *x, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++) {
    double l = log_sum_exp(x + r * C, C);
    for (int64_t c = 0; c < C; c++) put(y + r * C + c, l == -INFINITY ? 0 : exp((double)x[r * C + c] - l), 0);
  }
}

void ref_softmax_bwd (float *dx, const float *y, const float *dy, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++) {
    double s = 0;
    for (int64_t i = r * C; i < (r + 1) * C; i++) s += (double)y[i] * (double)dy[i];
    for (int64_t i = r * C; i < (r + 1) * C; i++) put(dx + i, (double)y[i] * ((double)dy[i] - s), 1);
  }
}


void ref_log_softmax_fwd (float *y, const float *x, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++) {
    double l = log_sum_exp(x + r * C, C);
    for (int64_t c = 0; c < C; c++)
      put(y + r * C + c, l == -INFINITY ? (double)-INFINITY : (double)x[r * C + c] - l, 0);
  }
}

void ref_log_softmax_bwd (float *dx, const float *y, const float *dy, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++) {
    double s = 0;
    for (int64_t i = r * C; i < (r + 1) * C; i++) s += (double)dy[i];
    for (int64_t i = r * C; i < (r + 1) * C; i++) put(dx + i, (double)dy[i] - exp((double)y[i]) * s, 1);
  }
}


void ref_log_sum_exp_fwd (float *y, const float *x, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++) put(y + r, log_sum_exp(x + r * C, C), 0);
}

void ref_log_sum_exp_bwd (float *dx, const float *x, const float *y, const float *dy, int64_t R, int64_t C) {
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C && (double)y[r] > -INFINITY; c++)
      put(dx + r * C + c, (double)dy[r] * exp((double)x[r * C + c] - (double)y[r]), 1);
}


/* mean and 1 / sqrt(variance + eps) of a row */
static void statistics (double *mean, double *inv, const float *x, int64_t D, double eps) {
  double s = 0, q = 0;
  for (int64_t d = 0; d < D; d++) s += (double)x[d];
  *mean = s / (double)D;
  for (int64_t d = 0; d < D; d++) q += ((double)x[d] - *mean) * ((double)x[d] - *mean);
  *inv = 1 / sqrt(q / (double)D + eps);
}

void ref_layer_norm_fwd (float *y, const float *x, const float *gain, const float *bias, int64_t R, int64_t D,
                         double eps) {
  for (int64_t r = 0; r < R; r++) {
    double mean, inv;
    statistics(&mean, &inv, x + r * D, D, eps);
    for (int64_t d = 0; d < D; d++)
      put(y + r * D + d, ((double)x[r * D + d] - mean) * inv * (double)gain[d] + (double)bias[d], 0);
  }
}

void ref_layer_norm_bwd (float *dx, float *dgain, float *dbias, const float *x, const float *gain, const float *dy,
                         int64_t R, int64_t D, double eps) {
  for (int64_t r = 0; r < R; r++) {
    double mean, inv, s = 0, q = 0;
    const float *xr = x + r * D, *g = dy + r * D;
    statistics(&mean, &inv, xr, D, eps);
    for (int64_t d = 0; d < D; d++) {
      double z = ((double)xr[d] - mean) * inv;
      s += (double)g[d] * (double)gain[d];
      q += (double)g[d] * (double)gain[d] * z;
      if (dgain != NULL) put(dgain + d, (double)g[d] * z, 1);
      if (dbias != NULL) put(dbias + d, (double)g[d], 1);
    }
    for (int64_t d = 0; dx != NULL && d < D; d++) {
      double z = ((double)xr[d] - mean) * inv;
      put(dx + r * D + d, ((double)g[d] * (double)gain[d] - s / (double)D - z * q / (double)D) * inv, 1);
    }
  }
}


static double norm_of (const float *x, int64_t D) {
  double q = 0;
  for (int64_t d = 0; d < D; d++) q += (double)x[d] * (double)x[d];
  return sqrt(q);
}

void ref_l2_normalise_fwd (float *y, const float *x, int64_t R, int64_t D, double eps) {
  for (int64_t r = 0; r < R; r++) {
    double n = norm_of(x + r * D, D);
    for (int64_t d = 0; d < D; d++) put(y + r * D + d, (double)x[r * D + d] / (n > eps ? n : eps), 0);
  }
}

void ref_l2_normalise_bwd (float *dx, const float *x, const float *dy, int64_t R, int64_t D, double eps) {
  for (int64_t r = 0; r < R; r++) {
    double n = norm_of(x + r * D, D), along = 0;
    for (int64_t d = 0; d < D; d++) along += (double)x[r * D + d] * (double)dy[r * D + d] / n;
    for (int64_t d = 0; n > eps && d < D; d++)
      put(dx + r * D + d, ((double)dy[r * D + d] - (double)x[r * D + d] / n * along) / n, 1);
  }
}


void ref_squash_fwd (float *y, const float *x, int64_t R, int64_t D) {
  for (int64_t i = 0; i < R * D; i++) {
    double n = norm_of(x + i / D * D, D);
    put(y + i, (double)x[i] * n / (1 + n * n), 0);
  }
}

/* y = s(n) x with s = n / (1 + n^2): dx = s dy + s' (x . dy) x / n */
void ref_squash_bwd (float *dx, const float *x, const float *dy, int64_t R, int64_t D) {
  for (int64_t i = 0; i < R * D; i++) {
    const float *row = x + i / D * D;
    double n = norm_of(row, D), s = n / (1 + n * n), slope = (1 - n * n) / ((1 + n * n) * (1 + n * n)), along = 0;
    for (int64_t d = 0; d < D; d++) along += (double)row[d] * (double)dy[i / D * D + d];
    put(dx + i, n == 0 ? 0 : s * (double)dy[i] + slope * along * (double)x[i] / n, 1);
  }
}


void ref_gemm (float *C, const float *A, const float *B, int64_t M, int64_t N, int64_t K, int ta, int tb,
               float alpha, float beta) {
  for (int64_t i = 0; i < M; i++)
    for (int64_t j = 0; j < N; j++) {
      double s = 0;
      for (int64_t k = 0; k < K; k++)
        s += (double)A[ta ? k * M + i : i * K + k] * (double)B[tb ? j * K + k : k * N + j];
      s *= (double)alpha;
      put(C + i * N + j, beta == 0 ? s : s + (double)beta * (double)C[i * N + j], 0);
    }
}
