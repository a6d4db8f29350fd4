/*
** rows.c: softmax in its logarithm, layer norm, rows of unit length (rows.h
** has the formulas). Neighbours: squash.h, sums.h, isa.h; rows.h.
*/
#include <math.h>

#include "../rows.h"
#include "squash.h"

static float row_top (const float *x, int64_t C) {
  vf top = v_set(-INFINITY);
  EACH(i, w, C) top = v_max(v_loadn(x + i, w, -INFINITY), top);
  return v_top(top);
}


/* ln sum exp(x - base); base is the row's maximum, or 0 where that is -inf. */
static double row_log_sum (const float *x, int64_t C, float *base) {
  vsum s = { { 0 } };
  *base = row_top(x, C);
  if (*base == -INFINITY) *base = 0;
  EACH(i, w, C) d_add(&s, v_exp(v_loadn(x + i, w, -INFINITY) - *base));
  return log(d_total(s));
}


void ISA(eimf_log_softmax_fwd) (float *y, const float *x, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float base, rest = (float)row_log_sum(x + r * C, C, &base);
    if (rest == -INFINITY) rest = 0;
    EACH(i, w, C) v_storen(y + r * C + i, v_loadn(x + r * C + i, w, 0) - base - rest, w);
  }
}


void ISA(eimf_log_softmax_bwd) (float *dx, const float *y, const float *dy, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    vsum s = { { 0 } };
    EACH(i, w, C) d_add(&s, v_loadn(dy + r * C + i, w, 0));
    float total = (float)d_total(s);
    EACH(i, w, C) {
      int64_t at = r * C + i;
      v_storen(dx + at, v_loadn(dx + at, w, 0) + v_loadn(dy + at, w, 0) - v_exp(v_loadn(y + at, w, 0)) * total, w);
    }
  }
}


void ISA(eimf_log_sum_exp_fwd) (float *y, const float *x, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float base;
    double rest = row_log_sum(x + r * C, C, &base);
    y[r] = (float)((double)base + rest);
  }
}


void ISA(eimf_log_sum_exp_bwd) (float *dx, const float *x, const float *y, const float *dy, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    if (y[r] == -INFINITY) continue;
    EACH(i, w, C) {
      int64_t at = r * C + i;
      v_storen(dx + at, v_loadn(dx + at, w, 0) + dy[r] * v_exp(v_loadn(x + at, w, 0) - y[r]), w);
    }
  }
}


static void row_statistics (float *stat, const float *x, int64_t D, double eps) {
  vsum s = { { 0 } }, q = { { 0 } };
  EACH(i, w, D) d_add(&s, v_loadn(x + i, w, 0));
  double mean = d_total(s) / (double)D;
  stat[0] = (float)mean;
  EACH(i, w, D) {
    vf d = v_loadn(x + i, w, stat[0]) - stat[0];
    d_add_product(&q, d, d);
  }
  stat[1] = (float)(1.0 / sqrt(d_total(q) / (double)D + eps));
}


void ISA(eimf_layer_norm_fwd) (float *y, float *stat, const float *x, const float *gain, const float *bias,
                               int64_t R, int64_t D, double eps) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    row_statistics(stat + 2 * r, x + r * D, D, eps);
    const float mean = stat[2 * r], inv = stat[2 * r + 1];
    EACH(i, w, D) {
      vf z = (v_loadn(x + r * D + i, w, 0) - mean) * inv;
      v_storen(y + r * D + i, z * v_loadn(gain + i, w, 0) + v_loadn(bias + i, w, 0), w);
    }
  }
}


static void layer_norm_row (float *dx, const float *x, const float *gain, const float *stat, const float *dy,
                            int64_t D) {
  vsum s = { { 0 } }, q = { { 0 } };
  const float mean = stat[0], inv = stat[1];
  EACH(i, w, D) {
    vf g = v_loadn(dy + i, w, 0) * v_loadn(gain + i, w, 0), z = (v_loadn(x + i, w, mean) - mean) * inv;
    d_add(&s, g);
    d_add_product(&q, g, z);
  }
  const float a = (float)(d_total(s) / (double)D), b = (float)(d_total(q) / (double)D);
  EACH(i, w, D) {
    vf g = v_loadn(dy + i, w, 0) * v_loadn(gain + i, w, 0), z = (v_loadn(x + i, w, mean) - mean) * inv;
    v_storen(dx + i, v_loadn(dx + i, w, 0) + (g - a - z * b) * inv, w);
  }
}


/* dgain and dbias of w <= VL columns from i on: sums over rows, in their order. */
static void layer_norm_columns (float *dgain, float *dbias, const float *x, const float *stat, const float *dy,
                                int64_t R, int64_t D, int64_t i, int64_t w) {
  vsum s = { { 0 } }, q = { { 0 } };
  for (int64_t r = 0; r < R; r++) {
    vf g = v_loadn(dy + r * D + i, w, 0);
    d_add(&s, g);
    d_add_product(&q, g, (v_loadn(x + r * D + i, w, 0) - stat[2 * r]) * stat[2 * r + 1]);
  }
  if (dgain != NULL) v_storen(dgain + i, v_loadn(dgain + i, w, 0) + d_lanes(&q, 1), w);
  if (dbias != NULL) v_storen(dbias + i, v_loadn(dbias + i, w, 0) + d_lanes(&s, 1), w);
}


void ISA(eimf_layer_norm_bwd) (float *dx, float *dgain, float *dbias, const float *x, const float *gain,
                               const float *stat, const float *dy, int64_t R, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++)
    if (dx != NULL) layer_norm_row(dx + r * D, x + r * D, gain, stat + 2 * r, dy + r * D, D);
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < D; i += VL)
    layer_norm_columns(dgain, dbias, x, stat, dy, R, D, i, D - i < VL ? D - i : VL);
}


void ISA(eimf_l2_normalise_fwd) (float *y, float *inv, const float *x, int64_t R, int64_t D, double eps) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    const double norm = sqrt(d_dot(x + r * D, x + r * D, D));
    inv[r] = (float)(1.0 / (norm < eps ? eps : norm));
    EACH(i, w, D) v_storen(y + r * D + i, v_loadn(x + r * D + i, w, 0) * inv[r], w);
  }
}


void ISA(eimf_l2_normalise_bwd) (float *dx, const float *y, const float *inv, const float *dy,
                                 int64_t R, int64_t D, double eps) {
  const float longest = (float)(1.0 / eps);
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    if (inv[r] >= longest) continue;
    const float along = (float)d_dot(y + r * D, dy + r * D, D);
    EACH(i, w, D) {
      int64_t at = r * D + i;
      v_storen(dx + at, v_loadn(dx + at, w, 0) + (v_loadn(dy + at, w, 0) - v_loadn(y + at, w, 0) * along) * inv[r], w);
    }
  }
}


void ISA(eimf_squash_fwd) (float *y, const float *x, int64_t R, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) squash_row(y + r * D, x + r * D, D);
}


void ISA(eimf_squash_bwd) (float *dx, const float *x, const float *dy, int64_t R, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    const double q = d_dot(x + r * D, x + r * D, D), n = sqrt(q);
    if (n == 0) continue;
    const float direct = (float)(n / (1 + q));
    const float along = (float)(d_dot(x + r * D, dy + r * D, D) * (1 - q) / (n * (1 + q) * (1 + q)));
    EACH(i, w, D) {
      int64_t at = r * D + i;
      v_storen(dx + at, v_loadn(dx + at, w, 0) + v_loadn(dy + at, w, 0) * direct + v_loadn(x + at, w, 0) * along, w);
    }
  }
}
