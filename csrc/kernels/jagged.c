/*
** jagged.c: slices, examples, shuffles and batches of jagged arrays.
** See jagged.h for shapes. A batch is copied by one thread: 256 histories of
** 20 are some ten kilobytes, less than it costs to wake another.
*/
#include <string.h>

#include "jagged.h"

int eimf_jagged_slice (int32_t *offsets_out, int32_t *items_out,
                       const int32_t *offsets, const int32_t *items,
                       const int32_t *users, const int32_t *first, const int32_t *count,
                       int64_t V, int64_t U, int64_t room) {
  int64_t n = 0;
  offsets_out[0] = 0;
  for (int64_t v = 0; v < V; v++) {
    if (users[v] < 1 || users[v] > U || first[v] < 0 || count[v] < 0) return EIMF_ERANGE;
    int64_t from = (int64_t)offsets[users[v] - 1] + first[v];
    if (from + count[v] > offsets[users[v]] || n + count[v] > room) return EIMF_ERANGE;
    memcpy(items_out + n, items + from, (size_t)count[v] * sizeof *items);
    n += count[v];
    offsets_out[v + 1] = (int32_t)n;
  }
  return n == room ? EIMF_OK : EIMF_ESHAPE;
}


int64_t eimf_jagged_prefixes (int32_t *examples, const int32_t *offsets, int64_t U) {
  int64_t n = 0;
  for (int64_t u = 0; u < U; u++)
    for (int32_t i = offsets[u] + 1; i < offsets[u + 1]; i++) examples[n++] = i;
  return n;
}


/* 0 .. n-1 from 32 random bits: the high half of a product (Lemire). */
static int64_t below (uint32_t random, int64_t n) {
  return (int64_t)(((uint64_t)random * (uint64_t)n) >> 32);
}


int64_t eimf_jagged_cuts (int32_t *examples, const int32_t *offsets, int64_t U,
                          uint64_t seed, uint64_t epoch) {
  int64_t n = 0;
  for (int64_t u = 0; u < U; u++) {
    int64_t choices = (int64_t)offsets[u + 1] - offsets[u] - 1;
    if (choices < 1) continue;
    if (examples != NULL) {
      uint32_t random = eimf_rng_u32(seed, EIMF_STREAM_CUT, epoch, (uint64_t)u);
      examples[n] = (int32_t)(offsets[u] + 1 + below(random, choices));
    }
    n++;
  }
  return n;
}


/* Rows of the window that ends with the target `at` of a segment that begins at `first`. */
static int64_t window_rows (int64_t at, int64_t first, int64_t T) {
  return at - first < T ? at - first : T;
}


int64_t eimf_jagged_windows (int32_t *windows, const int32_t *offsets, int64_t U, int64_t T) {
  int64_t n = 0;
  for (int64_t u = 0; u < U; u++)
    for (int64_t at = (int64_t)offsets[u + 1] - 1; at > offsets[u]; at -= T) {
      if (windows != NULL) windows[n] = (int32_t)at;
      n++;
    }
  return n;
}


int eimf_permute (int32_t *ids, int64_t n, uint64_t seed, uint32_t stream, uint64_t step) {
  for (int64_t i = n - 1; i > 0; i--) {
    int64_t j = below(eimf_rng_u32(seed, stream, step, (uint64_t)i), i + 1);
    int32_t id = ids[i];
    ids[i] = ids[j];
    ids[j] = id;
  }
  return EIMF_OK;
}


/* The segment that holds position `at`: the last one that starts at or before
** it, so that empty segments are passed over. */
static int64_t segment_of (const int32_t *offsets, int64_t U, int32_t at) {
  int64_t lo = 0, hi = U;              /* offsets[lo] <= at < offsets[hi] */
  while (hi - lo > 1) {
    int64_t mid = lo + (hi - lo) / 2;
    if (offsets[mid] <= at) lo = mid;
    else hi = mid;
  }
  return lo;
}


/* Appends the newest T of items[from .. to-1] as rows n...; returns their end. */
static int32_t append (int32_t *ids, int32_t *positions, int32_t n,
                       const int32_t *items, int64_t from, int64_t to, int64_t T) {
  if (to - from > T) from = to - T;
  for (int64_t i = from; i < to; i++, n++) {
    ids[n] = items[i];
    positions[n] = (int32_t)(to - i);
  }
  return n;
}


/* The segment of an example; -1 where there is no such example. */
static int64_t segment_of_example (const int32_t *offsets, int64_t U, int32_t at) {
  if (at < 0 || at >= offsets[U]) return -1;
  int64_t u = segment_of(offsets, U, at);
  return offsets[u] < 0 ? -1 : u;
}


int eimf_jagged_gather (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                        int32_t *targets, int32_t *users, const int32_t *examples,
                        const int32_t *offsets, const int32_t *items,
                        int64_t B, int64_t U, int64_t T) {
  int32_t n = 0;
  history_offsets[0] = 0;
  for (int64_t b = 0; b < B; b++) {
    int32_t at = examples[b];
    int64_t u = segment_of_example(offsets, U, at);
    if (u < 0) return EIMF_ERANGE;
    n = append(ids, positions, n, items, offsets[u], at, T);
    targets[b] = items[at];
    users[b] = (int32_t)u + 1;
    history_offsets[b + 1] = n;
  }
  return EIMF_OK;
}


int eimf_jagged_shares (int32_t *starts, const int32_t *windows, int64_t n, const int32_t *offsets,
                        int64_t U, int64_t T, int64_t rows, int64_t steps) {
  int64_t row = 0, step = 0;
  for (int64_t w = 0; w < n; w++) {
    int64_t u = segment_of_example(offsets, U, windows[w]);
    if (u < 0 || row >= rows) return EIMF_ERANGE;
    while (step <= row * steps / rows) starts[step++] = (int32_t)w;
    row += window_rows(windows[w], offsets[u], T);
  }
  while (step <= steps) starts[step++] = (int32_t)n;
  return row == rows ? EIMF_OK : EIMF_ERANGE;
}


int eimf_jagged_gather_windows (int32_t *ids, int32_t *window_offsets, int32_t *positions,
                                int32_t *targets, int32_t *users, const int32_t *windows,
                                const int32_t *offsets, const int32_t *items,
                                int64_t B, int64_t U, int64_t T, int64_t room) {
  int32_t n = 0;
  window_offsets[0] = 0;
  for (int64_t b = 0; b < B; b++) {
    int32_t at = windows[b], first = n;
    int64_t u = segment_of_example(offsets, U, at);
    if (u < 0 || n + window_rows(at, offsets[u], T) > room) return EIMF_ERANGE;
    n = append(ids, positions, n, items, offsets[u], at, T);
    for (int32_t r = first; r < n; r++) {
      targets[r] = items[at - (n - 1 - r)];
      users[r] = (int32_t)u + 1;
    }
    window_offsets[b + 1] = n;
  }
  return EIMF_OK;
}


int eimf_jagged_tails (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                       const int32_t *offsets, const int32_t *items,
                       int64_t size, int64_t lo, int64_t B, int64_t T) {
  int32_t n = 0;
  history_offsets[0] = 0;
  for (int64_t b = 0; b < B; b++) {
    int32_t from = offsets[lo + b], to = offsets[lo + b + 1];
    if (from < 0 || from > to || to > size) return EIMF_ERANGE;
    n = append(ids, positions, n, items, from, to, T);
    history_offsets[b + 1] = n;
  }
  return EIMF_OK;
}
