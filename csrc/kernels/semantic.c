/*
** semantic.c: profiles of items over a bank of interests, distinct ids.
** Neighbour: gemm.h (the products).
*/
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "semantic.h"

#define BLOCK 128                /* rows of t whose products lie in memory at once */

static int is_zero (const float *x, int64_t D) {
  for (int64_t d = 0; d < D; d++) if (x[d] != 0) return 0;
  return 1;
}


int64_t eimf_rows_in_use (const float *x, int64_t N, int64_t D) {
  int64_t n = 0;
  for (int64_t i = 0; i < N; i++) n += !is_zero(x + i * D, D);
  return n;
}


#define COLUMNS 16               /* columns that one thread adds at a time: a cache line */

/* mean (D) of the rows that are not zero; n of them. */
static void mean_of_rows (double *mean, const float *x, int64_t N, int64_t D, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * D > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < D; lo += COLUMNS) {
    const int64_t hi = lo + COLUMNS < D ? lo + COLUMNS : D;
    for (int64_t d = lo; d < hi; d++) mean[d] = 0;
    for (int64_t i = 0; i < N; i++)
      for (int64_t d = lo; d < hi; d++) mean[d] += (double)x[i * D + d];
    for (int64_t d = lo; d < hi; d++) mean[d] /= (double)(n > 0 ? n : 1);
  }
}


void eimf_centre_rows (float *y, double *mean, const float *x, int64_t N, int64_t D) {
  mean_of_rows(mean, x, N, D, eimf_rows_in_use(x, N, D));
#pragma omp parallel for num_threads(eimf_threads()) if (N * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    const float *from = x + i * D;
    float *to = y + i * D;
    const int none = is_zero(from, D);
    double square = 0, scale;
    for (int64_t d = 0; d < D; d++) square += ((double)from[d] - mean[d]) * ((double)from[d] - mean[d]);
    scale = none || square == 0 ? 0 : 1 / sqrt(square);
    for (int64_t d = 0; d < D; d++) to[d] = (float)(((double)from[d] - mean[d]) * scale);
  }
}


/* The k-th largest of x[0..n-1], which is put in another order (Hoare 1961); 1 <= k <= n. */
static float kth_largest (float *x, int64_t n, int64_t k) {
  int64_t lo = 0, hi = n - 1;
  while (lo < hi) {
    const float pivot = x[(lo + hi) / 2];
    int64_t i = lo, j = hi;
    while (i <= j) {
      while (x[i] > pivot) i++;
      while (x[j] < pivot) j--;
      if (i <= j) {
        float a = x[i];
        x[i++] = x[j];
        x[j--] = a;
      }
    }
    if (k - 1 <= j) hi = j;
    else if (k - 1 >= i) lo = i;
    else break;
  }
  return x[k - 1];
}


/* Entries of one row from its J products x, which `copy` has room for; false where one is not a number. */
static int keep_largest (int32_t *columns, float *weights, const float *x, float *copy, int64_t J, int64_t top) {
  float largest = x[0], bar;
  int64_t above = 0, kept = 0;
  double sum = 0;
  for (int64_t j = 0; j < J; j++) {
    if (!isfinite(x[j])) return 0;
    if (x[j] > largest) largest = x[j];
  }
  memcpy(copy, x, (size_t)J * sizeof(float));
  bar = kth_largest(copy, J, top);
  for (int64_t j = 0; j < J; j++) above += x[j] > bar;
  for (int64_t j = 0; j < J && kept < top; j++) {
    if (x[j] < bar || (x[j] == bar && above == top)) continue;
    if (x[j] == bar) above++;
    columns[kept] = (int32_t)j;
    weights[kept++] = x[j];
  }
  for (int64_t i = 0; i < top; i++) sum += exp((double)weights[i] - (double)largest);
  for (int64_t i = 0; i < top; i++) weights[i] = (float)(exp((double)weights[i] - (double)largest) / sum);
  return 1;
}


int64_t eimf_profile_room (int64_t N, int64_t J) { return 2 * (N < BLOCK ? N : BLOCK) * J; }


int eimf_profile_build (int32_t *offsets, int32_t *columns, float *weights, const float *t, const float *s,
                        int64_t N, int64_t J, int64_t D, float temperature, int64_t top, float *scratch) {
  int bad = 0;
  if (top > J) top = J;
  offsets[0] = offsets[1] = 0;
  for (int64_t i = 0; i < N; i++) offsets[i + 2] = offsets[i + 1] + (is_zero(t + i * D, D) ? 0 : (int32_t)top);
  for (int64_t lo = 0; lo < N; lo += BLOCK) {
    const int64_t n = N - lo < BLOCK ? N - lo : BLOCK;
    eimf_gemm(scratch, t + lo * D, s, n, J, D, 0, 1, 1 / temperature, 0);
#pragma omp parallel for num_threads(eimf_threads()) reduction(|: bad)
    for (int64_t i = 0; i < n; i++) {
      const int32_t at = offsets[lo + i + 1];
      if (at == offsets[lo + i + 2]) continue;
      bad |= !keep_largest(columns + at, weights + at, scratch + i * J, scratch + (n + i) * J, J, top);
    }
  }
  return bad ? EIMF_ENUMERIC : EIMF_OK;
}


int64_t eimf_distinct (int32_t *out, int32_t *marker, const int32_t *ids, int64_t n, int64_t so_far) {
  for (int64_t i = 0; i < n; i++) {
    const int32_t id = ids[i];
    if (id == 0 || marker[id] != 0) continue;
    out[so_far] = id;
    marker[id] = (int32_t)++so_far;
  }
  return so_far;
}


int64_t eimf_taught (int32_t *taught, int32_t *clusters, const int32_t *users, const int32_t *labels,
                     const int32_t *targets, const int32_t *marker, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    const int32_t user = users[i], target = targets[i], cluster = user > 0 ? labels[user - 1] : 0;
    const int teaches = cluster > 0 && target > 0 && marker[target] == 0;
    clusters[i] = cluster;
    taught[i] = teaches ? target : 0;
    count += teaches;
  }
  return count;
}
