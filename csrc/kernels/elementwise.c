/*
** elementwise.c: sums and products of tensors; see elementwise.h. These loops
** wait for memory, so one instruction set does.
*/
#include <math.h>
#include <string.h>

#include "elementwise.h"

#define SUMS 8                   /* partial sums side by side, a power of two */

/* Partial sums across, always in the same order. */
static double across (double *s) {
  for (int w = SUMS / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) s[i] += s[i + w];
  return s[0];
}


void eimf_combine (float *y, float alpha, const float *a, float beta, const float *b, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] = b == NULL ? alpha * a[i] : alpha * a[i] + beta * b[i];
}


void eimf_axpy (float *y, float alpha, const float *x, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] += alpha * x[i];
}


void eimf_add_number (float *y, float alpha, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] += alpha;
}


void eimf_mul (float *y, const float *a, const float *b, int64_t n, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] = add ? y[i] + a[i] * b[i] : a[i] * b[i];
}


void eimf_div_fwd (float *y, const float *a, const float *b, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] = a[i] / b[i];
}


void eimf_div_bwd (float *da, float *db, const float *b, const float *y, const float *dy, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) {
    float g = dy[i] / b[i];
    if (da != NULL) da[i] += g;
    if (db != NULL) db[i] -= g * y[i];
  }
}


void eimf_leaky_relu_fwd (float *y, const float *x, float slope, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}


void eimf_leaky_relu_bwd (float *dx, const float *x, const float *dy, float slope, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) dx[i] += x[i] > 0 ? dy[i] : slope * dy[i];
}


void eimf_log_fwd (float *y, const float *x, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) y[i] = logf(x[i]);
}


void eimf_log_bwd (float *dx, const float *x, const float *dy, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) dx[i] += dy[i] / x[i];
}


void eimf_add_rows (float *y, const float *x, const float *v, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C; c++) y[r * C + c] = x[r * C + c] + v[c];
}


void eimf_mul_rows (float *y, const float *x, const float *v, int64_t R, int64_t C, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float *to = y + r * C;
    const float *from = x + r * C;
    if (add) for (int64_t c = 0; c < C; c++) to[c] += from[c] * v[c];
    else for (int64_t c = 0; c < C; c++) to[c] = from[c] * v[c];
  }
}


void eimf_add_columns (float *y, const float *x, const float *v, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C; c++) y[r * C + c] = x[r * C + c] + v[r];
}


void eimf_mul_columns (float *y, const float *x, const float *v, int64_t R, int64_t C, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float *to = y + r * C;
    const float *from = x + r * C, w = v[r];
    if (add) for (int64_t c = 0; c < C; c++) to[c] += from[c] * w;
    else for (int64_t c = 0; c < C; c++) to[c] = from[c] * w;
  }
}


#define COLUMNS 16               /* columns summed together: a cache line */

void eimf_column_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < C; lo += COLUMNS) {
    const int64_t n = C - lo < COLUMNS ? C - lo : COLUMNS;
    double s[COLUMNS] = { 0 };
    for (int64_t r = 0; r < R; r++) {
      const float *x = a + r * C + lo, *z = b == NULL ? NULL : b + r * C + lo;
      if (z == NULL) for (int64_t c = 0; c < n; c++) s[c] += (double)x[c];
      else for (int64_t c = 0; c < n; c++) s[c] += (double)x[c] * (double)z[c];
    }
    for (int64_t c = 0; c < n; c++) y[lo + c] = (float)(add ? (double)y[lo + c] + s[c] : s[c]);
  }
}


static double dot (const float *a, const float *b, int64_t n) {
  double s[SUMS] = { 0 };
  int64_t i = 0;
  for (; i + SUMS <= n; i += SUMS)
    for (int j = 0; j < SUMS; j++) s[j] += (double)a[i + j] * (double)b[i + j];
  for (; i < n; i++) s[0] += (double)a[i] * (double)b[i];
  return across(s);
}

static double sum (const float *x, int64_t n) {
  double s[SUMS] = { 0 };
  int64_t i = 0;
  for (; i + SUMS <= n; i += SUMS)
    for (int j = 0; j < SUMS; j++) s[j] += (double)x[i + j];
  for (; i < n; i++) s[0] += (double)x[i];
  return across(s);
}


void eimf_row_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    double s = b == NULL ? sum(a + r * C, C) : dot(a + r * C, b + r * C, C);
    y[r] = (float)(add ? (double)y[r] + s : s);
  }
}


#define BLOCK 4096

double eimf_sum (const float *x, int64_t n) {
  double total = 0;
  for (int64_t lo = 0; lo < n; lo += BLOCK)
    total += sum(x + lo, n - lo < BLOCK ? n - lo : BLOCK);
  return total;
}


void eimf_block (float *y, int64_t ldy, const float *x, int64_t ldx, int64_t R, int64_t C, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float *to = y + r * ldy;
    const float *from = x + r * ldx;
    if (add) for (int64_t c = 0; c < C; c++) to[c] += from[c];
    else memcpy(to, from, (size_t)C * sizeof(float));
  }
}
