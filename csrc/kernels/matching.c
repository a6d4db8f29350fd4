/*
** matching.c: which of a row's interests belongs to which of its group's:
** optimal assignment by cosine. See semantic.h.
*/
#include <math.h>

#include "semantic.h"

#define MOST EIMF_MATCH_MOST

/* The Hungarian method with potentials (Kuhn 1955; Munkres 1957; shortest augmenting paths: Jonker and Volgenant
** 1987). Rows and columns are numbered from 1; number 0 stands for none. */
typedef struct {
  int n, m;                              /* n rows, m >= n columns */
  double cost[MOST][MOST];
  double row[MOST + 1], column[MOST + 1];            /* potentials */
  int taken[MOST + 1];                   /* by which row a column is */
} assignment;

/* Gives row i a column, moving others along the cheapest path. */
static void augment (assignment *p, int i) {
  double least[MOST + 1];                /* cheapest way to each column so far, and whence */
  int from[MOST + 1], seen[MOST + 1], j = 0;
  for (int c = 0; c <= p->m; c++) {
    least[c] = INFINITY;
    from[c] = seen[c] = 0;
  }
  p->taken[0] = i;
  do {
    const int r = p->taken[j];
    double step = INFINITY;
    int next = 0;
    seen[j] = 1;
    for (int c = 1; c <= p->m; c++) {
      if (seen[c]) continue;
      double way = p->cost[r - 1][c - 1] - p->row[r] - p->column[c];
      if (way < least[c]) {
        least[c] = way;
        from[c] = j;
      }
      if (least[c] < step) {
        step = least[c];
        next = c;
      }
    }
    for (int c = 0; c <= p->m; c++) {
      if (seen[c]) {
        p->row[p->taken[c]] += step;
        p->column[c] -= step;
      }
      else least[c] -= step;
    }
    j = next;
  } while (p->taken[j] != 0);
  for (; j != 0; j = from[j]) p->taken[j] = p->taken[from[j]];
}


static void assign (assignment *p) {
  for (int i = 0; i <= MOST; i++) {
    p->row[i] = p->column[i] = 0;
    p->taken[i] = 0;
  }
  for (int i = 1; i <= p->n; i++) augment(p, i);
}


static double cosine (const float *a, const float *b, int64_t D) {
  double ab = 0, aa = 0, bb = 0;
  for (int64_t d = 0; d < D; d++) {
    ab += (double)a[d] * (double)b[d];
    aa += (double)a[d] * (double)a[d];
    bb += (double)b[d] * (double)b[d];
  }
  ab = aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
  return isfinite(ab) ? ab : 0;
}


/* choice (K): the partner of each interest v (K, D) among z (n, D), or -1. */
static void match_row (int32_t *choice, const float *v, const float *z, int K, int n, int64_t D) {
  const int turned = K > n;
  assignment p;
  p.n = turned ? n : K;
  p.m = turned ? K : n;
  for (int k = 0; k < K; k++) {
    choice[k] = -1;
    for (int j = 0; j < n; j++)
      *(turned ? &p.cost[j][k] : &p.cost[k][j]) = -cosine(v + k * D, z + j * D, D);
  }
  if (p.n == 0) return;
  assign(&p);
  for (int c = 1; c <= p.m; c++) {
    if (p.taken[c] == 0) continue;
    if (turned) choice[c - 1] = p.taken[c] - 1;
    else choice[p.taken[c] - 1] = c - 1;
  }
}


void eimf_match (int32_t *choice, const float *v, const float *z, const int32_t *counts, const int32_t *rows,
                 int64_t B, int64_t K, int64_t Ks, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (B * K * Ks * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++) {
    const int64_t g = rows[b] - 1, n = g < 0 ? 0 : counts == NULL ? Ks : counts[g];
    match_row(choice + b * K, v + b * K * D, n > 0 ? z + g * Ks * D : NULL, (int)K, (int)n, D);
  }
}


int64_t eimf_match_pairs (int32_t *left, int32_t *right, int32_t *groups, const int32_t *choice, const int32_t *rows,
                          int64_t B, int64_t K, int64_t Ks) {
  int64_t n = 0;
  for (int64_t i = 0; i < B * K; i++) {
    if (choice[i] < 0) continue;
    left[n] = (int32_t)i;
    right[n] = (int32_t)((rows[i / K] - 1) * Ks) + choice[i];
    groups[n++] = rows[i / K];
  }
  return n;
}
