/*
** affinity_test.c: rows and sums of Affinity Propagation against the formulas in double on N x M matrices, dense, with
** some candidates only, and as a graph; guard words around everything that is written.
*/
#include "levels.h"

#include "kernels/affinity.h"
#include "kernels/knn.h"

#define ROUNDS 40
#define DAMPING(t) ((t) < ROUNDS / 2 ? 0.8 : 0.9)         /* raised on the way, as the ladder does */

typedef struct {
  eimf_affinity s;
  float *S, *A;
  void *work;
  int32_t *own;
  double *R, *V;                       /* the twin's messages, (N, M) */
} problem;

/* Every `stride`-th point is a candidate. */
static problem make (int64_t N, int64_t stride, uint32_t seed) {
  problem p = { .s = { .N = N, .threads = 1 } };
  eimf_affinity *s = &p.s;
  s->M = (N + stride - 1) / stride;
  s->ld = (s->M + 15) / 16 * 16;
  p.S = filled(N * s->ld, seed);
  p.A = guard_new((size_t)(N * s->ld));
  p.own = guard_new_ids((size_t)N);
  for (int64_t i = 0; i < N; i++) {
    p.own[i] = i % stride == 0 ? (int32_t)(i / stride) : -1;
    for (int64_t k = 0; k < s->ld; k++) {
      float *at = p.S + i * s->ld + k;
      *at = k >= s->M ? EIMF_AFFINITY_NONE : k == p.own[i] ? -2.5f : *at - 1;
    }
  }
  memset(p.A, 0, (size_t)(N * s->ld) * sizeof *p.A);
  s->S = p.S;
  s->A = p.A;
  s->own = p.own;
  p.work = guard_new(eimf_affinity_layout(s, NULL) / 4);
  eimf_affinity_layout(s, p.work);
  p.R = calloc((size_t)(N * s->M), sizeof(double));
  p.V = calloc((size_t)(N * s->M), sizeof(double));
  return p;
}


static void done (problem *p) {
  GUARD_DONE(p->S);
  GUARD_DONE(p->A);
  GUARD_DONE(p->own);
  GUARD_DONE(p->work);
  free(p->R);
  free(p->V);
}


static void respond (problem *p, int64_t i, double damping) {
  const int64_t M = p->s.M;
  for (int64_t k = 0; k < M; k++) {
    double other = -1e30;
    for (int64_t j = 0; j < M; j++) {
      double x = p->V[i * M + j] + (double)p->S[i * p->s.ld + j];
      if (j != k && x > other) other = x;
    }
    p->R[i * M + k] = damping * p->R[i * M + k] + (1 - damping) * ((double)p->S[i * p->s.ld + k] - other);
  }
}


static void twin (problem *p, double damping) {
  const int64_t N = p->s.N, M = p->s.M;
  for (int64_t i = 0; i < N; i++) respond(p, i, damping);
  for (int64_t k = 0; k < M; k++) {
    double sum = 0, own = 0;
    for (int64_t i = 0; i < N; i++)
      if (p->own[i] == k) own = p->R[i * M + k];
      else if (p->R[i * M + k] > 0) sum += p->R[i * M + k];
    for (int64_t i = 0; i < N; i++) {
      double R = p->R[i * M + k], room = own + sum - (R > 0 ? R : 0), *V = p->V + i * M + k;
      *V = damping * *V + (1 - damping) * (p->own[i] == k ? sum : room < 0 ? room : 0);
    }
  }
}


static void step (eimf_affinity *s, double damping, int64_t *count) {
  int64_t changed;
  s->damping_before = s->share > 0 ? s->damping : damping;
  s->damping = damping;
  s->share_before = s->share;
  s->share = damping * s->share_before + (1 - damping);
  eimf_affinity_rows(s);
  eimf_affinity_sums(s, count, &changed);
}


/* Diagonals of A and R after every round. */
static void compare (int64_t N, int64_t stride) {
  problem p = make(N, stride, (uint32_t)N);
  float *before = copied(p.S, N * p.s.ld);
  int64_t count;
  eimf_affinity_start(&p.s);
  for (int t = 0; t < ROUNDS; t++) {
    step(&p.s, DAMPING(t), &count);
    twin(&p, DAMPING(t));
    for (int64_t i = 0; i < N; i++) {
      if (p.own[i] < 0) continue;
      CHECK_NEAR(p.s.own_a[p.own[i]], p.V[i * p.s.M + p.own[i]], 2e-5);
      CHECK_NEAR(p.s.own_r[p.own[i]], p.R[i * p.s.M + p.own[i]], 2e-5);
    }
  }
  CHECK(memcmp(before, p.S, (size_t)(N * p.s.ld) * sizeof *before) == 0);        /* all put back */
  GUARD_DONE(before);
  done(&p);
}


