/*
** cluster.h: what clusters need besides messages: assignment to exemplars,
** medoids, silhouette. Labels are 1..K, 0 = none.
*/
#ifndef EIMF_CLUSTER_H
#define EIMF_CLUSTER_H

#include "../base/eimf_base.h"

/*
** label_i = the j of the largest S(i, column_j), the first of equal ones; margin_i (or NULL) what it is above the
** next, infinite where K = 1. S (N, ld), columns (K) from 0.
*/
void eimf_assign (int32_t *label, float *margin, const float *S, const int32_t *column, int64_t N, int64_t ld,
                  int64_t K);

/*
** medoid_j (from 0) = the member c of cluster j with the least sum over members of w_i |x_i - x_c|^2 less p_c; the first
** of equal ones, -1 for an empty cluster. x (N, D); w (N), p (N) or NULL; sums (K, D + 1) doubles of scratch.
*/
void eimf_medoids (int32_t *medoid, const float *x, const float *w, const float *p, const int32_t *label, int64_t N,
                   int64_t K, int64_t D, double *sums);

/* The same by the largest sum over members of S (N, ld), its diagonal with it; order (N) and sums (N) are scratch. */
void eimf_medoids_of (int32_t *medoid, const float *S, const int32_t *label, int64_t N, int64_t ld, int64_t K,
                      int32_t *order, double *sums);

/*
** Silhouettes (Rousseeuw 1987) of n rows whose products with all N are given, (n, N): (b - a) / max(a, b), a the mean
** distance to the own cluster's others, b the least mean distance to another cluster; 0 for a cluster of one.
** squares (N); label (N) 1..K or 0; first: row 0 is point `first`; sums (threads, K) doubles.
*/
void eimf_silhouettes (float *out, const float *products, const float *squares, const int32_t *label,
                       const int32_t *size, int64_t first, int64_t n, int64_t N, int64_t K, double *sums);

/*
** Rows by which the largest product finds the least distance: v (N, D + 1) = (x, 1), e (N + 1, D + 1) = row 0 of
** zeros, then (2 x, -|x|^2). Then v_i . e_k = |x_i|^2 - |x_i - x_k|^2.
*/
void eimf_as_queries (float *v, const float *x, int64_t N, int64_t D);
void eimf_as_targets (float *e, const float *x, int64_t N, int64_t D);
/* s (N, n) such products, made -|x_i - x_k|^2: 0 where rounding is all there is; -infinity stays. */
void eimf_as_similarities (float *s, const float *x, int64_t N, int64_t D, int64_t n);

/* Sum over labelled rows of -w_i |x_i - y_label|^2, y (K, D), w (N) or NULL. */
double eimf_net_similarity (const float *x, const float *y, const float *w, const int32_t *label, int64_t N, int64_t D);

#endif
