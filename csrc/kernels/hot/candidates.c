/*
** candidates.c: losses of a target against candidate vectors, forward and
** backward (hot.h has the formulas). Candidates are worked through in
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


/* x = sigmoid(x) over n logits; returns the sum of ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|)). The factors
** 1 + exp(-|x|) are at most 2, and so few in a tile that their product is a float: one logarithm for each lane. */
static float binary_row (float *x, int64_t n) {
  float factors[VL];
  double sum = 0;
  vf top = v_set(0.0f), product = v_set(1.0f);
  for (int64_t i = 0; i < n; i += VL) {
    int64_t m = n - i < VL ? n - i : VL;
    vf y = m == VL ? v_load(x + i) : v_loadn(x + i, m, -INFINITY);
    vf e = v_exp(-v_abs(y)), s = 1.0f / (1.0f + e);
    top += v_max(y, v_set(0.0f));
    product *= 1.0f + e;
    s = v_pick(y < 0.0f, e * s, s);
    if (m == VL) v_store(x + i, s);
    else v_storen(x + i, s, m);
  }
  v_store(factors, product);
  for (int i = 0; i < VL; i++) sum += log((double)factors[i]);
  return (float)(sum + (double)v_sum(top));
}


/* One tile: logits of all rows against its candidates, then what the form of the loss makes of them.
** top, sum: (B, tiles + 1), this tile's column. Hard negatives: logits without bias, the rest by rows. */
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
      const float *bias = s->bias != NULL && s->form != EIMF_CE_HARD ? s->bias + lo : NULL;
      if (bias != NULL || ids != NULL) correct_row(x, n, bias, ids, ids ? s->target[r] : 0);
      if (s->form == EIMF_CE_HARD) continue;
      if (s->form == EIMF_CE_BINARY) {
        sum[r * s->tiles + t] = binary_row(x, n);
        continue;
      }
      if (s->pos == NULL && s->target[r] >= lo && s->target[r] < lo + n)
        top[r * (s->tiles + 1) + s->tiles] = x[s->target[r] - lo];   /* the target's logit */
      sum[r * s->tiles + t] = exp_row(x, n, top + r * (s->tiles + 1) + t);
    }
  }
}


/* Logit of a target that is given apart from the candidates. */
INLINE float own_logit (const eimf_ce *s, int64_t b) {
  return v_dot(s->u + b * s->D, s->pos + b * s->D, s->D) + (s->pos_bias ? s->pos_bias[b] : 0);
}


/* Softmax, joins the tiles of row b: loss, and stat from maxima to scales. */
static float softmax_join (float *stat, const float *sum, const eimf_ce *s, int64_t b) {
  float own = s->pos != NULL ? own_logit(s, b) : stat[s->tiles], top = own;
  double z = 0;
  for (int64_t t = 0; t < s->tiles; t++) if (stat[t] > top) top = stat[t];
  for (int64_t t = 0; t < s->tiles; t++)
    z += (double)sum[t] * exp((double)stat[t] - (double)top);
  if (s->pos != NULL) z += exp((double)own - (double)top);
  for (int64_t t = 0; t < s->tiles; t++)
    stat[t] = (float)(exp((double)stat[t] - (double)top) / z);
  stat[s->tiles] = (float)(exp((double)own - (double)top) / z);
  return (float)((double)top + log(z) - (double)own);
}


/* ln(1 + exp(x)) */
INLINE double softplus (double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }


static float binary_join (float *stat, const float *sum, const eimf_ce *s, int64_t b) {
  double own = (double)own_logit(s, b), loss = (double)s->beta * softplus(-own);
  for (int64_t t = 0; t < s->tiles; t++) {
    loss += (double)sum[t];
    stat[t] = 1.0f;
  }
  stat[s->tiles] = (float)(1.0 - (double)s->beta / (1.0 + exp(own)));
  return (float)loss;
}


/* Weights of the candidates, padded with 0. */
static void hard_weights (float *w, const eimf_ce *s) {
  for (int64_t i = 0; i < s->ld; i++) w[i] = i < s->S ? 1.0f : 0.0f;
  for (int64_t i = 0; s->bias != NULL && i < s->S; i += VL) {
    int64_t n = s->S - i < VL ? s->S - i : VL;
    v_storen(w + i, v_exp(v_loadn(s->bias + i, n, 0)), n);
  }
}


#define FAR 1e30f                 /* further below the largest logit than any number that exp knows */

