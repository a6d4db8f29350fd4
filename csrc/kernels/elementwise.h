/*
** elementwise.h: sums and products of tensors, with a vector spread over rows
** or columns, and the sums that undo the spreading. Each is linear in each
** input, so the backward of one is another: of add_rows it is column_dot
** without b, of mul_columns with respect to the vector it is row_dot.
** "= or +=": overwrites, or adds where `add` is set; y may be an input.
*/
#ifndef EIMF_ELEMENTWISE_H
#define EIMF_ELEMENTWISE_H

#include "../base/eimf_base.h"

/* y = alpha a + beta b over n elements; b may be NULL. */
void eimf_combine (float *y, float alpha, const float *a, float beta, const float *b, int64_t n);
/* y += alpha x */
void eimf_axpy (float *y, float alpha, const float *x, int64_t n);
/* y += alpha */
void eimf_add_number (float *y, float alpha, int64_t n);

/* y = or += a b */
void eimf_mul (float *y, const float *a, const float *b, int64_t n, int add);

/* y = a / b; da += dy / b, db -= dy y / b; da or db may be NULL. */
void eimf_div_fwd (float *y, const float *a, const float *b, int64_t n);
void eimf_div_bwd (float *da, float *db, const float *b, const float *y, const float *dy, int64_t n);

/* y = x where x > 0, else slope x (0: ReLU). */
void eimf_leaky_relu_fwd (float *y, const float *x, float slope, int64_t n);
void eimf_leaky_relu_bwd (float *dx, const float *x, const float *dy, float slope, int64_t n);

/* y = ln x; dx += dy / x */
void eimf_log_fwd (float *y, const float *x, int64_t n);
void eimf_log_bwd (float *dx, const float *x, const float *dy, int64_t n);

/* A vector over rows: y[r][c] = x[r][c] + v[c]; y[r][c] = or += x[r][c] v[c].      v (C) */
void eimf_add_rows (float *y, const float *x, const float *v, int64_t R, int64_t C);
void eimf_mul_rows (float *y, const float *x, const float *v, int64_t R, int64_t C, int add);
/* A vector over columns: y[r][c] = x[r][c] + v[r]; y[r][c] = or += x[r][c] v[r].   v (R) */
void eimf_add_columns (float *y, const float *x, const float *v, int64_t R, int64_t C);
void eimf_mul_columns (float *y, const float *x, const float *v, int64_t R, int64_t C, int add);

/* y[c] = or += sum_r a[r][c] b[r][c]; b NULL: sum_r a[r][c]. In double, in the order of r. */
void eimf_column_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int add);
/* y[r] = or += sum_c a[r][c] b[r][c]; b NULL: sum_c a[r][c]. In double. */
void eimf_row_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int add);
/* Sum of n elements, in double, by blocks whose sums are added in order. */
double eimf_sum (const float *x, int64_t n);

/* R rows of C columns from x (row length ldx) into y (row length ldy): y = or += x. */
void eimf_block (float *y, int64_t ldy, const float *x, int64_t ldx, int64_t R, int64_t C, int add);

#endif
