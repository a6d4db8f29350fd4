/*
** ref_elementwise.c: naive twins of elementwise.h, and of maps, dropout and
** Adam. See ref.h.
*/
#include <math.h>

#include "ref.h"

static void put (float *y, double value, int add) {
  *y = (float)(add ? (double)*y + value : value);
}


void ref_combine (float *y, float alpha, const float *a, float beta, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    put(y + i, (double)alpha * (double)a[i] + (b != NULL ? (double)beta * (double)b[i] : 0), 0);
}


void ref_mul (float *y, const float *a, const float *b, int64_t n, int add) {
  for (int64_t i = 0; i < n; i++) put(y + i, (double)a[i] * (double)b[i], add);
}


void ref_div_fwd (float *y, const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(y + i, (double)a[i] / (double)b[i], 0);
}

void ref_div_bwd (float *da, float *db, const float *b, const float *y, const float *dy, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    if (da != NULL) put(da + i, (double)dy[i] / (double)b[i], 1);
    if (db != NULL) put(db + i, -(double)dy[i] * (double)y[i] / (double)b[i], 1);
  }
}


void ref_leaky_relu_fwd (float *y, const float *x, float slope, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(y + i, x[i] > 0 ? (double)x[i] : (double)slope * (double)x[i], 0);
}

void ref_leaky_relu_bwd (float *dx, const float *x, const float *dy, float slope, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(dx + i, (x[i] > 0 ? 1 : (double)slope) * (double)dy[i], 1);
}


void ref_log_fwd (float *y, const float *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(y + i, log((double)x[i]), 0);
}

void ref_log_bwd (float *dx, const float *x, const float *dy, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(dx + i, (double)dy[i] / (double)x[i], 1);
}


void ref_add_spread (float *y, const float *x, const float *v, int64_t R, int64_t C, int by) {
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C; c++) put(y + r * C + c, (double)x[r * C + c] + (double)v[by ? r : c], 0);
}

void ref_mul_spread (float *y, const float *x, const float *v, int64_t R, int64_t C, int by, int add) {
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C; c++) put(y + r * C + c, (double)x[r * C + c] * (double)v[by ? r : c], add);
}


void ref_dot (float *y, const float *a, const float *b, int64_t R, int64_t C, int by, int add) {
  for (int64_t i = 0; i < (by ? R : C); i++) {
    double s = 0;
    for (int64_t j = 0; j < (by ? C : R); j++) {
      int64_t at = by ? i * C + j : j * C + i;
      s += (double)a[at] * (b != NULL ? (double)b[at] : 1);
    }
    put(y + i, s, add);
  }
}


double ref_sum (const float *x, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) s += (double)x[i];
  return s;
}

double ref_sum_squares (const float *x, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) s += (double)x[i] * (double)x[i];
  return s;
}


#define ROOT_2_PI 0.79788456080286535588      /* sqrt(2 / pi) */

static double map (int op, double x) {
  switch (op) {
    case EIMF_TANH: return tanh(x);
    case EIMF_SIGMOID: return 1 / (1 + exp(-x));
    case EIMF_GELU: return x / 2 * (1 + tanh(ROOT_2_PI * (x + 0.044715 * x * x * x)));
    default: return exp(x);
  }
}

/* From y for tanh, sigmoid and exp; from x for GELU. */
static double slope_from (int op, double saved) {
  switch (op) {
    case EIMF_TANH: return 1 - saved * saved;
    case EIMF_SIGMOID: return saved * (1 - saved);
    case EIMF_GELU: {
      double t = tanh(ROOT_2_PI * (saved + 0.044715 * saved * saved * saved));
      return (1 + t) / 2 + saved / 2 * (1 - t * t) * ROOT_2_PI * (1 + 3 * 0.044715 * saved * saved);
    }
    default: return saved;
  }
}

void ref_map_fwd (int op, float *y, const float *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(y + i, map(op, (double)x[i]), 0);
}

void ref_map_bwd (int op, float *dx, const float *saved, const float *dy, int64_t n) {
  for (int64_t i = 0; i < n; i++) put(dx + i, (double)dy[i] * slope_from(op, (double)saved[i]), 1);
}


static uint32_t mixed (uint32_t x) {
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

/* n below 2^32: one key for all elements. */
void ref_dropout (float *y, const float *x, int64_t n, double p, uint64_t seed, uint64_t step, uint64_t draw,
                  int add) {
  uint32_t key[4];
  eimf_philox(key, seed, EIMF_STREAM_DROPOUT, step, draw << 24);
  for (int64_t i = 0; i < n; i++) {
    int kept = (double)mixed(((uint32_t)i ^ key[0]) + key[1]) >= floor(p * 4294967296.0);
    put(y + i, kept ? (double)x[i] / (1 - p) : 0, add);
  }
}


void ref_adam_dense (float *p, float *m, float *v, const float *g, int64_t n, const eimf_adam *o) {
  for (int64_t i = 0; i < n; i++) {
    double d = (double)g[i] * (double)o->scale + (double)p[i] * (double)o->decay;
    double a = o->beta1 * (double)m[i] + (1 - o->beta1) * d;
    double b = o->beta2 * (double)v[i] + (1 - o->beta2) * d * d;
    put(m + i, a, 0);
    put(v + i, b, 0);
    put(p + i, -(double)o->lr * (a / (double)o->c1) / (sqrt(b / (double)o->c2) + (double)o->eps), 1);
  }
}

void ref_adam_rows (float *p, float *m, float *v, const int32_t *ids, const float *g, int64_t n, int64_t D,
                    const eimf_adam *o) {
  for (int64_t i = 0; i < n; i++)
    ref_adam_dense(p + ids[i] * D, m + ids[i] * D, v + ids[i] * D, g + i * D, D, o);
}

void ref_adam_table (float *p, float *m, float *v, const int32_t *marker, const float *g, int64_t R, int64_t D,
                     const eimf_adam *o) {
  static const float none = 0;
  for (int64_t i = 0; i < R * D; i++) {
    const int32_t slot = marker[i / D];
    ref_adam_dense(p + i, m + i, v + i, slot == 0 ? &none : g + (slot - 1) * D + i % D, 1, o);
  }
}
