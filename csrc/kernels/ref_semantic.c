/*
** ref_semantic.c: naive twins of the losses on semantic interests, of
** profiles and of matching. They allocate, and abort where there is no
** memory: tests only. See ref.h.
*/
#include <math.h>
#include <stdlib.h>

#include "ref.h"

static double *numbers (int64_t n) {
  double *x = calloc((size_t)n + 1, sizeof *x);
  if (x == NULL) abort();
  return x;
}


static double dot (const float *a, const float *b, int64_t n) {
  double s = 0;
  for (int64_t i = 0; i < n; i++) s += (double)a[i] * (double)b[i];
  return s;
}


static void add_all (float *y, const double *x, int64_t n) {
  for (int64_t i = 0; y != NULL && i < n; i++) y[i] = (float)((double)y[i] + x[i]);
}


/* Gradients of a product x . z, which has gradient q. */
static void product_bwd (double *dx, double *dz, double q, const float *x, const float *z, int64_t D) {
  for (int64_t d = 0; d < D; d++) {
    dx[d] += q * (double)z[d];
    dz[d] += q * (double)x[d];
  }
}


/* p (J): the distribution of row b as it counts; returns its sum. */
static double target_of (double *p, const eimf_profile *s, int64_t b) {
  const int64_t row = s->rows == NULL ? b : s->rows[b];
  double mass = 0, weighed = 0;
  for (int64_t j = 0; j < s->J; j++) p[j] = 0;
  for (int64_t e = s->offsets[row]; e < s->offsets[row + 1]; e++) {
    const int64_t j = s->columns[e];
    p[j] = (double)s->weights[e];
    mass += p[j];
    if (s->own != NULL && s->owner[j] == s->own[b]) p[j] *= 1 + (double)s->bonus;
    weighed += p[j];
  }
  for (int64_t j = 0; j < s->J && weighed > 0; j++) p[j] *= mass / weighed;
  return mass;
}


/* x (J): logits of row b; returns ln of the sum of their exponentials. */
static double bank_row (double *x, const eimf_profile *s, int64_t b) {
  double top = -INFINITY, sum = 0;
  for (int64_t j = 0; j < s->J; j++) {
    x[j] = (double)s->scale * dot(s->x + b * s->D, s->z + j * s->D, s->D);
    top = fmax(top, x[j]);
  }
  for (int64_t j = 0; j < s->J; j++) sum += exp(x[j] - top);
  return top + log(sum);
}


void ref_profile_fwd (float *loss, const eimf_profile *s) {
  double *x = numbers(s->J), *p = numbers(s->J);
  for (int64_t b = 0; b < s->B; b++) {
    double mass = target_of(p, s, b), sum = mass * bank_row(x, s, b);
    for (int64_t j = 0; j < s->J; j++) sum -= p[j] * x[j];
    loss[b] = mass > 0 ? (float)sum : 0;
  }
  free(x);
  free(p);
}


void ref_profile_bwd (float *dx, float *dz, const float *g, const eimf_profile *s) {
  const int64_t D = s->D;
  double *x = numbers(s->J), *p = numbers(s->J), *gx = numbers(s->B * D), *gz = numbers(s->J * D);
  for (int64_t b = 0; b < s->B; b++) {
    double mass = target_of(p, s, b), lse = bank_row(x, s, b);
    for (int64_t j = 0; j < s->J; j++)
      product_bwd(gx + b * D, gz + j * D, (double)g[b] * (double)s->scale * (mass * exp(x[j] - lse) - p[j]),
                  s->x + b * D, s->z + j * D, D);
  }
  add_all(dx, gx, s->B * D);
  add_all(dz, gz, s->J * D);
  free(x);
  free(p);
  free(gx);
  free(gz);
}


/* Logit of a_m and b_n where the pair counts. */
static double nce_logit (const eimf_nce *s, int64_t m, int64_t n) {
  if (s->groups != NULL && m != n && s->groups[m] == s->groups[n]) return -INFINITY;
  return (double)s->scale * dot(s->a + m * s->D, s->b + n * s->D, s->D);
}


