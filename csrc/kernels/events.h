/*
** events.h: from rows (user, item, time) to a set: counting sort by user,
** stable sort by time within a user, k-core, ids by falling popularity.
** Floor 1. Numbers of users and items are 1-based here, in the order they
** were first seen. U users, N items, n rows. A time is a double; its 8 bytes
** lie in two int32, so that rows fit int32 tensors. Below, what readers ask of
** bytes: are they plain text, and a fingerprint.
*/
#ifndef EIMF_EVENTS_H
#define EIMF_EVENTS_H

#include "../base/eimf_base.h"

/* counts[u] += rows of user u. counts (U+1). EIMF_ERANGE: u outside 1..U. */
int eimf_events_count (int32_t *counts, const int32_t *users, int64_t n, int64_t U);

/* counts (U+1), [0] = 0 -> offsets: running sums in place. */
int eimf_events_starts (int32_t *counts, int64_t U);

/* Puts each row behind the last one of its user; cursor (U) starts as the
** offsets. items_out, times_out: room for `room` rows. */
int eimf_events_place (int32_t *items_out, int32_t *times_out, int32_t *cursor,
                       const int32_t *users, const int32_t *items, const int32_t *times,
                       int64_t n, int64_t U, int64_t room);

/* Bytes that eimf_events_sort works in: two rows for each of the longest user. */
size_t eimf_events_sort_bytes (const int32_t *offsets, int64_t U);

/* Sorts each user's rows by time, ties as they stand. */
int eimf_events_sort (int32_t *items, int32_t *times, const int32_t *offsets,
                      void *scratch, int64_t U);

/* The k-core: users and items with fewer than k rows go, until none has
** fewer. Written: user_counts (U), item_counts (N): rows left, 0 = gone.
** kept[0..2]: users, items, rows left. */
int eimf_events_core (int32_t *user_counts, int32_t *item_counts, int64_t kept[3],
                      const int32_t *offsets, const int32_t *items,
                      int64_t U, int64_t N, int64_t k);

/* Ids 1..M by falling count, ties: first seen. rank (N): id of each item, 0 =
** gone. origin (M): item of each id. counts (M+1): rows of each id, [0] = 0.
** buckets (max count + 2): working memory. */
int eimf_events_rank (int32_t *rank, int32_t *origin, int32_t *counts, int32_t *buckets,
                      const int32_t *item_counts, int64_t N, int64_t M);

/* Leaves out who and what has gone: offsets_out (V+1), items_out (rows left,
** as ids), kept (V): number of each user left. */
int eimf_events_compact (int32_t *offsets_out, int32_t *items_out, int32_t *kept,
                         const int32_t *offsets, const int32_t *items,
                         const int32_t *user_counts, const int32_t *rank, int64_t U);

/* Watches rows in the order of the file for an order index: times that count 0,
** 1, 2, ... for each user. A user whose last step is larger than 1 misses the
** row before the last: gap[u - 1] = 1, when another user follows. `at` is where
** the rows before these ended, at first 0. False: some user does not begin at 0.
** EIMF_ERANGE: u outside 1..U. */
typedef struct eimf_gap {
  int32_t user;
  double before, last;       /* times of the user's last rows */
} eimf_gap;
int eimf_events_gaps (int32_t *gap, eimf_gap *at, const int32_t *users, const int32_t *times, int64_t n, int64_t U);

/* True when all n bytes are 1..127: ASCII without NUL. */
int eimf_is_plain (const char *text, size_t n);

/* FNV-1a, 64 bits, of n bytes, going on from h. Not against an adversary. */
uint64_t eimf_hash (uint64_t h, const void *bytes, size_t n);
#define EIMF_HASH_START 0xcbf29ce484222325u

#endif
