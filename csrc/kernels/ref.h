/*
** ref.h: naive twins of the kernels, for tests only: plain loops in double,
** rounded to float once at the end, one thread, written from the formulas in
** the kernels' headers and not from their code. Same arguments as the kernels
** but for what those keep or scratch. Neighbours: ref_*.c; hot.h, attention.h, routing.h (structs).
*/
#ifndef EIMF_REF_H
#define EIMF_REF_H

#include "attention.h"
#include "hot.h"
#include "routing.h"

/* ref_elementwise.c: elementwise.h, and eimf_map, eimf_dropout, eimf_adam of hot.h */
void ref_combine (float *y, float alpha, const float *a, float beta, const float *b, int64_t n);
void ref_mul (float *y, const float *a, const float *b, int64_t n, int add);
void ref_div_fwd (float *y, const float *a, const float *b, int64_t n);
void ref_div_bwd (float *da, float *db, const float *b, const float *y, const float *dy, int64_t n);
void ref_leaky_relu_fwd (float *y, const float *x, float slope, int64_t n);
void ref_leaky_relu_bwd (float *dx, const float *x, const float *dy, float slope, int64_t n);
void ref_log_fwd (float *y, const float *x, int64_t n);
void ref_log_bwd (float *dx, const float *x, const float *dy, int64_t n);
/* y = x + v or = or += x v, v spread over rows (by 0) or columns (by 1) */
void ref_add_spread (float *y, const float *x, const float *v, int64_t R, int64_t C, int by);
void ref_mul_spread (float *y, const float *x, const float *v, int64_t R, int64_t C, int by, int add);
/* sums of a b, or of a, over rows (by 0: y (C)) or columns (by 1: y (R)) */
void ref_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int by, int add);
double ref_sum (const float *x, int64_t n);
double ref_sum_squares (const float *x, int64_t n);
void ref_map_fwd (int op, float *y, const float *x, int64_t n);
void ref_map_bwd (int op, float *dx, const float *saved, const float *dy, int64_t n);
void ref_dropout (float *y, const float *x, int64_t n, double p, uint64_t seed, uint64_t step, uint64_t draw, int add);
void ref_adam_dense (float *p, float *m, float *v, const float *g, int64_t n, const eimf_adam *o);
void ref_adam_rows (float *p, float *m, float *v, const int32_t *ids, const float *g, int64_t n, int64_t D,
                    const eimf_adam *o);
void ref_adam_table (float *p, float *m, float *v, const int32_t *marker, const float *g, int64_t R, int64_t D,
                     const eimf_adam *o);

/* ref_rows.c: rows.h, softmax of hot.h, gemm.h */
void ref_softmax_fwd (float *y, const float *x, int64_t R, int64_t C);
void ref_softmax_bwd (float *dx, const float *y, const float *dy, int64_t R, int64_t C);
void ref_log_softmax_fwd (float *y, const float *x, int64_t R, int64_t C);
void ref_log_softmax_bwd (float *dx, const float *y, const float *dy, int64_t R, int64_t C);
void ref_log_sum_exp_fwd (float *y, const float *x, int64_t R, int64_t C);
void ref_log_sum_exp_bwd (float *dx, const float *x, const float *y, const float *dy, int64_t R, int64_t C);
void ref_layer_norm_fwd (float *y, const float *x, const float *gain, const float *bias, int64_t R, int64_t D,
                         double eps);
void ref_layer_norm_bwd (float *dx, float *dgain, float *dbias, const float *x, const float *gain, const float *dy,
                         int64_t R, int64_t D, double eps);
void ref_l2_normalise_fwd (float *y, const float *x, int64_t R, int64_t D, double eps);
void ref_l2_normalise_bwd (float *dx, const float *x, const float *dy, int64_t R, int64_t D, double eps);
void ref_squash_fwd (float *y, const float *x, int64_t R, int64_t D);
void ref_squash_bwd (float *dx, const float *x, const float *dy, int64_t R, int64_t D);
void ref_gemm (float *C, const float *A, const float *B, int64_t M, int64_t N, int64_t K, int ta, int tb,
               float alpha, float beta);

