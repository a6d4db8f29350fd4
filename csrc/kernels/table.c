/*
** table.c: rows of tables, sparse gradients, and the read-out of one interest.
*/
#include <math.h>
#include <string.h>

#include "table.h"

#define AHEAD 8                  /* rows between the one that is asked for and the one that is read */
#define LINE 16                  /* floats of a cache line */

/* Asks for row i + AHEAD of those that `rows` names, which lie anywhere; below 0 is none. */
static void fetch_row (const float *table, const int32_t *rows, int64_t i, int64_t n, int64_t D) {
  if (i + AHEAD >= n || rows[i + AHEAD] < 0) return;
  for (int64_t d = 0; d < D; d += LINE) __builtin_prefetch(table + rows[i + AHEAD] * D + d);
}


void eimf_gather_rows (float *y, const float *table, const int32_t *ids, int64_t n, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (n * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) {
    fetch_row(table, ids, i, n, D);
    memcpy(y + i * D, table + ids[i] * D, (size_t)D * sizeof(float));
  }
}


/* Number of an id from 0, a new one where it has none yet. */
static int32_t number_of (int32_t id, int32_t *marker, int32_t *unique, int64_t *so_far) {
  if (marker[id] == 0) {
    unique[*so_far] = id;
    marker[id] = (int32_t)++*so_far;
  }
  return marker[id] - 1;
}


int64_t eimf_rows_mark (int32_t *slots, int32_t *unique, int32_t *marker, const int32_t *ids,
                        int64_t n, int64_t so_far) {
  for (int64_t i = 0; i < n; i++) slots[i] = ids[i] == 0 ? -1 : number_of(ids[i], marker, unique, &so_far);
  return so_far;
}


void eimf_rows_unmark (int32_t *marker, const int32_t *unique, int64_t n) {
  for (int64_t i = 0; i < n; i++) marker[unique[i]] = 0;
}


int64_t eimf_rows_number (int32_t *rows, int32_t *unique, int32_t *marker, const int32_t *ids, int64_t n) {
  int64_t so_far = 0;
  for (int64_t i = 0; i < n; i++) rows[i] = number_of(ids[i], marker, unique, &so_far);
  eimf_rows_unmark(marker, unique, so_far);
  return so_far;
}


#define COLUMNS LINE             /* columns that one thread adds at a time */

static int64_t share_of (int64_t D, int share, int threads) {
  const int64_t columns = (D + COLUMNS - 1) / COLUMNS * share / threads * COLUMNS;
  return columns < D ? columns : D;
}


/* Threads share the columns, not the rows: every sum keeps its order. */
void eimf_rows_add (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int32_t skip) {
  const int threads = n * D > EIMF_PAR_MIN ? eimf_threads() : 1;
#pragma omp parallel for num_threads(threads)
  for (int share = 0; share < threads; share++) {
    const int64_t lo = share_of(D, share, threads), hi = share_of(D, share + 1, threads);
    for (int64_t i = 0; i < n; i++) {
      if (slots[i] <= skip) continue;
      float *to = y + slots[i] * D;
      const float *from = x + i * D;
      for (int64_t d = lo; d < hi; d++) to[d] += from[d];
    }
  }
}


void eimf_rows_merge (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int64_t filled) {
  const int threads = n * D > EIMF_PAR_MIN ? eimf_threads() : 1;
#pragma omp parallel for num_threads(threads)
  for (int share = 0; share < threads; share++) {
    const int64_t lo = share_of(D, share, threads), hi = share_of(D, share + 1, threads);
    int64_t next = filled;
    for (int64_t i = 0; i < n; i++) {
      if (slots[i] < 0) continue;
      float *to = y + slots[i] * D;
      const float *from = x + i * D;
      if (slots[i] < next) for (int64_t d = lo; d < hi; d++) to[d] += from[d];
      else {
        for (int64_t d = lo; d < hi; d++) to[d] = from[d];
        next++;
      }
    }
  }
}


#define BLOCK 4096

double eimf_sum_squares (const float *x, int64_t n) {
  double total = 0;
  for (int64_t lo = 0; lo < n; lo += BLOCK) {
    int64_t hi = lo + BLOCK < n ? lo + BLOCK : n;
    double part[4] = { 0, 0, 0, 0 };
    int64_t i = lo;
    for (; i + 4 <= hi; i += 4)
      for (int j = 0; j < 4; j++) part[j] += (double)x[i + j] * (double)x[i + j];
    for (; i < hi; i++) part[0] += (double)x[i] * (double)x[i];
    total += part[0] + part[1] + part[2] + part[3];
  }
  return total;
}


void eimf_pick_fwd (float *y, const float *v, const int32_t *choice, int64_t B, int64_t K, int64_t D) {
  for (int64_t b = 0; b < B; b++)
    memcpy(y + b * D, v + (b * K + choice[b]) * D, (size_t)D * sizeof(float));
}

void eimf_pick_bwd (float *dv, const float *dy, const int32_t *choice, int64_t B, int64_t K, int64_t D) {
  for (int64_t b = 0; b < B; b++) {
    float *to = dv + (b * K + choice[b]) * D;
    for (int64_t d = 0; d < D; d++) to[d] += dy[b * D + d];
  }
}


static double dot (const float *a, const float *b, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) s += (double)a[i] * (double)b[i];
  return s;
}

void eimf_readout_hard (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (B * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    double top = dot(v + b * K * D, e + b * D, D);
    choice[b] = 0;
    for (int64_t k = 1; k < K; k++) {
      double s = dot(v + (b * K + k) * D, e + b * D, D);
      if (s > top) { top = s; choice[b] = (int32_t)k; }
    }
  }
}

/* Gumbel's trick: the largest of score/temperature - ln(-ln uniform). */
void eimf_readout_soft (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D,
                        float temperature, uint64_t seed, uint64_t step) {
#pragma omp parallel for num_threads(eimf_threads()) if (B * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    double top = -INFINITY;
    choice[b] = 0;
    for (int64_t k = 0; k < K; k++) {
      uint32_t w = eimf_rng_u32(seed, EIMF_STREAM_READOUT, step, (uint64_t)(b * K + k));
      double noise = -log(-log(((double)w + 0.5) * 0x1p-32));
      double s = dot(v + (b * K + k) * D, e + b * D, D) / (double)temperature + noise;
      if (s > top) { top = s; choice[b] = (int32_t)k; }
    }
  }
}
