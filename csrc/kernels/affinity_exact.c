/*
** affinity_exact.c: see affinity_exact.h. Products and sums are written one by one: this file must not be compiled
** with contraction to fused multiply-adds. Neighbour: affinity.h (the quantile).
*/
#include <float.h>
#include <math.h>
#include <string.h>

#include "affinity.h"
#include "affinity_exact.h"

void eimf_exact_distances (eimf_exact *s, const float *x, int64_t D, double *squares) {
  const int64_t N = s->N;
  for (int64_t i = 0; i < N; i++) {
    squares[i] = 0;
    for (int64_t d = 0; d < D; d++) squares[i] += (double)x[i * D + d] * (double)x[i * D + d];
  }
#pragma omp parallel for num_threads(s->threads) if (N * N * D > EIMF_PAR_MIN)
  for (int64_t i = 0; i < N; i++)
    for (int64_t k = 0; k < N; k++) {
      double both = 0;
      for (int64_t d = 0; d < D; d++) both += (double)x[i * D + d] * (double)x[k * D + d];
      double distance = -2 * both + squares[i] + squares[k];
      s->S[i * N + k] = i == k || distance < 0 ? 0 : -distance;
    }
}


int eimf_exact_all_equal (const eimf_exact *s) {
  const int64_t N = s->N;
  for (int64_t i = 0; i < N; i++)
    for (int64_t k = 0; k < N; k++)
      if (i != k && s->S[i * N + k] != s->S[1]) return 0;
  return 1;
}


double eimf_exact_median (eimf_exact *s) {
  memcpy(s->R, s->S, (size_t)(s->N * s->N) * sizeof *s->R);
  return eimf_quantile(s->R, s->N * s->N, 0.5);
}


/* Mersenne Twister (Matsumoto and Nishimura 1998) and the polar method, as numpy's RandomState has them. */
#define WORDS 624
#define AHEAD 397

typedef struct { uint32_t key[WORDS]; int at, kept; double gauss; } twister;

static void twister_seed (twister *t, uint32_t seed) {
  for (int i = 0; i < WORDS; i++) {
    t->key[i] = seed;
    seed = 1812433253u * (seed ^ (seed >> 30)) + (uint32_t)i + 1;
  }
  t->at = WORDS;
  t->kept = 0;
}


static void twister_turn (twister *t) {
  uint32_t *key = t->key;
  for (int i = 0; i < WORDS; i++) {
    uint32_t y = (key[i] & 0x80000000u) | (key[(i + 1) % WORDS] & 0x7fffffffu);
    key[i] = key[(i + AHEAD) % WORDS] ^ (y >> 1) ^ (0x9908b0dfu & (uint32_t)-(int32_t)(y & 1));
  }
  t->at = 0;
}


