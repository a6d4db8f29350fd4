/*
** adam_test.c: Adam on dense tensors, on some rows of a table and on all of them, against its naive twin over twenty
** steps.
*/
#include <math.h>

#include "levels.h"

#include "kernels/ref.h"

static eimf_adam options (int t) {
  eimf_adam o = { .beta1 = 0.9, .beta2 = 0.999, .lr = 0.01f, .eps = 1e-8f, .decay = 0.02f, .scale = 0.7f };
  o.c1 = (float)(1 - pow(0.9, t));
  o.c2 = (float)(1 - pow(0.999, t));
  return o;
}


typedef struct { float *p, *m, *v, *g; int64_t n; } state;

static state begin (int64_t n) {
  state s = { filled(n, 1), guard_new((size_t)n), guard_new((size_t)n), filled(n, 2), n };
  memset(s.m, 0, (size_t)n * sizeof *s.m);
  memset(s.v, 0, (size_t)n * sizeof *s.v);
  return s;
}


static void done (state s) {
  GUARD_DONE(s.p);
  GUARD_DONE(s.m);
  GUARD_DONE(s.v);
  GUARD_DONE(s.g);
}


static void compare (state a, state b) {
  CHECK_CLOSE(a.p, b.p, a.n, 3e-6);
  CHECK_CLOSE(a.m, b.m, a.n, 1e-6);
  CHECK_CLOSE(a.v, b.v, a.n, 1e-6);
}


static void twenty_dense_steps (void) {
  static const int64_t sizes[] = { 0, 1, 3, 16, 50, 64, 1000, 40001 };
  for (int i = 0; i < 8; i++) {
    state a = begin(sizes[i]), b = begin(sizes[i]);
    spans out = { { a.p, (size_t)a.n }, { a.m, (size_t)a.n }, { a.v, (size_t)a.n } };
    for (int t = 1; t <= 20; t++) {
      eimf_adam o = options(t);
      check_fill(a.g, (size_t)a.n, (uint32_t)t);
      check_fill(b.g, (size_t)b.n, (uint32_t)t);
      CHECK_THREADS(out, eimf_adam_dense(a.p, a.m, a.v, a.g, a.n, &o));
      ref_adam_dense(b.p, b.m, b.v, b.g, b.n, &o);
    }
    compare(a, b);
    done(a);
    done(b);
  }
}


static void rows_of_a_table (void) {
  static const int64_t widths[] = { 1, 3, 16, 50, 64 };
  for (int i = 0; i < 5; i++) {
    const int64_t D = widths[i], rows = 901, n = 700;
    state a = begin(rows * D), b = begin(rows * D);
    float *g = filled(n * D, 3);
    int32_t *ids = guard_new_ids((size_t)n);
    spans out = { { a.p, (size_t)a.n }, { a.m, (size_t)a.n }, { a.v, (size_t)a.n } };
    for (int t = 1; t <= 3; t++) {
      eimf_adam o = options(t);
      for (int64_t j = 0; j < n; j++) ids[j] = (int32_t)(1 + (j * 7 + t) % 900);   /* distinct */
      CHECK_THREADS(out, eimf_adam_rows(a.p, a.m, a.v, ids, g, n, D, &o));
      ref_adam_rows(b.p, b.m, b.v, ids, g, n, D, &o);
    }
    compare(a, b);
    for (int64_t d = 0; d < D; d++) CHECK(a.p[d] == b.p[d] && a.m[d] == 0);        /* nobody's row */
    GUARD_DONE(g);
    GUARD_DONE(ids);
    done(a);
    done(b);
  }
}


/* A row's step is the same whether it is taken among all elements or by its id. */
static void rows_are_dense_steps (void) {
  const int64_t rows = 5, D = 19;
  state a = begin(rows * D), b = begin(rows * D);
  static const int32_t ids[] = { 0, 1, 2, 3, 4 };
  eimf_adam o = options(1);
  eimf_adam_dense(a.p, a.m, a.v, a.g, a.n, &o);
  eimf_adam_rows(b.p, b.m, b.v, ids, b.g, rows, D, &o);
  CHECK(memcmp(a.p, b.p, (size_t)a.n * sizeof *a.p) == 0);
  CHECK(memcmp(a.v, b.v, (size_t)a.n * sizeof *a.v) == 0);
  done(a);
  done(b);
}


/* Every row of a table, gradients of some: to the bit the dense step with zeros elsewhere. */
static void table_is_dense_step (int64_t rows, int64_t D) {
  const int64_t n = (rows + 2) / 3;
  state a = begin(rows * D), b = begin(rows * D), c = begin(rows * D);
  int32_t *marker = guard_new_ids((size_t)rows);
  spans out = { { a.p, (size_t)a.n }, { a.m, (size_t)a.n }, { a.v, (size_t)a.n } };
  for (int t = 1; t <= 3; t++) {
    float *g = filled(n * D, (uint32_t)t);
    eimf_adam o = options(t);
    memset(b.g, 0, (size_t)b.n * sizeof *b.g);
    for (int64_t r = 0; r < rows; r++) {
      marker[r] = (r + t) % 3 == 0 ? (int32_t)(1 + r / 3) : 0;
      if (marker[r] > 0) memcpy(b.g + r * D, g + r / 3 * D, (size_t)D * sizeof *g);
    }
    CHECK_THREADS(out, eimf_adam_table(a.p, a.m, a.v, marker, g, rows, D, &o));
    eimf_adam_dense(b.p, b.m, b.v, b.g, b.n, &o);
    ref_adam_table(c.p, c.m, c.v, marker, g, rows, D, &o);
    GUARD_DONE(g);
  }
  CHECK(memcmp(a.p, b.p, (size_t)a.n * sizeof *a.p) == 0);
  CHECK(memcmp(a.m, b.m, (size_t)a.n * sizeof *a.m) == 0);
  CHECK(memcmp(a.v, b.v, (size_t)a.n * sizeof *a.v) == 0);
  compare(a, c);
  GUARD_DONE(marker);
  done(a);
  done(b);
  done(c);
}


static void tables (void) {
  static const int64_t widths[] = { 1, 3, 16, 50, 64 };
  for (int i = 0; i < 5; i++) {
    table_is_dense_step(1, widths[i]);
    table_is_dense_step(901, widths[i]);
  }
}


int main (void) {
  RUN_LEVELS(twenty_dense_steps);
  RUN_LEVELS(rows_of_a_table);
  RUN_LEVELS(rows_are_dense_steps);
  RUN_LEVELS(tables);
  return check_report("adam");
}
