/*
** affinity.h: Affinity Propagation (Frey and Dueck, "Clustering by passing
** messages between data points", Science 315, 2007): N points choose among M
** candidates, S (N, M) their similarities, a candidate's own S its preference.
**
** Responsibilities and availabilities, both damped by L:
**   R(i,k) = L R(i,k) + (1-L) (S(i,k) - max_{k' != k} (A(i,k') + S(i,k')))
**   A(i,k) = L A(i,k) + (1-L) min(0, R(k,k) + sum_{i' not in {i,k}} max(0, R(i',k)))
**   A(k,k) = L A(k,k) + (1-L) sum_{i' != k} max(0, R(i',k))
** and k is an exemplar where A(k,k) + R(k,k) > 0.
**
** R is not stored. Of the maximum only the argument's own column sees another
** value than the rest of the row, so that always
**   R(i,k) = share S(i,k) - u_i + e_ik,   share = 1 - product of the dampings,
**   u_i = L u_i + (1-L) top_i,   e_ik = L e_ik + (1-L) (top_i - second_i) [k = argmax_i]
** with a few e ("peaks") in a row, which fade. An iteration reads S and A once and
** writes A once, a few rows at a time: A of the last iteration's sums, the rows'
** maxima, the rows' part of the new sums.
**
** Two layouts, the same kernel: dense, a row of S and A is ld floats (a multiple of 16), EIMF_AFFINITY_NONE
** beyond M; sparse, row i is offsets[i] .. offsets[i+1]-1 of S, A and ids.
*/
#ifndef EIMF_AFFINITY_H
#define EIMF_AFFINITY_H

#include "hot.h"

#define EIMF_AFFINITY_NONE (-1e30f)    /* similarity of a pair that must not be chosen */
#define EIMF_AFFINITY_PEAKS 32         /* of a row; where there are more the least is forgotten */
#define EIMF_AFFINITY_ROWS 64          /* rows of a block of partial sums, dense */
#define EIMF_AFFINITY_BLOCKS 32        /* blocks of partial sums, sparse */

typedef struct {
  int64_t N, M, ld;
  int threads;
  double damping, share, damping_before, share_before;      /* before: of the last iteration, whose A are made now */
  const int32_t *offsets, *ids;        /* (N+1), (entries): sparse; NULL: dense */
  const int32_t *own;                  /* (N): where the point's own entry stands in its row, -1: no candidate */
  float *S, *A;
  double *u;                           /* (N) */
  double *own_a, *own_r, *support;     /* (M): diagonals of A and R, sums of max(0, R) over others */
  float *bar;                          /* (ld): R(k,k) + support */
  float *lift, *cap;                   /* (ld): (1-L) bar, min(0, lift) */
  int32_t *marks;                      /* (M): 1 = an exemplar */
  int32_t *peaks, *peak_at;            /* (N) how many, (N, PEAKS) where in the row */
  float *peak;                         /* (N, PEAKS) */
  float *partial;                      /* (blocks, ld) */
} eimf_affinity;

/* Bytes of everything but S, A, offsets, ids and own; lays it out at `at` (64-byte aligned) where that is given. */
size_t eimf_affinity_layout (eimf_affinity *s, void *at);
int64_t eimf_affinity_blocks (const eimf_affinity *s);
/* First row of block b. */
int64_t eimf_affinity_first (const eimf_affinity *s, int64_t b);

/* Before the first iteration; A must be zero. */
void eimf_affinity_start (eimf_affinity *s);
/* One iteration: rows, then sums; *count exemplars, *changed marks that differ from the iteration before. */
EIMF_HOT(void, eimf_affinity_rows, (const eimf_affinity *s));
void eimf_affinity_sums (eimf_affinity *s, int64_t *count, int64_t *changed);

/*
** S (N, ld) holds the products x_i . y_k; makes it -|x_i - y_k|^2, 0 where rounding is all there is, NONE beyond M.
** w (N) or NULL multiplies rows. range: least and largest value, the columns skip[i] (own, may be NULL) left out.
*/
void eimf_affinity_distances (float *S, const float *x, const float *y, const float *w, const int32_t *own,
                              int64_t N, int64_t M, int64_t ld, int64_t D, float range[2], float *row_range);
/* S (N, ld) from s (N, M), the same range. */
void eimf_affinity_copy (float *S, const float *s, const int32_t *own, int64_t N, int64_t M, int64_t ld,
                         float range[2], float *row_range);
/* S += amplitude times a number within [-1, 1) that seed, row and position decide. */
void eimf_affinity_noise (float *S, const int32_t *offsets, int64_t N, int64_t M, int64_t ld, float amplitude,
                          uint64_t seed);

/* The q quantile of n numbers, between neighbours in proportion; x is put in another order. */
double eimf_quantile (double *x, int64_t n, double q);

#endif
