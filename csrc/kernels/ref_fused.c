/*
** ref_fused.c: naive twins of self-attentive extraction, softmax over
** candidates and ranking. They allocate, and abort where there is no memory:
** tests only. See ref.h.
*/
#include <math.h>
#include <stdlib.h>

#include "ref.h"

static double *numbers (int64_t n) {
  double *x = calloc((size_t)n + 1, sizeof *x);
  if (x == NULL) abort();
  return x;
}


static void add_all (float *y, const double *x, int64_t n) {
  for (int64_t i = 0; y != NULL && i < n; i++) y[i] = (float)((double)y[i] + x[i]);
}


static void store_all (float *y, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = (float)x[i];
}


/* Row of h that row r of the batch is. */
static int64_t sa_row (const eimf_sa *s, int64_t r) { return s->rows == NULL ? r : s->rows[r]; }


/* Input of the hidden layer: h_r + p of the row's position from the newest. */
static double sa_input (const eimf_sa *s, int64_t b, int64_t r, int64_t d) {
  int64_t back = s->off[b + 1] - 1 - r;
  double x = (double)s->h[sa_row(s, r) * s->D + d];
  if (s->p != NULL) x += (double)s->p[(back < s->T ? back : s->T - 1) * s->D + d];
  return x;
}


/* u (R, H), a (R, K), v (B, K, D) */
static void sa_numbers (double *u, double *a, double *v, const eimf_sa *s) {
  const int64_t D = s->D, H = s->H, K = s->K;
  for (int64_t b = 0; b < s->B; b++) {
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) {
      for (int64_t j = 0; j < H; j++) {
        double x = 0;
        for (int64_t d = 0; d < D; d++) x += sa_input(s, b, r, d) * (double)s->w1[d * H + j];
        u[r * H + j] = tanh(x);
      }
      for (int64_t k = 0; k < K; k++)
        for (int64_t j = 0; j < H; j++) a[r * K + k] += u[r * H + j] * (double)s->w2[j * K + k];
    }
    for (int64_t k = 0; k < K; k++) {
      double z = 0;
      for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) z += exp(a[r * K + k]);
      for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) {
        a[r * K + k] = exp(a[r * K + k]) / z;
        for (int64_t d = 0; d < D; d++) v[(b * K + k) * D + d] += a[r * K + k] * (double)s->h[sa_row(s, r) * D + d];
      }
    }
  }
}


void ref_sa_fwd (float *v, float *a, float *u, const eimf_sa *s) {
  double *un = numbers(s->R * s->H), *an = numbers(s->R * s->K), *vn = numbers(s->B * s->K * s->D);
  sa_numbers(un, an, vn, s);
  store_all(u, un, s->R * s->H);
  store_all(a, an, s->R * s->K);
  store_all(v, vn, s->B * s->K * s->D);
  free(un);
  free(an);
  free(vn);
}


typedef struct { double *u, *a, *v, *h, *p, *w1, *w2; } sa_gradients;

/* One row's share of the gradients; dl (K): gradient of its logits. */
static void sa_row_bwd (sa_gradients *g, const double *dl, const eimf_sa *s, int64_t b, int64_t r) {
  int64_t back = s->off[b + 1] - 1 - r, at = back < s->T ? back : s->T - 1;
  for (int64_t j = 0; j < s->H; j++) {
    double du = 0, x = g->u[r * s->H + j];
    for (int64_t k = 0; k < s->K; k++) {
      du += dl[k] * (double)s->w2[j * s->K + k];
      g->w2[j * s->K + k] += dl[k] * x;
    }
    du *= 1 - x * x;
    for (int64_t d = 0; d < s->D; d++) {
      g->w1[d * s->H + j] += du * sa_input(s, b, r, d);
      g->h[sa_row(s, r) * s->D + d] += du * (double)s->w1[d * s->H + j];
      if (s->p != NULL) g->p[at * s->D + d] += du * (double)s->w1[d * s->H + j];
    }
  }
}


