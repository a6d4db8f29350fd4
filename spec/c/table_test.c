/*
** table_test.c: rows of tables, merged sparse gradients, picking and reading out interests.
*/
#include "levels.h"

#include "kernels/ref.h"
#include "kernels/table.h"

static const int64_t WIDTHS[] = { 1, 3, 16, 50, 64 };

static void gathering_and_adding (void) {
  for (int i = 0; i < 15; i++) {
    const int64_t D = WIDTHS[i % 5], N = 40, n = i < 5 ? 0 : i < 10 ? 7 : 1500;
    float *table = filled((N + 1) * D, 1), *y = guard_new((size_t)(n * D)), *e = guard_new((size_t)(n * D));
    int32_t *ids = some_ids(n, 0, (int32_t)N, 3);
    spans out = { { y, (size_t)(n * D) } }, sum = { { table, (size_t)((N + 1) * D) } };
    CHECK_THREADS(out, eimf_gather_rows(y, table, ids, n, D));
    ref_gather_rows(e, table, ids, n, D);
    CHECK_CLOSE(y, e, n * D, 0);
    for (int32_t skip = -1; skip <= 0; skip++) {
      float *t = copied(table, (N + 1) * D);
      CHECK_THREADS(sum, eimf_rows_add(table, ids, y, n, D, skip));
      ref_rows_add(t, ids, y, n, D, skip);
      CHECK_CLOSE(table, t, (N + 1) * D, 1e-5);
      GUARD_DONE(t);
    }
    GUARD_DONE(table);
    GUARD_DONE(y);
    GUARD_DONE(e);
    GUARD_DONE(ids);
  }
}


/* Ids get numbers in the order in which they are first met, 0 as well; the marker is clean again. */
static void numbering_ids (void) {
  const int32_t given[] = { 3, 0, 3, 7, 0, 1 }, numbers[] = { 0, 1, 0, 2, 1, 3 }, met[] = { 3, 0, 7, 1 };
  int32_t *marker = guard_new_ids(8), *unique = guard_new_ids(4), *rows = guard_new_ids(6);
  memset(marker, 0, 8 * sizeof *marker);
  for (int again = 0; again < 2; again++) {
    CHECK(eimf_rows_number(rows, unique, marker, given, 6) == 4);
    CHECK(memcmp(rows, numbers, sizeof numbers) == 0 && memcmp(unique, met, sizeof met) == 0);
    for (int i = 0; i < 8; i++) CHECK(marker[i] == 0);
  }
  CHECK(eimf_rows_number(rows, unique, marker, given, 0) == 0);
  GUARD_DONE(marker);
  GUARD_DONE(unique);
  GUARD_DONE(rows);
}


/* Parts merged row by row are what adding them to zeros gives; what the rows held before does not show. */
static void merging_rows (void) {
  for (int i = 0; i < 10; i++) {
    const int64_t D = WIDTHS[i % 5], N = 40, n = i < 5 ? 9 : 1500;
    int32_t *marker = guard_new_ids(N + 1), *unique = guard_new_ids(N), *slots[2], *ids[2];
    float *x[2], *y = filled(N * D, 9), *e = guard_new((size_t)(N * D));
    int64_t m[3] = { 0 };
    spans out = { { y, (size_t)(N * D) } };
    memset(marker, 0, (size_t)(N + 1) * sizeof *marker);
    memset(e, 0, (size_t)(N * D) * sizeof *e);
    for (int part = 0; part < 2; part++) {
      ids[part] = some_ids(n, 0, (int32_t)N, 3 + (uint32_t)part);
      x[part] = filled(n * D, 5 + (uint32_t)part);
      slots[part] = guard_new_ids((size_t)n);
      m[part + 1] = eimf_rows_mark(slots[part], unique, marker, ids[part], n, m[part]);
      CHECK_THREADS(out, eimf_rows_merge(y, slots[part], x[part], n, D, m[part]));
      ref_rows_add(e, slots[part], x[part], n, D, -1);
      CHECK_CLOSE(y, e, m[part + 1] * D, 1e-5);
    }
    for (int part = 0; part < 2; part++) {
      GUARD_DONE(ids[part]);
      GUARD_DONE(x[part]);
      GUARD_DONE(slots[part]);
    }
    GUARD_DONE(marker);
    GUARD_DONE(unique);
    GUARD_DONE(y);
    GUARD_DONE(e);
  }
}


