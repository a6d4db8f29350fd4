/*
** dispatch.c: the plain names of the hot kernels; each call goes to the
** instruction set in use (eimf_simd). Neighbours: affinity.h, attention.h, dense.h, routing.h, rows.h,
** segments.h.
*/
#include "affinity.h"
#include "attention.h"
#include "dense.h"
#include "hot.h"
#include "routing.h"
#include "rows.h"
#include "segments.h"

#ifdef EIMF_HAVE_X86_LEVELS
#define CHOOSE(name, args) \
  switch (eimf_simd()) { \
    case EIMF_AVX512: name##_avx512 args; break; \
    case EIMF_AVX2: name##_avx2 args; break; \
    default: name##_portable args; break; \
  }
#else
#define CHOOSE(name, args) name##_portable args
#endif

#define DISPATCH(name, params, args) void name params { CHOOSE(name, args); }

DISPATCH(eimf_map_fwd, (int op, float *y, const float *x, int64_t n), (op, y, x, n))
DISPATCH(eimf_map_bwd, (int op, float *dx, const float *saved, const float *dy, int64_t n), (op, dx, saved, dy, n))
DISPATCH(eimf_dropout, (float *y, const float *x, int64_t n, double p, uint64_t seed, uint64_t step, uint64_t draw,
                        int add),
         (y, x, n, p, seed, step, draw, add))
DISPATCH(eimf_softmax_fwd, (float *y, const float *x, int64_t R, int64_t C), (y, x, R, C))
DISPATCH(eimf_softmax_bwd, (float *dx, const float *y, const float *dy, int64_t R, int64_t C), (dx, y, dy, R, C))
DISPATCH(eimf_adam_dense, (float *p, float *m, float *v, const float *g, int64_t n, const eimf_adam *o),
         (p, m, v, g, n, o))
DISPATCH(eimf_adam_rows, (float *p, float *m, float *v, const int32_t *ids, const float *g, int64_t n, int64_t D,
                          const eimf_adam *o),
         (p, m, v, ids, g, n, D, o))
DISPATCH(eimf_adam_table, (float *p, float *m, float *v, const int32_t *marker, const float *g, int64_t R, int64_t D,
                           const eimf_adam *o),
         (p, m, v, marker, g, R, D, o))
DISPATCH(eimf_sa_fwd, (float *v, float *a, float *u, const eimf_sa *s, float *scratch), (v, a, u, s, scratch))
DISPATCH(eimf_sa_bwd, (float *dh, int add, float *dp, float *dw1, float *dw2, const float *dv, const float *da,
                       const float *a, const float *u, const eimf_sa *s, float *scratch),
         (dh, add, dp, dw1, dw2, dv, da, a, u, s, scratch))
DISPATCH(eimf_gru_fwd, (float *h, float *gates, const eimf_gru *s, float *scratch), (h, gates, s, scratch))
DISPATCH(eimf_gru_bwd, (const eimf_gru_gradients *d, const float *g, const float *h, const float *gates,
                        const eimf_gru *s, float *scratch),
         (d, g, h, gates, s, scratch))
DISPATCH(eimf_attention_fwd, (float *y, float *lse, const eimf_attention *s, float *scratch), (y, lse, s, scratch))
DISPATCH(eimf_attention_bwd, (float *dx, const float *dy, const float *y, const float *lse, const eimf_attention *s,
                              float *scratch),
         (dx, dy, y, lse, s, scratch))
DISPATCH(eimf_route_fwd, (float *v, float *w, float *z, const eimf_route *s, float *scratch), (v, w, z, s, scratch))
DISPATCH(eimf_route_bwd, (float *dx, const float *dv, const float *w, const float *z, const eimf_route *s,
                          float *scratch),
         (dx, dv, w, z, s, scratch))
DISPATCH(eimf_position_linear_fwd, (float *y, const eimf_maps *s, float *scratch), (y, s, scratch))
DISPATCH(eimf_position_linear_bwd, (float *dh, float *dw, const float *dy, const eimf_maps *s, float *scratch),
         (dh, dw, dy, s, scratch))
DISPATCH(eimf_dense_fwd, (float *y, const eimf_dense *s, float *scratch), (y, s, scratch))
DISPATCH(eimf_dense_bwd, (float *dx, int add, float *dw, float *db, const float *dy, const float *y,
                          const eimf_dense *s, float *scratch),
         (dx, add, dw, db, dy, y, s, scratch))
DISPATCH(eimf_ce_fwd, (float *loss, float *p, float *stat, const eimf_ce *s, float *scratch),
         (loss, p, stat, s, scratch))
DISPATCH(eimf_ce_bwd, (float *du, float *dpos, float *dc, int add, const float *g, const float *p, const float *stat,
                       const eimf_ce *s, float *scratch),
         (du, dpos, dc, add, g, p, stat, s, scratch))