/* ln of the sum of exponentials of n numbers, `stride` apart. */
static double log_sum (const double *x, int64_t n, int64_t stride) {
  double top = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; i++) top = fmax(top, x[i * stride]);
  for (int64_t i = 0; i < n; i++) if (x[i * stride] > -INFINITY) sum += exp(x[i * stride] - top);
  return top + log(sum);
}


/* Logits l (M, M), and log_sum of each row and of each column. */
static void nce_sums (double *l, double *row, double *column, const eimf_nce *s) {
  for (int64_t i = 0; i < s->M * s->M; i++) l[i] = nce_logit(s, i / s->M, i % s->M);
  for (int64_t m = 0; m < s->M; m++) {
    row[m] = log_sum(l + m * s->M, s->M, 1);
    column[m] = log_sum(l + m, s->M, s->M);
  }
}


void ref_nce_fwd (float *loss, const eimf_nce *s) {
  const int64_t M = s->M;
  double *l = numbers(M * M), *row = numbers(M), *column = numbers(M);
  nce_sums(l, row, column, s);
  for (int64_t m = 0; m < M; m++) loss[m] = (float)(0.5 * (row[m] + column[m]) - l[m * M + m]);
  free(l);
  free(row);
  free(column);
}


void ref_nce_bwd (float *da, float *db, const float *g, const eimf_nce *s) {
  const int64_t M = s->M, D = s->D;
  double *l = numbers(M * M), *row = numbers(M), *column = numbers(M), *ga = numbers(M * D), *gb = numbers(M * D);
  nce_sums(l, row, column, s);
  for (int64_t m = 0; m < M; m++)
    for (int64_t n = 0; n < M; n++) {
      double x = l[m * M + n], is_pair = m == n ? 1 : 0;
      double q = 0.5 * (double)g[m] * (exp(x - row[m]) - is_pair) + 0.5 * (double)g[n] * (exp(x - column[n]) - is_pair);
      product_bwd(ga + m * D, gb + n * D, q * (double)s->scale, s->a + m * D, s->b + n * D, D);
    }
  add_all(da, ga, M * D);
  add_all(db, gb, M * D);
  free(l);
  free(row);
  free(column);
  free(ga);
  free(gb);
}


/* a (K): attention of row b; returns how many vectors it goes to, *z the first of them. */
static int64_t attention_of (double *a, const float **z, const eimf_attend *s, int64_t b) {
  const int64_t g = s->rows == NULL ? b : (int64_t)s->rows[b] - 1;
  const int64_t n = g < 0 ? 0 : s->counts == NULL ? s->K : s->counts[g];
  double sum = 0, top = -INFINITY;
  *z = n > 0 ? s->z + g * s->K * s->D : NULL;
  for (int64_t k = 0; k < n; k++) {
    a[k] = (double)s->scale * dot(*z + k * s->D, s->e + b * s->D, s->D);
    top = fmax(top, a[k]);
  }
  for (int64_t k = 0; k < n; k++) sum += exp(a[k] - top);
  for (int64_t k = 0; k < n; k++) a[k] = exp(a[k] - top) / sum;
  return n;
}


void ref_attend_fwd (float *y, const eimf_attend *s) {
  double *a = numbers(s->K);
  for (int64_t b = 0; b < s->B; b++) {
    const float *z;
    int64_t n = attention_of(a, &z, s, b);
    for (int64_t d = 0; d < s->D; d++) {
      double sum = 0;
      for (int64_t k = 0; k < n; k++) sum += a[k] * (double)z[k * s->D + d];
      y[b * s->D + d] = (float)sum;
    }
  }
  free(a);
}


