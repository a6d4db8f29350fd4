/*
** gemm.c: matrix products by OpenBLAS, in single-precision row-major form.
*/
#include <cblas.h>

#include "gemm.h"

void eimf_gemm (float *C, const float *A, const float *B, int64_t M, int64_t N, int64_t K,
                int ta, int tb, float alpha, float beta) {
  if (M == 0 || N == 0) return;
  if (K == 0) {                          /* an empty sum; BLAS wants a leading size of 1 at least */
    for (int64_t i = 0; i < M * N; i++) C[i] = beta == 0 ? 0 : beta * C[i];
    return;
  }
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
              (int)M, (int)N, (int)K, alpha, A, (int)(ta ? M : K), B, (int)(tb ? K : N),
              beta, C, (int)N);
}


void eimf_gemm_batched (float *C, const float *A, const float *B, int64_t n, int64_t M, int64_t N, int64_t K,
                        int ta, int tb, float alpha, float beta) {
  for (int64_t i = 0; i < n; i++)
    eimf_gemm(C + i * M * N, A + i * M * K, B + i * K * N, M, N, K, ta, tb, alpha, beta);
}
