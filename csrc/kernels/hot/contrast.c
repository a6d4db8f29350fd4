/*
** contrast.c: symmetric InfoNCE over pairs of rows, and target-aware
** attention, forward and backward (hot.h has the formulas).
** Neighbours: pairs.h, lanes.h.
*/
#include "lanes.h"
#include "pairs.h"

/* x (n) products of row i with rows j..j+n-1: those of its own group get -inf, but for the row itself. */
INLINE void mask_row (float *x, int64_t n, const int32_t *groups, int64_t i, int64_t j) {
  const int32_t own = groups[i];
  const int has_self = i >= j && i < j + n;
  const float self = has_self ? x[i - j] : 0;
  int64_t c = 0;
  for (; c + VL <= n; c += VL)
    v_store(x + c, v_pick(vi_load(groups + j + c) == own, v_set(-INFINITY), v_load(x + c)));
  for (; c < n; c++) if (groups[j + c] == own) x[c] = -INFINITY;
  if (has_self) x[i - j] = self;
}


/* Rows i..i+m-1 of x against all of `packed`: adds half of ln(sum) - own product to loss (writes it where `first`). */
static void one_direction (float *loss, float *stat, const float *x, const float *packed, const eimf_nce *s,
                           int64_t i, int64_t m, int first) {
  float q[PAIRS_ROWS * PAIRS_LD], own[PAIRS_ROWS];
  lanes sums[PAIRS_ROWS];
  for (int64_t r = 0; r < m; r++) sums[r] = lanes_begin();
  for (int64_t j = 0; j < s->M; j += PAIRS_TILE) {
    const int64_t n = pairs_least(PAIRS_TILE, s->M - j);
    pairs_products(q, x, packed, i, m, j, n, s->D);
    for (int64_t r = 0; r < m; r++) {
      float *row = q + r * PAIRS_LD;
      if (i + r >= j && i + r < j + n) own[r] = row[i + r - j];
      if (s->groups != NULL) mask_row(row, n, s->groups, i + r, j);
      lanes_add(sums + r, row, n, s->scale);
    }
  }
  for (int64_t r = 0; r < m; r++) {
    const double log_sum = lanes_log_sum(sums + r);
    const float half = (float)(0.5 * (log_sum - (double)s->scale * (double)own[r]));
    stat[i + r] = (float)log_sum;
    loss[i + r] = first ? half : loss[i + r] + half;
  }
}


static void all_rows (float *loss, float *stat, const float *x, const float *packed, const eimf_nce *s, int first,
                      int threads) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t i = 0; i < s->M; i += PAIRS_ROWS)
    one_direction(loss, stat, x, packed, s, i, pairs_least(PAIRS_ROWS, s->M - i), first);
}


void ISA(eimf_nce_fwd) (float *loss, float *stat, float *packed, const eimf_nce *s) {
  const int threads = s->M * s->M * s->D > EIMF_PAR_MIN ? s->threads : 1;
  pairs_pack(packed, s->a, s->M, s->D, threads);
  all_rows(loss, stat + s->M, s->b, packed, s, 1, threads);
  pairs_pack(packed, s->b, s->M, s->D, threads);
  all_rows(loss, stat, s->a, packed, s, 0, threads);
}


typedef struct {
  const eimf_nce *s;
  const float *g, *stat;
} nce_loss;

/* Gradient of some products of one row: k_row softmax over its row + k_column softmax over its columns. */
INLINE vf nce_gradient_of (vf q, vf log_row, vf log_column, vf k_row, vf k_column) {
  return v_exp(q - log_row) * k_row + v_exp(q - log_column) * k_column;
}

/* q: products of rows b.. of a and j.. of b, to their gradients. */
static void nce_gradient (float *q, int64_t b, int64_t m, int64_t j, int64_t n, const void *loss) {
  const nce_loss *l = loss;
  const float *column = l->stat + l->s->M + j, *g = l->g + j;
  const float half = 0.5f * l->s->scale;
  for (int64_t r = 0; r < m; r++, q += PAIRS_LD) {
    const vf log_row = v_set(l->stat[b + r]), k_row = v_set(half * l->g[b + r]);
    int64_t i = 0;
    if (l->s->groups != NULL) mask_row(q, n, l->s->groups, b + r, j);
    for (; i + VL <= n; i += VL)
      v_store(q + i, nce_gradient_of(v_load(q + i) * l->s->scale, log_row, v_load(column + i), k_row,
                                     v_load(g + i) * half));
    if (i < n)
      v_storen(q + i, nce_gradient_of(v_loadn(q + i, n - i, 0) * l->s->scale, log_row, v_loadn(column + i, n - i, 0),
                                      k_row, v_loadn(g + i, n - i, 0) * half), n - i);
    if (b + r >= j && b + r < j + n) q[b + r - j] -= l->s->scale * l->g[b + r];
  }
}