static void sa_segment_bwd (sa_gradients *g, const float *dv, const float *own, const eimf_sa *s, int64_t b) {
  const int64_t D = s->D, K = s->K, lo = s->off[b], hi = s->off[b + 1];
  double *da = numbers((hi - lo) * K), *mean = numbers(K);
  for (int64_t r = lo; r < hi; r++)
    for (int64_t k = 0; k < K; k++) {
      if (own != NULL) da[(r - lo) * K + k] = (double)own[r * K + k];
      for (int64_t d = 0; d < D; d++) {
        da[(r - lo) * K + k] += (double)dv[(b * K + k) * D + d] * (double)s->h[sa_row(s, r) * D + d];
        g->h[sa_row(s, r) * D + d] += g->a[r * K + k] * (double)dv[(b * K + k) * D + d];
      }
      mean[k] += g->a[r * K + k] * da[(r - lo) * K + k];
    }
  for (int64_t r = lo; r < hi; r++) {
    for (int64_t k = 0; k < K; k++) da[(r - lo) * K + k] = g->a[r * K + k] * (da[(r - lo) * K + k] - mean[k]);
    sa_row_bwd(g, da + (r - lo) * K, s, b, r);
  }
  free(da);
  free(mean);
}


void ref_sa_bwd (float *dh, float *dp, float *dw1, float *dw2, const float *dv, const float *da, const eimf_sa *s) {
  sa_gradients g = { numbers(s->R * s->H), numbers(s->R * s->K), numbers(s->B * s->K * s->D), numbers(s->n * s->D),
                     numbers(s->T * s->D), numbers(s->D * s->H), numbers(s->H * s->K) };
  sa_numbers(g.u, g.a, g.v, s);
  for (int64_t b = 0; b < s->B; b++) sa_segment_bwd(&g, dv, da, s, b);
  add_all(dh, g.h, s->n * s->D);
  add_all(dp, g.p, s->T * s->D);
  add_all(dw1, g.w1, s->D * s->H);
  add_all(dw2, g.w2, s->H * s->K);
  free(g.u);
  free(g.a);
  free(g.v);
  free(g.h);
  free(g.p);
  free(g.w1);
  free(g.w2);
}


static double dot (const float *a, const float *b, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) s += (double)a[i] * (double)b[i];
  return s;
}


/* Logits of row b: x[0] of the target given apart (or -inf), x[1 + s] of the candidates; returns
** ln of the sum of their exponentials, *own the target's logit. */
static double ce_row (double *x, double *own, const eimf_ce *s, int64_t b) {
  double top, sum = 0;
  const float *u = s->u + b * s->D;
  x[0] = s->pos == NULL ? (double)-INFINITY
                        : dot(u, s->pos + b * s->D, s->D) + (s->pos_bias ? (double)s->pos_bias[b] : 0);
  top = x[0];
  for (int64_t i = 0; i < s->S; i++) {
    x[1 + i] = dot(u, s->c + i * s->D, s->D) + (s->bias ? (double)s->bias[i] : 0);
    if (s->pos != NULL && s->ids != NULL && s->target != NULL && s->ids[i] == s->target[b]) x[1 + i] = -INFINITY;
    if (x[1 + i] > top) top = x[1 + i];
  }
  *own = s->pos != NULL ? x[0] : x[1 + s->target[b]];
  for (int64_t i = 0; i <= s->S; i++) sum += exp(x[i] - top);
  return top + log(sum);
}


/* Gradient of row b's loss by each logit into q, placed like ce_row's x; returns the loss. */
static double softmax_row (double *q, double *x, const eimf_ce *s, int64_t b) {
  double own, lse = ce_row(x, &own, s, b);
  for (int64_t i = 0; i <= s->S; i++)
    q[i] = exp(x[i] - lse) - ((s->pos != NULL ? i == 0 : i == 1 + s->target[b]) ? 1 : 0);
  return lse - own;
}


/* The bias of a hard candidate is its weight, not part of its logit. */
static double hard_weight (const eimf_ce *s, double x, int64_t i) {
  if (x == (double)-INFINITY) return 0;
  return s->bias != NULL ? exp((double)s->bias[i]) : 1;
}


static double softplus (double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }


