/*
** jagged.h: examples and batches of histories, laid end to end.
** Floor 1. A jagged array: items (n) and offsets (U+1), 0-based, rising,
** offsets[U] = n. An example is the position in `items` of its target: the
** user is the segment that holds it, the history what stands before it there.
*/
#ifndef EIMF_JAGGED_H
#define EIMF_JAGGED_H

#include "../base/eimf_base.h"

/* A segment-wise copy: segment v of the result is `count[v]` items of user
** users[v] (1-based), from the first[v]-th (0-based) on. offsets_out (V+1);
** items_out: exactly sum(count). EIMF_ERANGE: outside the user's segment. */
int eimf_jagged_slice (int32_t *offsets_out, int32_t *items_out,
                       const int32_t *offsets, const int32_t *items,
                       const int32_t *users, const int32_t *first, const int32_t *count,
                       int64_t V, int64_t U, int64_t room);

/* Every example: all positions but the first of each segment.
** examples (n - segments that hold something). Returns their number. */
int64_t eimf_jagged_prefixes (int32_t *examples, const int32_t *offsets, int64_t U);

/* One example for each segment of two items or more, drawn evenly; a function
** of (seed, epoch, segment). examples: NULL to count only. Returns the number. */
int64_t eimf_jagged_cuts (int32_t *examples, const int32_t *offsets, int64_t U,
                          uint64_t seed, uint64_t epoch);

/* Windows of at most T rows that hold every position but the first of each segment
** as a target once: consecutive, from a segment's end. Row r of a window has item i
** and target i + 1; a window is named by its last target. windows: NULL to count
** only. Returns the number. */
int64_t eimf_jagged_windows (int32_t *windows, const int32_t *offsets, int64_t U, int64_t T);

/* Fisher-Yates: a permutation that is a function of (seed, stream, step, n). */
int eimf_permute (int32_t *ids, int64_t n, uint64_t seed, uint32_t stream, uint64_t step);

/* A batch of B examples: history_offsets (B+1), and for each row the item and
** its position (1 = newest, at most T); ids and positions have room for B * T.
** targets (B), users (B, 1-based). EIMF_ERANGE: no such example. */
int eimf_jagged_gather (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                        int32_t *targets, int32_t *users, const int32_t *examples,
                        const int32_t *offsets, const int32_t *items,
                        int64_t B, int64_t U, int64_t T);

/* Cuts n windows of `rows` rows in all into batches of about as many: batch i holds
** windows starts[i] .. starts[i+1]-1, those whose first row lies in its share of the
** rows. starts (steps+1). None is empty where a share is no less than a window.
** EIMF_ERANGE: no such window, or other rows. */
int eimf_jagged_shares (int32_t *starts, const int32_t *windows, int64_t n, const int32_t *offsets,
                        int64_t U, int64_t T, int64_t rows, int64_t steps);

/* A batch of B windows: as eimf_jagged_gather, but with a target and a user for each
** row; every vector but window_offsets (B+1) has room for `room` of them. */
int eimf_jagged_gather_windows (int32_t *ids, int32_t *window_offsets, int32_t *positions,
                                int32_t *targets, int32_t *users, const int32_t *windows,
                                const int32_t *offsets, const int32_t *items,
                                int64_t B, int64_t U, int64_t T, int64_t room);

/* The newest T rows of segments lo .. lo + B - 1 (0-based), as a batch; size:
** elements of items. EIMF_ERANGE: offsets that leave them. */
int eimf_jagged_tails (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                       const int32_t *offsets, const int32_t *items,
                       int64_t size, int64_t lo, int64_t B, int64_t T);

#endif
