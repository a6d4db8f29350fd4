/*
** sa.h: what the files of self-attentive extraction have in common: sa.c goes
** forward, sa_bwd.c back, sa_repeated.c back where vectors repeat.
** Neighbours: parts.h, tile.h, isa.h.
*/
#ifndef EIMF_SA_H
#define EIMF_SA_H

#include "../hot.h"
#include "../plans.h"
#include "parts.h"

#define TILE EIMF_SA_TILE

/* Vector of row r. */
INLINE const float *sa_vector (const eimf_sa *s, int64_t r) {
  return s->h + (s->rows == NULL ? r : s->rows[r]) * s->D;
}


/* W2 (H, K) -> (K4, H), rows from K on zero. */
static inline __attribute__((unused))
void sa_transpose_w2 (float *out, const eimf_sa *s, int64_t K4) {
  memset(out, 0, (size_t)(K4 * s->H) * sizeof(float));
  for (int64_t j = 0; j < s->H; j++)
    for (int64_t k = 0; k < s->K; k++) out[k * s->H + j] = s->w2[j * s->K + k];
}


/* Rows lo .. lo+L-1, a segment, from at most ABREAST interests k .. k+n-1, whose gradients are g: gradient of their
** logits into dl, and the direct part of dh. */
INLINE void sa_interests_bwd (float *dl, float *dh, int add, const float *g, const float *da, const float *a,
                              const eimf_sa *s, int64_t lo, int64_t L, int64_t k, int64_t n, int64_t K4) {
  const int64_t D = s->D, K = s->K;
  double mean[ABREAST] = { 0 };
  float some[ABREAST] = { 0 };
  for (int64_t r = 0; r < L; r++) {
    if (n == ABREAST) v_dots(some, sa_vector(s, lo + r), g, D, D);
    else for (int64_t i = 0; i < n; i++) some[i] = v_dot(sa_vector(s, lo + r), g + i * D, D);
    for (int64_t i = 0; i < n; i++) {
      float d = some[i] + (da != NULL ? da[(lo + r) * K + k + i] : 0.0f);
      dl[r * K4 + k + i] = d;
      mean[i] += (double)a[(lo + r) * K + k + i] * (double)d;
    }
  }
  for (int64_t r = 0; r < L; r++) {
    const float *share = a + (lo + r) * K + k;
    for (int64_t i = 0; i < n; i++) dl[r * K4 + k + i] = share[i] * (dl[r * K4 + k + i] - (float)mean[i]);
    if (dh == NULL) continue;
    if (!add) memset(dh + (lo + r) * D, 0, (size_t)D * sizeof *dh);
    if (n == ABREAST) v_axpys(dh + (lo + r) * D, share, g, D, D);
    else for (int64_t i = 0; i < n; i++) v_axpy(dh + (lo + r) * D, share[i], g + i * D, D);
  }
}


/* Gradient of a segment's logits into dl (L, K4), and the direct part of dh. */
static inline __attribute__((unused))
void sa_segment_bwd (float *dl, float *dh, int add, const float *dv, const float *da, const float *a,
                     const eimf_sa *s, int64_t b, int64_t K4) {
  const int64_t lo = s->off[b], L = s->off[b + 1] - lo;
  for (int64_t k = 0; k < s->K; k += ABREAST) {
    const int64_t n = s->K - k < ABREAST ? s->K - k : ABREAST;
    sa_interests_bwd(dl, dh, add || k > 0, dv + (b * s->K + k) * s->D, da, a, s, lo, L, k, n, K4);
  }
}


/* What four interests need of VL hidden units. */
typedef struct { vf w[4], sum[4]; } sa_hidden;

/* One row: its part of g before the slope, and of dw2t. */
INLINE vf sa_hidden_row (sa_hidden *c, vf x, vf y, const float *dl) {
  for (int i = 0; i < 4; i++) {
    vf d = v_set(dl[i]);
    y += d * c->w[i];
    c->sum[i] += d * x;
  }
  return y;
}

/* dw2 (H, K) += the chunks' sums, (K4, H) each, partial_size apart. */
static inline __attribute__((unused))
void sa_sum_w2 (float *dw2, const float *parts, const eimf_sa *s, const eimf_sa_plan *pl) {
  for (int64_t j = 0; j < s->H; j++)
    for (int64_t k = 0; k < s->K; k++)
      for (int c = 0; c < pl->chunks; c++) dw2[j * s->K + k] += parts[c * pl->partial_size + k * s->H + j];
}


/* eimf_sa_bwd where s->rows is given; pl has W1 and W2 packed for the way back. */
void ISA(eimf_sa_repeated_bwd) (float *dh, int add, float *dp, float *dw1, float *dw2, const float *dv, const float *da,
                                const float *a, const eimf_sa *s, const eimf_sa_plan *pl);

#endif
