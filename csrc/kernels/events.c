/*
** events.c: grouping, sorting, filtering and numbering of interactions.
** See events.h for shapes. All of it is linear in the rows, but the sort.
*/
#include <string.h>

#include "events.h"

typedef struct row {
  double time;
  int32_t item;
} row;


int eimf_events_count (int32_t *counts, const int32_t *users, int64_t n, int64_t U) {
  for (int64_t i = 0; i < n; i++) {
    if (users[i] < 1 || users[i] > U) return EIMF_ERANGE;
    counts[users[i]]++;
  }
  return EIMF_OK;
}


int eimf_events_starts (int32_t *counts, int64_t U) {
  for (int64_t u = 1; u <= U; u++) counts[u] += counts[u - 1];
  return EIMF_OK;
}


int eimf_events_place (int32_t *items_out, int32_t *times_out, int32_t *cursor,
                       const int32_t *users, const int32_t *items, const int32_t *times,
                       int64_t n, int64_t U, int64_t room) {
  for (int64_t i = 0; i < n; i++) {
    if (users[i] < 1 || users[i] > U) return EIMF_ERANGE;
    int64_t at = cursor[users[i] - 1]++;
    if (at < 0 || at >= room) return EIMF_ERANGE;
    items_out[at] = items[i];
    memcpy(times_out + 2 * at, times + 2 * i, sizeof(double));
  }
  return EIMF_OK;
}


static int64_t longest (const int32_t *offsets, int64_t U) {
  int64_t most = 0;
  for (int64_t u = 0; u < U; u++)
    if (offsets[u + 1] - offsets[u] > most) most = offsets[u + 1] - offsets[u];
  return most;
}


size_t eimf_events_sort_bytes (const int32_t *offsets, int64_t U) {
  return 2 * (size_t)longest(offsets, U) * sizeof(row);
}


/* One merge: [lo, mid) and [mid, hi) of `from` into `to`; the left side wins
** ties, which is what makes the sort stable. */
static void merge (row *to, const row *from, int64_t lo, int64_t mid, int64_t hi) {
  int64_t a = lo, b = mid;
  for (int64_t i = lo; i < hi; i++) {
    int left = a < mid && (b >= hi || from[a].time <= from[b].time);
    to[i] = left ? from[a++] : from[b++];
  }
}


/* Bottom-up merge sort; returns the half that holds the result. */
static row *sort_rows (row *a, row *b, int64_t n) {
  for (int64_t width = 1; width < n; width *= 2) {
    for (int64_t lo = 0; lo < n; lo += 2 * width) {
      int64_t mid = lo + width < n ? lo + width : n;
      int64_t hi = mid + width < n ? mid + width : n;
      merge(b, a, lo, mid, hi);
    }
    row *swap = a; a = b; b = swap;
  }
  return a;
}


/* Loads a user's rows; true when they are in order already (most files). */
static int load_rows (row *rows, const int32_t *items, const int32_t *times, int64_t n) {
  int ordered = 1;
  for (int64_t i = 0; i < n; i++) {
    memcpy(&rows[i].time, times + 2 * i, sizeof(double));
    rows[i].item = items[i];
    if (i > 0 && rows[i].time < rows[i - 1].time) ordered = 0;
  }
  return ordered;
}


int eimf_events_sort (int32_t *items, int32_t *times, const int32_t *offsets,
                      void *scratch, int64_t U) {
  row *half[2] = { scratch, (row *)scratch + longest(offsets, U) };
  for (int64_t u = 0; u < U; u++) {
    int64_t at = offsets[u], n = offsets[u + 1] - at;
    if (load_rows(half[0], items + at, times + 2 * at, n)) continue;
    const row *rows = sort_rows(half[0], half[1], n);
    for (int64_t i = 0; i < n; i++) {
      items[at + i] = rows[i].item;
      memcpy(times + 2 * (at + i), &rows[i].time, sizeof(double));
    }
  }
  return EIMF_OK;
}


/* Counts the rows that are left; users below k lose theirs. */
static int drop_users (int32_t *user_counts, const int32_t *item_counts,
                       const int32_t *offsets, const int32_t *items, int64_t U, int64_t k) {
  int changed = 0;
  for (int64_t u = 0; u < U; u++) {
    int32_t left = 0;
    if (user_counts[u] == 0) continue;
    for (int32_t i = offsets[u]; i < offsets[u + 1]; i++) left += item_counts[items[i] - 1] > 0;
    if (left < k) left = 0;
    changed |= left != user_counts[u];
    user_counts[u] = left;
  }
  return changed;
}


