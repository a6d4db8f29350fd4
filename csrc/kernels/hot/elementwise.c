/*
** elementwise.c: functions applied to each number, row-wise softmax, and
** Adam. Neighbours: keep.h, tile.h, isa.h.
*/
#include <math.h>

#include "../hot.h"
#include "keep.h"
#include "tile.h"

#define GELU_A 0.7978845608028654f       /* sqrt(2 / pi) */
#define GELU_B 0.044715f

/* GELU, tanh form (Hendrycks and Gimpel 2016): x/2 (1 + tanh(a (x + b x^3))). */
INLINE vf gelu (vf x) {
  return 0.5f * x * (1.0f + v_tanh(GELU_A * (x + GELU_B * x * x * x)));
}

INLINE vf gelu_slope (vf x) {
  vf t = v_tanh(GELU_A * (x + GELU_B * x * x * x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * GELU_A * (1.0f + 3.0f * GELU_B * x * x);
}

INLINE vf apply (const int op, vf x) {
  switch (op) {
    case EIMF_TANH: return v_tanh(x);
    case EIMF_SIGMOID: return v_sigmoid(x);
    case EIMF_GELU: return gelu(x);
    default: return v_pick(x > V_EXP_MOST, v_set(INFINITY), v_exp(x));
  }
}

/* Slope from what forward kept: y for tanh, sigmoid and exp, x for GELU. */
INLINE vf slope (const int op, vf s) {
  switch (op) {
    case EIMF_TANH: return 1.0f - s * s;
    case EIMF_SIGMOID: return s * (1.0f - s);
    case EIMF_GELU: return gelu_slope(s);
    default: return s;
  }
}

#define SPAN 4096                        /* elements that a thread takes at a time */

INLINE void span_fwd (const int op, float *y, const float *x, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) v_store(y + i, apply(op, v_load(x + i)));
  if (i < n) v_storen(y + i, apply(op, v_loadn(x + i, n - i, 0)), n - i);
}

INLINE void span_bwd (const int op, float *dx, const float *s, const float *dy, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL)
    v_store(dx + i, v_load(dx + i) + v_load(dy + i) * slope(op, v_load(s + i)));
  if (i < n) {
    vf d = v_loadn(dx + i, n - i, 0) + v_loadn(dy + i, n - i, 0) * slope(op, v_loadn(s + i, n - i, 0));
    v_storen(dx + i, d, n - i);
  }
}

#define EACH_OP(call)                                                              \
  switch (op) {                                                                    \
    case EIMF_TANH: call(EIMF_TANH); break;                                        \
    case EIMF_SIGMOID: call(EIMF_SIGMOID); break;                                  \
    case EIMF_GELU: call(EIMF_GELU); break;                                        \
    default: call(EIMF_EXP); break;                                                \
  }

void ISA(eimf_map_fwd) (int op, float *y, const float *x, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < n; lo += SPAN) {
    int64_t m = n - lo < SPAN ? n - lo : SPAN;
#define CALL(o) span_fwd(o, y + lo, x + lo, m)
    EACH_OP(CALL)
#undef CALL
  }
}

void ISA(eimf_map_bwd) (int op, float *dx, const float *saved, const float *dy, int64_t n) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < n; lo += SPAN) {
    int64_t m = n - lo < SPAN ? n - lo : SPAN;
#define CALL(o) span_bwd(o, dx + lo, saved + lo, dy + lo, m)
    EACH_OP(CALL)
#undef CALL
  }
}


void ISA(eimf_dropout) (float *y, const float *x, int64_t n, double p, uint64_t seed, uint64_t step,
                        uint64_t draw, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < n; lo += SPAN) {
    const keeper kept = keep_with(p, seed, step, draw << 24 | (uint64_t)lo >> 32);
    int64_t i = lo, hi = n - lo < SPAN ? n : lo + SPAN;
    for (; i + VL <= hi; i += VL) {
      vf k = v_load(x + i) * keep(&kept, (uint32_t)i);
      v_store(y + i, add ? v_load(y + i) + k : k);
    }
    if (i < hi) {
      vf k = v_loadn(x + i, hi - i, 0) * keep(&kept, (uint32_t)i);
      v_storen(y + i, add ? v_loadn(y + i, hi - i, 0) + k : k, hi - i);
    }
  }
}


