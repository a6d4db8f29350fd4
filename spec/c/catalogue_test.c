/*
** catalogue_test.c: the generated catalogue's kernels against naive counts,
** between guard words, and with any number of threads.
*/
#include "check.h"
#include "kernels/catalogue.h"

#define USERS 300
#define ITEMS 200
#define INTERESTS 10

static const eimf_catalogue model = {
  .seed = 7, .n_users = USERS, .n_items = ITEMS, .n_interests = INTERESTS, .n_groups = 5, .min_length = 5,
  .max_length = 60, .mean_length = 12, .noise = 0.1, .persistence = 0.6, .succession = 0.5,
};

typedef struct {
  int32_t *starts, *group, *offsets, *held_offsets, *held, *items;
  int64_t n;
} made;


static made make (const eimf_catalogue *c) {
  made m;
  m.starts = guard_new_ids(INTERESTS + 1);
  m.group = guard_new_ids(USERS);
  m.offsets = guard_new_ids(USERS + 1);
  m.held_offsets = guard_new_ids(USERS + 1);
  CHECK_OK(eimf_catalogue_interests(m.starts, c));
  CHECK_OK(eimf_catalogue_users(m.group, m.offsets, m.held_offsets, c));
  m.n = m.offsets[USERS];
  m.held = guard_new_ids((size_t)m.held_offsets[USERS]);
  m.items = guard_new_ids((size_t)m.n);
  CHECK_OK(eimf_catalogue_held(m.held, m.held_offsets, c));
  CHECK_OK(eimf_catalogue_events(m.items, m.offsets, m.starts, c));
  return m;
}


static void done (made *m) {
  GUARD_DONE(m->starts);
  GUARD_DONE(m->group);
  GUARD_DONE(m->offsets);
  GUARD_DONE(m->held_offsets);
  GUARD_DONE(m->held);
  GUARD_DONE(m->items);
}


static void keeps_to_its_ranges (void) {
  made m = make(&model);
  int outside = 0, twice = 0, strange = 0;
  CHECK_INT(m.starts[0], 0);
  CHECK_INT(m.starts[INTERESTS], ITEMS);
  for (int s = 0; s < INTERESTS; s++) CHECK(m.starts[s] < m.starts[s + 1]);
  for (int u = 0; u < USERS; u++) {
    int length = m.offsets[u + 1] - m.offsets[u], held = m.held_offsets[u + 1] - m.held_offsets[u];
    strange += length < 5 || length > 60 || held < 1 || held > 4 || m.group[u] < 1 || m.group[u] > 5;
    for (int i = m.offsets[u]; i < m.offsets[u + 1]; i++) {
      outside += m.items[i] < 0 || m.items[i] >= ITEMS;
      for (int j = m.offsets[u]; j < i; j++) twice += m.items[j] == m.items[i];
    }
    for (int i = m.held_offsets[u]; i < m.held_offsets[u + 1]; i++) {
      outside += m.held[i] < 1 || m.held[i] > INTERESTS;
      for (int j = m.held_offsets[u]; j < i; j++) twice += m.held[j] == m.held[i];
    }
  }
  CHECK_INT(outside, 0);
  CHECK_INT(twice, 0);
  CHECK_INT(strange, 0);
  done(&m);
}


static void is_the_same_on_two_threads (void) {
  made one = make(&model);
  eimf_set_threads(2);
  made two = make(&model);
  eimf_set_threads(1);
  CHECK_INT(one.n, two.n);
  CHECK(memcmp(one.items, two.items, (size_t)one.n * sizeof(int32_t)) == 0);
  done(&one);
  done(&two);
}


static void numbers_by_popularity (void) {
  made m = make(&model);
  int32_t *raw = guard_new_ids((size_t)m.n), *counts = guard_new_ids(ITEMS + 1);
  int32_t *origin = guard_new_ids(ITEMS + 1), *interest = guard_new_ids(ITEMS + 1);
  int32_t *scratch = guard_new_ids(ITEMS), *buckets = guard_new_ids(USERS + 2);
  memcpy(raw, m.items, (size_t)m.n * sizeof(int32_t));
  CHECK_OK(eimf_catalogue_number(m.items, counts, origin, scratch, buckets, m.n, &model));
  CHECK_OK(eimf_catalogue_label(interest, origin, m.starts, &model));
  int wrong = counts[0] != 0 || origin[0] != 0 || interest[0] != 0;
  for (int64_t e = 0; e < m.n; e++) wrong += origin[m.items[e]] != raw[e] + 1;
  for (int id = 1; id <= ITEMS; id++) {
    int seen = 0, s = interest[id] - 1;
    for (int64_t e = 0; e < m.n; e++) seen += m.items[e] == id;
    wrong += seen != counts[id];
    wrong += id > 1 && (counts[id] > counts[id - 1]
                        || (counts[id] == counts[id - 1] && origin[id] <= origin[id - 1]));
    wrong += origin[id] - 1 < m.starts[s] || origin[id] - 1 >= m.starts[s + 1];
  }
  CHECK_INT(wrong, 0);
  GUARD_DONE(raw);
  GUARD_DONE(counts);
  GUARD_DONE(origin);
  GUARD_DONE(interest);
  GUARD_DONE(scratch);
  GUARD_DONE(buckets);
  done(&m);
}


/* One interest of two items and users that take both: nothing is left over. */
static void ends_when_items_run_out (void) {
  eimf_catalogue c = model;
  int32_t starts[2], items[2], offsets[2] = { 0, 2 };
  c.n_users = 1; c.n_items = 2; c.n_interests = 1;
  CHECK_OK(eimf_catalogue_interests(starts, &c));
  CHECK_OK(eimf_catalogue_events(items, offsets, starts, &c));
  CHECK_INT(items[0] + items[1], 1);
}


static void refuses_what_cannot_be (void) {
  eimf_catalogue c = model;
  int32_t starts[INTERESTS + 1], offsets[2] = { 0, 3 }, items[3], held_offsets[2];
  c.n_items = INTERESTS - 1;
  CHECK_INT(eimf_catalogue_interests(starts, &c), EIMF_ESHAPE);
  c.n_users = 1; c.n_items = 2; c.n_interests = 1;
  CHECK_OK(eimf_catalogue_interests(starts, &c));
  CHECK_INT(eimf_catalogue_events(items, offsets, starts, &c), EIMF_ESHAPE);
  held_offsets[0] = 0;
  held_offsets[1] = 4;
  CHECK_INT(eimf_catalogue_held(items, held_offsets, &c), EIMF_ESHAPE);
}


int main (void) {
  RUN(keeps_to_its_ranges);
  RUN(is_the_same_on_two_threads);
  RUN(numbers_by_popularity);
  RUN(ends_when_items_run_out);
  RUN(refuses_what_cannot_be);
  return check_report("catalogue");
}
