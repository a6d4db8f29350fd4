/*
** profile_test.c: cross-entropy to sparse distributions against its naive twin: both ways of cutting, blocks that do
** not come out even, empty rows, the row's own group; profiles of items, centred rows, distinct ids.
*/
#include "levels.h"

#include "kernels/ref.h"
#include "kernels/semantic.h"

typedef struct {
  eimf_profile s;
  int64_t table;
  int bad;
  float *x, *z, *weights, *g, *loss, *stat, *packed, *scratch, *dx, *dz;
  int32_t *offsets, *columns, *rows, *own, *owner;
} problem;

/* Row r of the table has r % 5 entries at most; the first row none. */
static void fill_table (problem *q, int64_t J) {
  int32_t n = 0;
  q->offsets = guard_new_ids((size_t)q->table + 1);
  q->columns = guard_new_ids((size_t)(q->table * 5));
  for (int64_t r = 0; r < q->table; r++) {
    int32_t column = (int32_t)(r * 7 % J);
    q->offsets[r] = n;
    for (int64_t i = 0; i < r % 5 && column < J; i++, column += 1 + (int32_t)(r % 3) * (int32_t)(J / 9))
      q->columns[n++] = column;
  }
  q->offsets[q->table] = n;
  for (int64_t i = n; i < q->table * 5; i++) q->columns[i] = -1;
  q->weights = filled(q->table * 5, 3);
  for (int64_t i = 0; i < q->table * 5; i++) q->weights[i] = 1.01f + q->weights[i];
}


static problem make (int own, int64_t B, int64_t J, int64_t D) {
  problem q = { .s = { .B = B, .J = J, .D = D, .scale = 2.5f, .bonus = 3 }, .table = own == 2 ? B : 23 };
  q.s.x = q.x = filled(B * D, 1);
  q.s.z = q.z = filled(J * D, 2);
  fill_table(&q, J);
  q.rows = some_ids(B, 0, 22, 4);
  q.own = some_ids(B, 1, 3, 5);
  q.owner = some_ids(J, 1, 3, 6);
  q.s.offsets = q.offsets;
  q.s.columns = q.columns;
  q.s.weights = q.weights;
  q.s.rows = own == 2 ? NULL : q.rows;
  if (own == 1) {
    q.s.own = q.own;
    q.s.owner = q.owner;
  }
  q.g = filled(B, 7);
  q.loss = guard_new((size_t)B);
  q.stat = guard_new((size_t)B * 3);
  q.packed = guard_new((size_t)eimf_pairs_packed(J, D));
  q.scratch = guard_new((size_t)eimf_pairs_scratch(B, J, D));
  q.dx = filled(B * D, 8);
  q.dz = filled(J * D, 9);
  return q;
}


static void done (problem q) {
  GUARD_DONE(q.x);
  GUARD_DONE(q.z);
  GUARD_DONE(q.weights);
  GUARD_DONE(q.offsets);
  GUARD_DONE(q.columns);
  GUARD_DONE(q.rows);
  GUARD_DONE(q.own);
  GUARD_DONE(q.owner);
  GUARD_DONE(q.g);
  GUARD_DONE(q.loss);
  GUARD_DONE(q.stat);
  GUARD_DONE(q.packed);
  GUARD_DONE(q.scratch);
  GUARD_DONE(q.dx);
  GUARD_DONE(q.dz);
}


static void forward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_profile_fwd(&q->bad, q->loss, q->stat, q->packed, &q->s);
}


static void backward (problem *q) {
  q->s.threads = eimf_threads();
  eimf_profile_bwd(q->dx, q->dz, q->g, q->stat, q->packed, &q->s, q->scratch);
}


static void compare (problem q) {
  const int64_t B = q.s.B, J = q.s.J, D = q.s.D;
  float *loss = guard_new((size_t)B), *dx = copied(q.dx, B * D), *dz = copied(q.dz, J * D);
  spans out = { { q.loss, (size_t)B }, { q.stat, (size_t)B * 3 } };
  spans grad = { { q.dx, (size_t)(B * D) }, { q.dz, (size_t)(J * D) } };
  CHECK_THREADS(out, forward(&q));
  CHECK_THREADS(grad, backward(&q));
  ref_profile_fwd(loss, &q.s);
  ref_profile_bwd(dx, dz, q.g, &q.s);
  CHECK(!q.bad);
  CHECK_CLOSE(q.loss, loss, B, 5e-6);
  CHECK_CLOSE(q.dx, dx, B * D, 1e-5);
  CHECK_CLOSE(q.dz, dz, J * D, 2e-5);
  GUARD_DONE(loss);
  GUARD_DONE(dx);
  GUARD_DONE(dz);
  done(q);
}


