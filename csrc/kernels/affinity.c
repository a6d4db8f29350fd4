/*
** affinity.c: Affinity Propagation, all but the loop over rows (hot/affinity.c):
** similarities, layout, sums over rows. Sums over blocks of rows are taken in
** block order, so that they do not depend on threads.
*/
#include <math.h>
#include <string.h>

#include "affinity.h"

#define FLUSH 6e-7f          /* of |x|^2 + |y|^2: a squared distance below is rounding */

int64_t eimf_affinity_blocks (const eimf_affinity *s) {
  if (s->offsets != NULL) return s->N < EIMF_AFFINITY_BLOCKS ? s->N : EIMF_AFFINITY_BLOCKS;
  return (s->N + EIMF_AFFINITY_ROWS - 1) / EIMF_AFFINITY_ROWS;
}


int64_t eimf_affinity_first (const eimf_affinity *s, int64_t b) {
  if (s->offsets != NULL) return s->N * b / eimf_affinity_blocks(s);
  return b * EIMF_AFFINITY_ROWS < s->N ? b * EIMF_AFFINITY_ROWS : s->N;
}


static void *take (char *at, size_t *used, int64_t n, size_t size) {
  void *p = at == NULL ? NULL : at + *used;
  *used += ((size_t)n * size + EIMF_ALIGN - 1) / EIMF_ALIGN * EIMF_ALIGN;
  return p;
}


size_t eimf_affinity_layout (eimf_affinity *s, void *at) {
  size_t used = 0;
  s->u = take(at, &used, s->N, sizeof *s->u);
  s->own_a = take(at, &used, s->M, sizeof *s->own_a);
  s->own_r = take(at, &used, s->M, sizeof *s->own_r);
  s->support = take(at, &used, s->M, sizeof *s->support);
  s->bar = take(at, &used, s->ld, sizeof *s->bar);
  s->lift = take(at, &used, s->ld, sizeof *s->lift);
  s->cap = take(at, &used, s->ld, sizeof *s->cap);
  s->marks = take(at, &used, s->M, sizeof *s->marks);
  s->peaks = take(at, &used, s->N, sizeof *s->peaks);
  s->peak_at = take(at, &used, s->N * EIMF_AFFINITY_PEAKS, sizeof *s->peak_at);
  s->peak = take(at, &used, s->N * EIMF_AFFINITY_PEAKS, sizeof *s->peak);
  s->partial = take(at, &used, eimf_affinity_blocks(s) * s->ld, sizeof *s->partial);
  return used;
}


void eimf_affinity_start (eimf_affinity *s) {
  s->share = s->share_before = 0;
  memset(s->u, 0, (size_t)s->N * sizeof *s->u);
  memset(s->own_a, 0, (size_t)s->M * sizeof *s->own_a);
  memset(s->own_r, 0, (size_t)s->M * sizeof *s->own_r);
  memset(s->support, 0, (size_t)s->M * sizeof *s->support);
  memset(s->marks, 0, (size_t)s->M * sizeof *s->marks);
  memset(s->peaks, 0, (size_t)s->N * sizeof *s->peaks);
  for (int64_t k = 0; k < s->ld; k++) s->bar[k] = k < s->M ? INFINITY : 0;     /* A stays 0 at first */
}


/* Columns lo .. hi-1: sums over the blocks, in block order. */
static void sum_columns (eimf_affinity *s, int64_t lo, int64_t hi) {
  const int64_t blocks = eimf_affinity_blocks(s);
  memset(s->support + lo, 0, (size_t)(hi - lo) * sizeof *s->support);
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t k = lo; k < hi; k++) s->support[k] += (double)s->partial[b * s->ld + k];
  for (int64_t k = lo; k < hi; k++) {
    s->own_a[k] = s->damping * s->own_a[k] + (1 - s->damping) * s->support[k];
    s->bar[k] = (float)(s->own_r[k] + s->support[k]);
  }
}


#define COLUMNS 512          /* summed together */

void eimf_affinity_sums (eimf_affinity *s, int64_t *count, int64_t *changed) {
  const int64_t groups = (s->M + COLUMNS - 1) / COLUMNS;
#pragma omp parallel for num_threads(s->threads) if (s->M * eimf_affinity_blocks(s) > EIMF_PAR_MIN)
  for (int64_t g = 0; g < groups; g++)
    sum_columns(s, g * COLUMNS, (g + 1) * COLUMNS < s->M ? (g + 1) * COLUMNS : s->M);
  *count = *changed = 0;
  for (int64_t k = 0; k < s->M; k++) {
    int32_t mark = s->own_a[k] + s->own_r[k] > 0;
    *changed += mark != s->marks[k];
    *count += mark;
    s->marks[k] = mark;
  }
}


