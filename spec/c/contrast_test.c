/*
** contrast_test.c: symmetric InfoNCE and target-aware attention against their naive twins.
*/
#include "levels.h"

#include "kernels/ref.h"

typedef struct {
  eimf_nce s;
  float *a, *b, *g, *loss, *stat, *packed, *scratch, *da, *db;
  int32_t *groups;
} contrast;

static contrast make (int groups, int64_t M, int64_t D) {
  contrast q = { .s = { .M = M, .D = D, .scale = 1.7f } };
  q.s.a = q.a = filled(M * D, 1);
  q.s.b = q.b = filled(M * D, 2);
  q.groups = some_ids(M, 1, groups > 0 ? groups : 1, 3);
  if (groups > 0) q.s.groups = q.groups;
  q.g = filled(M, 4);
  q.loss = guard_new((size_t)M);
  q.stat = guard_new((size_t)M * 2);
  q.packed = guard_new((size_t)eimf_pairs_packed(M, D));
  q.scratch = guard_new((size_t)eimf_pairs_scratch(M, M, D));
  q.da = filled(M * D, 5);
  q.db = filled(M * D, 6);
  return q;
}


static void done (contrast q) {
  GUARD_DONE(q.a);
  GUARD_DONE(q.b);
  GUARD_DONE(q.groups);
  GUARD_DONE(q.g);
  GUARD_DONE(q.loss);
  GUARD_DONE(q.stat);
  GUARD_DONE(q.packed);
  GUARD_DONE(q.scratch);
  GUARD_DONE(q.da);
  GUARD_DONE(q.db);
}


static void forward (contrast *q) {
  q->s.threads = eimf_threads();
  eimf_nce_fwd(q->loss, q->stat, q->packed, &q->s);
}


static void backward (contrast *q) {
  q->s.threads = eimf_threads();
  eimf_nce_bwd(q->da, q->db, q->g, q->stat, q->packed, &q->s, q->scratch);
}


static void compare (contrast q) {
  const int64_t M = q.s.M, n = M * q.s.D;
  float *loss = guard_new((size_t)M), *da = copied(q.da, n), *db = copied(q.db, n);
  spans out = { { q.loss, (size_t)M }, { q.stat, (size_t)M * 2 } };
  spans grad = { { q.da, (size_t)n }, { q.db, (size_t)n } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_nce_fwd(loss, &q.s);
  ref_nce_bwd(da, db, q.g, &q.s);
  CHECK_CLOSE(q.loss, loss, M, 5e-6);
  CHECK_CLOSE(q.da, da, n, 1e-5);
  CHECK_CLOSE(q.db, db, n, 1e-5);
  GUARD_DONE(loss);
  GUARD_DONE(da);
  GUARD_DONE(db);
  done(q);
}


static void pairs_of_rows (void) {
  static const int64_t sizes[][2] = { { 0, 4 }, { 1, 1 }, { 2, 3 }, { 31, 16 }, { 97, 50 }, { 200, 17 } };
  for (int i = 0; i < 6; i++) {
    compare(make(0, sizes[i][0], sizes[i][1]));
    compare(make(1, sizes[i][0], sizes[i][1]));
    compare(make(4, sizes[i][0], sizes[i][1]));
  }
}


static void many_blocks (void) { compare(make(9, 800, 5)); }


/* All pairs of one group: nothing to tell apart, loss 0, no gradient. */
static void one_group (void) {
  contrast q = make(1, 40, 16);
  float *da = copied(q.da, 40 * 16), *db = copied(q.db, 40 * 16);
  forward(&q);
  backward(&q);
  for (int m = 0; m < 40; m++) CHECK_NEAR(q.loss[m], 0, 1e-6);
  CHECK_CLOSE(q.da, da, 40 * 16, 2e-6);
  CHECK_CLOSE(q.db, db, 40 * 16, 2e-6);
  GUARD_DONE(da);
  GUARD_DONE(db);
  done(q);
}


static void attention (int rows, int counts, int64_t B, int64_t G, int64_t K, int64_t D) {
  eimf_attend s = { .B = B, .G = G, .K = K, .D = D, .scale = 2 };
  float *z = filled(G * K * D, 1), *e = filled(B * D, 2), *dy = filled(B * D, 3);
  float *y = guard_new((size_t)(B * D)), *a = guard_new((size_t)(B * K)), *scratch = guard_new((size_t)(B * K));
  float *dz = filled(G * K * D, 4), *de = filled(B * D, 5), *expected = guard_new((size_t)(B * D));
  float *rz = copied(dz, G * K * D), *re = copied(de, B * D);
  int32_t *row = some_ids(B, 0, (int32_t)G, 6), *count = some_ids(G, 0, (int32_t)K, 7);
  spans out = { { y, (size_t)(B * D) }, { a, (size_t)(B * K) } };
  spans grad = { { dz, (size_t)(G * K * D) }, { de, (size_t)(B * D) } };
  s.z = z;
  s.e = e;
  s.rows = rows ? row : NULL;
  s.counts = counts ? count : NULL;
  CHECK_THREADS(out, (s.threads = eimf_threads(), eimf_attend_fwd(y, a, &s)));
  CHECK_THREADS(grad, (s.threads = eimf_threads(), eimf_attend_bwd(dz, de, dy, a, &s, scratch)));
  ref_attend_fwd(expected, &s);
  ref_attend_bwd(rz, re, dy, &s);
  CHECK_CLOSE(y, expected, B * D, 2e-6);
  CHECK_CLOSE(dz, rz, G * K * D, 1e-5);
  CHECK_CLOSE(de, re, B * D, 1e-5);
  GUARD_DONE(z);
  GUARD_DONE(e);
  GUARD_DONE(dy);
  GUARD_DONE(y);
  GUARD_DONE(a);
  GUARD_DONE(scratch);
  GUARD_DONE(dz);
  GUARD_DONE(de);
  GUARD_DONE(expected);
  GUARD_DONE(rz);
  GUARD_DONE(re);
  GUARD_DONE(row);
  GUARD_DONE(count);
}


static void target_aware (void) {
  attention(1, 1, 0, 3, 2, 5);
  attention(1, 1, 9, 4, 3, 5);
  attention(1, 0, 9, 4, 3, 17);
  attention(0, 1, 7, 7, 4, 16);
  attention(0, 0, 7, 7, 1, 33);
  attention(1, 1, 300, 20, 4, 64);
}


int main (void) {
  RUN_LEVELS(pairs_of_rows);
  RUN_LEVELS(many_blocks);
  RUN_LEVELS(one_group);
  RUN_LEVELS(target_aware);
  return check_report("contrast");
}
