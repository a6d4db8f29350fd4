/*
** dense_test.c: a linear layer against the naive product: odd sizes, no rows,
** several chunks, each gradient alone; a row's numbers do not depend on others.
** Rows that are told by their numbers in a table, and products that are added to.
*/
#include "levels.h"

#include "kernels/dense.h"
#include "kernels/ref.h"

typedef struct {
  eimf_dense s;
  float *x, *w, *b, *dy, *y, *dx, *dw, *db, *scratch;
} problem;

static problem make (int64_t R, int64_t n, int64_t m, int relu, int bias) {
  problem q = { .x = filled(R * n, 1), .w = filled(n * m, 2), .b = filled(m, 3), .dy = filled(R * m, 4) };
  q.s = (eimf_dense){ .R = R, .n = n, .m = m, .threads = 2, .relu = relu, .x = q.x, .w = q.w, .b = bias ? q.b : NULL };
  q.y = guard_new((size_t)(R * m));
  q.dx = filled(R * n, 5);
  q.dw = filled(n * m, 6);
  q.db = filled(m, 7);
  const eimf_dense_plan cut = eimf_dense_cut(&q.s);
  q.scratch = guard_new((size_t)(cut.bwd > cut.fwd ? cut.bwd : cut.fwd));
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.x);
  GUARD_DONE(q.w);
  GUARD_DONE(q.b);
  GUARD_DONE(q.dy);
  GUARD_DONE(q.y);
  GUARD_DONE(q.dx);
  GUARD_DONE(q.dw);
  GUARD_DONE(q.db);
  GUARD_DONE(q.scratch);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_dense_fwd(q->y, &q->s, q->scratch);
}


static void backward (problem *q, int add, int which) {
  q->s.threads = eimf_threads();
  eimf_dense_bwd(which & 1 ? q->dx : NULL, add, which & 2 ? q->dw : NULL, which & 4 ? q->db : NULL, q->dy, q->y, &q->s,
                 q->scratch);
}


static void ref_fwd (float *y, const eimf_dense *s) {
  ref_gemm(y, s->x, s->w, s->R, s->m, s->n, 0, 0, 1, 0);
  if (s->b != NULL) ref_add_spread(y, y, s->b, s->R, s->m, 0);
  if (s->relu) ref_leaky_relu_fwd(y, y, 0, s->R * s->m);
}


static void compare (int64_t R, int64_t n, int64_t m, int relu, int bias, int add) {
  problem q = make(R, n, m, relu, bias);
  float *y = guard_new((size_t)(R * m)), *dx = copied(q.dx, R * n), *dw = copied(q.dw, n * m), *db = copied(q.db, m);
  float *g = filled(R * m, 0);
  spans out = { { q.y, (size_t)(R * m) } };
  spans grad = { { q.dx, (size_t)(R * n) }, { q.dw, (size_t)(n * m) }, { q.db, (size_t)m } };
  CHECK_THREADS(out, forward(&q));
  ref_fwd(y, &q.s);
  CHECK_CLOSE(q.y, y, R * m, 1e-5);
  memset(g, 0, (size_t)(R * m) * sizeof *g);
  if (relu) ref_leaky_relu_bwd(g, q.y, q.dy, 0, R * m);
  else memcpy(g, q.dy, (size_t)(R * m) * sizeof *g);
  CHECK_THREADS(grad, backward(&q, add, 7));
  ref_gemm(dx, g, q.w, R, n, m, 0, 1, 1, (float)add);
  ref_gemm(dw, q.x, g, n, m, R, 1, 0, 1, 1);
  ref_dot(db, g, NULL, R, m, 0, 1);
  CHECK_CLOSE(q.dx, dx, R * n, 1e-5);
  CHECK_CLOSE(q.dw, dw, n * m, 1e-4);
  CHECK_CLOSE(q.db, db, m, 1e-4);
  GUARD_DONE(y);
  GUARD_DONE(dx);
  GUARD_DONE(dw);
  GUARD_DONE(db);
  GUARD_DONE(g);
  done(q);
}


static void sizes (void) {
  static const int64_t side[] = { 1, 3, 31, 32, 50, 64, 130 };
  for (int i = 0; i < 7; i++)
    for (int j = 0; j < 7; j++) compare(1 + 37 * i * j % 200, side[i], side[j], i % 2, j % 2, (i + j) % 2);
}


static void no_rows (void) {
  compare(0, 5, 7, 1, 1, 1);
}


static void several_chunks (void) {
  compare(2100, 33, 40, 1, 1, 0);
  compare(20000, 8, 5, 0, 0, 1);
}


