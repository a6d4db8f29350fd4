/*
** ref_routing.c: naive twins of dynamic routing and of the maps of positions.
** They allocate, and abort where there is no memory: tests only. See ref.h.
*/
#include <math.h>
#include <stdlib.h>

#include "ref.h"

static double *numbers (int64_t n) {
  double *x = calloc((size_t)n + 1, sizeof *x);
  if (x == NULL) abort();
  return x;
}


static double x_of (const eimf_route *s, int64_t r, int64_t k, int64_t d) {
  return (double)(s->own ? s->x[(r * s->K + k) * s->D + d] : s->x[r * s->D + d]);
}


static int64_t taking_part (const eimf_route *s, int64_t L) {
  if (!s->dynamic) return s->K;
  return (int64_t)fmax(1, fmin((double)s->K, floor(log2((double)(L > 0 ? L : 1)))));
}


/* w (R, K) of rows lo..hi-1 from their logits. */
static void weights (double *w, const double *logits, const eimf_route *s, int64_t lo, int64_t hi, int64_t n) {
  for (int64_t r = lo; r < hi; r++)
    for (int64_t k = 0; k < s->K; k++) {
      double sum = 0;
      if (s->over_time) for (int64_t i = lo; i < hi; i++) sum += exp(logits[i * s->K + k]);
      else for (int64_t i = 0; i < n; i++) sum += exp(logits[r * s->K + i]);
      w[r * s->K + k] = k < n ? exp(logits[r * s->K + k]) / sum : 0;
    }
}


/* Length of a squashed vector over that of the vector z itself. */
static double squashing (const double *z, int64_t D) {
  double q = 0;
  for (int64_t d = 0; d < D; d++) q += z[d] * z[d];
  return sqrt(q) / (1 + q);
}


/* z (K, D) and w (L, K) of segment b, which lie at z and at row off[b] of w. */
static void route_segment (double *z, double *w, const eimf_route *s, int64_t b) {
  const int64_t K = s->K, D = s->D, lo = s->off[b], hi = s->off[b + 1], n = taking_part(s, hi - lo);
  double *logits = numbers(hi * K);
  for (int64_t i = lo * K; i < hi * K; i++) logits[i] = s->logits ? (double)s->logits[i] : 0;
  for (int i = 0; i < s->iterations; i++) {
    weights(w, logits, s, lo, hi, n);
    for (int64_t k = 0; k < K; k++) {
      double *zk = z + k * D;
      for (int64_t d = 0; d < D; d++) zk[d] = 0;
      for (int64_t r = lo; r < hi; r++)
        for (int64_t d = 0; d < D; d++) zk[d] += w[r * K + (k < n ? k : 0)] * x_of(s, r, k < n ? k : 0, d);
      for (int64_t r = lo; r < hi; r++)
        for (int64_t d = 0; d < D; d++) logits[r * K + k] += squashing(zk, D) * zk[d] * x_of(s, r, k, d);
    }
  }
  free(logits);
}


void ref_route_fwd (float *v, float *w, float *z, const eimf_route *s) {
  const int64_t K = s->K, D = s->D;
  double *zn = numbers(K * D), *wn = numbers(s->R * K);
  for (int64_t b = 0; b < s->B; b++) {
    route_segment(zn, wn, s, b);
    for (int64_t i = 0; i < K * D; i++) {
      z[b * K * D + i] = (float)zn[i];
      v[b * K * D + i] = (float)(zn[i] * squashing(zn + i / D * D, D));
    }
  }
  for (int64_t i = 0; i < s->R * K; i++) w[i] = (float)wn[i];
  free(zn);
  free(wn);
}


/* dz (D) of one interest: v = s(n) z, s = n / (1 + n^2). */
static void squash_bwd (double *dz, const double *z, const float *dv, int64_t D) {
  double q = 0, along = 0;
  for (int64_t d = 0; d < D; d++) {
    q += z[d] * z[d];
    along += z[d] * (double)dv[d];
  }
  const double n = sqrt(q), slope = (1 - q) / ((1 + q) * (1 + q));
  for (int64_t d = 0; d < D; d++) dz[d] = n == 0 ? 0 : n / (1 + q) * (double)dv[d] + slope * along * z[d] / n;
}


void ref_route_bwd (float *dx, const float *dv, const eimf_route *s) {
  const int64_t K = s->K, D = s->D, size = s->R * (s->own ? K : 1) * D;
  double *z = numbers(K * D), *w = numbers(s->R * K), *dz = numbers(D), *g = numbers(size);
  for (int64_t b = 0; b < s->B; b++) {
    const int64_t n = taking_part(s, s->off[b + 1] - s->off[b]);
    route_segment(z, w, s, b);
    for (int64_t k = 0; k < K; k++) {
      const int64_t i = k < n ? k : 0;
      squash_bwd(dz, z + k * D, dv + (b * K + k) * D, D);
      for (int64_t r = s->off[b]; r < s->off[b + 1]; r++)
        for (int64_t d = 0; d < D; d++) g[(s->own ? r * K + i : r) * D + d] += w[r * K + i] * dz[d];
    }
  }
  for (int64_t i = 0; i < size; i++) dx[i] = (float)((double)dx[i] + g[i]);
  free(z);
  free(w);
  free(dz);
  free(g);
}


/* Adds products of one kind: 0: h W into to, 1: dy W' into to, 2: h' dy into to. */
static void maps (float *to, int64_t size, const float *dy, const eimf_maps *s, int kind) {
  double *sum = numbers(size);
  for (int64_t b = 0; b < s->B; b++)
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) {
      const int64_t back = s->off[b + 1] - 1 - r, p = back < s->T ? back : s->T - 1;
      for (int64_t d = 0; d < s->D; d++)
        for (int64_t j = 0; j < s->N; j++) {
          const int64_t h = r * s->D + d, y = r * s->N + j, w = (p * s->D + d) * s->N + j;
          if (kind == 0) sum[y] += (double)s->h[h] * (double)s->w[w];
          else if (kind == 1) sum[h] += (double)dy[y] * (double)s->w[w];
          else sum[w] += (double)s->h[h] * (double)dy[y];
        }
    }
  for (int64_t i = 0; i < size; i++) to[i] = (float)((kind == 0 ? 0 : (double)to[i]) + sum[i]);
  free(sum);
}


void ref_position_linear_fwd (float *y, const eimf_maps *s) { maps(y, s->R * s->N, NULL, s, 0); }


void ref_position_linear_bwd (float *dh, float *dw, const float *dy, const eimf_maps *s) {
  if (dh != NULL) maps(dh, s->R * s->D, dy, s, 1);
  if (dw != NULL) maps(dw, s->T * s->D * s->N, dy, s, 2);
}
