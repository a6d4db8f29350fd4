/*
** knn.c: see knn.h. Neighbour: affinity.h (the quantile).
*/
#include <math.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "affinity.h"
#include "knn.h"

/* Sorts a list by id (k is a few hundred, and comes nearly random: shell sort). */
static void sort_list (int32_t *id, float *s, int64_t k) {
  int64_t gap = 1;
  while (gap < k / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3)
    for (int64_t j = gap; j < k; j++) {
      int32_t own = id[j];
      float value = s[j];
      int64_t at = j;
      for (; at >= gap && id[at - gap] > own; at -= gap) {
        id[at] = id[at - gap];
        s[at] = s[at - gap];
      }
      id[at] = own;
      s[at] = value;
    }
}


static int contains (const int32_t *id, int64_t k, int32_t wanted) {
  int64_t lo = 0, hi = k;
  while (lo < hi) {
    int64_t middle = (lo + hi) / 2;
    if (id[middle] < wanted) lo = middle + 1;
    else hi = middle;
  }
  return lo < k && id[lo] == wanted;
}


static int checked (const int32_t *id, int64_t i, int64_t N, int64_t k) {
  for (int64_t j = 0; j < k; j++)
    if (id[j] < 0 || id[j] > N || id[j] == i + 1 || (j > 0 && id[j] > 0 && id[j] == id[j - 1])) return 0;
  return 1;
}


int eimf_graph_count (int32_t *offsets, int32_t *ids, float *s, int32_t *extra, int64_t N, int64_t k,
                      int64_t *entries) {
  int good = 1;
#pragma omp parallel for num_threads(eimf_threads()) reduction(&&: good) if (N * k > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    sort_list(ids + i * k, s + i * k, k);
    good = good && checked(ids + i * k, i, N, k);
  }
  if (!good) return EIMF_ERANGE;
  memset(extra, 0, (size_t)N * sizeof *extra);
  *entries = 0;
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = i * k; j < (i + 1) * k; j++)
      if (ids[j] > 0 && !contains(ids + (ids[j] - 1) * k, k, (int32_t)i + 1)) extra[ids[j] - 1]++;
  for (int64_t i = 0; i < N; i++) {
    offsets[i] = (int32_t)*entries;
    *entries += extra[i] + 1;
    for (int64_t j = i * k; j < (i + 1) * k; j++) *entries += ids[j] > 0;
    if (*entries > INT32_MAX) return EIMF_ERANGE;
  }
  offsets[N] = (int32_t)*entries;
  return EIMF_OK;
}


/* Joins a list (rising ids from 1), the diagonal and the extras that already stand at the row's end. */
static int32_t merge_row (int32_t *column, float *S, int64_t i, const int32_t *id, const float *s, int64_t k,
                          int64_t extras, int64_t size) {
  int64_t a = 0, b = size - extras, to = 0;
  int32_t own = -1;
  while (a < k && id[a] == 0) a++;
  while (to < size) {
    int64_t listed = a < k ? id[a] - 1 : INT64_MAX, other = b < size ? column[b] : INT64_MAX;
    if (own < 0 && i < listed && i < other) {
      own = (int32_t)to;
      column[to] = (int32_t)i;
      S[to++] = 0;
    }
    else if (listed < other) {
      column[to] = (int32_t)listed;
      S[to++] = s[a++];
    }
    else {
      column[to] = column[b];
      S[to++] = S[b++];
    }
  }
  return own;
}


void eimf_graph_fill (int32_t *columns, float *S, int32_t *own, const int32_t *offsets, const int32_t *ids,
                      const float *s, int32_t *extra, int64_t N, int64_t k) {
  memset(extra, 0, (size_t)N * sizeof *extra);
  for (int64_t i = 0; i < N; i++) {              /* how many each row will have: own holds it for now */
    own[i] = offsets[i + 1] - offsets[i] - 1;
    for (int64_t j = i * k; j < (i + 1) * k; j++) own[i] -= ids[j] > 0;
  }
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = i * k; j < (i + 1) * k; j++) {
      int64_t to = ids[j] - 1;
      if (to < 0 || contains(ids + to * k, k, (int32_t)i + 1)) continue;
      int64_t at = offsets[to + 1] - own[to] + extra[to]++;
      columns[at] = (int32_t)i;
      S[at] = s[j];
    }
#pragma omp parallel for num_threads(eimf_threads()) if (N * k > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++)
    own[i] = merge_row(columns + offsets[i], S + offsets[i], i, ids + i * k, s + i * k, k, extra[i],
                       offsets[i + 1] - offsets[i]);
}


void eimf_graph_assign (int32_t *label, float *best, float *margin, const int32_t *offsets, const int32_t *columns,
                        const float *S, const int32_t *number, int64_t N) {
#pragma omp parallel for num_threads(eimf_threads()) if (N > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    float second = -INFINITY;
    best[i] = -INFINITY;
    label[i] = number[i];                        /* an exemplar is its own */
    for (int64_t j = offsets[i]; j < offsets[i + 1]; j++) {
      const int32_t e = columns[j] == i ? 0 : number[columns[j]];
      if (e == 0) continue;
      if (S[j] > best[i]) {
        second = best[i];
        best[i] = S[j];
        if (number[i] == 0) label[i] = e;
      }
      else if (S[j] > second) second = S[j];
    }
    margin[i] = best[i] - second;
    if (number[i] > 0) {                         /* at no distance from itself */
      margin[i] = -best[i];
      best[i] = 0;
    }
  }
}


#define COLUMNS 512          /* summed together */

void eimf_support (double *score, float *products, const float *squares, int64_t n, int64_t N, double q,
                   double *scratch, float *bar) {
  const int64_t groups = (N + COLUMNS - 1) / COLUMNS;
#pragma omp parallel for num_threads(eimf_threads())
  for (int64_t i = 0; i < n; i++) {
#ifdef _OPENMP
    double *copy = scratch + omp_get_thread_num() * N;
#else
    double *copy = scratch;
#endif
    for (int64_t k = 0; k < N; k++) copy[k] = products[i * N + k] = 2 * products[i * N + k] - squares[k];
    bar[i] = (float)eimf_quantile(copy, N, q);
  }
#pragma omp parallel for num_threads(eimf_threads())
  for (int64_t g = 0; g < groups; g++)
    for (int64_t i = 0; i < n; i++)
      for (int64_t k = g * COLUMNS; k < (g + 1) * COLUMNS && k < N; k++) {
        float over = products[i * N + k] - bar[i];
        if (over > 0) score[k] += (double)over;
      }
}