/* Two parts merged: distinct ids in the order they are met, id 0 left out, the marker clean again. */
static void merging (void) {
  static const int32_t first[] = { 3, 0, 5, 3 }, second[] = { 5, 7, 0, 1, 7 };
  static const int32_t slots1[] = { 0, -1, 1, 0 }, slots2[] = { 1, 2, -1, 3, 2 }, distinct[] = { 3, 5, 7, 1 };
  int32_t *marker = guard_new_ids(8), *unique = guard_new_ids(4), *slots = guard_new_ids(5);
  memset(marker, 0, 8 * sizeof *marker);
  CHECK_INT(eimf_rows_mark(slots, unique, marker, first, 4, 0), 2);
  CHECK(memcmp(slots, slots1, sizeof slots1) == 0);
  CHECK_INT(eimf_rows_mark(slots, unique, marker, second, 5, 2), 4);
  CHECK(memcmp(slots, slots2, sizeof slots2) == 0);
  CHECK(memcmp(unique, distinct, sizeof distinct) == 0);
  eimf_rows_unmark(marker, unique, 4);
  for (int i = 0; i < 8; i++) CHECK_INT(marker[i], 0);
  GUARD_DONE(marker);
  GUARD_DONE(unique);
  GUARD_DONE(slots);
}


static void squares (void) {
  static const int64_t sizes[] = { 0, 1, 3, 4095, 4096, 4099, 30000 };
  for (int i = 0; i < 7; i++) {
    float *x = filled(sizes[i], 1);
    CHECK_NEAR(eimf_sum_squares(x, sizes[i]), ref_sum_squares(x, sizes[i]), 1e-12);
    GUARD_DONE(x);
  }
  float odd[3] = { 1, NAN, 2 };
  CHECK(isnan(eimf_sum_squares(odd, 3)));
}


static void picking_and_reading_out (void) {
  for (int i = 0; i < 40; i++) {
    const int64_t D = WIDTHS[i % 5], K = i / 5 + 1, B = i % 2 ? 200 : 3;
    float *v = filled(B * K * D, 1), *e = filled(B * D, 2), *y = guard_new((size_t)(B * D));
    float *z = guard_new((size_t)(B * D)), *dv = filled(B * K * D, 3), *dz = copied(dv, B * K * D);
    int32_t *choice = guard_new_ids((size_t)B), *expected = guard_new_ids((size_t)B);
    spans out = { { choice, (size_t)B } };
    CHECK_THREADS(out, eimf_readout_hard(choice, v, e, B, K, D));
    ref_readout_hard(expected, v, e, B, K, D);
    CHECK(memcmp(choice, expected, (size_t)B * sizeof *choice) == 0);
    eimf_pick_fwd(y, v, choice, B, K, D);
    ref_pick_fwd(z, v, choice, B, K, D);
    CHECK_CLOSE(y, z, B * D, 0);
    eimf_pick_bwd(dv, e, choice, B, K, D);
    ref_pick_bwd(dz, e, choice, B, K, D);
    CHECK_CLOSE(dv, dz, B * K * D, 1e-6);
    GUARD_DONE(v);
    GUARD_DONE(e);
    GUARD_DONE(y);
    GUARD_DONE(z);
    GUARD_DONE(dv);
    GUARD_DONE(dz);
    GUARD_DONE(choice);
    GUARD_DONE(expected);
  }
}


/* Three interests of scores ln 1, ln 2, ln 5 for the same target: drawn in these proportions. */
static void soft_read_out_follows_its_softmax (void) {
  enum { B = 40000, K = 3 };
  static const double share[K] = { 1.0 / 8, 2.0 / 8, 5.0 / 8 };
  float *v = guard_new(B * K), *e = guard_new(B);
  int32_t *choice = guard_new_ids(B), *again = guard_new_ids(B);
  double count[K] = { 0 };
  for (int i = 0; i < B * K; i++) v[i] = (float)(log(share[i % K] * 8) * 0.5);
  for (int b = 0; b < B; b++) e[b] = 1;
  eimf_readout_soft(choice, v, e, B, K, 1, 0.5f, 17, 4);
  eimf_readout_soft(again, v, e, B, K, 1, 0.5f, 17, 4);
  CHECK(memcmp(choice, again, B * sizeof *choice) == 0);
  for (int b = 0; b < B; b++) count[choice[b]]++;
  for (int k = 0; k < K; k++) CHECK_NEAR(count[k] / B, share[k], 0.01);        /* 4 standard errors */
  eimf_readout_soft(again, v, e, B, K, 1, 0.5f, 17, 5);
  CHECK(memcmp(choice, again, B * sizeof *choice) != 0);
  GUARD_DONE(v);
  GUARD_DONE(e);
  GUARD_DONE(choice);
  GUARD_DONE(again);
}


static void ties_go_to_the_first_interest (void) {
  float v[6] = { 1, 2, 2, 3, 3, 3 }, e[2] = { 1, 1 };
  int32_t choice[2];
  eimf_readout_hard(choice, v, e, 2, 3, 1);
  CHECK_INT(choice[0], 1);
  CHECK_INT(choice[1], 0);
}


int main (void) {
  RUN(gathering_and_adding);
  RUN(merging);
  RUN(numbering_ids);
  RUN(merging_rows);
  RUN(squares);
  RUN(picking_and_reading_out);
  RUN(soft_read_out_follows_its_softmax);
  RUN(ties_go_to_the_first_interest);
  return check_report("table");
}
