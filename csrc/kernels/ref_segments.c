/*
** ref_segments.c: naive twins of segments.h and table.h. See ref.h.
*/
#include <math.h>

#include "ref.h"

static void put (float *y, double value, int add) {
  *y = (float)(add ? (double)*y + value : value);
}


void ref_segment_sum (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t d = 0; d < D; d++) {
      double s = 0;
      for (int64_t r = off[b]; r < off[b + 1]; r++) s += (double)x[r * D + d];
      if (mean && off[b + 1] > off[b]) s /= (double)(off[b + 1] - off[b]);
      put(y + b * D + d, s, add);
    }
}


void ref_segment_repeat (float *y, const float *x, const int32_t *off, int64_t B, int64_t D, int mean, int add) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++)
      for (int64_t d = 0; d < D; d++)
        put(y + r * D + d, (double)x[b * D + d] / (mean ? (double)(off[b + 1] - off[b]) : 1), add);
}


void ref_segment_last_fwd (float *y, const float *x, const int32_t *off, int64_t B, int64_t D) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t d = 0; d < D; d++)
      y[b * D + d] = off[b + 1] > off[b] ? x[(off[b + 1] - 1) * D + d] : 0;
}

void ref_segment_last_bwd (float *dx, const float *dy, const int32_t *off, int64_t B, int64_t D) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t d = 0; d < D; d++)
      if (off[b + 1] > off[b]) put(dx + (off[b + 1] - 1) * D + d, (double)dy[b * D + d], 1);
}


void ref_segment_softmax_fwd (float *y, const float *x, const int32_t *off, int64_t B, int64_t C) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t c = 0; c < C; c++) {
      double top = -INFINITY, s = 0;
      for (int64_t r = off[b]; r < off[b + 1]; r++) top = fmax(top, (double)x[r * C + c]);
      for (int64_t r = off[b]; r < off[b + 1]; r++)
        if (top > -INFINITY) s += exp((double)x[r * C + c] - top);
      for (int64_t r = off[b]; r < off[b + 1]; r++)
        put(y + r * C + c, s == 0 ? 0 : exp((double)x[r * C + c] - top) / s, 0);
    }
}

void ref_segment_softmax_bwd (float *dx, const float *y, const float *dy, const int32_t *off, int64_t B, int64_t C) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t c = 0; c < C; c++) {
      double s = 0;
      for (int64_t i = off[b] * C + c; i < off[b + 1] * C; i += C) s += (double)y[i] * (double)dy[i];
      for (int64_t i = off[b] * C + c; i < off[b + 1] * C; i += C)
        put(dx + i, (double)y[i] * ((double)dy[i] - s), 1);
    }
}


void ref_segment_weighted_sum (float *v, const float *w, const float *x, const int32_t *off, int64_t B, int64_t K,
                               int64_t D, int add) {
  for (int64_t i = 0; i < B * K * D; i++) {
    int64_t b = i / (K * D), k = i / D % K, d = i % D;
    double s = 0;
    for (int64_t r = off[b]; r < off[b + 1]; r++) s += (double)w[r * K + k] * (double)x[r * D + d];
    put(v + i, s, add);
  }
}

void ref_segment_dot (float *w, const float *x, const float *v, const int32_t *off, int64_t B, int64_t K, int64_t D,
                      int add) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++)
      for (int64_t k = 0; k < K; k++) {
        double s = 0;
        for (int64_t d = 0; d < D; d++) s += (double)x[r * D + d] * (double)v[(b * K + k) * D + d];
        put(w + r * K + k, s, add);
      }
}

void ref_segment_mix (float *x, const float *w, const float *v, const int32_t *off, int64_t B, int64_t K, int64_t D,
                      int add) {
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++)
      for (int64_t d = 0; d < D; d++) {
        double s = 0;
        for (int64_t k = 0; k < K; k++) s += (double)w[r * K + k] * (double)v[(b * K + k) * D + d];
        put(x + r * D + d, s, add);
      }
}


void ref_gather_rows (float *y, const float *table, const int32_t *ids, int64_t n, int64_t D) {
  for (int64_t i = 0; i < n * D; i++) y[i] = table[ids[i / D] * D + i % D];
}


/* Sums of all rows in double, then once into y: y's rows must not be many. */
void ref_rows_add (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int32_t skip) {
  for (int64_t i = 0; i < n; i++) {
    int first = slots[i] > skip;
    for (int64_t j = 0; j < i; j++) first = first && slots[j] != slots[i];
    for (int64_t d = 0; first && d < D; d++) {
      double s = 0;
      for (int64_t j = i; j < n; j++) if (slots[j] == slots[i]) s += (double)x[j * D + d];
      put(y + slots[i] * D + d, s, 1);
    }
  }
}


void ref_pick_fwd (float *y, const float *v, const int32_t *choice, int64_t B, int64_t K, int64_t D) {
  for (int64_t i = 0; i < B * D; i++) y[i] = v[(i / D * K + choice[i / D]) * D + i % D];
}

void ref_pick_bwd (float *dv, const float *dy, const int32_t *choice, int64_t B, int64_t K, int64_t D) {
  for (int64_t i = 0; i < B * D; i++) put(dv + (i / D * K + choice[i / D]) * D + i % D, (double)dy[i], 1);
}


void ref_readout_hard (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D) {
  for (int64_t b = 0; b < B; b++) {
    double top = -INFINITY;
    for (int64_t k = 0; k < K; k++) {
      double s = 0;
      for (int64_t d = 0; d < D; d++) s += (double)v[(b * K + k) * D + d] * (double)e[b * D + d];
      if (s > top) { top = s; choice[b] = (int32_t)k; }
    }
  }
}
