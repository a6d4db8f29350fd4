/*
** ref_attention.c: naive twins of attention.h. They allocate, and abort
** where there is no memory: tests only. See ref.h.
*/
#include <math.h>
#include <stdlib.h>

#include "ref.h"

static double *numbers (int64_t n) {
  double *x = calloc((size_t)n + 1, sizeof *x);
  if (x == NULL) abort();
  return x;
}


/* Element i of part 0, 1, 2 (query, key, value) of head h of row r. */
static double part (const eimf_attention *s, int64_t r, int64_t which, int64_t h, int64_t i) {
  return (double)s->x[r * 3 * s->H * s->d + (which * s->H + h) * s->d + i];
}


static int64_t longest (const eimf_attention *s) {
  int64_t most = EIMF_ATTENTION_ROWS;
  for (int64_t b = 0; b < s->B; b++)
    if (s->off[b + 1] - s->off[b] > most) most = s->off[b + 1] - s->off[b];
  return most;
}


/* Dropout's factors, numbered (R, H, longest) by row, head and place in the segment. */
static float *factors (const eimf_attention *s, int64_t L) {
  const int64_t n = s->R * s->H * L;
  float *m = malloc((size_t)(n + 1) * sizeof *m);
  if (m == NULL) abort();
  for (int64_t i = 0; i < n; i++) m[i] = 1;
  if (s->p > 0) ref_dropout(m, m, n, s->p, s->seed, s->step, s->draw, 0);
  return m;
}


/* a (n): weights of head h of row r over rows lo..r of its segment. Gives ln of the sum. */
static double weights (double *a, const eimf_attention *s, int64_t r, int64_t lo, int64_t h) {
  double sum = 0, top = -INFINITY;
  for (int64_t j = lo; j <= r; j++) {
    double x = 0;
    for (int64_t i = 0; i < s->d; i++) x += part(s, r, 0, h, i) * part(s, j, 1, h, i);
    a[j - lo] = x / sqrt((double)s->d);
    top = fmax(top, a[j - lo]);
  }
  for (int64_t j = lo; j <= r; j++) sum += exp(a[j - lo] - top);
  for (int64_t j = lo; j <= r; j++) a[j - lo] = exp(a[j - lo] - top) / sum;
  return top + log(sum);
}


void ref_attention_fwd (float *y, float *lse, const eimf_attention *s) {
  const int64_t L = longest(s), H = s->H, d = s->d;
  double *a = numbers(L);
  float *m = factors(s, L);
  for (int64_t b = 0; b < s->B; b++)
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++)
      for (int64_t h = 0; h < H; h++) {
        const int64_t lo = s->off[b];
        lse[r * H + h] = (float)weights(a, s, r, lo, h);
        for (int64_t i = 0; i < d; i++) {
          double sum = 0;
          for (int64_t j = lo; j <= r; j++)
            sum += (double)m[(r * H + h) * L + j - lo] * a[j - lo] * part(s, j, 2, h, i);
          y[(r * H + h) * d + i] = (float)sum;
        }
      }
  free(a);
  free(m);
}


/* One row of one head: its share of gradients g (R, 3 H d); m its factors, a its weights. */
static void row_bwd (double *g, const float *dy, const eimf_attention *s, const double *a, const float *m,
                     int64_t r, int64_t lo, int64_t h) {
  const int64_t H = s->H, d = s->d, ld = 3 * H * d;
  double *da = numbers(r + 1 - lo), mean = 0;
  for (int64_t j = lo; j <= r; j++) {
    for (int64_t i = 0; i < d; i++) {
      const double out = (double)dy[(r * H + h) * d + i];
      da[j - lo] += out * part(s, j, 2, h, i) * (double)m[j - lo];
      g[j * ld + (2 * H + h) * d + i] += a[j - lo] * (double)m[j - lo] * out;
    }
    mean += a[j - lo] * da[j - lo];
  }
  for (int64_t j = lo; j <= r; j++) {
    const double ds = a[j - lo] * (da[j - lo] - mean) / sqrt((double)d);
    for (int64_t i = 0; i < d; i++) {
      g[r * ld + h * d + i] += ds * part(s, j, 1, h, i);
      g[j * ld + (H + h) * d + i] += ds * part(s, r, 0, h, i);
    }
  }
  free(da);
}


void ref_attention_bwd (float *dx, const float *dy, const eimf_attention *s) {
  const int64_t L = longest(s), H = s->H, n = s->R * 3 * H * s->d;
  double *a = numbers(L), *g = numbers(n);
  float *m = factors(s, L);
  for (int64_t b = 0; b < s->B; b++)
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++)
      for (int64_t h = 0; h < H; h++) {
        weights(a, s, r, s->off[b], h);
        row_bwd(g, dy, s, a, m + (r * H + h) * L, r, s->off[b], h);
      }
  for (int64_t i = 0; i < n; i++) dx[i] = (float)((double)dx[i] + g[i]);
  free(a);
  free(g);
  free(m);
}


void ref_positions_fwd (float *y, const float *x, const float *p, float scale, const int32_t *off, int64_t B,
                        int64_t T, int64_t D) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t back = 0, r = off[b + 1] - 1; r >= off[b]; r--, back++)
      for (int64_t i = 0; i < D; i++)
        y[r * D + i] = (float)((double)scale * (double)x[r * D + i] + (double)p[(back < T ? back : T - 1) * D + i]);
}


void ref_positions_bwd (float *dp, const float *dy, const int32_t *off, int64_t B, int64_t T, int64_t D) {
  double *g = numbers(T * D);
  for (int64_t b = 0; b < B; b++)
    for (int64_t back = 0, r = off[b + 1] - 1; r >= off[b]; r--, back++)
      for (int64_t i = 0; i < D; i++) g[(back < T ? back : T - 1) * D + i] += (double)dy[r * D + i];
  for (int64_t i = 0; i < T * D; i++) dp[i] = (float)((double)dp[i] + g[i]);
  free(g);
}