void ref_attend_bwd (float *dz, float *de, const float *dy, const eimf_attend *s) {
  const int64_t D = s->D;
  double *a = numbers(s->K), *gz = numbers(s->G * s->K * D), *ge = numbers(s->B * D);
  for (int64_t b = 0; b < s->B; b++) {
    const float *z;
    int64_t n = attention_of(a, &z, s, b);
    double mean = 0;
    for (int64_t k = 0; k < n; k++) mean += a[k] * dot(z + k * D, dy + b * D, D);
    for (int64_t k = 0; k < n; k++) {
      double q = (double)s->scale * a[k] * (dot(z + k * D, dy + b * D, D) - mean);
      double *to = gz + (z - s->z) + k * D;
      product_bwd(ge + b * D, to, q, s->e + b * D, z + k * D, D);
      for (int64_t d = 0; d < D; d++) to[d] += a[k] * (double)dy[b * D + d];
    }
  }
  add_all(dz, gz, s->G * s->K * D);
  add_all(de, ge, s->B * D);
  free(a);
  free(gz);
  free(ge);
}


/* Takes the largest entry that is left, `top` times. */
void ref_profile_build (float *p, const float *t, const float *s, int64_t N, int64_t J, int64_t D, float temperature,
                        int64_t top) {
  double *x = numbers(J), *kept = numbers(J);
  for (int64_t i = 0; i <= N; i++) {
    const float *row = i > 0 ? t + (i - 1) * D : NULL;
    double sum = 0, largest = -INFINITY;
    for (int64_t j = 0; j < J; j++) {
      x[j] = i > 0 ? dot(row, s + j * D, D) / (double)temperature : 0;
      largest = fmax(largest, x[j]);
      kept[j] = 0;
    }
    for (int64_t n = 0; i > 0 && dot(row, row, D) > 0 && n < top && n < J; n++) {
      int64_t best = 0;
      for (int64_t j = 1; j < J; j++) if (x[j] > x[best]) best = j;
      sum += kept[best] = exp(x[best] - largest);
      x[best] = -INFINITY;
    }
    for (int64_t j = 0; j < J; j++) p[i * J + j] = sum > 0 ? (float)(kept[j] / sum) : 0;
  }
  free(x);
  free(kept);
}


void ref_centre_rows (float *y, const float *x, int64_t N, int64_t D) {
  double *mean = numbers(D), used = 0;
  for (int64_t i = 0; i < N; i++) {
    if (!(dot(x + i * D, x + i * D, D) > 0)) continue;
    used++;
    for (int64_t d = 0; d < D; d++) mean[d] += (double)x[i * D + d];
  }
  for (int64_t d = 0; d < D && used > 0; d++) mean[d] /= used;
  for (int64_t i = 0; i < N; i++) {
    double square = 0;
    for (int64_t d = 0; d < D; d++) square += pow((double)x[i * D + d] - mean[d], 2);
    if (!(dot(x + i * D, x + i * D, D) > 0)) square = 0;
    for (int64_t d = 0; d < D; d++)
      y[i * D + d] = square > 0 ? (float)(((double)x[i * D + d] - mean[d]) / sqrt(square)) : 0;
  }
  free(mean);
}


double ref_cosine (const float *a, const float *b, int64_t D) {
  double length = sqrt(dot(a, a, D)) * sqrt(dot(b, b, D));
  return length > 0 ? dot(a, b, D) / length : 0;
}


/* Row k.. of v with whatever of z is not in `taken` (bits); `skip` rows of v may stay without a partner. */
static double best_from (const float *v, const float *z, int64_t k, int64_t K, int64_t n, int64_t D, unsigned taken,
                         int64_t skip) {
  double best = k == K ? 0 : -INFINITY;
  if (k == K) return best;
  if (skip > 0) best = best_from(v, z, k + 1, K, n, D, taken, skip - 1);
  for (int64_t j = 0; j < n; j++) {
    if (taken >> j & 1) continue;
    best = fmax(best, ref_cosine(v + k * D, z + j * D, D)
                      + best_from(v, z, k + 1, K, n, D, taken | 1u << j, skip));
  }
  return best;
}


double ref_match_best (const float *v, const float *z, int64_t K, int64_t n, int64_t D) {
  return best_from(v, z, 0, K, n, D, 0, K > n ? K - n : 0);
}