static void every_form (void) {
  static const int64_t sizes[][3] = {              /* B, J, D */
    { 0, 5, 16 }, { 1, 1, 1 }, { 1, 33, 3 }, { 3, 31, 16 }, { 5, 32, 50 }, { 13, 129, 64 }, { 97, 130, 17 },
    { 193, 40, 16 }, { 40, 300, 5 }
  };
  for (int i = 0; i < 9; i++)
    for (int own = 0; own < 3; own++) compare(make(own, sizes[i][0], sizes[i][1], sizes[i][2]));
}


static void many_chunks (void) {
  compare(make(1, 1100, 70, 16));
  compare(make(1, 70, 1300, 16));
}


/* Rows whose distribution is empty: loss 0, gradients untouched. */
static void empty_rows (void) {
  problem q = make(0, 4, 40, 16);
  float *dz = copied(q.dz, 40 * 16), *dx = copied(q.dx, 4 * 16);
  for (int b = 0; b < 4; b++) q.rows[b] = 0;
  forward(&q);
  backward(&q);
  for (int b = 0; b < 4; b++) CHECK(q.loss[b] == 0);
  CHECK(memcmp(dx, q.dx, 4 * 16 * sizeof *dx) == 0);
  CHECK(memcmp(dz, q.dz, 40 * 16 * sizeof *dz) == 0);
  GUARD_DONE(dx);
  GUARD_DONE(dz);
  done(q);
}


/* Columns that do not rise, or lie outside the bank: the forward says so, and the backward goes nowhere else. */
static void bad_columns (void) {
  static const int32_t lists[][4] = {
    { -1, 0, 1, 2 }, { 0, 1, 2, 300 }, { 0, 2, 1, 3 }, { 5, 5, 6, 7 }, { 200, 3, 201, 4 }, { 0, INT32_MAX, 1, 2 },
    { 3, 2, 1, INT32_MIN }, { INT32_MIN, INT32_MAX, INT32_MIN, INT32_MAX }, { 129, 130, -1, 131 }
  };
  for (int i = 0; i < 9; i++)
    for (int changed = 0; changed < 2; changed++) {
      problem q = make(1, 5, 300, 16);
      for (int b = 0; b < 5; b++) q.rows[b] = b == 3 ? 9 : 1;              /* row 9 of the table has four entries */
      if (changed) forward(&q);
      memcpy(q.columns + q.offsets[9], lists[i], sizeof lists[i]);
      if (!changed) forward(&q);
      CHECK_INT(q.bad, !changed);
      CHECK(changed || q.loss[3] == 0);
      CHECK(q.loss[2] > 0);
      backward(&q);
      done(q);
    }
}


/* Logits of hundreds do not overflow; NaN shows. */
static void large_and_odd_numbers (void) {
  problem q = make(0, 2, 70, 16);
  float *loss = guard_new(2);
  q.rows[0] = q.rows[1] = 4;
  for (int i = 0; i < 2 * 16; i++) q.x[i] *= 300;
  forward(&q);
  ref_profile_fwd(loss, &q.s);
  CHECK_CLOSE(q.loss, loss, 2, 5e-6);
  q.z[5] = NAN;
  forward(&q);
  CHECK(isnan(q.loss[0]) && isnan(q.loss[1]));
  GUARD_DONE(loss);
  done(q);
}


static void gradients_that_nobody_wants (void) {
  static const int64_t sizes[][2] = { { 200, 40 }, { 40, 300 } };
  for (int i = 0; i < 2; i++) {
    const int64_t B = sizes[i][0], J = sizes[i][1];
    problem q = make(1, B, J, 16);
    float *dx = copied(q.dx, B * 16), *dz = copied(q.dz, J * 16);
    forward(&q);
    eimf_profile_bwd(NULL, q.dz, q.g, q.stat, q.packed, &q.s, q.scratch);
    eimf_profile_bwd(q.dx, NULL, q.g, q.stat, q.packed, &q.s, q.scratch);
    ref_profile_bwd(dx, dz, q.g, &q.s);
    CHECK_CLOSE(q.dx, dx, B * 16, 1e-5);
    CHECK_CLOSE(q.dz, dz, J * 16, 2e-5);
    GUARD_DONE(dx);
    GUARD_DONE(dz);
    done(q);
  }
}