static void each_gradient_alone (void) {
  for (int which = 0; which < 8; which++) {
    problem q = make(200, 17, 9, 1, 1), all = make(200, 17, 9, 1, 1);
    forward(&q);
    forward(&all);
    float *dx = copied(q.dx, 200 * 17), *dw = copied(q.dw, 17 * 9), *db = copied(q.db, 9);
    backward(&q, 1, which);
    backward(&all, 1, 7);
    CHECK(memcmp(q.dx, which & 1 ? all.dx : dx, sizeof(float) * 200 * 17) == 0);
    CHECK(memcmp(q.dw, which & 2 ? all.dw : dw, sizeof(float) * 17 * 9) == 0);
    CHECK(memcmp(q.db, which & 4 ? all.db : db, sizeof(float) * 9) == 0);
    GUARD_DONE(dx);
    GUARD_DONE(dw);
    GUARD_DONE(db);
    done(q);
    done(all);
  }
}


static void alone_or_among_others (void) {
  problem all = make(300, 64, 50, 0, 1);
  forward(&all);
  for (int64_t lo = 0; lo < 290; lo += 23) {
    eimf_dense s = all.s;
    s.R = 1 + lo % 7;
    s.x = all.x + lo * 64;
    float *y = guard_new((size_t)(s.R * 50));
    eimf_dense_fwd(y, &s, all.scratch);
    CHECK(memcmp(y, all.y + lo * 50, (size_t)(s.R * 50) * sizeof *y) == 0);
    GUARD_DONE(y);
  }
  done(all);
}


/* R rows of a table (N, n), some of them more than once: y and dw are to the bit those of the same rows brought
** together. */
static void table_rows (int64_t R, int64_t N, int64_t n, int64_t m) {
  problem q = make(R, n, m, 0, 0);
  float *table = filled(N * n, 8), *dw = copied(q.dw, n * m);
  int32_t *ids = guard_new_ids((size_t)R);
  for (int64_t r = 0; r < R; r++) {
    ids[r] = (int32_t)(r * 7919 % N);
    memcpy(q.x + r * n, table + ids[r] * n, (size_t)n * sizeof *table);
  }
  forward(&q);
  backward(&q, 0, 2);
  eimf_dense s = q.s;
  s.x = table;
  s.ids = ids;
  s.threads = 2;
  const eimf_dense_plan cut = eimf_dense_cut(&s);
  float *scratch = guard_new((size_t)(cut.bwd > cut.fwd ? cut.bwd : cut.fwd));
  float *got = copied(dw, n * m), *y = guard_new((size_t)(R * m));
  spans out = { { got, (size_t)(n * m) }, { y, (size_t)(R * m) } };
  CHECK_THREADS(out, (s.threads = eimf_threads(), eimf_dense_fwd(y, &s, scratch),
                      eimf_dense_bwd(NULL, 0, got, NULL, q.dy, NULL, &s, scratch)));
  CHECK(memcmp(got, q.dw, (size_t)(n * m) * sizeof *got) == 0);
  CHECK(memcmp(y, q.y, (size_t)(R * m) * sizeof *y) == 0);
  GUARD_DONE(table);
  GUARD_DONE(dw);
  GUARD_DONE(ids);
  GUARD_DONE(scratch);
  GUARD_DONE(got);
  GUARD_DONE(y);
  done(q);
}


static void rows_of_a_table (void) {
  table_rows(0, 5, 3, 4);
  table_rows(1, 1, 64, 64);
  table_rows(97, 40, 33, 17);
  table_rows(1500, 4000, 64, 64);
  table_rows(700, 50, 256, 5);
}


static void adds (int64_t R, int64_t n, int64_t m) {
  problem q = make(R, n, m, 0, 0);
  float *y = filled(R * m, 9), *want = copied(y, R * m);
  spans out = { { y, (size_t)(R * m) } };
  q.s.add = 1;
  CHECK_THREADS(out, (q.s.threads = eimf_threads(), eimf_dense_fwd(y, &q.s, q.scratch)));
  ref_gemm(want, q.x, q.w, R, m, n, 0, 0, 1, 1);
  CHECK_CLOSE(y, want, R * m, 1e-5);
  GUARD_DONE(y);
  GUARD_DONE(want);
  done(q);
}


static void adds_to_what_is_there (void) {
  adds(0, 3, 3);
  adds(1, 1, 1);
  adds(301, 64, 50);
  adds(5000, 17, 64);
}


int main (void) {
  RUN_LEVELS(sizes);
  RUN_LEVELS(no_rows);
  RUN_LEVELS(several_chunks);
  RUN_LEVELS(each_gradient_alone);
  RUN_LEVELS(alone_or_among_others);
  RUN_LEVELS(rows_of_a_table);
  RUN_LEVELS(adds_to_what_is_there);
  return check_report("dense");
}