static float square (const float *x, int64_t D) {
  double sum = 0;
  for (int64_t d = 0; d < D; d++) sum += (double)x[d] * (double)x[d];
  return (float)sum;
}


static void widen (float range[2], float value) {
  if (value < range[0]) range[0] = value;
  if (value > range[1]) range[1] = value;
}


/* Range of a row without its own column; the rest of the row beyond M. */
static void end_row (float *row, int64_t own, int64_t M, int64_t ld, float range[2]) {
  range[0] = INFINITY;
  range[1] = -INFINITY;
  for (int64_t k = 0; k < M; k++) if (k != own) widen(range, row[k]);
  for (int64_t k = M; k < ld; k++) row[k] = EIMF_AFFINITY_NONE;
}


static void join_ranges (float range[2], const float *row_range, int64_t N) {
  range[0] = INFINITY;
  range[1] = -INFINITY;
  for (int64_t i = 0; i < N; i++) {
    widen(range, row_range[2 * i]);
    widen(range, row_range[2 * i + 1]);
  }
}


/* row_range (2 N + M): ranges of rows, then the squares of y. */
void eimf_affinity_distances (float *S, const float *x, const float *y, const float *w, const int32_t *own,
                              int64_t N, int64_t M, int64_t ld, int64_t D, float range[2], float *row_range) {
  float *squares = row_range + 2 * N;
  for (int64_t k = 0; k < M; k++) squares[k] = square(y + k * D, D);
#pragma omp parallel for num_threads(eimf_threads()) if (N * M > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    const float own_square = square(x + i * D, D), weight = w == NULL ? 1 : w[i];
    float *row = S + i * ld;
    for (int64_t k = 0; k < M; k++) {
      float both = own_square + squares[k], s = 2 * row[k] - both;
      row[k] = s > -FLUSH * both ? 0 : weight * s;
    }
    end_row(row, own == NULL ? -1 : own[i], M, ld, row_range + 2 * i);
  }
  join_ranges(range, row_range, N);
}


void eimf_affinity_copy (float *S, const float *s, const int32_t *own, int64_t N, int64_t M, int64_t ld,
                         float range[2], float *row_range) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * M > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    memcpy(S + i * ld, s + i * M, (size_t)M * sizeof *S);
    end_row(S + i * ld, own == NULL ? -1 : own[i], M, ld, row_range + 2 * i);
  }
  join_ranges(range, row_range, N);
}


/* A 32-bit mix (two rounds of multiply and shift): cheap, for numbers that only have to differ. */
static inline float mixed (uint32_t key, uint32_t k) {
  uint32_t h = key ^ (k * 0x9e3779b9u);
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return (float)(int32_t)(h ^ (h >> 16)) * 0x1p-31f;
}


void eimf_affinity_noise (float *S, const int32_t *offsets, int64_t N, int64_t M, int64_t ld, float amplitude,
                          uint64_t seed) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * M > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    const uint32_t key = eimf_rng_u32(seed, EIMF_STREAM_USER, 0, (uint64_t)i);
    float *row = S + (offsets == NULL ? i * ld : offsets[i]);
    const int64_t n = offsets == NULL ? M : offsets[i + 1] - offsets[i];
    for (int64_t k = 0; k < n; k++) row[k] += amplitude * mixed(key, (uint32_t)k);
  }
}


/* Puts the number of rank n at x[n], nothing larger before it, nothing smaller behind (Hoare's find). */
static double nth (double *x, int64_t size, int64_t n) {
  int64_t lo = 0, hi = size - 1;
  while (lo < hi) {
    double pivot = x[lo + (hi - lo) / 2];
    int64_t i = lo, j = hi;
    while (i <= j) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i <= j) {
        double t = x[i];
        x[i++] = x[j];
        x[j--] = t;
      }
    }
    if (n <= j) hi = j;
    else if (n >= i) lo = i;
    else break;
  }
  return x[n];
}


double eimf_quantile (double *x, int64_t n, double q) {
  double at = q * (double)(n - 1);
  int64_t below = (int64_t)at;
  double lower = nth(x, n, below), upper = lower;
  if (below + 1 < n) {
    upper = x[below + 1];
    for (int64_t i = below + 2; i < n; i++) if (x[i] < upper) upper = x[i];
  }
  if (at - (double)below == 0.5) return (lower + upper) / 2;           /* a median, to the last bit */
  return lower + (upper - lower) * (at - (double)below);
}