static void build (int64_t N, int64_t J, int64_t D, int64_t top, int equal) {
  float *t = filled(N * D, 1), *s = filled(J * D, 2), *p = guard_new((size_t)((N + 1) * J));
  const int64_t most = N * (top < J ? top : J);
  int32_t *offsets = guard_new_ids((size_t)N + 2), *columns = guard_new_ids((size_t)most);
  float *weights = guard_new((size_t)most), *scratch = guard_new((size_t)eimf_profile_room(N, J));
  float *got = guard_new((size_t)((N + 1) * J));
  for (int64_t d = 0; d < D && N > 2; d++) t[2 * D + d] = 0;
  for (int64_t i = 0; equal && i < N * D; i++) t[i] = roundf(4 * t[i]);
  for (int64_t i = 0; equal && i < J * D; i++) s[i] = roundf(4 * s[i % D]);       /* alike, sums without rounding */
  for (int64_t i = offsets[0] = 0; i < most; i++) columns[i] = -1;
  CHECK_OK(eimf_profile_build(offsets, columns, weights, t, s, N, J, D, 0.5f, top, scratch));
  ref_profile_build(p, t, s, N, J, D, 0.5f, top);
  memset(got, 0, (size_t)((N + 1) * J) * sizeof *got);
  for (int64_t i = 0; i <= N; i++)
    for (int64_t e = offsets[i]; e < offsets[i + 1]; e++) {
      CHECK(columns[e] >= 0 && columns[e] < J && (e == offsets[i] || columns[e] > columns[e - 1]));
      got[i * J + columns[e]] = weights[e];
    }
  CHECK_CLOSE(got, p, (N + 1) * J, 2e-6);
  CHECK(N < 3 || offsets[3] == offsets[4]);
  GUARD_DONE(t);
  GUARD_DONE(s);
  GUARD_DONE(p);
  GUARD_DONE(got);
  GUARD_DONE(offsets);
  GUARD_DONE(columns);
  GUARD_DONE(weights);
  GUARD_DONE(scratch);
}


static void profiles_of_items (void) {
  build(0, 4, 3, 2, 0);
  build(5, 1, 3, 2, 0);
  build(200, 37, 9, 5, 0);
  build(9, 37, 9, 37, 0);
  build(9, 37, 9, 100, 0);
  build(9, 37, 9, 5, 1);
}


static void profiles_of_what_is_no_number (void) {
  float t[2] = { 1, 2 }, s[4] = { 1, NAN, 1, 1 }, weights[2], scratch[8];
  int32_t offsets[3], columns[2];
  CHECK_INT(eimf_profile_build(offsets, columns, weights, t, s, 1, 2, 2, 1, 2, scratch), EIMF_ENUMERIC);
}


static void centred (void) {
  for (int64_t N = 1; N < 200; N += 60) {
    float *x = filled(N * 21, 1), *y = guard_new((size_t)(N * 21)), *expected = guard_new((size_t)(N * 21));
    double mean[21];
    for (int d = 0; d < 21; d++) x[(N - 1) / 2 * 21 + d] = 0;
    spans out = { { y, (size_t)(N * 21) } };
    CHECK_THREADS(out, eimf_centre_rows(y, mean, x, N, 21));
    ref_centre_rows(expected, x, N, 21);
    CHECK_CLOSE(y, expected, N * 21, 1e-6);
    eimf_centre_rows(x, mean, x, N, 21);
    CHECK(memcmp(x, y, (size_t)(N * 21) * sizeof *x) == 0);
    GUARD_DONE(x);
    GUARD_DONE(y);
    GUARD_DONE(expected);
  }
}


static void distinct_ids (void) {
  int32_t marker[6] = { 0 }, out[5], a[] = { 3, 0, 5, 3 }, b[] = { 5, 1, 0, 1 };
  int64_t n = eimf_distinct(out, marker, a, 4, 0);
  n = eimf_distinct(out, marker, b, 4, n);
  CHECK_INT(n, 3);
  CHECK(out[0] == 3 && out[1] == 5 && out[2] == 1);
}


int main (void) {
  RUN_LEVELS(every_form);
  RUN_LEVELS(many_chunks);
  RUN_LEVELS(empty_rows);
  RUN_LEVELS(bad_columns);
  RUN_LEVELS(large_and_odd_numbers);
  RUN_LEVELS(gradients_that_nobody_wants);
  RUN(profiles_of_items);
  RUN(profiles_of_what_is_no_number);
  RUN(centred);
  RUN(distinct_ids);
  return check_report("profile");
}
