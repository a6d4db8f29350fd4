/*
** rows.h: functions of whole rows: normalisation, and softmax in its
** logarithm. In several instruction sets: hot/rows.c; called through dispatch.c.
*/
#ifndef EIMF_ROWS_H
#define EIMF_ROWS_H

#include "hot.h"

/* y[r][c] = x[r][c] - lse_r, lse_r = ln sum_c exp(x[r][c]); a row that is -inf throughout stays so.
** dx += dy - exp(y) sum_c dy */
EIMF_HOT(void, eimf_log_softmax_fwd, (float *y, const float *x, int64_t R, int64_t C));
EIMF_HOT(void, eimf_log_softmax_bwd, (float *dx, const float *y, const float *dy, int64_t R, int64_t C));

/* y[r] = ln sum_c exp(x[r][c]), -inf for no columns.    dx[r][c] += dy[r] exp(x[r][c] - y[r]) */
EIMF_HOT(void, eimf_log_sum_exp_fwd, (float *y, const float *x, int64_t R, int64_t C));
EIMF_HOT(void, eimf_log_sum_exp_bwd, (float *dx, const float *x, const float *y, const float *dy,
                                      int64_t R, int64_t C));

/*
** Layer norm (Ba et al. 2016): z = (x - mean_c x) / sqrt(var_c x + eps), y = z gain + bias.
** Kept for backward: stat (R, 2) = mean, 1 / sqrt(var + eps). With g = dy gain:
**   dx += (g - mean_c g - z mean_c(g z)) / sqrt(var + eps),  dgain += sum_r dy z,  dbias += sum_r dy
** Any of dx, dgain, dbias may be NULL.
*/
EIMF_HOT(void, eimf_layer_norm_fwd, (float *y, float *stat, const float *x, const float *gain, const float *bias,
                                     int64_t R, int64_t D, double eps));
EIMF_HOT(void, eimf_layer_norm_bwd, (float *dx, float *dgain, float *dbias, const float *x, const float *gain,
                                     const float *stat, const float *dy, int64_t R, int64_t D));

/*
** y_r = x_r / max(|x_r|, eps). Kept: inv (R) = 1 / max(|x_r|, eps).
** dx_r += (dy_r - y_r (y_r . dy_r)) / |x_r|; a row no longer than eps has no direction and gets no gradient.
*/
EIMF_HOT(void, eimf_l2_normalise_fwd, (float *y, float *inv, const float *x, int64_t R, int64_t D, double eps));
EIMF_HOT(void, eimf_l2_normalise_bwd, (float *dx, const float *y, const float *inv, const float *dy,
                                       int64_t R, int64_t D, double eps));

/*
** Squash (Sabour et al. 2017): y_r = x_r |x_r| / (1 + |x_r|^2), a length within [0, 1). With n = |x_r|:
** dx_r += dy_r n / (1 + n^2) + x_r (x_r . dy_r) (1 - n^2) / (n (1 + n^2)^2); a zero row gets no gradient.
*/
EIMF_HOT(void, eimf_squash_fwd, (float *y, const float *x, int64_t R, int64_t D));
EIMF_HOT(void, eimf_squash_bwd, (float *dx, const float *x, const float *dy, int64_t R, int64_t D));

#endif
