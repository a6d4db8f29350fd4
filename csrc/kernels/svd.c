/*
** svd.c: truncated singular value decomposition of sparse matrices; svd.h says
** of what. Neighbour: gemm.h. LAPACK computes with one thread (eimf_gemm_begin),
** so the result does not depend on the number of threads.
**
** LAPACK's matrices lie by columns: what is (n, r) here is (r, n) there, and its
** factors L Q are ours, transposed.
*/
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "svd.h"

#define BLOCK 64                         /* rows that LAPACK takes at once */
#define EPSILON 1.2e-7f                  /* of float: singular values below r EPSILON of the first are none */

void sgelqf_ (const int *m, const int *n, float *a, const int *lda, float *tau, float *work, const int *lwork,
              int *info);
void sorglq_ (const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work,
              const int *lwork, int *info);
void sgesvd_ (const char *jobu, const char *jobvt, const int *m, const int *n, float *a, const int *lda, float *s,
              float *u, const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork, int *info,
              size_t jobu_length, size_t jobvt_length);


void eimf_sparse_product (float *Y, const int32_t *offsets, const int32_t *columns, const float *values,
                          const float *X, int64_t n, int64_t r) {
#pragma omp parallel for schedule(dynamic, 64) num_threads(eimf_threads()) if (offsets[n] * r > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) {
    float *y = Y + i * r;
    memset(y, 0, (size_t)r * sizeof *y);
    for (int32_t e = offsets[i]; e < offsets[i + 1]; e++) {
      const float *x = X + columns[e] * r, value = values[e];
      for (int64_t j = 0; j < r; j++) y[j] += value * x[j];
    }
  }
}


void eimf_sparse_transpose (int32_t *offsets_out, int32_t *columns_out, float *values_out,
                            const int32_t *offsets, const int32_t *columns, const float *values,
                            int64_t n, int64_t V) {
  memset(offsets_out, 0, (size_t)(V + 1) * sizeof *offsets_out);
  for (int32_t e = 0; e < offsets[n]; e++) offsets_out[columns[e] + 1]++;
  for (int64_t v = 0; v < V; v++) offsets_out[v + 1] += offsets_out[v];
  for (int64_t i = 0; i < n; i++) {
    for (int32_t e = offsets[i]; e < offsets[i + 1]; e++) {
      const int32_t to = offsets_out[columns[e]]++;      /* moves on to where the next column begins */
      columns_out[to] = (int32_t)i;
      values_out[to] = values[e];
    }
  }
  memmove(offsets_out + 1, offsets_out, (size_t)V * sizeof *offsets_out);
  offsets_out[0] = 0;
}


size_t eimf_orthonormal_room (int64_t r) { return (size_t)(r * (BLOCK + 1)); }


int eimf_orthonormal (float *Q, float *lower, float *room, int64_t n, int64_t r) {
  const int rows = (int)r, columns = (int)n, lwork = (int)(r * BLOCK);
  float *tau = room + lwork;
  int info;
  if (r == 0) return EIMF_OK;
  if (n < r || n > INT32_MAX) return EIMF_ESHAPE;
  sgelqf_(&rows, &columns, Q, &rows, tau, room, &lwork, &info);
  if (info != 0) return EIMF_ENUMERIC;
  for (int64_t j = 0; lower != NULL && j < r; j++)
    for (int64_t i = 0; i < r; i++) lower[j * r + i] = i < j ? 0 : Q[j * r + i];
  sorglq_(&rows, &columns, &rows, Q, &rows, tau, room, &lwork, &info);
  return info == 0 ? EIMF_OK : EIMF_ENUMERIC;
}


#define SGESVD_ROOM(r) (6 * (r) + BLOCK * 2 * (r))

size_t eimf_singular_room (int64_t r) {          /* lower, right, cut; all of sigma; LAPACK's */
  return (size_t)(3 * r * r + r + SGESVD_ROOM(r));
}


/* Signs: the largest element of each column is positive. Columns without a singular value: zeros. */
static void settle (float *vectors, const float *sigma, int64_t V, int64_t r, int64_t k) {
  for (int64_t j = 0; j < k; j++) {
    float largest = 0;
    for (int64_t v = 0; v < V; v++)
      if (fabsf(vectors[v * k + j]) > fabsf(largest)) largest = vectors[v * k + j];
    const float sign = sigma[j] <= (float)r * EPSILON * sigma[0] ? 0 : largest < 0 ? -1.0f : 1.0f;
    for (int64_t v = 0; v < V; v++) vectors[v * k + j] *= sign;
  }
}


/*
** B = L Q; L = U S W'; so the right vectors of B are those of L times Q. What
** LAPACK leaves in `right` is W' by columns: W by rows.
*/
int eimf_singular (float *vectors, float *sigma, float *Bt, float *room, int64_t V, int64_t r, int64_t k) {
  float *lower = room, *right = lower + r * r, *cut = right + r * r, *all = cut + r * r, *work = all + r;
  const int rows = (int)r, lwork = (int)SGESVD_ROOM(r), one = 1;
  int info, rc;
  if (k == 0) return EIMF_OK;
  if (r < k) return EIMF_ESHAPE;
  rc = eimf_orthonormal(Bt, lower, right, V, r);
  if (rc != EIMF_OK) return rc;
  sgesvd_("N", "A", &rows, &rows, lower, &rows, all, NULL, &one, right, &rows, work, &lwork, &info, 1, 1);
  if (info != 0) return EIMF_ENUMERIC;
  for (int64_t i = 0; i < r; i++) memcpy(cut + i * k, right + i * r, (size_t)k * sizeof *cut);
  memcpy(sigma, all, (size_t)k * sizeof *sigma);
  eimf_gemm(vectors, Bt, cut, V, k, r, 0, 0, 1, 0);
  settle(vectors, sigma, V, r, k);
  return EIMF_OK;
}
