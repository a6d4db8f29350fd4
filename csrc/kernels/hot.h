/*
** hot.h: the kernels that exist in several instruction sets (hot/), and the
** plain names through which everybody calls them (dispatch.c).
*/
#ifndef EIMF_HOT_H
#define EIMF_HOT_H

#include "../base/eimf_base.h"

#define EIMF_HOT(ret, name, args) \
  ret name args; ret name##_portable args; ret name##_avx2 args; ret name##_avx512 args

/*
** Elementwise over n floats (elementwise.c). Backward forms add into dx and
** take the value they need: tanh and sigmoid their output y, GELU its input.
*/
enum { EIMF_TANH, EIMF_SIGMOID, EIMF_GELU, EIMF_EXP };
EIMF_HOT(void, eimf_map_fwd, (int op, float *y, const float *x, int64_t n));
EIMF_HOT(void, eimf_map_bwd, (int op, float *dx, const float *saved, const float *dy, int64_t n));

/*
** Dropout: y = x / (1 - p) where kept, else 0; with add, y += instead. Element i is kept where
** a 32-bit mix of (key, i) is not below p 2^32; the key is Philox's word for (seed, step, draw).
*/
EIMF_HOT(void, eimf_dropout, (float *y, const float *x, int64_t n, double p, uint64_t seed, uint64_t step,
                              uint64_t draw, int add));

/* Row-wise softmax of x (R, C): y[r][c] = exp(x[r][c]) / sum_c exp(x[r][c]); a row of -inf gives zeros. */
EIMF_HOT(void, eimf_softmax_fwd, (float *y, const float *x, int64_t R, int64_t C));
EIMF_HOT(void, eimf_softmax_bwd, (float *dx, const float *y, const float *dy, int64_t R, int64_t C));

/*
** Adam (Kingma and Ba 2015) over n elements; c1 = 1 - beta1^t, c2 = 1 - beta2^t.
** g' = scale g + decay p; m, v its running moments; p -= lr (m / c1) / (sqrt(v / c2) + eps).
*/
typedef struct {
  double beta1, beta2;                    /* 1 - 0.999f is 5e-5 off: subtracted in double */
  float lr, eps, c1, c2, decay, scale;
} eimf_adam;
EIMF_HOT(void, eimf_adam_dense, (float *p, float *m, float *v, const float *g, int64_t n, const eimf_adam *o));
/* The same for rows ids[i] of tables (N+1, D), gradient values (n, D); ids are distinct. */
EIMF_HOT(void, eimf_adam_rows, (float *p, float *m, float *v, const int32_t *ids, const float *g,
                                int64_t n, int64_t D, const eimf_adam *o));
/*
** The same for every row of tables (R, D): marker (R) is 1 + the row of g that is a row's gradient, or 0 where it has
** none.
*/
EIMF_HOT(void, eimf_adam_table, (float *p, float *m, float *v, const int32_t *marker, const float *g,
                                 int64_t R, int64_t D, const eimf_adam *o));

/*
** Self-attentive interest extraction (Lin et al. 2017; ComiRec-SA, Cen et al. 2020), fused.
** For each segment b of a jagged batch, rows r = off[b] .. off[b+1]-1, oldest first:
**   u_r = tanh(h_r W1 + p_{newest-r} W1)    h_r row r of h, or row rows[r]   p (T, D) or NULL   W1 (D, H)
**   a_rk = softmax over r of (u_r W2)_rk                                     W2 (H, K)
**   v_bk = sum_r a_rk h_r                                                    v (B, K, D)
** Kept for backward: a (R, K), u (R, H), the scratch. An empty segment gives zero interests.
** Positions count back from the newest row: row off[b+1]-1 has position 0.
** Where vectors repeat, `rows` says so: h has n of them, W1 meets each once, not once a row, and u is not wanted (NULL).
** The bits forward are the same either way.
*/
typedef struct {
  int64_t R, B, D, H, K, T;
  int64_t n;                 /* rows of h: R where `rows` is NULL */
  int threads;
  const int32_t *off;        /* (B+1) */
  const int32_t *rows;       /* (R) within 0..n-1, or NULL: row r of h is r's */
  const float *h, *p, *w1, *w2;
} eimf_sa;
int64_t eimf_sa_scratch (const eimf_sa *s);          /* floats for either direction */
EIMF_HOT(void, eimf_sa_fwd, (float *v, float *a, float *u, const eimf_sa *s, float *scratch));
/* dh (n, D) = or += (add); adds into dp, dw1, dw2; dh or dp may be NULL. da (R, K): gradient of a itself, or NULL. */
EIMF_HOT(void, eimf_sa_bwd, (float *dh, int add, float *dp, float *dw1, float *dw2, const float *dv,
                             const float *da, const float *a, const float *u, const eimf_sa *s, float *scratch));

