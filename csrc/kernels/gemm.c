/*
** gemm.c: matrix products by OpenBLAS, in single-precision row-major form.
**
** BLAS computes with one thread (eimf_gemm_begin) and the blocks of the result
** are shared among ours: with threads of its own OpenBLAS cuts rows and
** sums where their number says, and the last bits follow (on a Haswell most
** products differ between one and two). This is the one place where BLAS is
** called inside an OpenMP region; it is as fast, and wakes one pool, not two.
*/
#include <cblas.h>

#include "gemm.h"

/* Blocks of the result: what they are must follow from its shape alone. */
#define WORTH (1 << 21)                  /* products that are worth more than one block */
#define FEW 512                          /* rows or columns that are cut into short blocks */
#define SHORT 64
#define LONG 256

typedef struct {
  float *C;
  const float *A, *B;
  int64_t M, N, K, rows, columns, down, across;      /* rows and columns of a block, blocks each way */
  int ta, tb;
  float alpha, beta;
} product;

void eimf_gemm_begin (void) {
#if defined(EIMF_HAVE_OPENBLAS)
  openblas_set_num_threads(1);
#endif
}


static void cut (product *p) {
  const int whole = p->M * p->N * p->K <= WORTH;
  p->rows = whole || (p->M <= FEW && p->N > FEW) ? p->M : p->M <= FEW ? SHORT : LONG;
  p->columns = whole || (p->N <= FEW && p->M > FEW) ? p->N : p->N <= FEW ? SHORT : LONG;
  p->down = (p->M + p->rows - 1) / p->rows;
  p->across = (p->N + p->columns - 1) / p->columns;
}


/* Block i of matrix m of a batch. */
static void block (const product *p, int64_t m, int64_t i) {
  const int64_t r = i / p->across * p->rows, c = i % p->across * p->columns;
  const int64_t rows = p->M - r < p->rows ? p->M - r : p->rows;
  const int64_t columns = p->N - c < p->columns ? p->N - c : p->columns;
  const float *A = p->A + m * p->M * p->K + (p->ta ? r : r * p->K);
  const float *B = p->B + m * p->K * p->N + (p->tb ? c * p->K : c);
  cblas_sgemm(CblasRowMajor, p->ta ? CblasTrans : CblasNoTrans, p->tb ? CblasTrans : CblasNoTrans,
              (int)rows, (int)columns, (int)p->K, p->alpha, A, (int)(p->ta ? p->M : p->K),
              B, (int)(p->tb ? p->K : p->N), p->beta, p->C + m * p->M * p->N + r * p->N + c, (int)p->N);
}


void eimf_gemm_batched (float *C, const float *A, const float *B, int64_t n, int64_t M, int64_t N, int64_t K,
                        int ta, int tb, float alpha, float beta) {
  product p = { .C = C, .A = A, .B = B, .M = M, .N = N, .K = K, .ta = ta, .tb = tb, .alpha = alpha, .beta = beta };
  if (n == 0 || M == 0 || N == 0) return;
  if (K == 0) {                          /* an empty sum; BLAS wants a leading size of 1 at least */
    for (int64_t i = 0; i < n * M * N; i++) C[i] = beta == 0 ? 0 : beta * C[i];
    return;
  }
  cut(&p);
  const int64_t blocks = p.down * p.across;
#pragma omp parallel for schedule(dynamic, 1) num_threads(eimf_threads()) if (n * M * N * K > WORTH)
  for (int64_t i = 0; i < n * blocks; i++) block(&p, i / blocks, i % blocks);
}


void eimf_gemm (float *C, const float *A, const float *B, int64_t M, int64_t N, int64_t K,
                int ta, int tb, float alpha, float beta) {
  eimf_gemm_batched(C, A, B, 1, M, N, K, ta, tb, alpha, beta);
}
