/*
** candidates.c: cross-entropy of a softmax over candidate vectors, forward
** and backward (hot.h has the formulas). Candidates are worked through in
** tiles, each by one thread; sums over tiles are taken in tile order, in
** double where they are sums of exponentials. Neighbours: tile.h, isa.h.
*/
#include <math.h>

#include "../hot.h"
#include "../plans.h"
#include "tile.h"

/* Adds the bias to some logits; a candidate that is the target itself gets -inf. */
INLINE vf correct (vf x, const float *bias, const int32_t *ids, int32_t target, int64_t n) {
  if (bias != NULL) x += n == VL ? v_load(bias) : v_loadn(bias, n, 0);
  if (ids != NULL) {
    vi id = vi_set(0);
    memcpy(&id, ids, n == VL ? sizeof id : (size_t)n * sizeof(int32_t));
    x = v_pick(id == target, v_set(-INFINITY), x);
  }
  return x;
}

static void correct_row (float *x, int64_t n, const float *bias, const int32_t *ids, int32_t target) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL)
    v_store(x + i, correct(v_load(x + i), bias ? bias + i : NULL, ids ? ids + i : NULL, target, VL));
  if (i < n)
    v_storen(x + i, correct(v_loadn(x + i, n - i, 0), bias ? bias + i : NULL, ids ? ids + i : NULL, target, n - i),
             n - i);
}


/* x = exp(x - top) over n logits; returns their sum, top set. */
static float exp_row (float *x, int64_t n, float *top) {
  vf t = v_set(-INFINITY), sum = v_set(0.0f);
  int64_t i = 0;
  for (; i + VL <= n; i += VL) t = v_max(t, v_load(x + i));
  if (i < n) t = v_max(t, v_loadn(x + i, n - i, -INFINITY));
  *top = v_top(t);
  float base = *top == -INFINITY ? 0 : *top;          /* all masked: zeros, not NaN */
  for (i = 0; i + VL <= n; i += VL) {
    vf e = v_exp(v_load(x + i) - base);
    v_store(x + i, e);
    sum += e;
  }
  if (i < n) {
    vf e = v_exp(v_loadn(x + i, n - i, -INFINITY) - base);
    v_storen(x + i, e, n - i);
    sum += e;
  }
  return v_sum(sum);
}


/* One tile: logits of all rows against its candidates, then exponentials.
** top, sum: (B, tiles + 1), this tile's column. */
static void tile_fwd (float *p, float *top, float *sum, const eimf_ce *s, int64_t t, float *packed) {
  const int64_t lo = t * s->tile, n = s->S - lo < s->tile ? s->S - lo : s->tile;
  const int32_t *ids = s->pos != NULL && s->target != NULL && s->ids != NULL ? s->ids + lo : NULL;
  strided ct = { s->c + lo * s->D, 1, s->D };
  tile_pack(packed, s->D, n, ct);
  for (int64_t b = 0; b < s->B; b += MR) {
    int64_t m = s->B - b < MR ? s->B - b : MR;
    strided rows = { s->u + b * s->D, s->D, 1 };
    tile_gemm_packed(m, n, s->D, rows, packed, p + b * s->ld + lo, s->ld, 0);
    for (int64_t r = b; r < b + m; r++) {
      float *x = p + r * s->ld + lo;
      if (s->bias != NULL || ids != NULL)
        correct_row(x, n, s->bias ? s->bias + lo : NULL, ids, ids ? s->target[r] : 0);
      if (s->pos == NULL && s->target[r] >= lo && s->target[r] < lo + n)
        top[r * (s->tiles + 1) + s->tiles] = x[s->target[r] - lo];   /* the target's logit */
      sum[r * s->tiles + t] = exp_row(x, n, top + r * (s->tiles + 1) + t);
    }
  }
}


