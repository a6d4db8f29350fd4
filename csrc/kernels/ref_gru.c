/*
** ref_gru.c: naive twin of the GRU, one segment and one number at a time.
** It allocates, and aborts where there is no memory: tests only. See ref.h.
*/
#include <math.h>
#include <stdlib.h>

#include "ref.h"

/* All rows' gates and states, and the gradients; (R, H) where not said. */
typedef struct {
  double *r, *z, *n, *q, *h;             /* q = h' Wh_n + bh_n, of the form with the reset after */
  double *dh, *ax, *ah;                  /* gradients of h, and of both products (R, 3H) */
} run;

static double *numbers (int64_t n) {
  double *x = calloc((size_t)n + 1, sizeof *x);
  if (x == NULL) abort();
  return x;
}


static run begin (const eimf_gru *s) {
  const int64_t n = s->R * s->H;
  return (run){ numbers(n), numbers(n), numbers(n), numbers(n), numbers(n), numbers(n), numbers(3 * n), numbers(3 * n) };
}

static void end (run a) {
  free(a.r);
  free(a.z);
  free(a.n);
  free(a.q);
  free(a.h);
  free(a.dh);
  free(a.ax);
  free(a.ah);
}


static int begins (const eimf_gru *s, int64_t r) {
  for (int64_t b = 0; b < s->B; b++)
    if (s->off[b] == r && s->off[b + 1] > r) return 1;
  return 0;
}

static double sigmoid (double x) { return 1 / (1 + exp(-x)); }


/* Element j of gate `which` (0 r, 1 z, 2 n): the input's product, and that of a row of states. */
static double of_input (const eimf_gru *s, int64_t row, int64_t which, int64_t j) {
  double x = (double)s->bx[which * s->H + j];
  for (int64_t d = 0; d < s->D; d++)
    x += (double)s->x[row * s->D + d] * (double)s->wx[d * 3 * s->H + which * s->H + j];
  return x;
}

static double of_state (const eimf_gru *s, const double *h, const double *by, int64_t which, int64_t j) {
  double x = (double)s->bh[which * s->H + j];
  for (int64_t i = 0; h != NULL && i < s->H; i++)
    x += h[i] * (by ? by[i] : 1) * (double)s->wh[i * 3 * s->H + which * s->H + j];
  return x;
}


static void forward (run a, const eimf_gru *s) {
  const int64_t H = s->H;
  for (int64_t t = 0; t < s->R; t++) {
    const int64_t at = t * H;
    const double *before = begins(s, t) ? NULL : a.h + at - H;
    for (int64_t j = 0; j < H; j++) {
      a.r[at + j] = sigmoid(of_input(s, t, 0, j) + of_state(s, before, NULL, 0, j));
      a.z[at + j] = sigmoid(of_input(s, t, 1, j) + of_state(s, before, NULL, 1, j));
      a.q[at + j] = of_state(s, before, NULL, 2, j);
    }
    for (int64_t j = 0; j < H; j++) {
      double hidden = s->before ? of_state(s, before, a.r + at, 2, j) : a.r[at + j] * a.q[at + j];
      a.n[at + j] = tanh(of_input(s, t, 2, j) + hidden);
      a.h[at + j] = (1 - a.z[at + j]) * a.n[at + j] + a.z[at + j] * (before ? before[j] : 0);
    }
  }
}


void ref_gru_fwd (float *h, const eimf_gru *s) {
  run a = begin(s);
  forward(a, s);
  for (int64_t i = 0; i < s->R * s->H; i++) h[i] = (float)a.h[i];
  end(a);
}


/* Row t: gradients of both products (ax, ah), and of the row before. */
static void row_backward (run a, const eimf_gru *s, int64_t t) {
  const int64_t H = s->H, at = t * H;
  const int first = begins(s, t);
  double *ax = a.ax + 3 * at, *ah = a.ah + 3 * at;
  for (int64_t j = 0; j < H; j++) {
    double d = a.dh[at + j], z = a.z[at + j], n = a.n[at + j], h = first ? 0 : a.h[at - H + j];
    ax[H + j] = ah[H + j] = d * (h - n) * z * (1 - z);
    ax[2 * H + j] = ah[2 * H + j] = d * (1 - z) * (1 - n * n);
    if (!first) a.dh[at - H + j] += d * z;
  }
  for (int64_t j = 0; j < H; j++) {
    double dr = ax[2 * H + j] * a.q[at + j], r = a.r[at + j];
    if (s->before) {                     /* through r h' */
      double d = 0;
      for (int64_t i = 0; i < H; i++) d += ax[2 * H + i] * (double)s->wh[j * 3 * H + 2 * H + i];
      dr = first ? 0 : d * a.h[at - H + j];
      if (!first) a.dh[at - H + j] += d * r;
    }
    ax[j] = ah[j] = dr * r * (1 - r);
  }
  if (!s->before)
    for (int64_t j = 0; j < H; j++) ah[2 * H + j] = ax[2 * H + j] * a.r[at + j];
  for (int64_t j = 0; !first && j < H; j++)
    for (int64_t i = 0; i < (s->before ? 2 : 3) * H; i++)
      a.dh[at - H + j] += ah[i] * (double)s->wh[j * 3 * H + i];
}


/* y (n, 3H) += what the rows' `in` (n wide) says to their gradients. */
static void add_weights (float *y, const double *in, const double *g, const eimf_gru *s, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < 3 * s->H; j++) {
      double sum = 0;
      for (int64_t t = 0; t < s->R; t++) sum += (in ? in[t * n + i] : 1) * g[t * 3 * s->H + j];
      y[i * 3 * s->H + j] = (float)((double)y[i * 3 * s->H + j] + sum);
    }
}


/* What Wh is multiplied with: states before, and for n in the form with the reset before, r h'. */
static void add_hidden (float *dwh, run a, const eimf_gru *s) {
  const int64_t H = s->H;
  for (int64_t i = 0; i < H; i++)
    for (int64_t j = 0; j < 3 * H; j++) {
      double sum = 0;
      for (int64_t t = 0; t < s->R; t++) {
        double by = s->before && j >= 2 * H ? a.r[t * H + i] : 1;
        if (!begins(s, t)) sum += a.h[(t - 1) * H + i] * by * a.ah[t * 3 * H + j];
      }
      dwh[i * 3 * H + j] = (float)((double)dwh[i * 3 * H + j] + sum);
    }
}


void ref_gru_bwd (const eimf_gru_gradients *d, const float *g, const eimf_gru *s) {
  const int64_t D = s->D, H = s->H;
  double *x = numbers(s->R * D);
  run a = begin(s);
  forward(a, s);
  for (int64_t i = 0; i < s->R * D; i++) x[i] = (double)s->x[i];
  for (int64_t i = 0; i < s->R * H; i++) a.dh[i] = (double)g[i];
  for (int64_t t = s->R - 1; t >= 0; t--) row_backward(a, s, t);
  for (int64_t i = 0; d->x != NULL && i < s->R * D; i++) {
    double sum = 0;
    for (int64_t j = 0; j < 3 * H; j++) sum += a.ax[i / D * 3 * H + j] * (double)s->wx[i % D * 3 * H + j];
    d->x[i] = (float)((double)d->x[i] + sum);
  }
  add_weights(d->wx, x, a.ax, s, D);
  add_hidden(d->wh, a, s);
  add_weights(d->bx, NULL, a.ax, s, 1);
  add_weights(d->bh, NULL, a.ah, s, 1);
  free(x);
  end(a);
}
