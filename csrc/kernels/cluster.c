/*
** cluster.c: assignment, medoids, silhouette. Owner-computes: a row, or a cluster, is
** one thread's.
*/
#include <math.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "cluster.h"

void eimf_assign (int32_t *label, float *margin, const float *S, const int32_t *column, int64_t N, int64_t ld,
                  int64_t K) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * K > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    float top = -INFINITY, second = -INFINITY;
    int32_t best = 0;
    for (int64_t j = 0; j < K; j++) {
      float s = S[i * ld + column[j]];
      if (s > top || best == 0) {
        second = best == 0 ? second : top;
        top = s;
        best = (int32_t)j + 1;
      }
      else if (s > second) second = s;
    }
    label[i] = best;
    if (margin != NULL) margin[i] = K > 1 ? top - second : INFINITY;
  }
}


void eimf_medoids (int32_t *medoid, const float *x, const float *w, const float *p, const int32_t *label, int64_t N,
                   int64_t K, int64_t D, double *sums) {
  memset(sums, 0, (size_t)(K * (D + 1)) * sizeof *sums);
  for (int64_t i = 0; i < N; i++) {
    if (label[i] < 1) continue;
    double *sum = sums + (label[i] - 1) * (D + 1), weight = w == NULL ? 1 : (double)w[i];
    for (int64_t d = 0; d < D; d++) sum[d] += weight * (double)x[i * D + d];
    sum[D] += weight;
  }
#pragma omp parallel for num_threads(eimf_threads()) if (N * K > EIMF_PAR_MIN)
  for (int64_t j = 0; j < K; j++) {
    const double *sum = sums + j * (D + 1);
    double least = INFINITY;
    medoid[j] = -1;
    for (int64_t c = 0; c < N; c++) {
      if (label[c] != j + 1) continue;
      double square = 0, both = 0;
      for (int64_t d = 0; d < D; d++) {
        square += (double)x[c * D + d] * (double)x[c * D + d];
        both += (double)x[c * D + d] * sum[d];
      }
      double cost = sum[D] * square - 2 * both - (p == NULL ? 0 : (double)p[c]);
      if (cost >= least) continue;
      least = cost;
      medoid[j] = (int32_t)c;
    }
  }
}


/* The member of the largest sum of column c over members. */
static int32_t medoid_of (const float *S, int64_t ld, const int32_t *member, int64_t n, double *sum) {
  int64_t best = 0;
  memset(sum, 0, (size_t)n * sizeof *sum);
  for (int64_t i = 0; i < n; i++)
    for (int64_t c = 0; c < n; c++) sum[c] += (double)S[member[i] * ld + member[c]];
  for (int64_t c = 1; c < n; c++) if (sum[c] > sum[best]) best = c;
  return n == 0 ? -1 : member[best];
}


void eimf_medoids_of (int32_t *medoid, const float *S, const int32_t *label, int64_t N, int64_t ld, int64_t K,
                      int32_t *order, double *sums) {
  int64_t end = 0;
  for (int64_t j = 0; j < K; j++) {
    int64_t from = end;
    for (int64_t i = 0; i < N; i++) if (label[i] == j + 1) order[end++] = (int32_t)i;
    medoid[j] = medoid_of(S, ld, order + from, end - from, sums);
  }
}


void eimf_silhouettes (float *out, const float *products, const float *squares, const int32_t *label,
                       const int32_t *size, int64_t first, int64_t n, int64_t N, int64_t K, double *sums) {
#pragma omp parallel for num_threads(eimf_threads()) if (n * N > EIMF_PAR_MIN)
  for (int64_t r = 0; r < n; r++) {
    const int64_t i = first + r, own = label[i] - 1;
#ifdef _OPENMP
    double *sum = sums + omp_get_thread_num() * K, other = INFINITY;
#else
    double *sum = sums, other = INFINITY;
#endif
    out[r] = 0;
    if (own < 0 || size[own] < 2) continue;
    memset(sum, 0, (size_t)K * sizeof *sum);
    for (int64_t k = 0; k < N; k++) {
      float d = squares[i] + squares[k] - 2 * products[r * N + k];
      if (label[k] > 0 && k != i && d > 0) sum[label[k] - 1] += sqrt((double)d);
    }
    for (int64_t j = 0; j < K; j++)
      if (j != own && size[j] > 0 && sum[j] / size[j] < other) other = sum[j] / size[j];
    double inside = sum[own] / (size[own] - 1), most = inside > other ? inside : other;
    out[r] = isinf(other) || most == 0 ? 0 : (float)((other - inside) / most);
  }
}


static float square (const float *x, int64_t D) {
  double sum = 0;
  for (int64_t d = 0; d < D; d++) sum += (double)x[d] * (double)x[d];
  return (float)sum;
}


void eimf_as_queries (float *v, const float *x, int64_t N, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    memcpy(v + i * (D + 1), x + i * D, (size_t)D * sizeof *v);
    v[i * (D + 1) + D] = 1;
  }
}


void eimf_as_targets (float *e, const float *x, int64_t N, int64_t D) {
  memset(e, 0, (size_t)(D + 1) * sizeof *e);
#pragma omp parallel for num_threads(eimf_threads()) if (N * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    float *row = e + (i + 1) * (D + 1);
    for (int64_t d = 0; d < D; d++) row[d] = 2 * x[i * D + d];
    row[D] = -square(x + i * D, D);
  }
}


#define FLUSH 1.2e-6f        /* of |x|^2: a squared distance below is rounding */

void eimf_as_similarities (float *s, const float *x, int64_t N, int64_t D, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (N * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++) {
    const float own = square(x + i * D, D);
    for (int64_t j = 0; j < n; j++) {
      s[i * n + j] -= own;
      if (s[i * n + j] > -FLUSH * own) s[i * n + j] = 0;
    }
  }
}


double eimf_net_similarity (const float *x, const float *y, const float *w, const int32_t *label, int64_t N,
                            int64_t D) {
  double sum = 0;
  for (int64_t i = 0; i < N; i++) {
    double distance = 0;
    if (label[i] < 1) continue;
    for (int64_t d = 0; d < D; d++) {
      double apart = (double)x[i * D + d] - (double)y[(label[i] - 1) * D + d];
      distance += apart * apart;
    }
    sum -= (w == NULL ? 1 : (double)w[i]) * distance;
  }
  return sum;
}