static double hard_row (double *q, double *x, const eimf_ce *s, int64_t b) {
  double own, top = -INFINITY, w = 0, z0 = 0, z1 = 0, beta = (double)s->beta;
  eimf_ce plain = *s;
  plain.bias = NULL;
  ce_row(x, &own, &plain, b);
  for (int64_t i = 0; i < s->S; i++)
    if (hard_weight(s, x[1 + i], i) > 0) top = fmax(top, x[1 + i]);
  for (int64_t i = 0; i < s->S; i++) {
    double c = hard_weight(s, x[1 + i], i);
    w += c;
    z0 += c > 0 ? c * exp(beta * (x[1 + i] - top)) : 0;
    z1 += c > 0 ? c * exp((beta + 1) * (x[1 + i] - top)) : 0;
  }
  double far = w > 0 ? log(w) + top + log(z1) - log(z0) - own : -INFINITY, share = 1 / (1 + exp(-far));
  q[0] = -share;
  for (int64_t i = 0; i < s->S; i++) {
    double c = hard_weight(s, x[1 + i], i), y = x[1 + i] - top;
    q[1 + i] = c > 0 ? share * c * ((beta + 1) * exp((beta + 1) * y) / z1 - beta * exp(beta * y) / z0) : 0;
  }
  return softplus(far);
}


static double binary_row (double *q, double *x, const eimf_ce *s, int64_t b) {
  double own, loss;
  ce_row(x, &own, s, b);
  loss = (double)s->beta * softplus(-own);
  q[0] = -(double)s->beta / (1 + exp(own));
  for (int64_t i = 1; i <= s->S; i++) {
    loss += softplus(x[i]);
    q[i] = 1 / (1 + exp(-x[i]));
  }
  return loss;
}


static double loss_row (double *q, double *x, const eimf_ce *s, int64_t b) {
  if (s->form == EIMF_CE_HARD) return hard_row(q, x, s, b);
  return s->form == EIMF_CE_BINARY ? binary_row(q, x, s, b) : softmax_row(q, x, s, b);
}


void ref_ce_fwd (float *loss, const eimf_ce *s) {
  double *x = numbers(s->S + 1), *q = numbers(s->S + 1);
  for (int64_t b = 0; b < s->B; b++) loss[b] = (float)loss_row(q, x, s, b);
  free(x);
  free(q);
}


void ref_ce_bwd (float *du, float *dpos, float *dc, const float *g, const eimf_ce *s) {
  const int64_t D = s->D;
  double *x = numbers(s->S + 1), *p = numbers(s->S + 1);
  double *gu = numbers(s->B * D), *gp = numbers(s->B * D), *gc = numbers(s->S * D);
  for (int64_t b = 0; b < s->B; b++) {
    loss_row(p, x, s, b);
    for (int64_t i = 0; i <= s->S; i++) {
      double q = (double)g[b] * p[i];
      if (i == 0 && s->pos == NULL) continue;
      for (int64_t d = 0; d < D; d++) {
        gu[b * D + d] += q * (double)(i == 0 ? s->pos[b * D + d] : s->c[(i - 1) * D + d]);
        *(i == 0 ? gp + b * D + d : gc + (i - 1) * D + d) += q * (double)s->u[b * D + d];
      }
    }
  }
  add_all(du, gu, s->B * D);
  add_all(dpos, gp, s->B * D);
  add_all(dc, gc, s->S * D);
  free(x);
  free(p);
  free(gu);
  free(gp);
  free(gc);
}


static int is_excluded (const eimf_rank *s, int64_t u, int64_t id) {
  if (s->exclude == NULL) return 0;
  for (int64_t i = s->exclude_off[u]; i < s->exclude_off[u + 1]; i++) if (s->exclude[i] == id) return 1;
  return 0;
}


/* Picks the best item that is left, n times. */
void ref_rank_top (int32_t *ids, float *score, const eimf_rank *s) {
  double *x = numbers(s->N + 1);
  for (int64_t u = 0; u < s->U; u++) {
    for (int64_t i = 1; i <= s->N; i++) {
      x[i] = -INFINITY;
      for (int64_t k = 0; k < s->K && !is_excluded(s, u, i); k++)
        x[i] = fmax(x[i], dot(s->v + (u * s->K + k) * s->D, s->e + i * s->D, s->D));
    }
    for (int64_t j = 0; j < s->n; j++) {
      int64_t best = 0;
      for (int64_t i = 1; i <= s->N; i++)
        if (x[i] > -INFINITY && (best == 0 || x[i] > x[best])) best = i;
      ids[u * s->n + j] = (int32_t)best;
      score[u * s->n + j] = best == 0 ? -INFINITY : (float)x[best];
      x[best] = -INFINITY;
    }
  }
  free(x);
}
