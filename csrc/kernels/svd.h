/*
** svd.h: truncated singular value decomposition of sparse matrices: products
** with a dense matrix, orthonormal columns and small decompositions by LAPACK.
** svd.c is the only file that calls LAPACK. Floor 1. Sparse A (n, V): offsets
** (n+1), columns from 0, values.
*/
#ifndef EIMF_SVD_H
#define EIMF_SVD_H

#include "../base/eimf_base.h"

/* Y (n, r) = A X (V, r). */
void eimf_sparse_product (float *Y, const int32_t *offsets, const int32_t *columns, const float *values,
                          const float *X, int64_t n, int64_t r);

/* The transpose of A: offsets_out (V+1), columns_out and values_out as many as values. */
void eimf_sparse_transpose (int32_t *offsets_out, int32_t *columns_out, float *values_out,
                            const int32_t *offsets, const int32_t *columns, const float *values,
                            int64_t n, int64_t V);

/* Floats that the two below work in. */
size_t eimf_orthonormal_room (int64_t r);
size_t eimf_singular_room (int64_t r);

/*
** Q (n, r), n >= r: its columns become orthonormal and span what they spanned;
** lower (r, r), where not NULL: Q before = Q after times it, and it is triangular,
** lower by columns, as LAPACK has it.
*/
int eimf_orthonormal (float *Q, float *lower, float *room, int64_t n, int64_t r);

/*
** Right singular vectors of B (r, V), r <= V, given as Bt (V, r), which is
** destroyed: vectors (V, k) and sigma (k), falling; k <= r. The largest element
** of each vector is positive; a vector without a singular value is zero.
*/
int eimf_singular (float *vectors, float *sigma, float *Bt, float *room, int64_t V, int64_t r, int64_t k);

#endif