void ISA(eimf_nce_bwd) (float *da, float *db, const float *g, const float *stat, const float *packed,
                        const eimf_nce *s, float *scratch) {
  const nce_loss loss = { s, g, stat };
  const pairs p = {
    .B = s->M, .J = s->M, .D = s->D, .threads = s->M * s->M * s->D > EIMF_PAR_MIN ? s->threads : 1,
    .x = s->a, .z = s->b, .packed = packed, .gradient = nce_gradient, .loss = &loss,
  };
  pairs_bwd(da, db, &p, scratch);
}


/* Group of row b from 0, or -1; *n = how many of its vectors count. */
INLINE int64_t group_of (int64_t *n, const eimf_attend *s, int64_t b) {
  const int64_t g = s->rows == NULL ? b : (int64_t)s->rows[b] - 1;
  *n = g < 0 ? 0 : s->counts == NULL ? s->K : s->counts[g];
  return g;
}


static void attend_row (float *y, float *a, const float *z, const float *e, int64_t n, const eimf_attend *s) {
  float top = -INFINITY;
  double sum = 0;
  memset(y, 0, (size_t)s->D * sizeof(float));
  memset(a, 0, (size_t)s->K * sizeof(float));
  for (int64_t k = 0; k < n; k++) {
    a[k] = s->scale * v_dot(z + k * s->D, e, s->D);
    top = a[k] > top ? a[k] : top;
  }
  for (int64_t k = 0; k < n; k++) {
    double x = exp((double)a[k] - (double)top);
    a[k] = (float)x;
    sum += x;
  }
  for (int64_t k = 0; k < n; k++) {
    a[k] = (float)((double)a[k] / sum);
    v_axpy(y, a[k], z + k * s->D, s->D);
  }
}


void ISA(eimf_attend_fwd) (float *y, float *a, const eimf_attend *s) {
#pragma omp parallel for num_threads(s->threads) if (s->B * s->K * s->D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < s->B; b++) {
    int64_t n, g = group_of(&n, s, b);
    attend_row(y + b * s->D, a + b * s->K, n > 0 ? s->z + g * s->K * s->D : NULL, s->e + b * s->D, n, s);
  }
}


/* dl (n): gradients of the products z_k . e */
static void attend_logits_bwd (float *dl, const float *dy, const float *a, const float *z, int64_t n,
                               const eimf_attend *s) {
  double mean = 0;
  for (int64_t k = 0; k < n; k++) {
    dl[k] = v_dot(z + k * s->D, dy, s->D);
    mean += (double)a[k] * (double)dl[k];
  }
  for (int64_t k = 0; k < n; k++) dl[k] = (float)((double)s->scale * (double)a[k] * ((double)dl[k] - mean));
}


/* Columns lo..hi-1 of dz: dz_k += a_k dy + dl_k e, row after row. */
static void attend_columns (float *dz, const float *dy, const float *a, const float *dl, const eimf_attend *s,
                            int64_t lo, int64_t hi) {
  for (int64_t b = 0; b < s->B; b++) {
    int64_t n, g = group_of(&n, s, b);
    for (int64_t k = 0; k < n; k++) {
      float *to = dz + (g * s->K + k) * s->D + lo;
      v_axpy(to, a[b * s->K + k], dy + b * s->D + lo, hi - lo);
      v_axpy(to, dl[b * s->K + k], s->e + b * s->D + lo, hi - lo);
    }
  }
}


#define COLUMNS 16               /* a cache line: groups are shared by rows, so threads share columns */

void ISA(eimf_attend_bwd) (float *dz, float *de, const float *dy, const float *a, const eimf_attend *s,
                           float *scratch) {
  const int threads = s->B * s->K * s->D > EIMF_PAR_MIN ? s->threads : 1;
  const int64_t K = s->K, D = s->D, blocks = (D + COLUMNS - 1) / COLUMNS;
#pragma omp parallel for num_threads(threads)
  for (int64_t b = 0; b < s->B; b++) {
    int64_t n, g = group_of(&n, s, b);
    if (n == 0) continue;
    attend_logits_bwd(scratch + b * K, dy + b * D, a + b * K, s->z + g * K * D, n, s);
    for (int64_t k = 0; de != NULL && k < n; k++) v_axpy(de + b * D, scratch[b * K + k], s->z + (g * K + k) * D, D);
  }
  if (dz == NULL) return;
#pragma omp parallel for num_threads(threads)
  for (int share = 0; share < threads; share++) {
    int64_t lo = blocks * share / threads * COLUMNS, hi = blocks * (share + 1) / threads * COLUMNS;
    attend_columns(dz, dy, a, scratch, s, lo, hi < D ? hi : D);
  }
}