static int drop_items (int32_t *item_counts, const int32_t *user_counts, const int32_t *offsets,
                       const int32_t *items, int64_t U, int64_t N, int64_t k) {
  int changed = 0;
  for (int64_t i = 0; i < N; i++)      /* the sign keeps who was there */
    item_counts[i] = item_counts[i] > 0 ? -1 : 0;
  for (int64_t u = 0; u < U; u++) {
    if (user_counts[u] == 0) continue;
    for (int32_t i = offsets[u]; i < offsets[u + 1]; i++) {
      int32_t *c = item_counts + items[i] - 1;
      if (*c != 0) *c = *c < 0 ? 1 : *c + 1;
    }
  }
  for (int64_t i = 0; i < N; i++) {
    if (item_counts[i] == 0 || item_counts[i] >= k) continue;
    changed = 1;
    item_counts[i] = 0;
  }
  return changed;
}


int eimf_events_core (int32_t *user_counts, int32_t *item_counts, int64_t kept[3],
                      const int32_t *offsets, const int32_t *items,
                      int64_t U, int64_t N, int64_t k) {
  int64_t least = k > 1 ? k : 1;
  for (int64_t i = 0; i < offsets[U]; i++)
    if (items[i] < 1 || items[i] > N) return EIMF_ERANGE;
  for (int64_t u = 0; u < U; u++) user_counts[u] = offsets[u + 1] - offsets[u];
  for (int64_t i = 0; i < N; i++) item_counts[i] = 1;
  int changed;
  do {
    changed = drop_items(item_counts, user_counts, offsets, items, U, N, least);
    changed |= drop_users(user_counts, item_counts, offsets, items, U, least);
  } while (changed);
  memset(kept, 0, 3 * sizeof *kept);
  for (int64_t u = 0; u < U; u++) {
    kept[0] += user_counts[u] > 0;
    kept[2] += user_counts[u];
  }
  for (int64_t i = 0; i < N; i++) kept[1] += item_counts[i] > 0;
  return EIMF_OK;
}


/* Counting sort by falling count: buckets[c] is first the number of items with
** c rows, then the last id given to one of them. */
int eimf_events_rank (int32_t *rank, int32_t *origin, int32_t *counts, int32_t *buckets,
                      const int32_t *item_counts, int64_t N, int64_t M) {
  int32_t most = 0;
  for (int64_t i = 0; i < N; i++)
    if (item_counts[i] > most) most = item_counts[i];
  memset(buckets, 0, ((size_t)most + 2) * sizeof *buckets);
  for (int64_t i = 0; i < N; i++) buckets[item_counts[i]]++;
  int32_t before = 0;
  for (int32_t c = most; c > 0; c--) {
    int32_t here = buckets[c];
    buckets[c] = before;
    before += here;
  }
  if (before != M) return EIMF_ESHAPE;
  counts[0] = 0;
  for (int64_t i = 0; i < N; i++) {
    int32_t c = item_counts[i];
    rank[i] = c > 0 ? ++buckets[c] : 0;
    if (c == 0) continue;
    origin[rank[i] - 1] = (int32_t)i + 1;
    counts[rank[i]] = c;
  }
  return EIMF_OK;
}


int eimf_events_compact (int32_t *offsets_out, int32_t *items_out, int32_t *kept,
                         const int32_t *offsets, const int32_t *items,
                         const int32_t *user_counts, const int32_t *rank, int64_t U) {
  int32_t n = 0, v = 0;
  offsets_out[0] = 0;
  for (int64_t u = 0; u < U; u++) {
    if (user_counts[u] == 0) continue;
    for (int32_t i = offsets[u]; i < offsets[u + 1]; i++) {
      int32_t id = rank[items[i] - 1];
      if (id > 0) items_out[n++] = id;
    }
    kept[v++] = (int32_t)u + 1;
    offsets_out[v] = n;
  }
  return EIMF_OK;
}


int eimf_events_gaps (int32_t *gap, eimf_gap *at, const int32_t *users, const int32_t *times, int64_t n, int64_t U) {
  for (int64_t i = 0; i < n; i++) {
    double time;
    memcpy(&time, times + 2 * i, sizeof time);
    if (users[i] < 1 || users[i] > U) return EIMF_ERANGE;
    if (users[i] != at->user) {
      if (time != 0) return 0;
      if (at->user > 0 && at->last - at->before > 1) gap[at->user - 1] = 1;
      at->user = users[i];
      at->last = time;
    }
    at->before = at->last;
    at->last = time;
  }
  return 1;
}


/* Without an early end the loop is a few vector instructions; a block of a
** file that is not plain is read to its end for nothing, which costs less. */
int eimf_is_plain (const char *text, size_t n) {
  unsigned char high = 0, nul = 0;
  for (size_t i = 0; i < n; i++) {
    high |= (unsigned char)text[i];
    nul |= text[i] == 0;
  }
  return high < 128 && !nul;
}


uint64_t eimf_hash (uint64_t h, const void *bytes, size_t n) {
  const unsigned char *b = bytes;
  for (size_t i = 0; i < n; i++) h = (h ^ b[i]) * 0x100000001b3u;
  return h;
}
