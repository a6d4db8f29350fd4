/*
** profile.c: cross-entropy to sparse distributions over a bank of vectors,
** forward and backward (hot.h has the formulas). Neighbours: pairs.h, lanes.h.
*/
#include "lanes.h"
#include "pairs.h"

/* Entries of row b's distribution: columns and weights lo..hi-1. */
INLINE void entries (int64_t *lo, int64_t *hi, const eimf_profile *s, int64_t b) {
  int64_t row = s->rows == NULL ? b : s->rows[b];
  *lo = s->offsets[row];
  *hi = s->offsets[row + 1];
}

/* Whether the columns of entries lo..hi-1 rise within 0..J-1; without an early end, so that it goes several at once. */
INLINE int are_rising (const eimf_profile *s, int64_t lo, int64_t hi) {
  int32_t falls = 0;
  for (int64_t e = lo + 1; e < hi; e++) falls |= s->columns[e] <= s->columns[e - 1];
  return lo == hi || (!falls && s->columns[lo] >= 0 && s->columns[hi - 1] < s->J);
}

/* Whether an entry is among columns j..j+n-1, for any column, so that no table leads out of a tile. */
INLINE int within (const eimf_profile *s, int64_t e, int64_t j, int64_t n) {
  return (uint64_t)(s->columns[e] - j) < (uint64_t)n;
}

/* First entry of lo..hi-1 whose column is not below j. */
INLINE int64_t entry_from (const eimf_profile *s, int64_t lo, int64_t hi, int64_t j) {
  while (lo < hi) {
    int64_t mid = (lo + hi) / 2;
    if (s->columns[mid] < j) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

INLINE float entry_weight (const eimf_profile *s, int64_t b, int64_t e) {
  int is_own = s->own != NULL && s->owner[s->columns[e]] == s->own[b];
  return is_own ? s->weights[e] * (1.0f + s->bonus) : s->weights[e];
}


/* stat of a row with entries lo..hi-1: mass of its distribution, and what brings its weights back to it. */
static void weigh_row (float *stat, const eimf_profile *s, int64_t b, int64_t lo, int64_t hi) {
  double mass = 0, weighed = 0;
  for (int64_t e = lo; e < hi; e++) {
    mass += (double)s->weights[e];
    weighed += (double)entry_weight(s, b, e);
  }
  stat[1] = (float)mass;
  stat[2] = weighed > 0 ? (float)(mass / weighed) : 0;
}


/* Rows b..b+m-1: loss and stat. Returns whether a row's columns are bad; it then counts as empty. */
static int block_fwd (float *loss, float *stat, const float *packed, const eimf_profile *s, int64_t b, int64_t m) {
  int bad = 0;
  float q[PAIRS_ROWS * PAIRS_LD];
  lanes sums[PAIRS_ROWS];
  double picked[PAIRS_ROWS];             /* sum of P times product */
  int64_t next[PAIRS_ROWS], end[PAIRS_ROWS];
  for (int64_t r = 0; r < m; r++) {
    entries(next + r, end + r, s, b + r);
    if (!are_rising(s, next[r], end[r])) {
      bad = 1;
      end[r] = next[r];
    }
    weigh_row(stat + r * 3, s, b + r, next[r], end[r]);
    sums[r] = lanes_begin();
    picked[r] = 0;
  }
  for (int64_t j = 0; j < s->J; j += PAIRS_TILE) {
    const int64_t n = pairs_least(PAIRS_TILE, s->J - j);
    pairs_products(q, s->x, packed, b, m, j, n, s->D);
    for (int64_t r = 0; r < m; r++) {
      const float *x = q + r * PAIRS_LD;
      lanes_add(sums + r, x, n, s->scale);
      for (; next[r] < end[r] && within(s, next[r], j, n); next[r]++)
        picked[r] += (double)entry_weight(s, b + r, next[r]) * (double)x[s->columns[next[r]] - j];
    }
  }
  for (int64_t r = 0; r < m; r++) {
    float *st = stat + r * 3;
    double log_sum = lanes_log_sum(sums + r);
    st[0] = (float)log_sum;
    loss[r] = st[1] > 0 ? (float)((double)st[1] * log_sum - (double)st[2] * (double)s->scale * picked[r]) : 0;
  }
  return bad;
}


void ISA(eimf_profile_fwd) (int *bad, float *loss, float *stat, float *packed, const eimf_profile *s) {
  const int threads = s->B * s->J * s->D > EIMF_PAR_MIN ? s->threads : 1;
  int any = 0;
  pairs_pack(packed, s->z, s->J, s->D, threads);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) reduction(|: any)
  for (int64_t b = 0; b < s->B; b += PAIRS_ROWS)
    any |= block_fwd(loss + b, stat + b * 3, packed, s, b, pairs_least(PAIRS_ROWS, s->B - b));
  *bad = any;
}


typedef struct {
  const eimf_profile *s;
  const float *g, *stat;
} profile_loss;

/* q: products to their gradients, g scale (mass softmax - P). */
static void profile_gradient (float *q, int64_t b, int64_t m, int64_t j, int64_t n, const void *loss) {
  const profile_loss *l = loss;
  const eimf_profile *s = l->s;
  for (int64_t r = 0; r < m; r++, q += PAIRS_LD) {
    const float *st = l->stat + (b + r) * 3;
    if (!(st[1] > 0)) {
      memset(q, 0, (size_t)n * sizeof(float));
      continue;
    }
    const float g = l->g[b + r] * s->scale, k = g * st[1], own = g * st[2];
    int64_t i = 0, lo, hi;
    for (; i + VL <= n; i += VL) v_store(q + i, v_exp(v_load(q + i) * s->scale - st[0]) * k);
    if (i < n) v_storen(q + i, v_exp(v_loadn(q + i, n - i, 0) * s->scale - st[0]) * k, n - i);
    entries(&lo, &hi, s, b + r);
    for (int64_t e = entry_from(s, lo, hi, j); e < hi && within(s, e, j, n); e++)
      q[s->columns[e] - j] -= own * entry_weight(s, b + r, e);
  }
}


void ISA(eimf_profile_bwd) (float *dx, float *dz, const float *g, const float *stat, const float *packed,
                            const eimf_profile *s, float *scratch) {
  const profile_loss loss = { s, g, stat };
  const pairs p = {
    .B = s->B, .J = s->J, .D = s->D, .threads = s->B * s->J * s->D > EIMF_PAR_MIN ? s->threads : 1,
    .x = s->x, .z = s->z, .packed = packed, .gradient = profile_gradient, .loss = &loss,
  };
  pairs_bwd(dx, dz, &p, scratch);
}
