/*
** gemm.h: matrix products by OpenBLAS, the same bits with any number of threads.
** gemm.c is the only file that calls BLAS.
*/
#ifndef EIMF_GEMM_H
#define EIMF_GEMM_H

#include "../base/eimf_base.h"

/*
** To be called once, and again where somebody may have changed it: OpenBLAS keeps to one thread, because
** gemm.c shares the blocks of a product among threads itself.
*/
void eimf_gemm_begin (void);

/*
** C (M, N) = beta C + alpha op(A) op(B), row-major; op is the transpose where ta or tb is
** set, so that A lies as (M, K) or (K, M), B as (K, N) or (N, K).
*/
void eimf_gemm (float *C, const float *A, const float *B, int64_t M, int64_t N, int64_t K,
                int ta, int tb, float alpha, float beta);
/* The same for n matrices one after the other. */
void eimf_gemm_batched (float *C, const float *A, const float *B, int64_t n, int64_t M, int64_t N, int64_t K,
                        int ta, int tb, float alpha, float beta);

#endif