/* ref_segments.c: segments.h, table.h */
void ref_segment_sum (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add);
void ref_segment_repeat (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add);
void ref_segment_last_fwd (float *y, const float *x, const int32_t *off, int64_t B, int64_t D);
void ref_segment_last_bwd (float *dx, const float *dy, const int32_t *off, int64_t B, int64_t D);
void ref_segment_softmax_fwd (float *y, const float *x, const int32_t *off, int64_t B, int64_t C);
void ref_segment_softmax_bwd (float *dx, const float *y, const float *dy, const int32_t *off, int64_t B, int64_t C);
void ref_segment_weighted_sum (float *v, const float *w, const float *x, const int32_t *off, int64_t B, int64_t K,
                               int64_t D, int add);
void ref_segment_dot (float *w, const float *x, const float *v, const int32_t *off, int64_t B, int64_t K, int64_t D,
                      int add);
void ref_segment_mix (float *x, const float *w, const float *v, const int32_t *off, int64_t B, int64_t K, int64_t D,
                      int add);
void ref_gather_rows (float *y, const float *table, const int32_t *ids, int64_t n, int64_t D);
void ref_rows_add (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int32_t skip);
void ref_pick_fwd (float *y, const float *v, const int32_t *choice, int64_t B, int64_t K, int64_t D);
void ref_pick_bwd (float *dv, const float *dy, const int32_t *choice, int64_t B, int64_t K, int64_t D);
void ref_readout_hard (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D);

/* ref_fused.c: sa, ce and rank of hot.h. u and a are written by the forward of sa. */
void ref_sa_fwd (float *v, float *a, float *u, const eimf_sa *s);
void ref_sa_bwd (float *dh, float *dp, float *dw1, float *dw2, const float *dv, const float *da, const eimf_sa *s);
void ref_ce_fwd (float *loss, const eimf_ce *s);
void ref_ce_bwd (float *du, float *dpos, float *dc, const float *g, const eimf_ce *s);
void ref_rank_top (int32_t *ids, float *score, const eimf_rank *s);

/* ref_gru.c: gru of hot.h. g (R, H): gradient of h. */
void ref_gru_fwd (float *h, const eimf_gru *s);
void ref_gru_bwd (const eimf_gru_gradients *d, const float *g, const eimf_gru *s);

/* ref_attention.c: attention.h; the backward computes y and lse for itself */
void ref_attention_fwd (float *y, float *lse, const eimf_attention *s);
void ref_attention_bwd (float *dx, const float *dy, const eimf_attention *s);
void ref_positions_fwd (float *y, const float *x, const float *p, float scale, const int32_t *off, int64_t B,
                        int64_t T, int64_t D);
void ref_positions_bwd (float *dp, const float *dy, const int32_t *off, int64_t B, int64_t T, int64_t D);

/* ref_routing.c: routing.h */
void ref_route_fwd (float *v, float *w, float *z, const eimf_route *s);
void ref_route_bwd (float *dx, const float *dv, const eimf_route *s);
void ref_position_linear_fwd (float *y, const eimf_maps *s);
void ref_position_linear_bwd (float *dh, float *dw, const float *dy, const eimf_maps *s);

/* ref_semantic.c: profile, nce and attend of hot.h; semantic.h */
void ref_profile_fwd (float *loss, const eimf_profile *s);
void ref_profile_bwd (float *dx, float *dz, const float *g, const eimf_profile *s);
void ref_nce_fwd (float *loss, const eimf_nce *s);
void ref_nce_bwd (float *da, float *db, const float *g, const eimf_nce *s);
void ref_attend_fwd (float *y, const eimf_attend *s);
void ref_attend_bwd (float *dz, float *de, const float *dy, const eimf_attend *s);
/* p (N + 1, J): the profiles as a whole matrix, row 0 zero */
void ref_profile_build (float *p, const float *t, const float *s, int64_t N, int64_t J, int64_t D, float temperature,
                        int64_t top);
void ref_centre_rows (float *y, const float *x, int64_t N, int64_t D);
/* The largest sum of cosines of min(K, n) pairs of rows of v (K, D) and z (n, D), by trying all. */
double ref_match_best (const float *v, const float *z, int64_t K, int64_t n, int64_t D);
double ref_cosine (const float *a, const float *b, int64_t D);

#endif