static uint32_t twister_word (twister *t) {
  if (t->at == WORDS) twister_turn(t);
  uint32_t y = t->key[t->at++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}


static double twister_uniform (twister *t) {
  uint32_t a = twister_word(t) >> 5, b = twister_word(t) >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}


static double twister_normal (twister *t) {
  double x, y, square;
  if (t->kept) {
    t->kept = 0;
    return t->gauss;
  }
  do {
    x = 2 * twister_uniform(t) - 1;
    y = 2 * twister_uniform(t) - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  double f = sqrt(-2 * log(square) / square);
  t->gauss = f * x;
  t->kept = 1;
  return f * y;
}


void eimf_exact_start (eimf_exact *s, uint32_t seed) {
  const int64_t n = s->N * s->N;
  twister t;
  twister_seed(&t, seed);
  for (int64_t i = 0; i < n; i++) {
    double size = DBL_EPSILON * s->S[i] + DBL_MIN * 100;
    s->S[i] += size * twister_normal(&t);
  }
  memset(s->R, 0, (size_t)n * sizeof *s->R);
  memset(s->A, 0, (size_t)n * sizeof *s->A);
}


/* R = L R + (1-L) (S - the largest other A + S) of row i. */
static void respond (eimf_exact *s, int64_t i) {
  const int64_t N = s->N;
  const double *S = s->S + i * N, *A = s->A + i * N, keep = s->damping, add = 1 - s->damping;
  double *R = s->R + i * N, top = -INFINITY, second = -INFINITY;
  int64_t best = 0;
  for (int64_t k = 0; k < N; k++) {
    double x = A[k] + S[k];
    if (x > top) {
      second = top;
      top = x;
      best = k;
    }
    else if (x > second) second = x;
  }
  for (int64_t k = 0; k < N; k++) {
    double step = (S[k] - (k == best ? second : top)) * add, old = R[k] * keep;
    R[k] = old + step;
  }
}


/* What row i adds to the sums: positive responsibilities, and its own whatever it is. */
static inline double counted (const eimf_exact *s, int64_t i, int64_t k) {
  double R = s->R[i * s->N + k];
  return i == k || R > 0 ? R : 0;
}


#define STRIPE 64            /* columns summed together, rows in order */

static void sum_stripe (eimf_exact *s, int64_t lo, int64_t hi) {
  for (int64_t k = lo; k < hi; k++) s->sums[k] = counted(s, 0, k);
  for (int64_t i = 1; i < s->N; i++)
    for (int64_t k = lo; k < hi; k++) s->sums[k] += counted(s, i, k);
}


static void avail (eimf_exact *s, int64_t i) {
  const double keep = s->damping, add = 1 - s->damping;
  for (int64_t k = 0; k < s->N; k++) {
    double over = counted(s, i, k) - s->sums[k], old = s->A[i * s->N + k] * keep;
    double step = (i != k && over < 0 ? 0 : over) * add;
    s->A[i * s->N + k] = old - step;
  }
}


int64_t eimf_exact_step (eimf_exact *s, int32_t *marks) {
  const int64_t N = s->N, stripes = (N + STRIPE - 1) / STRIPE;
  int64_t changed = 0;
#pragma omp parallel num_threads(s->threads) if (N * N > EIMF_PAR_MIN)
  {
#pragma omp for
    for (int64_t i = 0; i < N; i++) respond(s, i);
#pragma omp for
    for (int64_t j = 0; j < stripes; j++) sum_stripe(s, j * STRIPE, (j + 1) * STRIPE < N ? (j + 1) * STRIPE : N);
#pragma omp for
    for (int64_t i = 0; i < N; i++) avail(s, i);
  }
  for (int64_t k = 0; k < N; k++) {
    int32_t mark = s->A[k * N + k] + s->R[k * N + k] > 0;
    changed += mark != marks[k];
    marks[k] = mark;
  }
  return changed;
}


static void assign (const eimf_exact *s, const int32_t *exemplar, int64_t K, int32_t *label) {
  for (int64_t i = 0; i < s->N; i++) {
    int64_t best = 0;
    for (int64_t j = 1; j < K; j++)
      if (s->S[i * s->N + exemplar[j]] > s->S[i * s->N + exemplar[best]]) best = j;
    label[i] = (int32_t)best + 1;
  }
  for (int64_t j = 0; j < K; j++) label[exemplar[j]] = (int32_t)j + 1;
}


static int32_t medoid (eimf_exact *s, const int32_t *member, int64_t n) {
  int64_t best = 0;
  for (int64_t c = 0; c < n; c++) s->sums[c] = s->S[(int64_t)member[0] * s->N + member[c]];
  for (int64_t i = 1; i < n; i++)
    for (int64_t c = 0; c < n; c++) s->sums[c] += s->S[(int64_t)member[i] * s->N + member[c]];
  for (int64_t c = 1; c < n; c++) if (s->sums[c] > s->sums[best]) best = c;
  return member[best];
}


/* Numbers exemplars by rising row: labels follow. */
static void renumber (int32_t *exemplar, int64_t K, int32_t *label, int64_t N) {
  for (int64_t i = 0; i < N; i++) label[i] = exemplar[label[i] - 1];
  for (int64_t j = 1; j < K; j++) {
    int32_t e = exemplar[j];
    int64_t at = j;
    for (; at > 0 && exemplar[at - 1] > e; at--) exemplar[at] = exemplar[at - 1];
    exemplar[at] = e;
  }
  for (int64_t i = 0; i < N; i++) {
    int64_t lo = 0, hi = K - 1;
    while (lo < hi) {
      int64_t middle = (lo + hi) / 2;
      if (exemplar[middle] < label[i]) lo = middle + 1;
      else hi = middle;
    }
    label[i] = (int32_t)lo + 1;
  }
}


int64_t eimf_exact_finish (eimf_exact *s, int32_t *exemplar, int64_t K, int32_t *label, int32_t *order) {
  assign(s, exemplar, K, label);
  for (int64_t j = 0; j < K; j++) {
    int64_t n = 0;
    for (int64_t i = 0; i < s->N; i++) if (label[i] == j + 1) order[n++] = (int32_t)i;
    exemplar[j] = medoid(s, order, n);
  }
  assign(s, exemplar, K, label);
  renumber(exemplar, K, label, s->N);
  return K;
}