/* n logits of a row, n a multiple of VL: x = w exp(beta d), e = w exp((beta + 1) d), d = x - top. Adds up w, x, e. */
static void hard_tile (double *z, float *x, float *e, const float *w, float top, float beta, int64_t n) {
  vf sw = v_set(0.0f), s0 = sw, s1 = sw;
  for (int64_t i = 0; i < n; i += VL) {
    vf d = v_load(x + i), c = v_pick(d == -INFINITY, v_set(0.0f), v_load(w + i));
    d = v_max(v_set(-FAR), d - top);
    vf e0 = c * v_exp(beta * d), e1 = e0 * v_exp(d);
    v_store(x + i, e0);
    v_store(e + i, e1);
    sw += c;
    s0 += e0;
    s1 += e1;
  }
  z[0] += (double)v_sum(sw);
  z[1] += (double)v_sum(s0);
  z[2] += (double)v_sum(s1);
}


/* The largest logit of a candidate that has a weight; 0 where there is none. */
static float hard_top (float *x, const float *w, const eimf_ce *s) {
  const vf none = v_set(-INFINITY);
  vf top = none;
  for (int64_t i = s->S; i < s->ld; i++) x[i] = -INFINITY;
  for (int64_t i = 0; i < s->ld; i += VL) top = v_max(top, v_pick(v_load(w + i) > 0.0f, v_load(x + i), none));
  float most = v_top(top);
  return most == -INFINITY ? 0.0f : most;
}


/* Hard negatives, row b: loss, and p from logits to gradients. z: sums of the weights, and of both exponentials. */
static float hard_row (float *p, float *stat, float *e, const float *w, const eimf_ce *s, int64_t b) {
  float *x = p + b * s->ld, top = hard_top(x, w, s);
  double z[3] = { 0, 0, 0 };
  for (int64_t lo = 0; lo < s->ld; lo += CE_TILE)
    hard_tile(z, x + lo, e + lo, w + lo, top, s->beta, s->ld - lo < CE_TILE ? s->ld - lo : CE_TILE);
  double far = log(z[0]) + log(z[2]) - log(z[1]) + (double)top - (double)own_logit(s, b);   /* ln n - y */
  double share = z[1] == 0 ? 0 : 1.0 / (1.0 + exp(-far));                           /* all left out: none */
  vf one = v_set(z[1] == 0 ? 0 : (float)(share * ((double)s->beta + 1.0) / z[2]));
  vf two = v_set(z[1] == 0 ? 0 : (float)(share * (double)s->beta / z[1]));
  for (int64_t i = 0; i < s->ld; i += VL) v_store(x + i, one * v_load(e + i) - two * v_load(x + i));
  for (int64_t t = 0; t < s->tiles; t++) stat[t] = 1.0f;
  stat[s->tiles] = (float)(1.0 - share);
  return z[1] == 0 ? 0.0f : (float)softplus(far);
}


void ISA(eimf_ce_fwd) (float *loss, float *p, float *stat, const eimf_ce *s, float *scratch) {
  const int threads = s->B * s->S * s->D > EIMF_PAR_MIN ? s->threads : 1;
  float *sum = scratch + s->threads * eimf_ce_packed(s), *w = sum + (s->B * s->tiles + 15) / 16 * 16;
  if (s->form == EIMF_CE_HARD) hard_weights(w, s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t t = 0; t < s->tiles; t++)
    tile_fwd(p, stat, sum, s, t, scratch + this_thread() * eimf_ce_packed(s));
#pragma omp parallel for num_threads(threads)
  for (int64_t b = 0; b < s->B; b++) {
    float *row = stat + b * (s->tiles + 1);
    if (s->form == EIMF_CE_HARD) loss[b] = hard_row(p, row, w + (this_thread() + 1) * s->ld, w, s, b);
    else if (s->form == EIMF_CE_BINARY) loss[b] = binary_join(row, sum + b * s->tiles, s, b);
    else loss[b] = softmax_join(row, sum + b * s->tiles, s, b);
  }
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


void ISA(eimf_ce_bwd) (float *du, float *dpos, float *dc, int add, const float *g, const float *p,
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
      if (dc != NULL) tile_gemm(n, D, s->B, columns, s->u, D, dc + lo * D, D, add);
      if (du != NULL) tile_gemm(s->B, D, n, rows, s->c + lo * D, D, partial + c * part, D, 1);
    }
  }
  if (du == NULL) return;
#pragma omp parallel for num_threads(threads)
  for (int64_t b = 0; b < s->B; b++)
    for (int c = 0; c < chunks; c++) v_axpy(du + b * D, 1.0f, partial + c * part + b * D, D);
}
