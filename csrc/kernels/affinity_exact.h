/*
** affinity_exact.h: Affinity Propagation in double, each number by the same operations in the same order as
** scikit-learn's affinity_propagation, noise with it, so that labels are the same also where similarities are equal.
** Three matrices of N x N doubles; for tests and comparisons, not for speed.
*/
#ifndef EIMF_AFFINITY_EXACT_H
#define EIMF_AFFINITY_EXACT_H

#include "../base/eimf_base.h"

typedef struct {
  int64_t N;
  int threads;
  double damping;
  double *S, *R, *A;             /* (N, N) */
  double *sums;                  /* (N) */
} eimf_exact;

/* S = -|x_i - x_j|^2 from x (N, D), as |x|^2 - 2 x.y + |y|^2, not above 0; squares (N) is scratch. */
void eimf_exact_distances (eimf_exact *s, const float *x, int64_t D, double *squares);
/* 1 when all S but the diagonal are equal. */
int eimf_exact_all_equal (const eimf_exact *s);
/* The median of S, diagonal and all; R is scratch. */
double eimf_exact_median (eimf_exact *s);
/* Noise of numpy's RandomState(seed).standard_normal((N, N)) times eps S + 100 tiny; messages zero. */
void eimf_exact_start (eimf_exact *s, uint32_t seed);
/* One iteration; marks (N): 1 = exemplar; returns how many marks differ from before. */
int64_t eimf_exact_step (eimf_exact *s, int32_t *marks);
/* exemplar (K), rising, refined in place; label (N) 1..K; returns K. */
int64_t eimf_exact_finish (eimf_exact *s, int32_t *exemplar, int64_t K, int32_t *label, int32_t *order);

#endif