/* Joins the tiles of row b: loss, and stat from maxima to scales. */
static float join_row (float *stat, const float *sum, const eimf_ce *s, int64_t b) {
  float own = stat[s->tiles], top = own;
  double z = 0;
  if (s->pos != NULL) {
    own = v_dot(s->u + b * s->D, s->pos + b * s->D, s->D) + (s->pos_bias ? s->pos_bias[b] : 0);
    top = own;
  }
  for (int64_t t = 0; t < s->tiles; t++) if (stat[t] > top) top = stat[t];
  for (int64_t t = 0; t < s->tiles; t++)
    z += (double)sum[t] * exp((double)stat[t] - (double)top);
  if (s->pos != NULL) z += exp((double)own - (double)top);
  for (int64_t t = 0; t < s->tiles; t++)
    stat[t] = (float)(exp((double)stat[t] - (double)top) / z);
  stat[s->tiles] = (float)(exp((double)own - (double)top) / z);
  return (float)((double)top + log(z) - (double)own);
}


void ISA(eimf_ce_fwd) (float *loss, float *p, float *stat, const eimf_ce *s, float *scratch) {
  const int threads = s->B * s->S * s->D > EIMF_PAR_MIN ? s->threads : 1;
  float *sum = scratch + s->threads * eimf_ce_packed(s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t t = 0; t < s->tiles; t++)
    tile_fwd(p, stat, sum, s, t, scratch + this_thread() * eimf_ce_packed(s));
#pragma omp parallel for num_threads(threads)
  for (int64_t b = 0; b < s->B; b++)
    loss[b] = join_row(stat + b * (s->tiles + 1), sum + b * s->tiles, s, b);
}


/* q (B, n) = gradient of the tile's logits = g_b (probability - [is target]). */
static void tile_gradient (float *q, int64_t ldq, const float *g, const float *p, const float *stat,
                           const eimf_ce *s, int64_t t, int64_t n) {
  const int64_t lo = t * s->tile;
  for (int64_t b = 0; b < s->B; b++) {
    vf scale = v_set(stat[b * (s->tiles + 1) + t] * g[b]);
    const float *x = p + b * s->ld + lo;
    float *y = q + b * ldq;
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, v_load(x + i) * scale);
    if (i < n) v_storen(y + i, v_loadn(x + i, n - i, 0) * scale, n - i);
    if (s->pos == NULL && s->target[b] >= lo && s->target[b] < lo + n) y[s->target[b] - lo] -= g[b];
  }
}


/* The target's own terms, when it is given apart from the candidates. */
static void target_bwd (float *du, float *dpos, const float *g, const float *stat, const eimf_ce *s) {
  for (int64_t b = 0; b < s->B; b++) {
    float w = (stat[b * (s->tiles + 1) + s->tiles] - 1.0f) * g[b];
    if (du != NULL) v_axpy(du + b * s->D, w, s->pos + b * s->D, s->D);
    if (dpos != NULL) v_axpy(dpos + b * s->D, w, s->u + b * s->D, s->D);
  }
}


void ISA(eimf_ce_bwd) (float *du, float *dpos, float *dc, const float *g, const float *p,
                       const float *stat, const eimf_ce *s, float *scratch) {
  const int chunks = eimf_ce_chunks(s), threads = s->B * s->S * s->D > EIMF_PAR_MIN ? s->threads : 1;
  const int64_t D = s->D, ldq = s->tile + CE_PAD, part = (s->B * D + 15) / 16 * 16;
  float *partial = scratch + s->threads * eimf_ce_cells(s);
  if (s->pos != NULL) target_bwd(du, dpos, g, stat, s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int c = 0; c < chunks; c++) {
    float *q = scratch + this_thread() * eimf_ce_cells(s);
    memset(partial + c * part, 0, (size_t)part * sizeof(float));
    for (int64_t t = s->tiles * c / chunks; t < s->tiles * (c + 1) / chunks; t++) {
      int64_t lo = t * s->tile, n = s->S - lo < s->tile ? s->S - lo : s->tile;
      strided rows = { q, ldq, 1 }, columns = { q, 1, ldq };
      tile_gradient(q, ldq, g, p, stat, s, t, n);
      if (dc != NULL) tile_gemm(n, D, s->B, columns, s->u, D, dc + lo * D, D, 1);
      if (du != NULL) tile_gemm(s->B, D, n, rows, s->c + lo * D, D, partial + c * part, D, 1);
    }
  }
  if (du == NULL) return;
#pragma omp parallel for num_threads(threads)
  for (int64_t b = 0; b < s->B; b++)
    for (int c = 0; c < chunks; c++) v_axpy(du + b * D, 1.0f, partial + c * part + b * D, D);
}
