/*
** routing.c: dynamic routing (routing.h has the formulas). One thread works
** through a segment, whose rows stay in cache over all iterations.
** Neighbours: squash.h, tile.h, isa.h; rows.h, routing.h.
*/
#include "../routing.h"
#include "../rows.h"
#include "squash.h"
#include "tile.h"

/* Interests of a history of L rows. */
static int64_t interests_of (const eimf_route *s, int64_t L) {
  int64_t n = 0;
  if (!s->dynamic) return s->K;
  while (n < s->K && (L >> (n + 1)) > 0) n++;
  return n > 1 ? n : 1;
}


/* Where row r of interest k begins in x and dx. */
INLINE int64_t place (const eimf_route *s, int64_t r, int64_t k) {
  return (s->own ? r * s->K + k : r) * s->D;
}


/* x - their largest, of n numbers that lie `step` apart. */
static void below_top (float *y, const float *x, int64_t n, int64_t step) {
  float top = x[0];
  for (int64_t i = 1; i < n; i++) if (x[i * step] > top) top = x[i * step];
  for (int64_t i = 0; i < n; i++) y[i * step] = x[i * step] - top;
}


static void sum_to_one (float *y, int64_t n, int64_t step) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)y[i * step];
  const float inv = (float)(1.0 / sum);
  for (int64_t i = 0; i < n; i++) y[i * step] *= inv;
}


/* w = softmax of logits b, both (L, K), of the first n interests; the others keep -inf and weigh 0. */
static void weigh (float *w, const float *b, const eimf_route *s, int64_t L, int64_t n) {
  const int64_t sums = s->over_time ? n : L, next = s->over_time ? 1 : s->K;
  const int64_t terms = s->over_time ? L : n, step = s->over_time ? s->K : 1;
  memcpy(w, b, (size_t)(L * s->K) * sizeof(float));
  for (int64_t i = 0; i < sums; i++) below_top(w + i * next, b + i * next, terms, step);
  EACH(i, m, L * s->K) v_storen(w + i, v_exp(v_loadn(w + i, m, 0)), m);
  for (int64_t i = 0; i < sums; i++) sum_to_one(w + i * next, terms, step);
}


static void first_logits (float *b, const eimf_route *s, int64_t lo, int64_t L, int64_t n) {
  for (int64_t r = 0; r < L; r++)
    for (int64_t k = 0; k < s->K; k++)
      b[r * s->K + k] = k >= n ? -INFINITY : s->logits != NULL ? s->logits[(lo + r) * s->K + k] : 0;
}


static void segment_fwd (float *v, float *w, float *z, float *b, const eimf_route *s, int64_t lo, int64_t L) {
  const int64_t K = s->K, D = s->D, n = interests_of(s, L);
  first_logits(b, s, lo, L, n);
  for (int i = 1; ; i++) {
    if (L > 0) weigh(w, b, s, L, n);
    memset(z, 0, (size_t)(K * D) * sizeof(float));
    for (int64_t r = 0; r < L; r++)
      for (int64_t k = 0; k < n; k++) v_axpy(z + k * D, w[r * K + k], s->x + place(s, lo + r, k), D);
    for (int64_t k = 0; k < n; k++) squash_row(v + k * D, z + k * D, D);
    if (i == s->iterations) break;
    for (int64_t r = 0; r < L; r++)
      for (int64_t k = 0; k < n; k++) b[r * K + k] += v_dot(s->x + place(s, lo + r, k), v + k * D, D);
  }
  for (int64_t k = n; k < K; k++) {
    memcpy(z + k * D, z, (size_t)D * sizeof(float));
    memcpy(v + k * D, v, (size_t)D * sizeof(float));
  }
}


void ISA(eimf_route_fwd) (float *v, float *w, float *z, const eimf_route *s, float *scratch) {
  const int64_t K = s->K, KD = s->K * s->D;
#pragma omp parallel for schedule(dynamic, 8) num_threads(eimf_threads()) if (s->R * KD > EIMF_PAR_MIN)
  for (int64_t b = 0; b < s->B; b++) {
    const int64_t lo = s->off[b];
    segment_fwd(v + b * KD, w + lo * K, z + b * KD, scratch + lo * K, s, lo, s->off[b + 1] - lo);
  }
}


void ISA(eimf_route_bwd) (float *dx, const float *dv, const float *w, const float *z, const eimf_route *s,
                          float *scratch) {
  const int64_t K = s->K, D = s->D;
  memset(scratch, 0, (size_t)(s->B * K * D) * sizeof(float));
  ISA(eimf_squash_bwd)(scratch, z, dv, s->B * K, D);
#pragma omp parallel for schedule(dynamic, 8) num_threads(eimf_threads()) if (s->R * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < s->B; b++) {
    const int64_t n = interests_of(s, s->off[b + 1] - s->off[b]);
    float *dz = scratch + b * K * D;
    for (int64_t k = n; k < K; k++) v_axpy(dz, 1.0f, dz + k * D, D);
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++)
      for (int64_t k = 0; k < n; k++) v_axpy(dx + place(s, r, k), w[r * K + k], dz + k * D, D);
  }
}