/* A row that is -inf throughout gives zeros. */
static void softmax_row (float *y, const float *x, int64_t C) {
  float top = x[0];
  double sum = 0;
  int64_t i = 0;
  for (i = 1; i < C; i++) if (x[i] > top) top = x[i];
  if (top == -INFINITY) top = 0;
  for (i = 0; i + VL <= C; i += VL) {
    vf e = v_exp(v_load(x + i) - top);
    v_store(y + i, e);
    sum += (double)v_sum(e);
  }
  for (; i < C; i++) {
    vf e = v_exp(v_set(x[i] - top));
    y[i] = e[0];
    sum += (double)y[i];
  }
  float inv = sum == 0 ? 0 : (float)(1.0 / sum);
  for (i = 0; i < C; i++) y[i] *= inv;
}

void ISA(eimf_softmax_fwd) (float *y, const float *x, int64_t R, int64_t C) {
  if (C == 0) return;
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) softmax_row(y + r * C, x + r * C, C);
}

/* dx += y (dy - sum_c y dy) */
void ISA(eimf_softmax_bwd) (float *dx, const float *y, const float *dy, int64_t R, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (R * C > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    float mean = v_dot(y + r * C, dy + r * C, C);
    for (int64_t c = 0; c < C; c++) dx[r * C + c] += y[r * C + c] * (dy[r * C + c] - mean);
  }
}


/* What one vector of elements needs of the options. */
typedef struct { float rate, root, eps, grow1, beta2, grow2, decay, scale; } adam_factors;

INLINE void adam_vector (vf *x, vf *m, vf *v, vf g, adam_factors f) {
  vf d = g * f.scale + *x * f.decay;
  *m += (d - *m) * f.grow1;
  *v = *v * f.beta2 + d * d * f.grow2;
  *x -= f.rate * *m / (v_sqrt(*v) * f.root + f.eps);
}

static adam_factors factors_of (const eimf_adam *o) {
  return (adam_factors){ o->lr / o->c1, 1.0f / sqrtf(o->c2), o->eps, (float)(1.0 - o->beta1),
                         (float)o->beta2, (float)(1.0 - o->beta2), o->decay, o->scale };
}

/* n elements; g is NULL where the gradient is 0. */
static void adam_span (float *p, float *m, float *v, const float *g, int64_t n, adam_factors f) {
  EACH(i, w, n) {
    vf x = v_loadn(p + i, w, 0), a = v_loadn(m + i, w, 0), b = v_loadn(v + i, w, 0);
    adam_vector(&x, &a, &b, g == NULL ? v_set(0.0f) : v_loadn(g + i, w, 0), f);
    v_storen(p + i, x, w);
    v_storen(m + i, a, w);
    v_storen(v + i, b, w);
  }
}

void ISA(eimf_adam_dense) (float *p, float *m, float *v, const float *g, int64_t n, const eimf_adam *o) {
  const adam_factors f = factors_of(o);
#pragma omp parallel for num_threads(eimf_threads()) if (n > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < n; lo += SPAN)
    adam_span(p + lo, m + lo, v + lo, g + lo, n - lo < SPAN ? n - lo : SPAN, f);
}

#define AHEAD 4                  /* rows between the one that is asked for and the one that is updated */
#define LINE 16                  /* floats of a cache line */

void ISA(eimf_adam_rows) (float *p, float *m, float *v, const int32_t *ids, const float *g,
                          int64_t n, int64_t D, const eimf_adam *o) {
  const adam_factors f = factors_of(o);
#pragma omp parallel for num_threads(eimf_threads()) if (n * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < n; i++) {
    int64_t at = ids[i] * D, soon = i + AHEAD < n ? ids[i + AHEAD] * D : at;
    for (int64_t d = 0; d < D; d += LINE) {
      fetch(p + soon + d);
      fetch(m + soon + d);
      fetch(v + soon + d);
    }
    adam_span(p + at, m + at, v + at, g + i * D, D, f);
  }
}


void ISA(eimf_adam_table) (float *p, float *m, float *v, const int32_t *marker, const float *g,
                           int64_t R, int64_t D, const eimf_adam *o) {
  const adam_factors f = factors_of(o);
#pragma omp parallel for num_threads(eimf_threads()) if (R * D > EIMF_PAR_MIN)
  for (int64_t r = 0; r < R; r++) {
    const int32_t soon = r + AHEAD < R ? marker[r + AHEAD] : 0;
    if (soon > 0) for (int64_t d = 0; d < D; d += LINE) fetch(g + (soon - 1) * D + d);
    adam_span(p + r * D, m + r * D, v + r * D, marker[r] == 0 ? NULL : g + (marker[r] - 1) * D, D, f);
  }
}