/*
** GRU (Cho et al. 2014) over the rows of each segment, oldest first, fused. h' is the state before, zero at first:
**   r = sigmoid(x Wx_r + bx_r + h' Wh_r + bh_r)       x (R, D)   Wx (D, 3H), Wh (H, 3H), bx, bh (3H): columns r, z, n
**   z = sigmoid(x Wx_z + bx_z + h' Wh_z + bh_z)
**   n = tanh(x Wx_n + bx_n + r (h' Wh_n + bh_n))      reset after the product, as cuDNN and torch do
**   n = tanh(x Wx_n + bx_n + (r h') Wh_n + bh_n)      reset before it, as published
**   h = (1 - z) n + z h'                              h (R, H): the state after each row
** Kept for backward: gates (R, 4H), in the plan's order of rows: r, z, n, and what r multiplied or made (r h').
*/
typedef struct {
  int64_t R, B, D, H;
  int threads, before;
  const int32_t *off;        /* (B+1) */
  const float *x, *wx, *wh, *bx, *bh;
} eimf_gru;
/* Floats of scratch, forward or backward. */
int64_t eimf_gru_scratch (const eimf_gru *s, int back);
EIMF_HOT(void, eimf_gru_fwd, (float *h, float *gates, const eimf_gru *s, float *scratch));
/* Adds into dx, which may be NULL, dwx, dwh, dbx, dbh; g (R, H): gradient of h. */
typedef struct { float *x, *wx, *wh, *bx, *bh; } eimf_gru_gradients;
EIMF_HOT(void, eimf_gru_bwd, (const eimf_gru_gradients *d, const float *g, const float *h, const float *gates,
                              const eimf_gru *s, float *scratch));

/*
** A target against candidates, fused. For each row b:
**   sampled (pos given): logits are y = u_b . pos_b + pos_bias_b of the target and x_s = u_b . c_s + bias_s; candidates
**     whose id equals the target's are left out (accidental hits).
**   full (pos NULL, cross-entropy only): logits are x_s = u_b . c_s + bias_s; target[b] is a position in c.
** Forms of the loss of a row:
**   EIMF_CE_SOFTMAX  ln sum exp(logits) - y
**   EIMF_CE_HARD     ln(exp(y) + n) - y,  n = (sum_s w_s) sum_s w_s exp((beta + 1) x_s) / sum_s w_s exp(beta x_s),
**                    here x_s is without its bias and w_s = exp(bias_s): the larger beta, the more the largest logits
**                    weigh; beta = 0 is the softmax (Robinson et al. 2021; Xie et al. 2023)
**   EIMF_CE_BINARY   beta ln(1 + exp(-y)) + sum_s ln(1 + exp(x_s)): each logit by itself
** u (B, D), pos (B, D), c (S, D); biases may be NULL; ids (S) and target (B) may be NULL when sampled.
** Kept for backward: p (B, ld) and stat (B, tiles + 1): p times its tile's stat is the gradient of a row's loss by the
** candidate's logit, the last stat less 1 that by the target's. Softmax: p = exp(logit - its tile's maximum).
*/
enum { EIMF_CE_SOFTMAX, EIMF_CE_HARD, EIMF_CE_BINARY };
typedef struct {
  int64_t B, S, D, ld, tile, tiles;     /* the last three from eimf_ce_plan */
  int threads, form;
  float beta;
  const float *u, *pos, *c, *pos_bias, *bias;
  const int32_t *ids, *target;
} eimf_ce;
void eimf_ce_plan (eimf_ce *s);                      /* from B, S, D */
int64_t eimf_ce_scratch (const eimf_ce *s);          /* floats for either direction */
EIMF_HOT(void, eimf_ce_fwd, (float *loss, float *p, float *stat, const eimf_ce *s, float *scratch));
/* g (B): gradient of each row's loss. Adds into du, dpos; dc = or += (add); any may be NULL. */
EIMF_HOT(void, eimf_ce_bwd, (float *du, float *dpos, float *dc, int add, const float *g, const float *p,
                             const float *stat, const eimf_ce *s, float *scratch));