DISPATCH(eimf_rank_top, (int32_t *ids, float *score, const eimf_rank *s, float *scratch), (ids, score, s, scratch))
DISPATCH(eimf_affinity_rows, (const eimf_affinity *s), (s))
DISPATCH(eimf_profile_fwd, (int *bad, float *loss, float *stat, float *packed, const eimf_profile *s),
         (bad, loss, stat, packed, s))
DISPATCH(eimf_profile_bwd, (float *dx, float *dz, const float *g, const float *stat, const float *packed,
                            const eimf_profile *s, float *scratch),
         (dx, dz, g, stat, packed, s, scratch))
DISPATCH(eimf_nce_fwd, (float *loss, float *stat, float *packed, const eimf_nce *s), (loss, stat, packed, s))
DISPATCH(eimf_nce_bwd, (float *da, float *db, const float *g, const float *stat, const float *packed,
                        const eimf_nce *s, float *scratch),
         (da, db, g, stat, packed, s, scratch))
DISPATCH(eimf_attend_fwd, (float *y, float *a, const eimf_attend *s), (y, a, s))
DISPATCH(eimf_attend_bwd, (float *dz, float *de, const float *dy, const float *a, const eimf_attend *s,
                           float *scratch),
         (dz, de, dy, a, s, scratch))

DISPATCH(eimf_log_softmax_fwd, (float *y, const float *x, int64_t R, int64_t C), (y, x, R, C))
DISPATCH(eimf_log_softmax_bwd, (float *dx, const float *y, const float *dy, int64_t R, int64_t C), (dx, y, dy, R, C))
DISPATCH(eimf_log_sum_exp_fwd, (float *y, const float *x, int64_t R, int64_t C), (y, x, R, C))
DISPATCH(eimf_log_sum_exp_bwd, (float *dx, const float *x, const float *y, const float *dy, int64_t R, int64_t C),
         (dx, x, y, dy, R, C))
DISPATCH(eimf_layer_norm_fwd, (float *y, float *stat, const float *x, const float *gain, const float *bias,
                               int64_t R, int64_t D, double eps),
         (y, stat, x, gain, bias, R, D, eps))
DISPATCH(eimf_layer_norm_bwd, (float *dx, float *dgain, float *dbias, const float *x, const float *gain,
                               const float *stat, const float *dy, int64_t R, int64_t D),
         (dx, dgain, dbias, x, gain, stat, dy, R, D))
DISPATCH(eimf_l2_normalise_fwd, (float *y, float *inv, const float *x, int64_t R, int64_t D, double eps),
         (y, inv, x, R, D, eps))
DISPATCH(eimf_l2_normalise_bwd, (float *dx, const float *y, const float *inv, const float *dy, int64_t R, int64_t D,
                                 double eps),
         (dx, y, inv, dy, R, D, eps))
DISPATCH(eimf_squash_fwd, (float *y, const float *x, int64_t R, int64_t D), (y, x, R, D))
DISPATCH(eimf_squash_bwd, (float *dx, const float *x, const float *dy, int64_t R, int64_t D), (dx, x, dy, R, D))

DISPATCH(eimf_segment_sum, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add),
         (y, x, off, B, D, mean, add))
DISPATCH(eimf_segment_repeat, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean,
                               int add),
         (y, x, off, B, D, mean, add))
DISPATCH(eimf_segment_last_fwd, (float *y, const float *x, const int32_t *off, int64_t B, int64_t D),
         (y, x, off, B, D))
DISPATCH(eimf_segment_last_bwd, (float *dx, const float *dy, const int32_t *off, int64_t B, int64_t D),
         (dx, dy, off, B, D))
DISPATCH(eimf_segment_softmax_fwd, (float *y, const float *x, const int32_t *off, int64_t B, int64_t C),
         (y, x, off, B, C))
DISPATCH(eimf_segment_softmax_bwd, (float *dx, const float *y, const float *dy, const int32_t *off, int64_t B,
                                    int64_t C),
         (dx, y, dy, off, B, C))
DISPATCH(eimf_segment_weighted_sum, (float *v, const float *w, const float *x, const int32_t *off, int64_t B,
                                     int64_t K, int64_t D, int add),
         (v, w, x, off, B, K, D, add))
DISPATCH(eimf_segment_dot, (float *w, const float *x, const float *v, const int32_t *off, int64_t B, int64_t K,
                            int64_t D, int add),
         (w, x, v, off, B, K, D, add))
DISPATCH(eimf_segment_mix, (float *x, const float *w, const float *v, const int32_t *off, int64_t B, int64_t K,
                            int64_t D, int add),
         (x, w, v, off, B, K, D, add))
