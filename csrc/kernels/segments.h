/*
** segments.h: operations on jagged rows: segment b of x (R, D) is its rows
** off[b] .. off[b+1]-1. In several instruction sets: hot/segments.c; called
** through dispatch.c. Each linear one is the backward of another; "= or +=":
** overwrites, or adds where `add` is set. An empty segment gives zeros.
*/
#ifndef EIMF_SEGMENTS_H
#define EIMF_SEGMENTS_H

#include "hot.h"

/* y[b] = or += sum of x[r] over the segment, divided by its length where `mean`.   y (B, D), x (R, D) */
EIMF_HOT(void, eimf_segment_sum, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D,
                                  int mean, int add));
/* y[r] = or += x[b] for every row of segment b, divided by its length where `mean`. y (R, D), x (B, D) */
EIMF_HOT(void, eimf_segment_repeat, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D,
                                     int mean, int add));

/* The newest row: y[b] = x[off[b+1]-1].    y (B, D), x (R, D) */
EIMF_HOT(void, eimf_segment_last_fwd, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D));
EIMF_HOT(void, eimf_segment_last_bwd, (float *dx, const float *dy, const int32_t *off, int64_t B, int64_t D));

/* Each column of a segment by itself: y[r][c] = exp(x[r][c]) / sum over the segment's r.
** dx += y (dy - sum_r y dy). A column that is -inf throughout gives zeros. */
EIMF_HOT(void, eimf_segment_softmax_fwd, (float *y, const float *x, const int32_t *off, int64_t B, int64_t C));
EIMF_HOT(void, eimf_segment_softmax_bwd, (float *dx, const float *y, const float *dy, const int32_t *off,
                                          int64_t B, int64_t C));

/*
** K weighted sums of a segment's rows, and the two products that differentiate them.
**   weighted_sum   v[b][k] = or += sum_r w[r][k] x[r]        v (B, K, D)
**   dot            w[r][k] = or += x[r] . v[b][k]            w (R, K)
**   mix            x[r]    = or += sum_k w[r][k] v[b][k]     x (R, D)
*/
EIMF_HOT(void, eimf_segment_weighted_sum, (float *v, const float *w, const float *x, const int32_t *off,
                                           int64_t B, int64_t K, int64_t D, int add));
EIMF_HOT(void, eimf_segment_dot, (float *w, const float *x, const float *v, const int32_t *off,
                                  int64_t B, int64_t K, int64_t D, int add));
EIMF_HOT(void, eimf_segment_mix, (float *x, const float *w, const float *v, const int32_t *off,
                                  int64_t B, int64_t K, int64_t D, int add));

#endif
