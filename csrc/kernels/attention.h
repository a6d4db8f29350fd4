/*
** attention.h: causal self-attention (Vaswani et al. 2017) within the segments
** of a jagged batch, fused. In three instruction sets (hot/attention.c),
** called through dispatch.c; attention.c cuts the work.
*/
#ifndef EIMF_ATTENTION_H
#define EIMF_ATTENTION_H

#include "hot.h"

/*
** x (R, 3 H d): queries, keys and values of H heads of width d side by side: q_1 .. q_H, k_1 .. k_H, v_1 .. v_H.
** For each head, and each row r of a segment, over the rows j <= r of the same segment:
**   a_rj = softmax_j(q_r . k_j / sqrt(d)),   y_r = sum_j m_rj a_rj v_j                  y (R, H d)
** m: dropout, 1 / (1 - p) with probability 1 - p, else 0; a function of (seed, step, draw), head, r and j.
** Kept for backward: lse (R, H) = ln sum_j exp(q_r . k_j / sqrt(d)). Scores exist for a block of rows at a time.
*/
typedef struct {
  int64_t R, B, H, d;
  int threads;
  const int32_t *off;        /* (B+1) */
  const float *x;
  double p;
  uint64_t seed, step, draw;
} eimf_attention;

#define EIMF_ATTENTION_ROWS 32   /* rows of a block: of one long segment, or of several short ones together */

/* How the work is cut, and a thread's scratch: floats from `scratch` on. */
typedef struct {
  int chunks, threads;
  int64_t size;              /* floats of scratch in all */
  int64_t longest;           /* rows of the longest segment, of a block at least */
  int64_t ld;                /* floats of a row of scores */
  int64_t packed;            /* floats of packed keys or values */
  int64_t work;              /* floats of a thread: keys, values, scores, their gradients */
} eimf_attention_plan;

eimf_attention_plan eimf_attention_cut (const eimf_attention *s);

EIMF_HOT(void, eimf_attention_fwd, (float *y, float *lse, const eimf_attention *s, float *scratch));
/* Adds into dx (R, 3 H d). */
EIMF_HOT(void, eimf_attention_bwd, (float *dx, const float *dy, const float *y, const float *lse,
                                    const eimf_attention *s, float *scratch));

/*
** Vectors of positions that count back from the newest row of a segment, added to its rows:
**   y_r = scale x_r + p_back,  back = 0 for the newest, T - 1 at most        x, y (R, D), p (T, D)
** The backward adds into dp, in the order of the segments.
*/
void eimf_positions_fwd (float *y, const float *x, const float *p, float scale, const int32_t *off, int64_t B,
                         int64_t T, int64_t D);
void eimf_positions_bwd (float *dp, const float *dy, const int32_t *off, int64_t B, int64_t T, int64_t D);

#endif