static void dense (void) {
  static const int64_t sizes[] = { 2, 3, 5, 16, 33, 64, 65, 67, 129 };
  for (int i = 0; i < 9; i++) compare(sizes[i], 1);
}


static void some_candidates (void) {
  compare(40, 3);
  compare(130, 5);
}


static void bits_of_threads (void) {
  float *a[2];
  for (int threads = 1; threads <= 2; threads++) {
    problem p = make(300, 1, 7);
    int64_t count;
    p.s.threads = threads;
    eimf_affinity_start(&p.s);
    for (int t = 0; t < ROUNDS; t++) step(&p.s, 0.9, &count);
    a[threads - 1] = copied(p.A, 300 * p.s.ld);
    done(&p);
  }
  CHECK(memcmp(a[0], a[1], 300 * 304 * sizeof(float)) == 0);
  GUARD_DONE(a[0]);
  GUARD_DONE(a[1]);
}


/* A graph that has every pair gives what the matrix gives. */
static void graph (void) {
  enum { N = 37, K = N - 1 };
  problem p = make(N, 1, 9);
  int32_t *ids = guard_new_ids(N * K), *extra = guard_new_ids(N), *offsets = guard_new_ids(N + 1);
  int32_t *own = guard_new_ids(N), *columns = guard_new_ids(N * N);
  float *s = guard_new(N * K), *S = guard_new(N * N), *A = guard_new(N * N);
  int64_t entries, count, other;
  for (int i = 0; i < N; i++)
    for (int k = 0; k < K; k++) {
      int j = (i + 1 + k) % N;
      ids[i * K + k] = j + 1;
      p.S[i * p.s.ld + j] = s[i * K + k] = -(float)((i * j) % 11) - 0.125f * (float)((i + j) % 7);
    }
  CHECK_OK(eimf_graph_count(offsets, ids, s, extra, N, K, &entries));
  CHECK_INT(entries, N * N);
  eimf_graph_fill(columns, S, own, offsets, ids, s, extra, N, K);
  eimf_affinity g = { .N = N, .M = N, .ld = 48, .threads = 1, .offsets = offsets, .ids = columns, .own = own,
                      .S = S, .A = A };
  memset(A, 0, N * N * sizeof *A);
  for (int i = 0; i < N; i++) S[offsets[i] + own[i]] = -2.5f;
  void *work = guard_new(eimf_affinity_layout(&g, NULL) / 4);
  eimf_affinity_layout(&g, work);
  eimf_affinity_start(&g);
  eimf_affinity_start(&p.s);
  for (int t = 0; t < ROUNDS; t++) {
    step(&g, 0.9, &count);
    step(&p.s, 0.9, &other);
    CHECK_INT(count, other);
    for (int k = 0; k < N; k++) CHECK_NEAR(g.own_a[k], p.s.own_a[k], 1e-5);
  }
  GUARD_DONE(work);
  GUARD_DONE(ids);
  GUARD_DONE(extra);
  GUARD_DONE(offsets);
  GUARD_DONE(own);
  GUARD_DONE(columns);
  GUARD_DONE(s);
  GUARD_DONE(S);
  GUARD_DONE(A);
  done(&p);
}


static void quantiles (void) {
  double x[] = { 3, 1, 2, 5, 4 }, y[] = { 1, 2, 2, 9 }, z[] = { 7 };
  CHECK(eimf_quantile(x, 5, 0.5) == 3);
  CHECK(eimf_quantile(x, 5, 0) == 1);
  CHECK(eimf_quantile(x, 5, 1) == 5);
  CHECK(eimf_quantile(y, 4, 0.5) == 2);
  CHECK(eimf_quantile(y, 4, 0.75) == 3.75);
  CHECK(eimf_quantile(z, 1, 0.3) == 7);
}


int main (void) {
  RUN_LEVELS(dense);
  RUN_LEVELS(some_candidates);
  RUN_LEVELS(bits_of_threads);
  RUN_LEVELS(graph);
  RUN(quantiles);
  return check_report("affinity");
}
