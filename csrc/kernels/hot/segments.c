/*
** segments.c: operations on jagged rows (segments.h has the formulas). One
** thread works through a segment, so nothing depends on their number.
** Neighbours: tile.h, sums.h, isa.h; segments.h.
*/
#include <math.h>

#include "../segments.h"
#include "sums.h"
#include "tile.h"

static double share (const int32_t *off, int64_t b, int mean) {
  return mean && off[b + 1] > off[b] ? 1.0 / (double)(off[b + 1] - off[b]) : 1.0;
}


void ISA(eimf_segment_sum) (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++)
    EACH(i, w, D) {
      vsum s = { { 0 } };
      for (int64_t r = off[b]; r < off[b + 1]; r++) d_add(&s, v_loadn(x + r * D + i, w, 0));
      vf total = d_lanes(&s, share(off, b, mean));
      v_storen(y + b * D + i, add ? v_loadn(y + b * D + i, w, 0) + total : total, w);
    }
}


void ISA(eimf_segment_repeat) (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean,
                               int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    const float scale = (float)share(off, b, mean);
    for (int64_t r = off[b]; r < off[b + 1]; r++) {
      if (!add) memset(y + r * D, 0, (size_t)D * sizeof(float));
      v_axpy(y + r * D, scale, x + b * D, D);
    }
  }
}


void ISA(eimf_segment_last_fwd) (float *y, const float *x, const int32_t *off, int64_t B, int64_t D) {
  for (int64_t b = 0; b < B; b++) {
    if (off[b + 1] == off[b]) memset(y + b * D, 0, (size_t)D * sizeof(float));
    else memcpy(y + b * D, x + (off[b + 1] - 1) * D, (size_t)D * sizeof(float));
  }
}


void ISA(eimf_segment_last_bwd) (float *dx, const float *dy, const int32_t *off, int64_t B, int64_t D) {
  for (int64_t b = 0; b < B; b++)
    if (off[b + 1] > off[b]) v_axpy(dx + (off[b + 1] - 1) * D, 1.0f, dy + b * D, D);
}


/* Softmax over L rows of w <= VL columns; rows are C apart. */
static void softmax_columns (float *y, const float *x, int64_t L, int64_t C, int64_t w) {
  vsum s = { { 0 } };
  vf top = v_loadn(x, w, 0), inv;
  for (int64_t r = 1; r < L; r++) top = v_max(v_loadn(x + r * C, w, 0), top);
  top = v_pick(top == -INFINITY, v_set(0.0f), top);
  for (int64_t r = 0; r < L; r++) {
    vf e = v_exp(v_loadn(x + r * C, w, 0) - top);
    v_storen(y + r * C, e, w);
    d_add(&s, e);
  }
  for (int i = 0; i < VL; i++) inv[i] = s.part[i] == 0 ? 0 : (float)(1.0 / s.part[i]);
  for (int64_t r = 0; r < L; r++) v_storen(y + r * C, v_loadn(y + r * C, w, 0) * inv, w);
}


void ISA(eimf_segment_softmax_fwd) (float *y, const float *x, const int32_t *off, int64_t B, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * C > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    const int64_t at = off[b] * C, L = off[b + 1] - off[b];
    if (L > 0) EACH(i, w, C) softmax_columns(y + at + i, x + at + i, L, C, w);
  }
}


static void softmax_columns_bwd (float *dx, const float *y, const float *dy, int64_t L, int64_t C, int64_t w) {
  vsum s = { { 0 } };
  for (int64_t r = 0; r < L; r++) d_add_product(&s, v_loadn(y + r * C, w, 0), v_loadn(dy + r * C, w, 0));
  vf mean = d_lanes(&s, 1);
  for (int64_t r = 0; r < L; r++) {
    vf d = v_loadn(y + r * C, w, 0) * (v_loadn(dy + r * C, w, 0) - mean);
    v_storen(dx + r * C, v_loadn(dx + r * C, w, 0) + d, w);
  }
}


void ISA(eimf_segment_softmax_bwd) (float *dx, const float *y, const float *dy, const int32_t *off,
                                    int64_t B, int64_t C) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * C > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    const int64_t at = off[b] * C, L = off[b + 1] - off[b];
    EACH(i, w, C) softmax_columns_bwd(dx + at + i, y + at + i, dy + at + i, L, C, w);
  }
}


void ISA(eimf_segment_weighted_sum) (float *v, const float *w, const float *x, const int32_t *off,
                                     int64_t B, int64_t K, int64_t D, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    float *to = v + b * K * D;
    if (!add) memset(to, 0, (size_t)(K * D) * sizeof(float));
    for (int64_t r = off[b]; r < off[b + 1]; r++)
      for (int64_t k = 0; k < K; k++) v_axpy(to + k * D, w[r * K + k], x + r * D, D);
  }
}


void ISA(eimf_segment_dot) (float *w, const float *x, const float *v, const int32_t *off,
                            int64_t B, int64_t K, int64_t D, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++)
      for (int64_t k = 0; k < K; k++) {
        float s = v_dot(x + r * D, v + (b * K + k) * D, D);
        w[r * K + k] = add ? w[r * K + k] + s : s;
      }
}


void ISA(eimf_segment_mix) (float *x, const float *w, const float *v, const int32_t *off,
                            int64_t B, int64_t K, int64_t D, int add) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * K * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++) {
      if (!add) memset(x + r * D, 0, (size_t)D * sizeof(float));
      for (int64_t k = 0; k < K; k++) v_axpy(x + r * D, w[r * K + k], v + (b * K + k) * D, D);
    }
}