/*
** Exact top n of the largest score over K interests, every item of a table (N+1, D), row 0 left
** out: score(u, i) = max_k v_uk . e_i. Higher score first, then smaller id. Items in a user's
** exclude list (sorted ids, jagged) are left out. Rows shorter than n end with id 0, score -inf.
*/
typedef struct {
  int64_t U, K, D, N, n;
  int threads;
  const float *v, *e;                   /* (U, K, D), (N+1, D) */
  const int32_t *exclude, *exclude_off; /* jagged, both or neither */
} eimf_rank;
int64_t eimf_rank_scratch (const eimf_rank *s);      /* floats */
EIMF_HOT(void, eimf_rank_top, (int32_t *ids, float *score, const eimf_rank *s, float *scratch));

/*
** Cross-entropy to a sparse target distribution, streamed over J vectors: nothing of (B, J) is kept.
** Row b wants row rows[b] (b where rows is NULL) of a table of distributions in CSR form:
**   loss_b = mass_b ln sum_j exp(scale x_b . z_j) - sum_j P_bj scale x_b . z_j,   mass_b = sum_j P_bj
** own (B) and owner (J), both or neither: where own[b] = owner[j], P_bj weighs (1 + bonus); the row then keeps its
** mass. A row without entries has loss 0 and no gradient. Columns rise within a row of the table.
** Kept for backward: stat (B, 3) = ln of the sum, mass, what the weights are multiplied with; packed = z.
*/
typedef struct {
  int64_t B, J, D;
  int threads;
  float scale, bonus;
  const float *x, *z;                    /* (B, D), (J, D) */
  const int32_t *offsets, *columns, *rows, *own, *owner;
  const float *weights;
} eimf_profile;
int64_t eimf_pairs_packed (int64_t J, int64_t D);    /* floats of packed */
int64_t eimf_pairs_scratch (int64_t B, int64_t J, int64_t D);    /* floats for backward */
/*
** bad: whether columns of a wanted row do not rise within 0..J-1; such a row counts as empty. The backward does not
** look again: with columns that were changed in between its gradients are wrong, but it stays within its memory.
*/
EIMF_HOT(void, eimf_profile_fwd, (int *bad, float *loss, float *stat, float *packed, const eimf_profile *s));
/* g (B): gradient of each row's loss. Adds into dx, dz; either may be NULL. */
EIMF_HOT(void, eimf_profile_bwd, (float *dx, float *dz, const float *g, const float *stat, const float *packed,
                                  const eimf_profile *s, float *scratch));

/*
** Symmetric InfoNCE (van den Oord et al. 2018; both directions as in Radford et al. 2021) of M pairs of rows,
** streamed like the above. l_mn = scale a_m . b_n; pairs m, n of one group are left out but for m = n:
**   loss_m = (ln sum_n exp(l_mn) - l_mm) / 2 + (ln sum_n exp(l_nm) - l_mm) / 2
** groups (M) or NULL: nothing is left out. Kept for backward: stat (2, M), logarithms of the sums; packed = b.
*/
typedef struct {
  int64_t M, D;
  int threads;
  float scale;
  const float *a, *b;
  const int32_t *groups;
} eimf_nce;
EIMF_HOT(void, eimf_nce_fwd, (float *loss, float *stat, float *packed, const eimf_nce *s));
EIMF_HOT(void, eimf_nce_bwd, (float *da, float *db, const float *g, const float *stat, const float *packed,
                              const eimf_nce *s, float *scratch));

/*
** Target-aware attention: row b looks at the K vectors of group rows[b] (from 1; 0: none, y_b = 0), or of group
** b + 1 where rows is NULL; only the first counts[group - 1] of them where counts is given.
**   a_bk = softmax_k(scale z_k . e_b),  y_b = sum_k a_bk z_k        z (G, K, D), e (B, D), y (B, D)
** Kept for backward: a (B, K). Backward's scratch: (B, K).
*/
typedef struct {
  int64_t B, G, K, D;
  int threads;
  float scale;
  const float *z, *e;
  const int32_t *counts, *rows;
} eimf_attend;
EIMF_HOT(void, eimf_attend_fwd, (float *y, float *a, const eimf_attend *s));
/* Adds into dz, de; either may be NULL. */
EIMF_HOT(void, eimf_attend_bwd, (float *dz, float *de, const float *dy, const float *a, const eimf_attend *s,
                                 float *scratch));

#endif
